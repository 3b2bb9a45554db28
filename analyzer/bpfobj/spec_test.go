package bpfobj_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// loadSpec reads an object of the testdata folder with cilium/ebpf.
func loadSpec(t testing.TB, name string) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(filepath.Join(objects, name))
	require.NoError(t, err)
	return spec
}

func fromSpec(t testing.TB, spec *ebpf.CollectionSpec) *bpfobj.Object {
	t.Helper()
	o, err := bpfobj.FromSpec("spec", spec)
	require.NoError(t, err)
	require.NoError(t, o.TypesErr)
	assert.True(t, o.FromSpec)
	return o
}

// TestReadAgainstCilium compares programs and maps with the other reader
// where that one opens the object.
func TestReadAgainstCilium(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(objects, "*.o"))
	require.NoError(t, err)
	opened := 0
	for _, path := range paths {
		spec, err := ebpf.LoadCollectionSpec(path)
		if err != nil {
			continue
		}
		opened++
		o, err := bpfobj.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, o.Programs, len(spec.Programs), path)
		for _, p := range o.Programs {
			ps := spec.Programs[p.Name]
			require.NotNil(t, ps, p.Name)
			assert.Equal(t, ps.SectionName, p.SectionName)
			slots := 0
			for _, f := range p.Reachable() {
				slots += len(f.Insns)
			}
			assert.Equal(t, int(ps.Instructions.Size()/8), slots, p.Name)
		}
		for _, m := range o.Maps {
			if ms := spec.Maps[m.Name]; ms != nil {
				assert.Equal(t, uint32(ms.Type), m.Def.Type, m.Name)
				assert.Equal(t, ms.KeySize, m.Def.KeySize, m.Name)
				assert.Equal(t, ms.ValueSize, m.Def.ValueSize, m.Name)
				assert.Equal(t, ms.MaxEntries, m.Def.MaxEntries, m.Name)
			}
		}
	}
	assert.GreaterOrEqual(t, opened, 4)
}

// TestFromSpecAgainstRead: a spec as it was read says what the file says.
func TestFromSpecAgainstRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"core.o", "core_bpfeb.o", "subprogs.o", "subprogs_bpfeb.o"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := load(t, name), fromSpec(t, loadSpec(t, name))
			assert.Equal(t, want.ByteOrder, got.ByteOrder)
			assert.Equal(t, want.License, got.License)
			require.Len(t, got.Programs, len(want.Programs))
			for _, p := range got.Programs {
				wp := want.Program(p.Name)
				require.NotNil(t, wp)
				assert.Equal(t, wp.Optional, p.Optional)
				byName := map[string]*bpfobj.Function{}
				for _, f := range wp.Reachable() {
					byName[f.Name] = f
				}
				list := p.Reachable()
				assert.Len(t, list, len(byName))
				for _, f := range list {
					require.Contains(t, byName, f.Name)
					assertSameFunction(t, want, byName[f.Name], got, f)
				}
			}
		})
	}
}

func assertSameFunction(t *testing.T, want *bpfobj.Object, w *bpfobj.Function, got *bpfobj.Object, g *bpfobj.Function) {
	t.Helper()
	assert.Equal(t, w.Type, g.Type)
	assert.Equal(t, w.SectionName, g.SectionName)
	require.Len(t, g.Insns, len(w.Insns))
	require.Len(t, g.Refs, len(w.Refs))
	relocated := map[int]bool{}
	for i, r := range w.Refs {
		relocated[r.Insn], relocated[r.Insn+1] = true, true
		assert.Equal(t, refs(w)[i].name, refs(g)[i].name)
		assert.Equal(t, r.Kind, g.Refs[i].Kind)
		assert.Equal(t, r.Insn, g.Refs[i].Insn)
	}
	for i := range w.Insns {
		if !relocated[i] {
			assert.Equal(t, w.Insns[i], g.Insns[i])
		}
		assert.Equal(t, want.Locate(w, i).Source, got.Locate(g, i).Source)
	}
	require.Len(t, g.CORE, len(w.CORE))
	for i := range w.CORE {
		a, b := want.CORE[w.CORE[i]], got.CORE[g.CORE[i]]
		assert.Equal(t, []any{a.Type, a.Access, a.Kind, a.Insn}, []any{b.Type, b.Access, b.Kind, b.Insn})
		assert.Same(t, g, b.Func)
	}
}

