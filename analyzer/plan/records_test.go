package plan_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// withoutExt hides .BTF.ext under another name, as if objcopy had removed it.
func (m *image) withoutExt() {
	m.t.Helper()
	for _, name := range []string{".BTF.ext\x00", ".rel.BTF.ext\x00"} {
		i := bytes.Index(m.data, []byte(name))
		if i < 0 {
			continue // the string is the end of the other
		}
		m.data[i+1] = 'X'
	}
}

// toy opens a toy kernel of testdata/kernels.
func toy(t *testing.T, name string) *kernel.Kernel {
	t.Helper()
	k, err := kernel.Open(kernel.Spec{
		Name: name, Types: filepath.Join("..", "..", "testdata", "kernels", name+".o"), Modules: "none",
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

// faults are the programs that a plan says certainly fail for the sake of
// function information, by the sort of the fault.
func faults(p *plan.Plan) (verified, callbacks, btf []string) {
	for i := range p.Functions {
		if problems := p.Functions[i].Problems; len(problems) > 0 {
			verified = append(verified, problems[0].Verified.Programs...)
		}
	}
	for _, cb := range p.ExceptionCallbacks {
		if cb.Problem != "" {
			callbacks = append(callbacks, cb.Program)
		}
	}
	for i := range p.BTFProblems {
		btf = append(btf, p.BTFProblems[i].Scope.Programs...)
	}
	return verified, callbacks, btf
}

// undecided are the programs that may fail for the prototype of a function.
func undecided(p *plan.Plan) (programs []string) {
	for i := range p.Functions {
		for _, problem := range p.Functions[i].Problems {
			programs = append(programs, problem.MayVerify.Programs...)
		}
	}
	return programs
}

// TestNoRecords: without .BTF.ext the kernel gets no function information, and
// knows neither global functions nor tags. The loads were tried.
func TestNoRecords(t *testing.T) {
	t.Parallel()
	k := toy(t, "recent")
	tests := []struct {
		file   string
		loader *plan.Loader
		// with and without are the programs that fail.
		with, without []string
	}{
		{"global_func_prototype.o", plan.Libbpf, []string{"calls_it", "calls_all", "calls_all", "calls_all"}, nil},
		{"global_func_prototype.o", plan.Cilium, []string{"calls_it", "calls_all", "calls_all", "calls_all"}, nil},
		{"btf_refused.o", plan.Cilium, []string{"unnamed"}, nil},
		{"exception_callback.o", plan.Libbpf, []string{"with_static", "with_none"}, []string{"with_static", "with_none"}},
		{"exception_callback.o", plan.Cilium, []string{"with_static", "with_global", "with_none", "with_two"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.loader.Name, func(t *testing.T) {
			t.Parallel()
			failing := func(o *bpfobj.Object) []string {
				verified, callbacks, btf := faults(plan.Make(o, k, tt.loader, plan.Options{}))
				return append(append(verified, callbacks...), btf...)
			}
			m := newImage(t, tt.file)
			assert.ElementsMatch(t, tt.with, failing(m.object()))
			m = newImage(t, tt.file)
			m.withoutExt()
			o := m.object()
			require.Empty(t, o.FuncRecords())
			assert.ElementsMatch(t, tt.without, failing(o))
			assert.Empty(t, undecided(plan.Make(o, k, tt.loader, plan.Options{})))
		})
	}
}

// TestNoMetadata is the same for specs whose instructions carry no metadata:
// the reader then finds the types of functions by their names.
func TestNoMetadata(t *testing.T) {
	t.Parallel()
	k := toy(t, "recent")
	for _, bare := range []bool{false, true} {
		spec, err := ebpf.LoadCollectionSpec(filepath.Join("..", "..", "testdata", "rules", "global_func_prototype.o"))
		require.NoError(t, err)
		for _, ps := range spec.Programs {
			for i := range ps.Instructions {
				if ins := &ps.Instructions[i]; bare && btf.FuncMetadata(ins) != nil {
					*ins = bareCopy(ins)
				}
			}
		}
		o, err := bpfobj.FromSpec("spec", spec)
		require.NoError(t, err)
		verified, _, _ := faults(plan.Make(o, k, plan.Cilium, plan.Options{}))
		assert.Equal(t, bare, len(verified) == 0, "%v", verified)
	}
}

// bareCopy is an instruction with its symbol and without function metadata.
func bareCopy(ins *asm.Instruction) asm.Instruction {
	c := *ins
	c.Metadata = asm.Metadata{}
	c = c.WithSymbol(ins.Symbol())
	if ref := ins.Reference(); ref != "" {
		c = c.WithReference(ref)
	}
	return c
}

// TestTwoTags: libbpf links no callback for a program with two tags, so that a
// kernel without exceptions, "modern", takes it.
func TestTwoTags(t *testing.T) {
	t.Parallel()
	// The tag of with_none, FUNC 18, becomes the second of with_global, FUNC 15.
	from := []byte{0, 0, 0, 17, 18, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}
	tests := []struct {
		kernel    string
		one, both []string
	}{
		{"recent", []string{"with_static", "with_none"}, []string{"with_static", "with_global"}},
		{"modern", []string{"with_static", "with_global", "with_none", "with_two"}, []string{"with_static", "with_two"}},
	}
	for _, tt := range tests {
		t.Run(tt.kernel, func(t *testing.T) {
			t.Parallel()
			k := toy(t, tt.kernel)
			m := newImage(t, "exception_callback.o")
			_, one, _ := faults(plan.Make(m.object(), k, plan.Libbpf, plan.Options{}))
			assert.ElementsMatch(t, tt.one, one)
			i := bytes.Index(m.contents(".BTF"), from)
			require.Positive(t, i)
			m.contents(".BTF")[i+4] = 15
			_, both, _ := faults(plan.Make(m.object(), k, plan.Libbpf, plan.Options{}))
			assert.ElementsMatch(t, tt.both, both)
		})
	}
}

// TestLineRecords moves the first line record of a section away from the first
// instruction. The loads were tried, with libbpf 1.8 and cilium/ebpf v0.22.0 on
// Linux 6.18: "missing bpf_line_info for func#0".
func TestLineRecords(t *testing.T) {
	t.Parallel()
	k := toy(t, "recent")
	for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			m := newImage(t, "data_reloc_ignored.o")
			_, _, btf := faults(plan.Make(m.object(), k, l, plan.Options{}))
			require.Empty(t, btf)
			ext := m.contents(".BTF.ext")
			lines := binary.LittleEndian.Uint32(ext[4:]) + binary.LittleEndian.Uint32(ext[16:])
			const recordSize, name, count = 4, 4, 4
			put32(ext[lines+recordSize+name+count:], 8)
			_, _, btf = faults(plan.Make(m.object(), k, l, plan.Options{}))
			assert.Len(t, btf, 1)
		})
	}
}
