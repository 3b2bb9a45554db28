package plan_test

import (
	"encoding/binary"
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

// Opcodes of instructions that records point at.
const (
	opLoad32 = 0x61 // r0 = *(u32 *)(r0 + off)
	opMov    = 0xb7 // r0 = imm
	opCall   = 0x85
	opExit   = 0x95
)

// coreObject is an object with one program; record i is for instruction i.
func coreObject(t *testing.T, types *btftest.Builder, insns []bpfobj.Insn, records ...bpfobj.CORERecord) *bpfobj.Object {
	t.Helper()
	f := &bpfobj.Function{Name: "prog", SectionName: "raw_tp/x", Section: 1, Insns: insns}
	f.Program = &bpfobj.Program{Function: f}
	obj := &bpfobj.Object{
		ByteOrder: binary.LittleEndian, Types: types.Graph(t),
		Functions: []*bpfobj.Function{f}, Programs: []*bpfobj.Program{f.Program}, CORE: records,
	}
	for i := range records {
		if r := &obj.CORE[i]; r.Section == 0 {
			r.Func, r.Insn = f, i
			f.CORE = append(f.CORE, i)
		}
	}
	return obj
}

// outcomes are those of both loaders for record 0, "status: reason" or the values.
func outcomes(obj *bpfobj.Object, k *kernel.Kernel) (libbpf, cilium string) {
	say := func(l *plan.Loader) string {
		p := plan.Make(obj, k, l, plan.Options{})
		if len(p.CORE) == 0 {
			return "ignored" // with all other records of .BTF.ext
		}
		b := &p.CORE[0]
		if b.Status == plan.COREPatched {
			return coreOutcome(b)
		}
		return b.Status.String() + ": " + b.Reason()
	}
	return say(plan.Libbpf), say(plan.Cilium)
}

// TestCORERecords covers records that no compiler writes.
func TestCORERecords(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	i32 := local.Int("int", 4, btfgraph.IntSigned)
	s := local.Struct("s", 8, btftest.Member{Name: "a", Type: i32}, btftest.Member{Name: "b", Type: i32, BitOffset: 32})
	anon := local.Struct("", 4, btftest.Member{Name: "a", Type: i32})
	fwd := local.Fwd("f", false)
	enum := local.Enum("e", btftest.Value{Name: "E", Value: 4})
	t32 := target.Int("int", 4, btfgraph.IntSigned)
	target.Struct("s", 12, btftest.Member{Name: "b", Type: t32, BitOffset: 64}, btftest.Member{Name: "a", Type: t32})
	target.Enum("e", btftest.Value{Name: "E", Value: 4})
	target.Fwd("f", false)
	k := &kernel.Kernel{Types: target.Graph(t), Modules: map[string]btfgraph.Graph{}}

	load := bpfobj.Insn{Op: opLoad32, Off: 4}
	mov := bpfobj.Insn{Op: opMov, Imm: 4}
	tests := []struct {
		name           string
		insn           bpfobj.Insn
		typ            btfgraph.ID
		access         string
		kind           plan.COREKind
		libbpf, cilium string // what the outcome starts with
	}{
		{"plain", load, s, "0:1", plan.COREByteOff, "4->8", "4->8"},
		{"empty access", load, s, "", plan.COREByteOff, "refused: malformed", "refused: malformed"},
		{"colon first", load, s, ":1", plan.COREByteOff, "refused: malformed", "refused: malformed"},
		{"colon last", load, s, "0:1:", plan.COREByteOff, "refused: malformed", "refused: malformed"},
		{"letters", load, s, "0:x", plan.COREByteOff, "refused: malformed", "refused: malformed"},
		{"negative", load, s, "0:-1", plan.COREByteOff, "refused: malformed", "refused: malformed"},
		{"space and sign", load, s, "0: +1", plan.COREByteOff, "4->8", "refused: malformed"}, // sscanf takes them
		{"no such member", load, s, "0:2", plan.COREByteOff, `refused: struct "s" has no member 2`, "refused: matching"},
		{"into an INT", load, s, "0:1:0", plan.COREByteOff, "refused: access into int", "refused: matching"},
		{"65 levels", load, s, strings.Repeat("0:", 64) + "0", plan.COREByteOff, "refused: more than 64", "refused: matching"},
		{"type with a path", mov, s, "0:1", plan.CORETypeExists, "refused: access string", "refused: matching"},
		{"enumerator beyond the last", mov, enum, "1", plan.COREEnumvalValue, "refused: access string", "refused: matching"},
		{"enumerator with a path", mov, enum, "0:0", plan.COREEnumvalValue, "refused: access string", "refused: matching"},
		{"enumerator of a struct", mov, s, "0", plan.COREEnumvalValue, "refused: access string", "refused: matching"},
		{"anonymous type", load, anon, "0:0", plan.COREByteOff, "refused: the type has no name", "refused: the type has no name"},
		{"no such type", load, 99, "0:0", plan.COREByteOff, "refused: malformed record: no type", "ignored"},
		{"unknown kind", mov, s, "0", 13, "refused: unknown", "refused: matching"},
		{"forward declaration", load, fwd, "0", plan.COREByteOff, "refused: a type on the way has no size", "poisoned: it is a FWD"},
		{"call", bpfobj.Insn{Op: opCall}, s, "0:1", plan.COREByteOff, "refused: the instruction", "refused: the instruction"},
		{"register operand", bpfobj.Insn{Op: 0xbf}, s, "0:1", plan.COREByteOff, "refused: the instruction", "refused: the instruction"},
		{"byte swap", bpfobj.Insn{Op: 0xd4, Imm: 4}, enum, "0", plan.COREEnumvalValue, "4->4", "refused: the instruction"},
		{"half a ld_imm64", bpfobj.Insn{Op: bpfobj.LdImm64, Imm: 4}, enum, "0", plan.COREEnumvalValue, "refused: the instruction", "4->4"}, // cilium/ebpf reads no such object
		{"other value in a load", bpfobj.Insn{Op: opLoad32}, s, "0:1", plan.COREByteOff, "refused: the instruction holds 0", "refused: the instruction holds 0"},
		{"other value in a mov", bpfobj.Insn{Op: opMov, Imm: 3}, enum, "0", plan.COREEnumvalValue, "refused: the instruction holds 3", "refused: the instruction holds 3"},
		{"width of the load", bpfobj.Insn{Op: 0x79, Off: 4}, s, "0:1", plan.COREByteOff, "4->8", "4->8"}, // only looked at if the field's changes
		{"local id", mov, s, "0", plan.CORELocalTypeID, "2->2", "refused: the instruction holds 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := bpfobj.CORERecord{Type: tt.typ, Access: tt.access, Kind: uint32(tt.kind)}
			libbpf, cilium := outcomes(coreObject(t, &local, []bpfobj.Insn{tt.insn, {Op: opExit}}, rec), k)
			assert.True(t, strings.HasPrefix(libbpf, tt.libbpf), "libbpf: %s", libbpf)
			assert.True(t, strings.HasPrefix(cilium, tt.cilium), "cilium: %s", cilium)
		})
	}
}