// specObject is an object whose externs cilium/ebpf v0.22 can open: it has
// strong and weak ones of every kind that it knows.
const specObject = "spec_externs.o"

// TestSpecBinding fails if cilium/ebpf changes the metadata that it keeps to
// itself.
func TestSpecBinding(t *testing.T) {
	t.Parallel()
	o := fromSpec(t, loadSpec(t, specObject))
	for _, e := range o.Externs {
		assert.False(t, e.WeakUnknown, e.Name)
		assert.Equal(t, e.Name, o.Types.Name(e.ID))
	}
	assert.Equal(t, externs(load(t, specObject)), externs(o))
	require.Equal(t, []string{".kconfig"}, mapNames(o))
	assert.Len(t, o.Maps[0].Refs, 1)
}

// TestSpecUnknownBinding: a reference without the metadata of the ELF reader.
func TestSpecUnknownBinding(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t, specObject)
	for i, ins := range spec.Programs["calls"].Instructions {
		if ref := ins.Reference(); ref != "" {
			spec.Programs["calls"].Instructions[i] = ins.WithMetadata(asm.Metadata{}).WithReference(ref)
		}
	}
	for _, e := range fromSpec(t, spec).Externs {
		if e.Kind == bpfobj.ExternFunc {
			assert.True(t, e.WeakUnknown, e.Name)
			assert.False(t, e.Weak)
		}
	}
}

func TestFromSpecAsHandedOver(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t, "subprogs.o")
	delete(spec.Programs, "leaf")
	spec.Programs["calls"].Type = ebpf.XDP
	spec.Programs["calls"].AttachTo = "target"
	spec.Programs["calls"].Flags = 16
	spec.Maps = map[string]*ebpf.MapSpec{
		"outer": {Type: ebpf.ArrayOfMaps, KeySize: 4, MaxEntries: 3, InnerMap: &ebpf.MapSpec{Type: ebpf.Hash, KeySize: 8, MaxEntries: 2}},
		".data": {Type: ebpf.Array, ValueSize: 4, Contents: []ebpf.MapKV{{Key: uint32(0), Value: []byte{1, 2, 3, 4}}}},
	}
	spec.Variables = map[string]*ebpf.VariableSpec{
		"set":    {SectionName: ".data", Name: "set", Offset: 2, Value: []byte{9}},
		"beyond": {SectionName: ".data", Name: "beyond", Offset: 4, Value: []byte{9}},
	}
	o := fromSpec(t, spec)
	assert.Nil(t, o.Program("leaf"))
	require.Len(t, o.Programs, 2)
	assert.Equal(t, &bpfobj.ProgramAttrs{Type: uint32(ebpf.XDP), AttachTo: "target", Flags: 16, License: "GPL"},
		o.Program("calls").Explicit)
	require.Equal(t, []string{"outer", ".data"}, mapNames(o))
	assert.Equal(t, bpfobj.MapDef{
		Type: 12, KeySize: 4, MaxEntries: 3, Inner: &bpfobj.MapDef{Type: 1, KeySize: 8, MaxEntries: 2},
	}, o.Maps[0].Def)
	assert.Equal(t, []byte{1, 2, 9, 4}, o.Maps[1].Data)
	assert.Equal(t, []byte{1, 2, 3, 4}, spec.Maps[".data"].Contents[0].Value, "the spec stays")
}

// TestFromSpecIsPure: reading a spec twice, or a copy, gives the same, and
// the spec still marshals as before.
func TestFromSpecIsPure(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"core.o", "subprogs.o", specObject} {
		spec := loadSpec(t, name)
		before := spec.Copy()
		first := describe(fromSpec(t, spec))
		assert.Equal(t, first, describe(fromSpec(t, spec)))
		for n, p := range before.Programs {
			assert.Equal(t, p.Instructions, spec.Programs[n].Instructions)
		}
		copied := fromSpec(t, before)
		assert.Len(t, copied.CORE, len(fromSpec(t, spec).CORE))
		assert.Equal(t, externs(fromSpec(t, spec)), externs(copied))
		for _, f := range copied.Functions {
			assert.Equal(t, f.Name, copied.Types.Name(f.Type), "found by name")
		}
	}
}

