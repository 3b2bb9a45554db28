package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// callerOf is an object whose program calls an extern function of type int (int).
func callerOf(t *testing.T, name string, weak bool) *bpfobj.Object {
	t.Helper()
	b := &btftest.Builder{}
	integer := b.Int("int", 4, btfgraph.IntSigned)
	proto := b.FuncProto(integer, btftest.Param{Name: "a", Type: integer})
	fn := b.Func(name, proto, btfgraph.LinkageExtern)
	b.Datasec(".ksyms", 0, btftest.Secinfo{Type: fn})
	e := &bpfobj.Extern{
		Name: name, Kind: bpfobj.ExternFunc, Weak: weak, Symbol: 1, Datasec: ".ksyms", ID: fn, Type: proto, Linkage: btfgraph.LinkageExtern,
	}
	f := &bpfobj.Function{Name: "prog", SectionName: "raw_tp/x", Insns: []bpfobj.Insn{{Op: 0x85, Src: 1, Imm: -1}, {Op: 0x95}}}
	f.Refs = []bpfobj.Ref{{Insn: 0, Kind: bpfobj.RefExtern, Symbol: 1, Extern: e}}
	f.Program = &bpfobj.Program{Function: f}
	e.Refs = []bpfobj.ExternRef{{Func: f, Insn: 0, Call: true}}
	return &bpfobj.Object{
		Types: b.Graph(t), Symbols: make([]bpfobj.Symbol, 2), Sections: make([]bpfobj.Section, 1),
		Functions: []*bpfobj.Function{f}, Programs: []*bpfobj.Program{f.Program}, Externs: []*bpfobj.Extern{e},
	}
}

// kernelWith is a kernel whose BTF has functions of type int (int) of these names.
func kernelWith(t *testing.T, names ...string) (*kernel.Kernel, *btftest.Builder) {
	t.Helper()
	b := &btftest.Builder{}
	integer := b.Int("int", 4, btfgraph.IntSigned)
	proto := b.FuncProto(integer, btftest.Param{Name: "a", Type: integer})
	for _, name := range names {
		b.Func(name, proto, btfgraph.LinkageStatic)
	}
	return &kernel.Kernel{Types: b.Graph(t), Modules: map[string]btfgraph.Graph{}}, b
}

// moduleWith is the split BTF of a module with a function of type int (int).
func moduleWith(t *testing.T, base *btftest.Builder, name string) btfgraph.Graph {
	t.Helper()
	b := btftest.NewSplit(base)
	b.Func(name, 2, btfgraph.LinkageStatic)
	return b.Graph(t)
}

func TestResolveKfunc(t *testing.T) {
	t.Parallel()
	k, base := kernelWith(t, "bpf_one", "bpf_one")
	k.Modules["b"] = moduleWith(t, base, "bpf_two")
	k.Modules["a"] = moduleWith(t, base, "bpf_two")
	unknown, _ := kernelWith(t)
	unknown.Modules = nil
	without, err := kernel.NewConfig([]byte("CONFIG_BPF=y\n# CONFIG_DEBUG_INFO_BTF is not set\n"))
	require.NoError(t, err)
	tests := []struct {
		name, kfunc string
		kernel      *kernel.Kernel
		loader      *plan.Loader
		status      plan.ExternStatus
		unknown     string
		module      string
	}{
		{"vmlinux", "bpf_one", k, plan.Libbpf, plan.ExternFound, "", ""},
		{"first of the modules", "bpf_two", k, plan.Libbpf, plan.ExternFound, "", "a"},
		{"nowhere", "bpf_none", k, plan.Libbpf, plan.ExternMissing, "", ""},
		{"flavor", "bpf_one___v2", k, plan.Libbpf, plan.ExternFound, "", ""},
		{"flavor that stays", "bpf_one___v2", k, plan.Cilium, plan.ExternMissing, "", ""},
		{"unknown modules", "bpf_two", unknown, plan.Libbpf, plan.ExternUndecided, "modules", ""},
		{"unknown types", "bpf_one", &kernel.Kernel{}, plan.Libbpf, plan.ExternUndecided, "types", ""},
		{"kernel without BTF", "bpf_one", &kernel.Kernel{Config: without}, plan.Libbpf, plan.ExternMissing, "", ""},
		{"no kernel", "bpf_one", nil, plan.Libbpf, plan.ExternUndecided, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := plan.Make(callerOf(t, tt.kfunc, false), tt.kernel, tt.loader, plan.Options{}).Externs[0]
			assert.Equal(t, tt.status, b.Status)
			assert.Equal(t, tt.unknown, b.Unknown)
			assert.Equal(t, tt.module, b.Module)
			assert.Equal(t, tt.loader.ObjectWideExterns, b.Scope.Object)
		})
	}
	b := plan.Make(callerOf(t, "bpf_one", false), k, plan.Libbpf, plan.Options{}).Externs[0]
	assert.Len(t, b.Duplicates, 1)
	assert.NotEmpty(t, b.Unsupported, "neither tags nor the types of kfunc calls")
	assert.Equal(t, []string{"prog"}, b.Certain.Programs)
	b = plan.Make(callerOf(t, "bpf_one___v2", true), k, plan.Cilium, plan.Options{}).Externs[0]
	assert.Equal(t, "bpf_one", b.Flavored)
}

func TestResolveKfuncAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, symbols string
		want          plan.AddressEvidence
	}{
		{"listed", "ffffffff81000000 T bpf_one\n", plan.AddressFound},
		{"clone only", "ffffffff81000000 t bpf_one.isra.0\n", plan.AddressMissing},
		{"LTO", "ffffffff81000000 t bpf_one.llvm.12345\n", plan.AddressFound},
		{"hidden", "0000000000000000 T bpf_one\n", plan.AddressFound},
		// kallsyms_lookup_name answers 0, as for a name that does not exist.
		{"at address zero", "0000000000000000 A bpf_one\nffffffff81000000 T other\n", plan.AddressMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, _ := kernelWith(t, "bpf_one")
			var err error
			k.Symbols, err = kernel.NewSymbols([]byte(tt.symbols))
			require.NoError(t, err)
			b := plan.Make(callerOf(t, "bpf_one", false), k, plan.Libbpf, plan.Options{}).Externs[0]
			assert.Equal(t, tt.want, b.Address)
		})
	}
}

func TestDeclarationFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		change         func(o *bpfobj.Object, e *bpfobj.Extern)
		libbpf, cilium plan.ExternFault
	}{
		{"sound", func(*bpfobj.Object, *bpfobj.Extern) {}, "", ""},
		{"object without BTF", func(o *bpfobj.Object, e *bpfobj.Extern) {
			o.Types, e.ID, e.Type, e.Datasec, e.Kind = nil, 0, 0, "", bpfobj.ExternUnknown
		}, plan.FaultNoBTF, plan.FaultCall},
		{"no BTF", func(_ *bpfobj.Object, e *bpfobj.Extern) {
			e.ID, e.Type, e.Datasec, e.Kind = 0, 0, "", bpfobj.ExternUnknown
		}, plan.FaultNoBTF, plan.FaultCall},
		{"linkage", func(_ *bpfobj.Object, e *bpfobj.Extern) { e.Linkage = btfgraph.LinkageGlobal }, plan.FaultLinkage, ""},
		{"no section", func(_ *bpfobj.Object, e *bpfobj.Extern) { e.Datasec, e.Kind = "", bpfobj.ExternUnknown }, plan.FaultNoSection, plan.FaultCall},
		{"other section", func(_ *bpfobj.Object, e *bpfobj.Extern) { e.Datasec, e.Kind = ".data", bpfobj.ExternUnknown }, plan.FaultSection, plan.FaultCall},
		{"function in .kconfig", func(_ *bpfobj.Object, e *bpfobj.Extern) { e.Datasec, e.Kind = ".kconfig", bpfobj.ExternUnknown }, plan.FaultFunction, plan.FaultFunction},
		{"no symbol", func(o *bpfobj.Object, e *bpfobj.Extern) {
			more := *e
			more.Symbol, more.Refs = 1, nil
			o.Externs, e.Symbol = append(o.Externs, &more), 0
		}, plan.FaultNoSymbol, ""},
		// Without any extern that has a symbol, libbpf does not look at the section.
		{"no symbol at all", func(_ *bpfobj.Object, e *bpfobj.Extern) { e.Symbol = 0 }, "", ""},
		{"spec", func(o *bpfobj.Object, e *bpfobj.Extern) { o.FromSpec, e.Linkage = true, btfgraph.LinkageGlobal }, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for l, want := range map[*plan.Loader]plan.ExternFault{plan.Libbpf: tt.libbpf, plan.Cilium: tt.cilium} {
				obj := callerOf(t, "bpf_one", false)
				tt.change(obj, obj.Externs[0])
				b := plan.Make(obj, nil, l, plan.Options{}).Externs[0]
				assert.Equal(t, want, b.Fault, l.Name)
				if want != "" {
					assert.Equal(t, plan.ExternRefused, b.Status, l.Name)
					assert.NotEmpty(t, b.Detail, l.Name)
				}
			}
		})
	}
}
