package plan

import (
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// TestTrusted: the kernel looks for a type of the same kind, and cuts flavors
// in its own way, whatever the loader does.
func TestTrusted(t *testing.T) {
	t.Parallel()
	k := &kernel.Kernel{Types: graphOf(t,
		&btf.Enum{Name: "btf_arg_tag", Size: 4, Values: []btf.EnumValue{{Name: "ARG_TAG_CTX", Value: 1}, {Name: "ARG_TAG_TRUSTED", Value: 2}}},
		&btf.Struct{Name: "task_struct", Size: 4}, &btf.Union{Name: "bpf_attr", Size: 4}, &btf.Struct{Name: "odd_", Size: 4},
	)}
	tests := []struct {
		name    string
		pointee btf.Type
		detail  string
		unsure  bool // another program may have had the kernel look for another kind
	}{
		{"struct", &btf.Struct{Name: "task_struct", Size: 4}, "", false},
		{"flavor", &btf.Struct{Name: "task_struct___v2", Size: 4}, "", false},
		{"flavor behind an underscore", &btf.Struct{Name: "odd____v2", Size: 4}, "is trusted, and there is no struct odd____v2", false},
		{"union", &btf.Union{Name: "bpf_attr", Size: 4}, "", false},
		{"union of a struct's name", &btf.Union{Name: "task_struct", Size: 4}, "is trusted, and there is no union task_struct", true},
		{"struct of a union's name", &btf.Struct{Name: "bpf_attr", Size: 4}, "is trusted, and there is no struct bpf_attr", true},
		{"forward declaration", &btf.Fwd{Name: "task_struct"}, "points to a type without a definition", true},
		{"forward declaration of nothing", &btf.Fwd{Name: "no_such"}, "points to a type without a definition", false},
	}
	for _, tt := range tests {
		for _, l := range Loaders {
			t.Run(tt.name+" "+l.Name, func(t *testing.T) {
				t.Parallel()
				g := graphOf(t, &btf.Pointer{Target: tt.pointee})
				ptr := btfgraph.ID(1)
				require.Equal(t, btfgraph.KindPtr, g.Kind(ptr))
				detail, sure := (&Plan{Kernel: k, Loader: l}).kernelTypeProblem(g, g.Ref(ptr), "trusted")
				assert.Equal(t, tt.detail, detail)
				assert.Equal(t, tt.unsure, !sure)
			})
		}
	}
}