func TestFromSpecStructOps(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t, "spec_struct_ops.o")
	spec.Programs["unused"].AttachTo = "toy_ops:second"
	o := fromSpec(t, spec)
	require.Len(t, o.StructOps, 1)
	m := o.StructOps[0]
	assert.Equal(t, "toy", m.Name)
	assert.Equal(t, "toy_ops", m.TypeName)
	assert.True(t, m.Link)
	assert.Equal(t, uint64(24), m.SizeBytes)
	require.Len(t, m.Members, 3)
	assert.Equal(t, o.Program("first").Function, m.Members[0].Program)
	assert.Equal(t, o.Program("unused").Function, m.Members[1].Program)
	assert.True(t, m.Members[2].NonZero)
	assert.Equal(t, m.Data[16], byte(7))
}

// TestFromSpecByHand: instructions that no ELF file held.
func TestFromSpecByHand(t *testing.T) {
	t.Parallel()
	spec := &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{
		"hand": {Type: ebpf.SocketFilter, Instructions: asm.Instructions{
			asm.Mov.Imm(asm.R0, 1).WithSymbol("hand").WithSource(asm.Comment("start")),
			asm.LoadImm(asm.R1, 1<<40|5, asm.DWord),
			asm.JEq.Imm(asm.R0, 0, "out"),
			asm.Call.Label("sub"),
			asm.SDiv.Imm(asm.R0, 3),
			asm.Return().WithSymbol("out"),
			asm.Mov.Imm(asm.R0, 0).WithSymbol("sub"),
			asm.Return(),
		}},
		"empty": {},
	}}
	o := fromSpec(t, spec)
	assert.Nil(t, o.Types)
	hand := o.Program("hand")
	require.NotNil(t, hand)
	assert.Equal(t, []bpfobj.Insn{
		{Op: 0xb7, Imm: 1},
		{Op: 0x18, Dst: 1, Imm: 5}, {Imm: 1 << 8},
		{Op: 0x15, Off: 2}, // to out
		{Op: 0x85, Src: 1, Imm: -1},
		{Op: 0x37, Off: 1, Imm: 3},
		{Op: 0x95},
	}, hand.Insns)
	assert.Equal(t, []refView{{4, bpfobj.RefCall, "sub", 56}}, refs(hand.Function))
	assert.Equal(t, []string{"empty", "hand", "sub"}, []string{o.Functions[0].Name, o.Functions[1].Name, o.Functions[2].Name})
	assert.Equal(t, bpfobj.Source{Text: "start", Origin: bpfobj.OriginOwn}, o.Locate(hand.Function, 0).Source)
	assert.Empty(t, o.Program("empty").Insns)
}

func TestFromSpecRefuses(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]*ebpf.CollectionSpec{
		"nothing":     nil,
		"nil program": {Programs: map[string]*ebpf.ProgramSpec{"x": nil}},
		"nil map":     {Maps: map[string]*ebpf.MapSpec{"x": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := bpfobj.FromSpec("spec", spec)
			assert.Error(t, err)
			assert.Nil(t, o)
		})
	}
}

// TestFromSpecUndefined: a call of what is in no section.
func TestFromSpecUndefined(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t, "subprogs.o")
	insns := spec.Programs["leaf"].Instructions
	call := asm.Call.Label("missing")
	spec.Programs["leaf"].Instructions = slices.Insert(slices.Clone(insns), 1, call)
	o := fromSpec(t, spec)
	require.Len(t, o.Externs, 1)
	assert.Equal(t, "missing", o.Externs[0].Name)
	assert.Equal(t, bpfobj.ExternUnknown, o.Externs[0].Kind)
	assert.Equal(t, btfgraph.Void, o.Externs[0].ID)
	assert.Equal(t, []refView{{1, bpfobj.RefExtern, "missing", 0}}, refs(o.Program("leaf").Function))
}
