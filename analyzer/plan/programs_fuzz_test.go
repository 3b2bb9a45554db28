package plan_test

import (
	"os"
	"path/filepath"
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
	for _, pattern := range []string{"map_*.o", "global_*.o", "exception_*.o", "btf_*.o", "elf_*.o", "reference_*.o", "attach_target_missing.o"} {
		names, err := filepath.Glob(filepath.Join(testdata, "rules", pattern))
		require.NoError(f, err)
		require.NotEmpty(f, names)
		for _, name := range names {
			data, err := os.ReadFile(name)
			require.NoError(f, err)
			f.Add(data)
		}
	}
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
			names := make(map[string]bool)
			for _, prog := range o.Programs {
				names[prog.Name] = true
			}
			for i := range p.Functions {
				for _, name := range p.Functions[i].Verified.Programs {
					assert.True(t, names[name], "program %q", name)
				}
			}
		}
	})
}
