package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
)

// Diff is what changed between two kernels, and if objects are given, what that
// does to them.
type Diff struct {
	Old, New analyzer.KernelInfo
	// Objects are those that the changes are limited to; without any, Changes
	// holds all of them.
	Objects []analyzer.ObjectInfo
	// Changes are by kind, then by name.
	Changes []DiffChange
	// Findings are those of the objects that hold on one of the kernels only, see
	// [DiffUse.Findings]. Those that no use refers to have another cause than
	// the Changes.
	Findings []analyzer.Finding
	// Rules are those of the Findings.
	Rules []*analyzer.Rule
	// Skips are checks of the objects that were not made.
	Skips []analyzer.Skip
	// Unchecked is what could not be compared.
	Unchecked []btfdiff.Unchecked
	// Errors are the inputs, and parts of inputs, that could not be read.
	Errors []analyzer.RuleError
	// Filter says in words what was left out on request: "grade breaks, name
	// task_*". The default is nothing.
	Filter string
	// Verbose shows in the text format every member that moved. The other
	// formats do so anyway.
	Verbose bool
}

// DiffChange is a change, and the uses of what it changes.
type DiffChange struct {
	*btfdiff.Change
	UsedBy []DiffUse // by object, then in the order of [plan.Plan.Deps]
}

// DiffUse is one dependency of an object that a change concerns.
type DiffUse struct {
	Object string
	Dep    *plan.Dep
	// Grade is what the change does to this use: less than to others if the
	// object only asks whether the thing is there, or guards the use.
	Grade btfdiff.Grade
	// Details are the indexes into the change's Details of those that matter to it.
	Details []int
	// Findings are the indexes into [Diff.Findings] of those that the change
	// causes, or mends if they hold on the old kernel.
	Findings []int
}

// Grades are the grades as all formats order them, the worst first.
func Grades() []btfdiff.Grade {
	return []btfdiff.Grade{btfdiff.GradeBreaks, btfdiff.GradeSemantic, btfdiff.GradeRelocatable, btfdiff.GradeAddition}
}

// gradeMeanings say what grades mean, by grade.
var gradeMeanings = [...]string{
	btfdiff.GradeAddition:    "new: what works on the old kernel does not need it",
	btfdiff.GradeRelocatable: "CO-RE absorbs it, or no program sees it",
	btfdiff.GradeSemantic:    "same name and layout, maybe another meaning: look at it",
	btfdiff.GradeBreaks:      "a program that reads, calls or attaches to it fails or reads wrong data, even with CO-RE",
}

// diffFormats are the formats of a difference, the default first.
var diffFormats = [...]struct {
	name  string
	write func(*bufio.Writer, *Diff, *Options) error
}{
	{"text", writeDiffText},
	{"json", writeDiffJSON},
	{"sarif", writeDiffSARIF},
	{"markdown", writeDiffMarkdown},
	{"html", writeDiffHTML},
}

// DiffFormats are the names of the formats of [WriteDiff], the default first.
func DiffFormats() []string {
	names := make([]string, len(diffFormats))
	for i := range diffFormats {
		names[i] = diffFormats[i].name
	}
	return names
}

