package report

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// ranked are the findings that the options show, the heaviest first and else in
// the report's order: what a format has no room for is what weighs least.
func ranked(r *analyzer.Report, opts *Options) []*analyzer.Finding {
	var list []*analyzer.Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; opts.shown(f) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, heavierFirst)
	return list
}

func heavierFirst(a, b *analyzer.Finding) int { return cmp.Compare(b.Weight(), a.Weight()) }

// occurrences numbers what comes more than once: a finding that holds with one
// loader on other kernels than with another stands twice in a report, with one
// fingerprint.
type occurrences map[string]int

// key is the name itself when it comes first, then NAME-2, NAME-3.
func (o occurrences) key(name string) string {
	o[name]++
	if n := o[name]; n > 1 {
		return name + "-" + itoa(n)
	}
	return name
}

// openMatters are the lines of what a report leaves open: which objects are
// undecided and why, and what was not checked.
func openMatters(r *analyzer.Report) []string {
	var undecided folded
	list := fates(r)
	for i := range list {
		f := &list[i]
		text := strings.Join(f.whole.Reasons, "; ")
		if f.whole.Verdict != analyzer.Undecided {
			names := f.with(analyzer.Undecided)
			if len(names) == 0 {
				continue
			}
			text = itoa(len(names)) + " of " + plural(len(f.programs), "program") + " when loaded alone" + listed(names)
		}
		undecided.add(f.whole.Object+": undecided with "+f.whole.Loader, text, f.whole.Kernel)
	}
	var lines []string
	for _, l := range undecided {
		line := l.label
		if len(l.subjects) > 0 {
			line += " on " + analyzer.Enumerate(l.subjects)
		}
		if l.text != "" {
			line += ": " + l.text
		}
		lines = append(lines, line)
	}
	for _, l := range unchecked(r) {
		lines = append(lines, l.label+": "+l.about())
	}
	return lines
}

// onTargets says where a finding holds: "5.10 and 6.1 with libbpf".
func onTargets(f *analyzer.Finding) string {
	loaders := analyzer.Enumerate(f.Loaders)
	if len(f.Kernels) == 0 {
		return "any kernel with " + loaders
	}
	return analyzer.Enumerate(f.Kernels) + " with " + loaders
}

// sourcePath is the path under which a repository knows a location's file:
// relative to the source root, or else as the object has it. line is 0 for a
// location without a source line, whose file is the object.
func sourcePath(l *bpfobj.Location, root string) (file string, line int) {
	file = l.Object
	if hasLine(&l.Source) {
		file, line = l.Source.File, l.Source.Line
	}
	if file == l.Object { // of this machine: an object, or a configuration
		file = fromRoot(file, root)
	}
	if local, ok := localPath(file, root); ok {
		return local, line
	}
	return path.Clean(strings.ReplaceAll(file, `\`, "/")), line
}
