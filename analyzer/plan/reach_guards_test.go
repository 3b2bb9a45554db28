package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// guardKernel is a kernel of which the questions of testdata/flow/guards.h have
// one answer: it has all that they ask for, or nothing of it, or its modules and
// its configuration, which would tell, are unknown.
type guardKernel struct {
	types  func(*btftest.Builder)
	config string
	known  bool
	rodata map[string]int64
}

// guardTypes adds what all kernels have.
func guardTypes(b *btftest.Builder) {
	integer, pointer := b.Int("int", 4, btfgraph.IntSigned), b.Ptr(btfgraph.Void)
	none := b.FuncProto(btfgraph.Void)
	b.Func("guarded", none, btfgraph.LinkageStatic)
	b.Func("always", none, btfgraph.LinkageStatic)
	b.Func("input", b.FuncProto(pointer), btfgraph.LinkageStatic)
	b.Func("number", b.FuncProto(integer), btfgraph.LinkageStatic)
	// What tells that global functions are verified if they are called.
	b.Struct("bpf_func_info_aux", 4, btftest.Member{Name: "linkage", Type: integer}, btftest.Member{Name: "called", Type: integer})
}

var guardKernels = []guardKernel{
	{
		types: func(b *btftest.Builder) {
			integer := btfgraph.ID(1)
			b.Struct("target", 4, btftest.Member{Name: "there", Type: integer})
			b.Enum("features", btftest.Value{Name: "OTHER", Value: 1})
		},
		config: "# Linux/x86 5.10.0 Kernel Configuration\nCONFIG_HZ=250\n", known: true,
		rodata: map[string]int64{"enabled": 0, "level": 0, "wide": 0, "settings.on": 0, "settings.table[2]": 0},
	},
	{
		types: func(b *btftest.Builder) {
			integer := btfgraph.ID(1)
			inner := b.Struct("", 4, btftest.Member{Name: "deep", Type: integer})
			b.Struct("target", 12, btftest.Member{Name: "there", Type: integer},
				btftest.Member{Name: "maybe", Type: integer, BitOffset: 32}, btftest.Member{Name: "inner", Type: inner, BitOffset: 64})
			b.Struct("optional", 8, btftest.Member{Name: "x", Type: integer})
			b.Enum("features", btftest.Value{Name: "FEATURE", Value: 3})
			b.Func("bpf_maybe", b.FuncProto(integer, btftest.Param{Name: "a", Type: integer}), btfgraph.LinkageStatic)
			v := b.Var("some_ksym", integer, btfgraph.LinkageGlobal)
			b.Datasec(".data..percpu", 4, btftest.Secinfo{Type: v, Size: 4})
		},
		config: "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_HZ=1000\nCONFIG_FEATURE=y\n", known: true,
		rodata: map[string]int64{"enabled": 1, "level": 1, "wide": 1, "settings.on": 1, "settings.table[2]": 1},
	},
	{types: func(*btftest.Builder) {}},
}

func (g *guardKernel) open(t *testing.T) *kernel.Kernel {
	t.Helper()
	b := &btftest.Builder{}
	guardTypes(b)
	g.types(b)
	k := &kernel.Kernel{Types: b.Graph(t)}
	if g.known {
		config, err := kernel.NewConfig([]byte(g.config))
		require.NoError(t, err)
		k.Config, k.Modules = config, map[string]btfgraph.Graph{}
	}
	return k
}

// guardExceptions are the programs for which the kernels do not have the answers
// that testdata/flow/guards.txt goes by: the size of a field that the other
// programs want as it is.
var guardExceptions = map[string]string{"field_size": "dead dead unknown"}

// guardedReach is the answer for the calls of guarded in a program: that of the
// one that is reached first.
func guardedReach(p *plan.Plan, prog *bpfobj.Program) string {
	best := "dead"
	for _, f := range prog.Reachable() {
		for i := range f.Refs {
			if e := f.Refs[i].Extern; e == nil || e.Name != "guarded" {
				continue
			}
			r := p.ReachOf(f, f.Refs[i].Insn)
			has := func(s plan.Scope) bool {
				return strings.Contains(" "+strings.Join(s.Programs, " ")+" ", " "+prog.Name+" ")
			}
			switch {
			case has(r.Certain):
				return "reachable"
			case has(r.Possible):
				best = "unknown"
			}
		}
	}
	return best
}

// TestGuards has guards in every form that programs use, compiled in six ways,
// for kernels on which the answers are no, yes and unknown.
func TestGuards(t *testing.T) {
	t.Parallel()
	want := guardExpectations(t)
	objects, err := filepath.Glob("../../testdata/flow/guards_*.o")
	require.NoError(t, err)
	require.Len(t, objects, 6)
	for _, path := range objects {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".o"), func(t *testing.T) {
			t.Parallel()
			obj, err := bpfobj.ReadFile(path)
			require.NoError(t, err)
			require.Len(t, obj.Programs, len(want))
			var plans []*plan.Plan
			for _, g := range guardKernels {
				p := plan.Make(obj, g.open(t), plan.Libbpf, plan.Options{Rodata: plan.Rodata{Values: g.rodata}})
				require.Empty(t, p.Refusals)
				plans = append(plans, p)
			}
			for _, prog := range obj.Programs {
				var got []string
				for _, p := range plans {
					got = append(got, guardedReach(p, prog))
				}
				assert.Equal(t, want[prog.Name], strings.Join(got, " "), prog.Name)
			}
		})
	}
}

// guardExpectations reads testdata/flow/guards.txt.
func guardExpectations(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../testdata/flow/guards.txt")
	require.NoError(t, err)
	want := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			want[words[0]] = strings.Join(words[1:], " ")
		}
	}
	for name, answers := range guardExceptions {
		require.Contains(t, want, name)
		want[name] = answers
	}
	return want
}