func TestCOREPlaces(t *testing.T) {
	t.Parallel()
	var types btftest.Builder
	i32 := types.Int("int", 4, btfgraph.IntSigned)
	s := types.Struct("s", 4, btftest.Member{Name: "a", Type: i32})
	k := &kernel.Kernel{Types: types.Graph(t)}
	rec := bpfobj.CORERecord{Type: s, Access: "0:0"}
	nowhere := bpfobj.CORERecord{Type: s, Access: "0:0", Section: 9}
	crooked := bpfobj.CORERecord{Type: s, Access: "0:0", Section: 9, Offset: 4}
	obj := coreObject(t, &types, []bpfobj.Insn{{Op: opLoad32}, {Op: opExit}}, rec, nowhere, crooked, rec)
	sub := &bpfobj.Function{Name: "sub", SectionName: ".text", Section: 2, Insns: []bpfobj.Insn{{Op: opCall}}, CORE: []int{3}}
	obj.Functions = append(obj.Functions, sub)
	obj.CORE[3].Func, obj.CORE[3].Insn = sub, 0
	for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
		p := plan.Make(obj, k, l, plan.Options{})
		assert.Equal(t, plan.COREPatched, p.CORE[0].Status, l.Name)
		assert.Empty(t, p.ScopeOfCORE(0), l.Name)
		assert.Equal(t, plan.COREUnused, p.CORE[1].Status, l.Name)
		assert.Equal(t, "no function holds the instruction", p.CORE[1].Reason(), l.Name)
		assert.Equal(t, plan.CORERefused, p.CORE[2].Status, l.Name)
		assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(2), l.Name)
	}
	// A subprogram that nobody calls is relocated by libbpf all the same.
	p := plan.Make(obj, k, plan.Libbpf, plan.Options{})
	assert.Equal(t, plan.CORERefused, p.CORE[3].Status)
	assert.Equal(t, plan.ScopeObject, p.ScopeOfCORE(3))
	p = plan.Make(obj, k, plan.Cilium, plan.Options{})
	assert.Equal(t, plan.COREUnused, p.CORE[3].Status)
	assert.Equal(t, "no program calls the function", p.CORE[3].Reason())
	assert.Empty(t, p.ScopeOfCORE(3))
}

