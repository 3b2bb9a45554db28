package rules_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

// mixedObjects are every fourth object of the rule tests, with one of the other byte
// order and a light skeleton.
func mixedObjects(t *testing.T) []*bpfobj.Object {
	t.Helper()
	dir := analyzertest.Dir(t)
	files, err := filepath.Glob(filepath.Join(dir, "rules", "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var list []*bpfobj.Object
	for i, file := range files {
		switch name := filepath.Base(file); {
		case name == "core_undecided.o": // made to exhaust its budget
			continue
		case i%4 != 0 && name != "endianness_bpfeb.o":
			continue
		}
		obj, err := bpfobj.ReadFile(file)
		require.NoError(t, err)
		list = append(list, obj)
	}
	s, err := lskel.ReadFile(filepath.Join(dir, "lskel", "struct_ops.lskel.h"))
	require.NoError(t, err)
	skeleton, err := s.Object()
	require.NoError(t, err)
	return append(list, skeleton)
}

// mixedInput has these objects, toy kernels, three loaders and all rules.
func mixedInput(t *testing.T, names ...string) analyzer.Input {
	t.Helper()
	in := analyzer.Input{
		Objects: mixedObjects(t), Loaders: []*plan.Loader{plan.Libbpf, plan.Cilium, plan.Aya}, Rules: append(rules.All(), analyzer.OwnRules()...),
	}
	for _, name := range names {
		in.Kernels = append(in.Kernels, toyKernel(t, name))
	}
	return in
}

// TestRunRepeats gives the same report whatever the number of processors, and again
// with memory and facts that earlier runs have left in kernels.
func TestRunRepeats(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	in := mixedInput(t, "ancient", "arm64", "fields", "modern", "old", "ops", "quirks", "recent", "riscv", "untagged")
	first, err := analyzer.Run(t.Context(), in)
	require.NoError(t, err)
	require.NotEmpty(t, first.Findings)
	for _, procs := range []int{8, 1, 3} {
		runtime.GOMAXPROCS(procs)
		slices.Reverse(in.Objects)
		slices.Reverse(in.Kernels)
		again, err := analyzer.Run(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, first.Findings, again.Findings, "%d processors", procs)
		require.Equal(t, first.Verdicts, again.Verdicts, "%d processors", procs)
		require.Equal(t, first.Skips, again.Skips, "%d processors", procs)
		require.Equal(t, first.Errors, again.Errors, "%d processors", procs)
	}
}

// TestRunShares has targets that share planners, facts and memory come to what each
// comes to alone.
func TestRunShares(t *testing.T) {
	t.Parallel()
	in := mixedInput(t, "ancient", "fields", "modern", "ops", "untagged")
	all, err := analyzer.Run(t.Context(), in)
	require.NoError(t, err)
	together := outcomes(all)
	checked := 0
	for _, obj := range in.Objects {
		for _, k := range in.Kernels {
			for _, l := range in.Loaders {
				alone := in
				alone.Objects, alone.Kernels, alone.Loaders = []*bpfobj.Object{obj}, []*kernel.Kernel{k}, []*plan.Loader{l}
				rep, err := analyzer.Run(t.Context(), alone)
				require.NoError(t, err)
				for target, want := range outcomes(rep) {
					assert.Equal(t, want, together[target], target)
					checked++
				}
			}
		}
	}
	assert.GreaterOrEqual(t, checked, len(together))
}

// outcomes are by program, kernel and loader the verdict with the findings that led
// to it, but for their texts, which name all their kernels.
func outcomes(rep *analyzer.Report) map[string][]string {
	list := make(map[string][]string, len(rep.Verdicts))
	for _, v := range rep.Verdicts {
		out := []string{v.Verdict, fmt.Sprint(v.Reasons)}
		for _, i := range v.Findings {
			f := &rep.Findings[i]
			out = append(out, fmt.Sprint(f.Rule, f.Severity, f.Optional, f.Stage, f.DependsOn, f.Location, len(f.Related)))
		}
		slices.Sort(out[2:])
		list[fmt.Sprint(v.Object, " ", v.Program, " ", v.Kernel, " ", v.Loader)] = slices.Compact(out)
	}
	return list
}
