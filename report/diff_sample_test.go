package report_test

import (
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// scripted is a name that would run in a browser, end a table cell, and open a
// link or mention somebody in Markdown.
const scripted = `</script><script>window.pwned=1</script>|[x](http://a.invalid)@b<img src=//a.invalid>`

// sampleDiff is a difference of every form, with hostile names.
func sampleDiff() *report.Diff {
	use := func(kind plan.DepKind, name, parent string, lines ...int) *plan.Dep {
		d := &plan.Dep{Kind: kind, Name: name, Parent: parent, As: []string{"byte_off"}, Programs: []string{"on_exec", "on_exit"}, UseCount: len(lines)}
		for _, line := range lines {
			d.Uses = append(d.Uses, bpfobj.Location{
				Object: "build/prog.bpf.o", Section: "kprobe/x", Program: "on_exec", Insn: line, Offset: uint64(8 * line),
				Source: bpfobj.Source{File: "bpf/prog.bpf.c", Line: line, Column: 2, Text: "\treturn t->state;", Origin: bpfobj.OriginOwn},
			})
		}
		return d
	}
	finding := func(severity analyzer.Severity, message, kernel string, line int) analyzer.Finding {
		return analyzer.Finding{
			Rule: "core-field-missing", Severity: severity, Message: message, Stage: plan.StageLoad,
			Kernels: []string{kernel}, Loaders: []string{"libbpf"}, Fingerprint: strings.Repeat("0a", 16),
			Location: bpfobj.Location{
				Object: "build/prog.bpf.o", Section: "kprobe/x", Program: "on_exec", Insn: line, Offset: uint64(8 * line), Symbol: "struct task_struct.state",
				Source: bpfobj.Source{File: "bpf/prog.bpf.c", Line: line, Column: 2, Text: "\treturn t->state;", Origin: bpfobj.OriginOwn},
			},
		}
	}
	var moved []btfdiff.Detail
	for _, name := range []string{"a", "b", "c", "d"} {
		moved = append(moved, btfdiff.Detail{Grade: btfdiff.GradeRelocatable, What: btfdiff.WhatMoved, Subject: name})
	}
	none := use(plan.DepKfunc, hostile, "")
	none.Optional = true
	changes := []report.DiffChange{
		{
			Change: &btfdiff.Change{Kind: btfdiff.KindStruct, Name: "task_struct", Change: btfdiff.Changed, Grade: btfdiff.GradeBreaks, Details: append([]btfdiff.Detail{
				{Grade: btfdiff.GradeAddition, What: btfdiff.WhatAdded, Subject: "core_node"},
				{Grade: btfdiff.GradeBreaks, What: btfdiff.WhatRemoved, Subject: "state"},
				{Grade: btfdiff.GradeSemantic, What: btfdiff.WhatSign, Subject: "exit_state"},
			}, moved...)},
			UsedBy: []report.DiffUse{
				{Object: "build/prog.bpf.o", Dep: use(plan.DepField, "task_struct.state", "task_struct", 42, 57), Grade: btfdiff.GradeBreaks, Details: []int{1}, Findings: []int{0, 3}},
				{Object: hostile, Dep: none, Grade: btfdiff.GradeRelocatable, Details: []int{3}},
			},
		},
		{Change: &btfdiff.Change{Kind: btfdiff.KindStruct, Name: "rq", Change: btfdiff.Changed, Grade: btfdiff.GradeRelocatable, Details: moved}},
		{Change: &btfdiff.Change{Kind: btfdiff.KindEnum, Name: "colour", Change: btfdiff.Changed, Grade: btfdiff.GradeSemantic, Details: []btfdiff.Detail{
			{Grade: btfdiff.GradeSemantic, What: btfdiff.WhatValue, Subject: "RED"},
		}}},
		{
			Change: &btfdiff.Change{Kind: btfdiff.KindFunc, Name: scripted, Change: btfdiff.Removed, Grade: btfdiff.GradeBreaks, Modules: &btfdiff.Modules{Old: "nf"}},
			UsedBy: []report.DiffUse{{Object: "build/prog.bpf.o", Dep: use(plan.DepFunction, scripted, "", 9), Grade: btfdiff.GradeBreaks}},
		},
		{
			Change: &btfdiff.Change{Kind: btfdiff.KindKfunc, Name: "bpf_new", Change: btfdiff.Added, Grade: btfdiff.GradeAddition},
			UsedBy: []report.DiffUse{{Object: "build/prog.bpf.o", Dep: use(plan.DepKfunc, "bpf_new", ""), Findings: []int{1}}},
		},
		{Change: &btfdiff.Change{Kind: btfdiff.KindConfig, Name: hostile, Change: btfdiff.Added, Grade: btfdiff.GradeAddition}},
	}
	return &report.Diff{
		Old:     analyzer.KernelInfo{Name: "6.12", Release: "6.12.107", Arch: "amd64", Unknown: []string{"symbols"}},
		New:     analyzer.KernelInfo{Name: "7.3", Arch: "amd64", Notes: []string{"symbols: a stub"}},
		Objects: []analyzer.ObjectInfo{{Name: "build/prog.bpf.o", SHA256: strings.Repeat("5a", 32)}, {Name: hostile}},
		Changes: changes,
		Findings: []analyzer.Finding{
			finding(analyzer.Error, `field "task_struct.state" not found in 7.3`, "7.3", 42),
			finding(analyzer.Error, `kfunc "bpf_new" not found in 6.12`, "6.12", 12),
			finding(analyzer.Warning, "something else "+hostile, "7.3", 99),
			finding(analyzer.Error, `field "task_struct.state" not found in 7.3`, "7.3", 57),
		},
		Rules:     []*analyzer.Rule{{Name: "core-field-missing", Severity: analyzer.Error, Doc: doc}},
		Skips:     []analyzer.Skip{{Kernel: "6.12", Reason: "symbols unknown: 1 rule not run", Rules: []string{"ksym-missing"}}},
		Unchecked: []btfdiff.Unchecked{{Kind: btfdiff.KindConfig, Text: "config: 7.3 has none"}},
		Errors:    []analyzer.RuleError{{Object: "build/broken.o", Message: "not an ELF file"}},
		Filter:    "only name *",
	}
}
