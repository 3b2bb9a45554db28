package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

// TestLicenseSection: cilium/ebpf takes the last section whose name starts with
// "license", and a bad one fails every program that is loaded.
func TestLicenseSection(t *testing.T) {
	t.Parallel()
	one, two := []byte("GPL\x00"), []byte("GPL\x00other\x00")
	tests := []struct {
		name     string
		program  string // its section
		licenses [][]byte
		want     []string
	}{
		{"one text", "xdp", [][]byte{one}, nil},
		{"two texts", "xdp", [][]byte{two}, []string{"prog"}},
		{"replaced", "xdp", [][]byte{two, one}, nil},
		{"replacement", "xdp", [][]byte{one, two}, []string{"prog"}},
		{"program that is left out", "nonsense", [][]byte{two}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := functionObject(tt.program, bpfobj.Symbol{Name: "prog", Section: 1, Size: 16, Type: sttFunction, Binding: bpfobj.BindGlobal})
			prog := &bpfobj.Program{Function: o.Functions[0]}
			prog.Function.Program = prog
			o.Programs = []*bpfobj.Program{prog}
			for i, text := range tt.licenses {
				name := []string{"license.b", "license"}[i]
				o.Sections = append(o.Sections, bpfobj.Section{Index: 2 + i, Name: name, Type: shtProgbits, Size: uint64(len(text)), Data: text})
			}
			var scope []string
			for _, r := range Make(o, nil, Cilium, Options{}).Refusals {
				if r.Code == RefuseLicense {
					assert.False(t, r.Scope.Whole)
					scope = append(scope, r.Scope.Programs...)
				}
			}
			assert.Equal(t, tt.want, scope)
		})
	}
}

// TestKfuncDeclarations: two declarations of one kfunc are one for the kernel.
func TestKfuncDeclarations(t *testing.T) {
	t.Parallel()
	plain, flavored, other := &bpfobj.Extern{Name: "f"}, &bpfobj.Extern{Name: "f___v2", Weak: true}, &bpfobj.Extern{Name: "g"}
	f := &bpfobj.Function{Insns: make([]bpfobj.Insn, 3)}
	for i, e := range []*bpfobj.Extern{flavored, plain, other} {
		f.Insns[i] = bpfobj.Insn{Op: 0x85, Src: 1}
		f.Refs = append(f.Refs, bpfobj.Ref{Insn: i, Kind: bpfobj.RefExtern, Extern: e})
	}
	p := &Plan{Kernel: &kernel.Kernel{}, Loader: Libbpf}
	use := p.kfuncUse(&bpfobj.Program{Function: f}, map[*bpfobj.Extern]*ExternBinding{
		plain: {Extern: plain, Module: "m", ID: 7}, flavored: {Extern: flavored, Module: "m", ID: 7}, other: {Extern: other, ID: 7},
	})
	assert.Equal(t, 2, use.Different)
	assert.Equal(t, KfuncCount{Different: 2, OfModules: 1}, use.Sure)
}

// TestStaticVariables: cilium/ebpf places static variables too.
func TestStaticVariables(t *testing.T) {
	t.Parallel()
	o := &bpfobj.Object{Symbols: []bpfobj.Symbol{
		{},
		{Name: "a", Section: 1, Value: 8, Size: 4, Type: sttObject},
		{Name: "b", Section: 1, Value: 0, Size: 8, Type: sttObject, Binding: bpfobj.BindGlobal},
		{Name: "a", Section: 2, Value: 4, Size: 4, Type: sttObject},
	}}
	ds := bpfobj.Datasec{Name: ".data", Section: 1, Vars: []bpfobj.DatasecVar{{Name: "a", SizeBytes: 4}, {Name: "b", SizeBytes: 8}}}
	p := &Plan{Object: o, Loader: Cilium}
	placed := p.placeBySection(&ds, indexSections(o))
	assert.Equal(t, []bpfobj.DatasecVar{{Name: "b", SizeBytes: 8}, {Name: "a", Offset: 8, SizeBytes: 4}}, placed.Vars)
	ds.SizeBytes = 12
	assert.Equal(t, ds, p.placeBySection(&ds, indexSections(o)), "as stored")
}

// TestDefinedKconfig: for libbpf a variable that is defined in .kconfig is none
// of the options, an undefined symbol is.
func TestDefinedKconfig(t *testing.T) {
	t.Parallel()
	for symbol, linkage := range []btfgraph.Linkage{btfgraph.LinkageGlobal, btfgraph.LinkageExtern} {
		b := &btftest.Builder{}
		v := b.Var("v", b.Int("int", 4, btfgraph.IntSigned), linkage)
		b.Datasec(kconfigSection, 0, btftest.Secinfo{Type: v, Size: 4})
		o := &bpfobj.Object{
			Types: b.Graph(t), Symbols: make([]bpfobj.Symbol, 2), Sections: make([]bpfobj.Section, 1),
			Externs: []*bpfobj.Extern{{
				Name: "v", Kind: bpfobj.ExternKconfig, Symbol: symbol, Datasec: kconfigSection, ID: v, Type: 1, Linkage: linkage,
			}},
		}
		p := Make(o, &kernel.Kernel{}, Libbpf, Options{})
		require.Len(t, p.Externs, 1)
		assert.Equal(t, symbol == 0, p.Externs[0].Scope.Empty())
		assert.Equal(t, symbol != 0, p.Externs[0].Status == ExternMissing)
	}
}
