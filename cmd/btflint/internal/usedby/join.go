package usedby

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// Join notes for every use of a change which findings the change causes on the
// new kernel or mends: those about the same dependency of the same object that
// hold on one of the kernels only. A change whose findings are notes alone breaks
// nothing: its grade becomes relocatable. Join returns the findings, which the uses
// refer to by index.
func Join(changes []report.DiffChange, rep *analyzer.Report, old, new string) []analyzer.Finding {
	var findings []analyzer.Finding
	byObject := make(map[string][]int)
	for i := range rep.Findings {
		f := &rep.Findings[i]
		if slices.Contains(f.Kernels, old) == slices.Contains(f.Kernels, new) || f.Suppressed != "" {
			continue
		}
		byObject[f.Location.Object] = append(byObject[f.Location.Object], len(findings))
		findings = append(findings, *f)
	}
	for i := range changes {
		for k := range changes[i].UsedBy {
			u := &changes[i].UsedBy[k]
			for _, f := range byObject[u.Object] {
				if isAbout(&findings[f], u.Dep) {
					u.Findings = append(u.Findings, f)
				}
			}
			if guarded(u, findings, new) {
				u.Grade = min(u.Grade, btfdiff.GradeRelocatable)
			}
		}
		grade(&changes[i])
	}
	return findings
}

// guarded reports whether the check knows of the change and no path of the
// object's programs gets there on the new kernel. Only what an instruction names
// can be guarded.
func guarded(u *report.DiffUse, findings []analyzer.Finding, new string) bool {
	switch u.Dep.Kind {
	case plan.DepStruct, plan.DepUnion, plan.DepEnum, plan.DepType, plan.DepField, plan.DepEnumerator,
		plan.DepKfunc, plan.DepKsym, plan.DepTypelessKsym, plan.DepHelper:
	default:
		return false
	}
	known := false
	for _, i := range u.Findings {
		if f := &findings[i]; slices.Contains(f.Kernels, new) {
			if f.Severity > analyzer.Note {
				return false
			}
			known = true
		}
	}
	return known
}

// isAbout reports whether a finding is about a dependency: by its symbol, or
// where that names something of the object, by its rule and place.
func isAbout(f *analyzer.Finding, d *plan.Dep) bool {
	word, name, _ := strings.Cut(f.Location.Symbol, " ")
	switch word {
	case "struct", "union", "enum", "type", "typedef":
		return isAboutType(name, d) || isAboutRoot(f, name, d)
	case "kfunc":
		return d.Kind == plan.DepKfunc && stem(name) == stem(d.Name)
	case "ksym":
		return (d.Kind == plan.DepKsym || d.Kind == plan.DepTypelessKsym) && name == d.Name
	case "kconfig":
		return d.Kind == plan.DepConfigOption && name == d.Name
	case "helper":
		return d.Kind == plan.DepHelper && name == d.Name
	}
	return slices.Contains(kindsOfRule(f.Rule), d.Kind) && isAt(f, d)
}

// isAt reports whether a finding is where a dependency is used. Of one with more
// uses than it holds, the programs are known.
func isAt(f *analyzer.Finding, d *plan.Dep) bool {
	if d.UseCount > len(d.Uses) && slices.Contains(d.Programs, f.Location.Program) {
		return true
	}
	return slices.ContainsFunc(d.Uses, func(l bpfobj.Location) bool { return samePlace(&l, &f.Location) })
}

// isAboutRoot reports whether a finding says that the type of that name is
// missing from which a field or an enumerator starts.
func isAboutRoot(f *analyzer.Finding, name string, d *plan.Dep) bool {
	return (d.Kind == plan.DepField || d.Kind == plan.DepEnumerator) && stem(name) == d.Parent && isAt(f, d)
}

// isAboutType reports whether what a CO-RE record relocates, "T", "T.a.b" or
// "T.ENUMERATOR" of a local type, is the dependency. Names of dependencies have
// no flavors and array indexes.
func isAboutType(name string, d *plan.Dep) bool {
	root, path, hasPath := strings.Cut(name, ".")
	root = stem(root)
	switch d.Kind {
	case plan.DepStruct, plan.DepUnion, plan.DepEnum, plan.DepType:
		return !hasPath && root == d.Name
	case plan.DepField:
		return hasPath && root+"."+withoutIndexes(path) == d.Name
	case plan.DepEnumerator:
		return hasPath && root == d.Parent && stem(path) == d.Name
	}
	return false
}

// kindsOfRule are the dependencies that the findings of a rule may be about
// which name a program or a map.
func kindsOfRule(rule string) []plan.DepKind {
	switch {
	case strings.HasPrefix(rule, "attach-type-"), strings.HasPrefix(rule, "prog-type-"):
		return []plan.DepKind{plan.DepProgramType, plan.DepAttachType}
	case strings.HasPrefix(rule, "attach-"):
		return []plan.DepKind{
			plan.DepFunction, plan.DepSyscall, plan.DepLSMHook, plan.DepIterator,
			plan.DepTracepoint, plan.DepRawTracepoint,
		}
	case strings.HasPrefix(rule, "map-type-"):
		return []plan.DepKind{plan.DepMapType}
	case strings.HasPrefix(rule, "struct-ops-"):
		return []plan.DepKind{plan.DepStructOpsType, plan.DepStructOpsMember}
	}
	return nil
}

// samePlace tells one instruction, one function, or one place of data.
func samePlace(a, b *bpfobj.Location) bool {
	if a.Program != "" && a.Program == b.Program && a.Section == b.Section {
		return a.Insn == b.Insn || a.Insn < 0 || b.Insn < 0
	}
	return a.Section == b.Section && a.Program == b.Program && a.Offset == b.Offset
}

// stem is a name without its flavor.
func stem(name string) string {
	if i := strings.Index(name, btfgraph.FlavorSep); i > 0 {
		return name[:i]
	}
	return name
}

// withoutIndexes drops "[2]" from a path of fields.
func withoutIndexes(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	var b strings.Builder
	depth := 0
	for i := range len(path) {
		switch {
		case path[i] == '[':
			depth++
		case path[i] == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(path[i])
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}
