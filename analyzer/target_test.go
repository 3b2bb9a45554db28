package analyzer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestRunGoesOn has rules fail between others, on kernels of which one lacks what
// some of them need: what comes after runs, on every target, and the verdicts of
// all targets know of it.
func TestRunGoesOn(t *testing.T) {
	t.Parallel()
	k := kernels(t, "6.1", "6.12")
	symbols, err := kernel.NewSymbols([]byte("ffffffff81000000 T f\n"))
	require.NoError(t, err)
	k[0].Symbols = symbols
	panics := func(*analyzer.Pass) error { panic("out of luck") }
	lacking := func(name string, concerns func(*plan.Plan) bool) *analyzer.Rule {
		return &analyzer.Rule{Name: name, Severity: analyzer.Error, Needs: analyzer.NeedsSymbols, Concerns: concerns, Run: rule(name, always).Run}
	}
	rep := run(t, analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p"), object("y.o")}, Kernels: k, Loaders: loaders,
		Rules: append(analyzer.OwnRules(), rule("a", always), &analyzer.Rule{Name: "b", Run: panics}, &analyzer.Rule{Name: "c", Run: panics},
			lacking("d", nil), lacking("e", func(*plan.Plan) bool { return false }), lacking("f", func(*plan.Plan) bool { panic("no plan") }),
			rule("g", always), &analyzer.Rule{Name: "h", Run: panics}),
	})
	var found, failed []string
	for _, f := range rep.Findings {
		found = append(found, f.Location.Object+" "+f.Rule+" "+strings.Join(f.Kernels, ","))
		assert.Equal(t, []string{"libbpf", "cilium"}, f.Loaders)
	}
	for _, e := range rep.Errors {
		failed = append(failed, e.Object+" "+e.Kernel+" "+e.Rule+" "+e.Message)
	}
	var want, wantFailed []string
	for _, o := range []string{"x.o", "y.o"} {
		want = append(want, o+" a 6.1,6.12", o+" d 6.1", o+" e 6.1", o+" f 6.1", o+" g 6.1,6.12")
		for _, name := range []string{"6.1", "6.12"} {
			for _, r := range []string{"b", "c", "f", "h"} {
				switch {
				case r != "f":
					wantFailed = append(wantFailed, o+" "+name+" "+r+" internal error: out of luck, please report")
				case name == "6.12":
					wantFailed = append(wantFailed, o+" "+name+" "+r+" internal error: no plan, please report")
				}
			}
		}
	}
	assert.Equal(t, want, found)
	assert.Equal(t, wantFailed, failed)
	require.Len(t, rep.Skips, 1)
	assert.Equal(t, []string{"d"}, rep.Skips[0].Rules)
	assert.Equal(t, analyzer.ExitFailed, rep.ExitCode(analyzer.Error))
}