// WriteDiff writes a difference in the format of that name. The format sarif
// has the places in the sources of Objects: without any it has no results. It
// returns an error for an unknown format and the errors of w.
func WriteDiff(w io.Writer, name string, d *Diff, opts Options) error {
	for i := range diffFormats {
		if diffFormats[i].name != name {
			continue
		}
		b := bufio.NewWriterSize(w, 1<<16)
		if err := diffFormats[i].write(b, d, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(DiffFormats(), ", "))
}

// diffCount counts changes by type and by grade.
type diffCount struct {
	kind                           btfdiff.Kind
	total, added, removed, changed int
	grades                         [len(gradeMeanings)]int
}

func (n *diffCount) add(c *btfdiff.Change) {
	n.total++
	n.grades[c.Grade]++
	switch c.Change {
	case btfdiff.Added:
		n.added++
	case btfdiff.Removed:
		n.removed++
	default:
		n.changed++
	}
}

func (n *diffCount) addAll(o *diffCount) {
	n.total += o.total
	n.added += o.added
	n.removed += o.removed
	n.changed += o.changed
	for g := range n.grades {
		n.grades[g] += o.grades[g]
	}
}

// count counts the changes: all of them, and those of each kind that has any.
func (d *Diff) count() (all diffCount, kinds []diffCount) {
	for i := range d.Changes {
		c := d.Changes[i].Change
		if len(kinds) == 0 || kinds[len(kinds)-1].kind != c.Kind {
			kinds = append(kinds, diffCount{kind: c.Kind})
		}
		kinds[len(kinds)-1].add(c)
	}
	for i := range kinds {
		all.addAll(&kinds[i])
	}
	return all, kinds
}

// Count is the number of changes of a grade.
func (d *Diff) Count(g btfdiff.Grade) int {
	n := 0
	for i := range d.Changes {
		if d.Changes[i].Grade == g {
			n++
		}
	}
	return n
}

// isNew reports whether a finding holds on the new kernel.
func (d *Diff) isNew(f *analyzer.Finding) bool {
	for _, k := range f.Kernels {
		if k == d.New.Name {
			return true
		}
	}
	return false
}

// notChecked says what could not be compared or checked, a line each that
// starts with a label.
func (d *Diff) notChecked() []string {
	var lines []string
	for i := range d.Unchecked {
		lines = append(lines, "not compared: "+clean(d.Unchecked[i].Text))
	}
	for _, l := range unchecked(&analyzer.Report{Kernels: []analyzer.KernelInfo{d.Old, d.New}, Findings: d.Findings, Skips: d.Skips}) {
		lines = append(lines, l.label+": "+clean(l.about()))
	}
	return lines
}

// unexplained are the indexes of the findings that no use refers to, without
// notes unless they are to be shown.
func (d *Diff) unexplained(opts *Options) []int {
	if len(d.Findings) == 0 {
		return nil
	}
	explained := make([]bool, len(d.Findings))
	for i := range d.Changes {
		for k := range d.Changes[i].UsedBy {
			for _, f := range d.Changes[i].UsedBy[k].Findings {
				explained[f] = true
			}
		}
	}
	var rest []int
	for i, is := range explained {
		if !is && opts.shown(&d.Findings[i]) {
			rest = append(rest, i)
		}
	}
	return rest
}

// gradeRun is a run of changes of one grade and kind.
type gradeRun struct {
	grade   btfdiff.Grade
	kind    btfdiff.Kind
	changes []*DiffChange
}

// byGrade groups the changes by grade, the worst first, then by kind.
func (d *Diff) byGrade() []gradeRun {
	_, kinds := d.count()
	return d.runs(kinds)
}

// runs is byGrade of changes that are counted by kind. There are tens of thousands:
// it looks at each once.
func (d *Diff) runs(kinds []diffCount) []gradeRun {
	var runs []gradeRun
	list := make([]*DiffChange, len(d.Changes)) // of all runs
	places := make([][len(gradeMeanings)][]*DiffChange, len(kinds))
	for _, g := range Grades() {
		for k := range kinds {
			if n := kinds[k].grades[g]; n > 0 {
				runs = append(runs, gradeRun{g, kinds[k].kind, list[:n:n]})
				places[k][g], list = list[:n:n], list[n:]
			}
		}
	}
	k := 0
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.Kind != kinds[k].kind {
			k++
		}
		place := &places[k][c.Grade]
		(*place)[0] = c
		*place = (*place)[1:]
	}
	return runs
}

// useOf says what of a thing an object uses and how: "field task_struct.state
// (byte_off), optional".
func useOf(d *plan.Dep) string {
	text := d.Kind.String() + " " + depName(d)
	if len(d.As) > 0 {
		text += " (" + clean(strings.Join(d.As, ", ")) + ")"
	}
	if d.Optional {
		text += ", optional"
	}
	return text
}

// findingOn says where a finding holds: "on 7.3", "no more on 7.3".
func (d *Diff) findingOn(f *analyzer.Finding) string {
	if d.isNew(f) {
		return "on " + clean(d.New.Name)
	}
	return "no more on " + clean(d.New.Name)
}

// alike are findings that say the same about several places.
type alike struct {
	*analyzer.Finding // the first
	more              int
}

// at is the place of the first, and how many others there are: ", x.c:7:2 +3".
func (a *alike) at() string {
	text := ""
	if a.Location.Source.File != "" {
		text = " " + place(&a.Location)
	}
	if a.more > 0 {
		text += " +" + itoa(a.more)
	}
	if text == "" {
		return ""
	}
	return "," + text
}

// together puts findings that say the same together, in the order of the first of
// each, without notes unless they are to be shown.
func (d *Diff) together(indexes []int, opts *Options) []alike {
	type key struct {
		rule, message string
		weight        analyzer.Severity
		isNew         bool
	}
	var list []alike
	seen := make(map[key]int)
	for _, i := range indexes {
		f := &d.Findings[i]
		if !opts.shown(f) {
			continue
		}
		k := key{f.Rule, f.Message, f.Weight(), d.isNew(f)}
		if at, ok := seen[k]; ok {
			list[at].more++
			continue
		}
		seen[k] = len(list)
		list = append(list, alike{Finding: f})
	}
	return list
}
