package usedby_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/cmd/btflint/internal/usedby"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// testdata is the directory of testdata from here.
const testdata = "../../../../testdata/"

func open(t testing.TB, name string) *kernel.Kernel {
	t.Helper()
	k, err := kernel.Open(kernel.Spec{Name: name, Types: testdata + "diff/" + name + ".o", Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

func dependencies(t testing.TB, files ...string) ([]*bpfobj.Object, []report.ObjectDeps) {
	t.Helper()
	var objects []*bpfobj.Object
	var deps []report.ObjectDeps
	for _, file := range files {
		data, err := os.ReadFile(testdata + file)
		require.NoError(t, err)
		obj, err := bpfobj.Read(file, data)
		require.NoError(t, err)
		list, err := plan.Make(obj, nil, plan.Libbpf, plan.Options{}).Deps()
		require.NoError(t, err)
		objects, deps = append(objects, obj), append(deps, report.ObjectDeps{Name: file, Deps: list})
	}
	return objects, deps
}

// lines are the changes as text: a line for each, one for each detail, and one
// for each use with the rules of its findings.
func lines(changes []report.DiffChange, findings []analyzer.Finding) string {
	var b strings.Builder
	for i := range changes {
		c := &changes[i]
		fmt.Fprintf(&b, "%s %s %s %s\n", c.Grade, c.Kind, c.Name, c.Change.Change)
		for k := range c.Details {
			fmt.Fprintf(&b, "  %s %s %s\n", c.Details[k].Grade, c.Details[k].What, c.Details[k].Subject)
		}
		for _, u := range c.UsedBy {
			fmt.Fprintf(&b, "    %s %s %s %v", u.Grade, u.Dep.Kind, u.Dep.Name, u.Details)
			for _, f := range u.Findings {
				fmt.Fprintf(&b, " %s %s on %s", findings[f].Severity, findings[f].Rule, findings[f].Kernels[0])
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestRestrict compares what changes for the uses of uses.c. It lists nothing
// that uses.c does not use: no task_struct.unused and no colour VIOLET.
func TestRestrict(t *testing.T) {
	t.Parallel()
	before, after := open(t, "before"), open(t, "after")
	objects, deps := dependencies(t, "diff/uses.o")
	set := usedby.New(deps, before, after)
	diff, err := btfdiff.Compare(before, after, btfdiff.Options{Match: set.Match})
	require.NoError(t, err)
	changes := set.Restrict(diff)
	rep, err := analyzer.Run(t.Context(), analyzer.Input{
		Objects: objects, Kernels: []*kernel.Kernel{before, after}, Rules: rules.All(),
	})
	require.NoError(t, err)
	findings := usedby.Join(changes, rep, "before", "after")
	golden(t, "testdata/restricted.txt", lines(changes, findings))

	joined := map[int]bool{}
	for i := range changes {
		for _, u := range changes[i].UsedBy {
			for _, f := range u.Findings {
				joined[f] = true
			}
		}
	}
	for i := range findings {
		assert.True(t, joined[i], findings[i].Message)
	}
}

// TestRestrictEverything checks that restricting what is compared finds the same
// as restricting the whole difference, with all objects of the tests.
func TestRestrictEverything(t *testing.T) {
	t.Parallel()
	before, after := open(t, "before"), open(t, "after")
	_, deps := dependencies(t, "diff/uses.o", "objects/core.o", "objects/externs.o", "objects/struct_ops.o", "objects/maps.o")
	set := usedby.New(deps, before, after)
	whole, err := btfdiff.Compare(before, after, btfdiff.Options{})
	require.NoError(t, err)
	part, err := btfdiff.Compare(before, after, btfdiff.Options{Match: set.Match})
	require.NoError(t, err)
	require.NotEmpty(t, part.Changes)
	assert.Less(t, len(part.Changes), len(whole.Changes))
	assert.Equal(t, lines(set.Restrict(whole), nil), lines(set.Restrict(part), nil))
}

func TestRestrictToNothing(t *testing.T) {
	t.Parallel()
	before, after := open(t, "before"), open(t, "after")
	set := usedby.New(nil, before, after)
	diff, err := btfdiff.Compare(before, after, btfdiff.Options{})
	require.NoError(t, err)
	require.NotEmpty(t, diff.Changes)
	assert.Empty(t, set.Restrict(diff))
	assert.False(t, set.Match(btfdiff.KindStruct, "task_struct"))
}

func TestHistory(t *testing.T) {
	t.Parallel()
	kernels := []*kernel.Kernel{open(t, "before"), open(t, "after"), open(t, "after")}
	_, deps := dependencies(t, "diff/uses.o")
	rows, err := usedby.History(deps, kernels)
	require.NoError(t, err)
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "%s %s:", rows[i].Dep.Kind, rows[i].Dep.Name)
		for k := range rows[i].Cells {
			fmt.Fprintf(&b, " %s", rows[i].Cells[k].State)
			for _, c := range rows[i].Cells[k].Changes {
				fmt.Fprintf(&b, " (%s %s)", c.Grade, c.Kind)
			}
		}
		b.WriteByte('\n')
	}
	golden(t, "testdata/history.txt", b.String())
}

func TestGlob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"tcp_close", "tcp_close", true},
		{"tcp_close", "tcp_closed", false},
		{"tcp_*", "tcp_", true},
		{"tcp_*", "udp_close", false},
		{"*close", "tcp_close_close", true},
		{"t*_c*e", "tcp_close", true},
		{"t*_c*e", "tcp_closed", false},
		{"tcp_???se", "tcp_close", true},
		{"*", "", true},
		{"?", "", false},
		{"", "", true},
		{"", "x", false},
		{strings.Repeat("*a", 40), strings.Repeat("a", 1000) + "b", false}, // takes no exponential time
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, usedby.Glob(tt.pattern, tt.name), "%s %s", tt.pattern, tt.name)
	}
}
