package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

func TestTellApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		paths, want []string // "" is the name that opening the kernel gives
	}{
		{"other files", []string{"old.btf", "new.btf"}, []string{"", ""}},
		{"directories", []string{"6.12/vmlinux", "7.3/vmlinux"}, []string{"6.12", "7.3"}},
		{"directories above", []string{"k/6.12/btf/vmlinux", "k/7.3/btf/vmlinux"}, []string{"6.12", "7.3"}},
		{"some of several", []string{"6.1/vmlinux", "6.12/vmlinux", "7.3.btf"}, []string{"6.1", "6.12", ""}},
		{"one that has no directory", []string{"vmlinux", "7.3/vmlinux"}, []string{"vmlinux", "7.3/vmlinux"}},
		{"directory above", []string{"../vmlinux", "vmlinux"}, []string{"../vmlinux", "vmlinux"}},
		{"one file twice", []string{"a/vmlinux", "a/./vmlinux"}, []string{"a/vmlinux", "a/vmlinux (2)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			specs := make([]kernel.Spec, len(tt.paths))
			for i, path := range tt.paths {
				specs[i].Types = path
			}
			tellApart(specs)
			var names []string
			for _, spec := range specs {
				names = append(names, spec.Name)
			}
			assert.Equal(t, tt.want, names)
		})
	}
}

// TestApplyFilter drops changes: a finding that a dropped change alone causes
// goes too, one that has another cause or none stays.
func TestApplyFilter(t *testing.T) {
	t.Parallel()
	change := func(name string, grade btfdiff.Grade, findings ...int) report.DiffChange {
		return report.DiffChange{
			Change: &btfdiff.Change{Kind: btfdiff.KindStruct, Name: name, Grade: grade},
			UsedBy: []report.DiffUse{{Findings: findings}},
		}
	}
	d := &report.Diff{
		Changes:  []report.DiffChange{change("a", btfdiff.GradeSemantic, 0, 1), change("b", btfdiff.GradeBreaks, 1, 3)},
		Findings: []analyzer.Finding{{Rule: "dropped"}, {Rule: "both"}, {Rule: "none"}, {Rule: "kept"}},
	}
	f := diffFilter{grades: []btfdiff.Grade{btfdiff.GradeBreaks}, names: []string{"?"}, kinds: []btfdiff.Kind{btfdiff.KindStruct}}
	f.apply(d)
	assert.Equal(t, []report.DiffChange{change("b", btfdiff.GradeBreaks, 0, 2)}, d.Changes)
	assert.Equal(t, []analyzer.Finding{{Rule: "both"}, {Rule: "none"}, {Rule: "kept"}}, d.Findings)
	assert.Equal(t, "only kind struct, name ?, grade breaks", f.String())
}
