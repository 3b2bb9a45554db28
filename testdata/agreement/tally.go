package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// shown is how many names of each kind are listed.
const shown = 10

// cellKey is a cell of the table.
type cellKey struct{ loader, kernel, class string }

// tally counts how verdicts compare.
type tally struct {
	kernels []string
	objects int

	loaded       int // rows that loaded, without alarm
	caught       map[cellKey]int
	missed       map[cellKey]int
	undecided    map[cellKey]int        // of the missed; the others are said to load
	falseAlarms  map[cellKey]int        // class: the rules
	caughtNames  map[[2]string][]string // by loader and class
	missedNames  map[[2]string][]string // by loader and class
	alarmedNames map[[2]string][]string // by loader and rules
}

func newTally(kernels []string, objects int) *tally {
	return &tally{
		kernels: kernels, objects: objects,
		caught: map[cellKey]int{}, missed: map[cellKey]int{}, undecided: map[cellKey]int{}, falseAlarms: map[cellKey]int{},
		caughtNames: map[[2]string][]string{}, missedNames: map[[2]string][]string{}, alarmedNames: map[[2]string][]string{},
	}
}

// add compares one recorded verdict with ours; v is nil if there is none.
func (t *tally) add(key rowKey, r row, v *analyzer.Verdict, rules string) {
	verdict := "absent"
	if v != nil {
		verdict = v.Verdict
	}
	program := key.program
	if program == "" {
		program = "(object)"
	}
	name := fmt.Sprintf("%s %s on %s", key.object, program, key.kernel)
	cell := cellKey{key.loader, key.kernel, r.Class}
	switch {
	case r.Verdict == "timeout" || r.Verdict == "crash":
	case r.Verdict == "ok" && verdict == analyzer.Fails:
		cell.class = rules
		t.falseAlarms[cell]++
		t.alarmedNames[[2]string{key.loader, rules}] = append(t.alarmedNames[[2]string{key.loader, rules}], name)
	case r.Verdict == "ok":
		t.loaded++
	case slices.Contains(notOurs, r.Class):
	case verdict == analyzer.Fails:
		t.caught[cell]++
		t.caughtNames[[2]string{key.loader, r.Class}] = append(t.caughtNames[[2]string{key.loader, r.Class}], key.object+" "+program)
	default:
		t.missed[cell]++
		if verdict == analyzer.Undecided {
			t.undecided[cell]++
		}
		if r.What != "" {
			name += ": " + r.What
		}
		why := verdict
		if v != nil && len(v.Reasons) > 0 {
			why += ": " + strings.Join(v.Reasons, ", ")
		}
		t.missedNames[[2]string{key.loader, r.Class}] = append(t.missedNames[[2]string{key.loader, r.Class}], name+" ("+why+")")
	}
}

// markdown writes the tables: one per loader, a row per class, a cell per
// kernel with caught/missed.
func (t *tally) markdown(w io.Writer) {
	caught, missed, alarms := sum(t.caught), sum(t.missed), sum(t.falseAlarms)
	undecided := sum(t.undecided)
	fmt.Fprintf(w, "%d objects, %d kernels. Loads without alarm: %d; false alarms: %d.\n\n", t.objects, len(t.kernels), t.loaded, alarms)
	fmt.Fprintf(w, "Failures caught: %d; missed: %d, of which %d are called undecided and %d are said to load; recall %s.\n",
		caught, missed, undecided, missed-undecided, percent(caught, missed))
	t.unsampled(w)
	for _, loader := range t.loaders() {
		fmt.Fprintf(w, "\n## %s\n\nCaught / missed (of which undecided) by failure class and kernel.\n\n", loader)
		fmt.Fprintf(w, "| class | %s | recall |\n|---|%s---|\n", strings.Join(t.kernels, " | "), strings.Repeat("---|", len(t.kernels)))
		for _, class := range t.classes(loader) {
			fmt.Fprintf(w, "| %s |", class)
			c, m := 0, 0
			for _, k := range t.kernels {
				cell := cellKey{loader, k, class}
				fmt.Fprintf(w, " %s |", t.cell(cell))
				c, m = c+t.caught[cell], m+t.missed[cell]
			}
			fmt.Fprintf(w, " %s |\n", percent(c, m))
		}
		fmt.Fprintf(w, "\nFalse alarms by rule and kernel.\n\n")
		t.alarms(w, loader)
		t.examples(w, loader)
		names(w, "Missed", loader, t.missedNames)
		names(w, "False alarms", loader, t.alarmedNames)
	}
}

// unsampled notes families of failures of which the corpus has no sample: what
// is said of them rests on tests alone.
func (t *tally) unsampled(w io.Writer) {
	for _, family := range [...]string{"struct_ops_member"} {
		found := false
		for _, m := range []map[cellKey]int{t.caught, t.missed} {
			for key := range m {
				found = found || strings.HasPrefix(key.class, family)
			}
		}
		if !found {
			fmt.Fprintf(w, "\nNo recorded load failed with %s_*: recall says nothing about the rules for it.\n", family)
		}
	}
}

// examples lists the first programs of each class whose failure was caught.
func (t *tally) examples(w io.Writer, loader string) {
	fmt.Fprintf(w, "\nCaught, the first of each class.\n\n")
	for _, class := range t.classes(loader) {
		list := t.caughtNames[[2]string{loader, class}]
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		list = slices.Compact(list)
		fmt.Fprintf(w, "- %s: %s\n", class, strings.Join(list[:min(len(list), shown)], ", "))
	}
}

func (t *tally) cell(key cellKey) string {
	c, m := t.caught[key], t.missed[key]
	switch {
	case c+m == 0:
		return ""
	case t.undecided[key] > 0:
		return fmt.Sprintf("%d / %d (%d)", c, m, t.undecided[key])
	}
	return fmt.Sprintf("%d / %d", c, m)
}

func (t *tally) alarms(w io.Writer, loader string) {
	byRules := map[string][]string{}
	for _, k := range t.kernels {
		for key, n := range t.falseAlarms {
			if key.loader == loader && key.kernel == k {
				byRules[key.class] = append(byRules[key.class], fmt.Sprintf("%s: %d", k, n))
			}
		}
	}
	if len(byRules) == 0 {
		fmt.Fprintln(w, "None.")
	}
	for _, rules := range slices.Sorted(maps.Keys(byRules)) {
		fmt.Fprintf(w, "- %s: %s\n", rules, strings.Join(byRules[rules], ", "))
	}
}

// names lists the first of each group.
func names(w io.Writer, title, loader string, groups map[[2]string][]string) {
	for _, key := range slices.SortedFunc(maps.Keys(groups), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if key[0] != loader {
			continue
		}
		list := groups[key]
		slices.Sort(list)
		fmt.Fprintf(w, "\n%s, %s: %d\n\n", title, key[1], len(list))
		for _, name := range list[:min(len(list), shown)] {
			fmt.Fprintf(w, "- %s\n", name)
		}
	}
}

func (t *tally) loaders() []string {
	set := map[string]bool{}
	for _, m := range []map[cellKey]int{t.caught, t.missed, t.falseAlarms} {
		for key := range m {
			set[key.loader] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (t *tally) classes(loader string) []string {
	set := map[string]bool{}
	for _, m := range []map[cellKey]int{t.caught, t.missed} {
		for key := range m {
			if key.loader == loader {
				set[key.class] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func sum(m map[cellKey]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

func percent(caught, missed int) string {
	if caught+missed == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*float64(caught)/float64(caught+missed))
}
