package lskel

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Types of maps and kinds of types that need care (include/uapi/linux/bpf.h).
const (
	mapTypeStructOps  = 26
	btfKindFunc       = uint32(btfgraph.KindFunc)
	progTypeStructOps = 27
)

// IsStructOps reports whether the map is a struct_ops map.
func (m *Map) IsStructOps() bool { return m.Type == mapTypeStructOps }

// IsStructOps reports whether the program is a callback of a struct_ops map.
func (p *Program) IsStructOps() bool { return p.Type == progTypeStructOps }

// Object is the object that the skeleton loads: its maps and programs as the
// kernel gets them. struct_ops maps are not among its maps: they hold nothing
// when they are created. [Of] returns the skeleton of an object.
func (s *Skeleton) Object() (*bpfobj.Object, error) {
	b := objectBuilder{Skeleton: s, slots: map[int]*bpfobj.Map{}, externs: map[externKey]*bpfobj.Extern{}}
	l := &bpfobj.Loads{ByteOrder: s.Trace.ByteOrder, Carrier: s, BTF: s.BTF}
	if s.Header != nil {
		l.Raw = s.Header.text
	}
	if s.BTF != nil {
		if g, err := btfgraph.Open(s.BTF, nil); err == nil && g.Validate() == nil {
			b.types = g
		}
	}
	for _, m := range s.Maps {
		if m.Slot < 0 || m.IsStructOps() {
			continue
		}
		om := b.mapOf(m)
		b.slots[m.Slot] = om
		l.Maps = append(l.Maps, om)
	}
	b.collectUses()
	for i, p := range s.Programs {
		l.Programs = append(l.Programs, b.program(i, p))
	}
	l.Externs = b.list
	return bpfobj.FromLoads(s.Name, l)
}

// AttrOf is where the attributes of map i of [Skeleton.Object] lie in the blob,
// -1 if there is none.
func (s *Skeleton) AttrOf(i int) int64 {
	for _, m := range s.Maps {
		if m.Slot < 0 || m.IsStructOps() {
			continue
		}
		if i == 0 {
			return m.Attr.Offset
		}
		i--
	}
	return -1
}

// objectBuilder makes the parts of an object.
type objectBuilder struct {
	*Skeleton
	types   btfgraph.Graph // nil if they cannot be read
	slots   map[int]*bpfobj.Map
	uses    []externUse // by program and instruction
	externs map[externKey]*bpfobj.Extern
	list    []*bpfobj.Extern
}

// externKey tells externs apart: a name can be looked up as several things.
type externKey struct {
	name string
	kind uint32
}

// externUse is an instruction with the lookup that it gets the result of.
type externUse struct {
	Use
	lookup *Lookup
}

func (b *objectBuilder) mapOf(m *Map) *bpfobj.Map {
	om := &bpfobj.Map{Name: m.Name, Kind: bpfobj.MapBTF, SectionName: ".maps", Def: *b.definition(m)}
	if b.types == nil || b.types.Kind(om.Def.ValueType) != btfgraph.KindDatasec {
		return om
	}
	om.Var, om.SectionName = om.Def.ValueType, b.types.Name(om.Def.ValueType)
	om.Kind = dataKind(om.SectionName)
	for _, e := range m.Entries {
		if e.Map == nil {
			om.Data = e.Value
		}
	}
	return om
}

// dataKind is what the map of a data section is.
func dataKind(section string) bpfobj.MapKind {
	switch {
	case section == ".kconfig":
		return bpfobj.MapKconfig
	case strings.HasPrefix(section, ".rodata"):
		return bpfobj.MapRodata
	case strings.HasPrefix(section, ".bss"):
		return bpfobj.MapBss
	}
	return bpfobj.MapData
}

func (b *objectBuilder) definition(m *Map) *bpfobj.MapDef {
	d := &bpfobj.MapDef{
		Type: m.Type, KeySize: m.KeySize, ValueSize: m.ValueSize, MaxEntries: m.MaxEntries, Flags: m.Flags, Extra: m.Extra,
		NumaNode: m.NumaNode, KeyType: btfgraph.ID(m.KeyTypeID), ValueType: btfgraph.ID(m.ValueTypeID),
	}
	if m.Inner != nil && m.Inner.Inner == nil {
		d.Inner = b.definition(m.Inner)
	}
	return d
}

// collectUses lists the uses of all lookups by program and instruction.
func (b *objectBuilder) collectUses() {
	for _, l := range b.Lookups {
		for _, u := range l.Uses {
			b.uses = append(b.uses, externUse{u, l})
		}
	}
	slices.SortStableFunc(b.uses, func(x, y externUse) int {
		if x.Program != y.Program {
			return x.Program - y.Program
		}
		return x.Insn - y.Insn
	})
}

