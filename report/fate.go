package report

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// row is an object with a loader.
type row struct{ object, loader string }

// fate is how one object fares on one kernel with one loader: loaded as it is,
// and its programs loaded alone.
type fate struct {
	whole    *analyzer.Verdict
	programs []analyzer.Verdict
	// unattachable: it loads, and an error says that attaching it fails.
	unattachable bool
	// known: suppressed findings are all that keeps it from loading.
	known bool
}

// knownMark follows a verdict that suppressed findings alone are the reason of.
const knownMark = " (suppressed)"

// words are what people read of a verdict, the worst first.
var words = [...]string{
	analyzer.Fails, analyzer.Undecided, analyzer.Fails + knownMark, analyzer.Undecided + knownMark, analyzer.Loads,
}

// word is what people read of the verdict.
func (f *fate) word() string {
	if f.known {
		return f.whole.Verdict + knownMark
	}
	return f.whole.Verdict
}

// fates are the verdicts of a report by object, kernel and loader.
func fates(r *analyzer.Report) []fate {
	var list []fate
	attaching := attachErrors(r)
	first := 0
	for i := range r.Verdicts {
		if r.Verdicts[i].Program == "" { // the object as it is comes last
			v := &r.Verdicts[i]
			list = append(list, fate{
				whole: v, programs: r.Verdicts[first:i], known: r.Known(v),
				unattachable: v.Verdict == analyzer.Loads && slices.ContainsFunc(attaching[v.Object], func(f *analyzer.Finding) bool {
					return holdsOn(f, v.Kernel, v.Loader)
				}),
			})
			first = i + 1
		}
	}
	return list
}

// attachErrors are the errors about attaching what loads, by object.
func attachErrors(r *analyzer.Report) map[string][]*analyzer.Finding {
	byObject := map[string][]*analyzer.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Stage == plan.StageAttach && f.Weight() == analyzer.Error && f.Suppressed == "" {
			byObject[f.Location.Object] = append(byObject[f.Location.Object], f)
		}
	}
	return byObject
}

// asides are what is to be said besides the verdict.
func (f *fate) asides() []string {
	var list []string
	if f.unattachable {
		list = append(list, "loads, and is refused when it is attached")
	}
	if text := f.alone(); text != "" {
		list = append(list, text)
	}
	if names := f.with(analyzer.Undecided); len(names) > 0 && f.whole.Verdict != analyzer.Undecided {
		list = append(list, f.undecidedAlone(names))
	}
	return list
}

// with are the names of the programs with that verdict, in the object's order.
func (f *fate) with(verdict string) []string {
	var names []string
	for i := range f.programs {
		if f.programs[i].Verdict == verdict {
			names = append(names, f.programs[i].Program)
		}
	}
	return names
}

// undecidedAlone says which programs are undecided where the object is not.
func (f *fate) undecidedAlone(names []string) string {
	is := " are"
	if len(names) == 1 {
		is = " is"
	}
	return itoa(len(names)) + " of " + plural(len(f.programs), "program") + is + " undecided when loaded alone" + listed(names)
}

// alone tells which programs fail when they are loaded alone, if the verdict
// of the object does not tell: "" if it fails because all do, or loads and all
// do too.
func (f *fate) alone() string {
	failing := f.with(analyzer.Fails)
	fails := f.whole.Verdict == analyzer.Fails
	if len(f.programs) == 0 || fails && len(failing) == len(f.programs) || !fails && len(failing) == 0 {
		return ""
	}
	switch len(failing) {
	case 0:
		return "no program fails when loaded alone"
	case 1:
		return "1 of " + plural(len(f.programs), "program") + " fails when loaded alone" + listed(failing)
	}
	return itoa(len(failing)) + " of " + plural(len(f.programs), "program") + " fail when loaded alone" + listed(failing)
}

// maxListed is the number of programs that a line names.
const maxListed = 5

// listed is ": a, b" or, of more than can be named, ": a, b, c, d, e, ...".
func listed(names []string) string {
	switch {
	case len(names) == 0:
		return ""
	case len(names) > maxListed:
		names = append(slices.Clone(names[:maxListed]), "...")
	}
	return ": " + strings.Join(names, ", ")
}
