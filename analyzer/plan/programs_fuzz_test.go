package plan_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzPrograms plans hostile objects: the plan has an entry for every program,
// map and function, is the same every time, and names no program that the
// object does not have.
func FuzzPrograms(f *testing.F) {
	testdata := filepath.Join("..", "..", "testdata")
	k, err := kernel.Open(kernel.Spec{
		Name: "ancient", Types: filepath.Join(testdata, "kernels", "ancient.o"), Modules: "none",
		Symbols: filepath.Join(testdata, "kernels", "ancient.symbols"), Config: filepath.Join(testdata, "kernels", "ancient.config"),
	})
	require.NoError(f, err)
	addObjects(f, "rules/map_*.o", "rules/global_*.o", "rules/exception_*.o", "rules/btf_*.o", "rules/elf_*.o", "rules/reference_*.o", "rules/attach_target_missing.o")
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := bpfobj.Read("fuzz.o", data)
		if err != nil {
			return
		}
		for _, l := range plan.Loaders {
			p, again := plan.Make(o, k, l, plan.Options{}), plan.Make(o, k, l, plan.Options{})
			require.Len(t, p.Programs, len(o.Programs))
			require.Len(t, p.Maps, len(o.Maps))
			require.Len(t, p.Functions, len(o.Functions))
			assert.Equal(t, p.Refusals, again.Refusals)
			assert.Equal(t, p.Helpers, again.Helpers)
			assert.Equal(t, p.BTFProblems, again.BTFProblems)
			assert.Equal(t, p.ExceptionCallbacks, again.ExceptionCallbacks)
			assert.Len(t, again.MapSharings(), len(p.MapSharings()))
			for _, s := range p.MapSharings() {
				assert.NotEqual(t, s.First, s.Second)
			}
			names := make(map[string]bool)
			for _, prog := range o.Programs {
				names[prog.Name] = true
			}
			for i := range p.Functions {
				for _, problem := range p.Functions[i].Problems {
					for _, name := range slices.Concat(problem.Verified.Programs, problem.MayVerify.Programs) {
						assert.True(t, names[name], "program %q", name)
					}
				}
			}
		}
	})
}