// extern is the extern for a lookup. Of a name that some programs can do
// without and others cannot, the others count.
func (b *objectBuilder) extern(l *Lookup) *bpfobj.Extern {
	key := externKey{l.Name, l.Kind}
	e := b.externs[key]
	if e == nil {
		e = &bpfobj.Extern{Name: l.Name, Weak: true, Datasec: ".ksyms", Linkage: btfgraph.LinkageExtern, Kind: bpfobj.ExternVar}
		kind := btfgraph.KindVar
		if l.Kind == btfKindFunc {
			e.Kind, kind = bpfobj.ExternFunc, btfgraph.KindFunc
		}
		if id := btfgraph.First(b.types, kind, l.Name); !l.Symbol && id != btfgraph.Void {
			e.ID, e.Type = id, b.types.Ref(id)
		}
		b.externs[key] = e
		b.list = append(b.list, e)
	}
	e.Weak = e.Weak && l.Optional
	return e
}

func (b *objectBuilder) program(i int, p *Program) bpfobj.LoadedProgram {
	lp := bpfobj.LoadedProgram{
		Name: p.Name, Insns: slices.Clone(p.Insns),
		Attrs: bpfobj.ProgramAttrs{Type: p.Type, AttachType: p.ExpectedAttachType, Flags: p.Flags, License: p.License},
		Funcs: p.FuncInfo.Data, FuncSize: p.FuncInfo.Size,
		Lines: p.LineInfo.Data, LineSize: p.LineInfo.Size,
		CORE: p.CORE.Data, CORESize: p.CORE.Size,
	}
	if p.IsStructOps() {
		lp.Attrs.AttachType = 0 // the index of a member, not an attach type
	}
	if p.Attach != nil {
		lp.Attrs.AttachTo = attachName(p)
	}
	for len(b.uses) > 0 && b.uses[0].Program < i {
		b.uses = b.uses[1:]
	}
	for slot := 0; slot < len(lp.Insns); slot++ {
		if ref, ok := b.ref(i, slot, &lp.Insns[slot]); ok {
			lp.Refs = append(lp.Refs, ref)
		}
		if lp.Insns[slot].Op == bpfobj.LdImm64 {
			slot++
		}
	}
	return lp
}

// ref is what an instruction refers to; the instruction is made to look as in
// an object that another loader has relocated.
func (b *objectBuilder) ref(program, slot int, insn *bpfobj.Insn) (bpfobj.Ref, bool) {
	for len(b.uses) > 0 && b.uses[0].Program == program && b.uses[0].Insn < slot {
		b.uses = b.uses[1:]
	}
	if len(b.uses) > 0 && b.uses[0].Program == program && b.uses[0].Insn == slot {
		return bpfobj.Ref{Insn: slot, Kind: bpfobj.RefExtern, Symbol: -1, Extern: b.extern(b.uses[0].lookup)}, true
	}
	if insn.Op != bpfobj.LdImm64 || insn.Src != pseudoMapIdx && insn.Src != pseudoMapIdxValue {
		return bpfobj.Ref{}, false
	}
	ref := bpfobj.Ref{Insn: slot, Kind: bpfobj.RefMap, Symbol: -1, Map: b.slots[int(insn.Imm)]}
	if ref.Map == nil {
		return ref, false
	}
	if insn.Src == pseudoMapIdx {
		insn.Src = bpfobj.PseudoMapFD
		return ref, true
	}
	insn.Src, ref.Kind = bpfobj.PseudoMapValue, bpfobj.RefData
	if p := b.Programs[program]; slot+1 < len(p.Insns) {
		ref.Offset = int64(p.Insns[slot+1].Imm)
	}
	return ref, true
}

// Attach types whose targets have a prefix in the kernel's BTF (libbpf.c,
// btf_get_kernel_prefix_kind; include/uapi/linux/bpf.h, enum bpf_attach_type).
const (
	attachRawTP     = 23
	attachLSMMac    = 27
	attachIter      = 28
	attachLSMCgroup = 43
)

// attachName is the target as a section names it: without the prefix that it has
// in the kernel's BTF.
func attachName(p *Program) string {
	prefix := ""
	switch p.ExpectedAttachType {
	case attachRawTP:
		prefix = "btf_trace_"
	case attachLSMMac, attachLSMCgroup:
		prefix = "bpf_lsm_"
	case attachIter:
		prefix = "bpf_iter_"
	}
	return strings.TrimPrefix(p.Attach.Name, prefix)
}