func TestCOREModules(t *testing.T) {
	t.Parallel()
	var local, base btftest.Builder
	i32 := local.Int("int", 4, btfgraph.IntSigned)
	s := local.Struct("s", 4, btftest.Member{Name: "a", Type: i32})
	b32 := base.Int("int", 4, btfgraph.IntSigned)
	split := btftest.NewSplit(&base)
	inModule := split.Struct("s", 8, btftest.Member{Name: "a", Type: b32, BitOffset: 32})
	mod := split.Graph(t)

	shadow := base // a vmlinux that has the name too
	shadow.Struct("s", 4, btftest.Member{Name: "z", Type: b32})
	obj := func(kind plan.COREKind) *bpfobj.Object {
		return coreObject(t, &local, []bpfobj.Insn{{Op: opLoad32}, {Op: opExit}}, bpfobj.CORERecord{Type: s, Access: "0:0", Kind: uint32(kind)})
	}
	k := &kernel.Kernel{Types: mod.Base(), Modules: map[string]btfgraph.Graph{"m": mod}}
	for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
		b := &plan.Make(obj(plan.COREByteOff), k, l, plan.Options{}).CORE[0]
		assert.Equal(t, "0->4", coreOutcome(b), l.Name)
		assert.Equal(t, plan.CORETarget{Graph: mod, Module: "m", ID: inModule}, b.Target, l.Name)
		assert.False(t, b.ModulesUnknown, l.Name)
	}
	unknown := &kernel.Kernel{Types: mod.Base()}
	for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
		b := &plan.Make(obj(plan.COREByteOff), unknown, l, plan.Options{}).CORE[0]
		assert.Equal(t, plan.COREPoisoned, b.Status, l.Name)
		assert.True(t, b.ModulesUnknown, l.Name)
	}
	shadowed := &kernel.Kernel{Types: shadow.Graph(t), Modules: map[string]btfgraph.Graph{"m": mod}}
	b := &plan.Make(obj(plan.COREByteOff), shadowed, plan.Libbpf, plan.Options{}).CORE[0]
	assert.Equal(t, plan.COREPoisoned, b.Status, "libbpf stops at vmlinux")
	require.Len(t, b.Candidates(), 1)
	b = &plan.Make(obj(plan.COREByteOff), shadowed, plan.Cilium, plan.Options{}).CORE[0]
	assert.Equal(t, plan.COREPatched, b.Status)
	require.Len(t, b.Candidates(), 2)
	assert.Equal(t, `struct "s" has no member "a"`, b.Candidates()[0].Mismatch)
	assert.Empty(t, b.Candidates()[1].Mismatch)
}

// TestCOREPointers: on a 32-bit kernel libbpf reads pointers of 4 bytes.
func TestCOREPointers(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	s := local.Struct("s", 8, btftest.Member{Name: "p", Type: local.Ptr(0)})
	target.Int("long unsigned int", 4, 0)
	target.Struct("s", 4, btftest.Member{Name: "p", Type: target.Ptr(0)})
	k := &kernel.Kernel{Types: target.Graph(t)}
	obj := coreObject(t, &local, []bpfobj.Insn{{Op: 0x79}, {Op: opExit}}, bpfobj.CORERecord{Type: s, Access: "0:0"})
	libbpf, cilium := outcomes(obj, k)
	assert.Equal(t, "0->0 (8->4 bytes)", libbpf)
	assert.Equal(t, "0->0", cilium)
}

func TestCOREWithoutTypes(t *testing.T) {
	t.Parallel()
	var types btftest.Builder
	obj := coreObject(t, &types, nil, bpfobj.CORERecord{})
	assert.Empty(t, plan.Make(obj, nil, plan.Libbpf, plan.Options{}).CORE)
	assert.Empty(t, plan.Make(obj, &kernel.Kernel{}, plan.Libbpf, plan.Options{}).CORE)
}
