package plan

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/lskel"
)

// BakedFault says what the kernel makes of something that a light skeleton has
// baked in.
type BakedFault uint8

// What the kernel makes of baked numbers.
const (
	// BakedFits: the numbers are right on this kernel.
	BakedFits BakedFault = iota
	// BakedUnchecked: there is no kernel, its types are unknown, or they are a
	// module's.
	BakedUnchecked
	// BakedNone: no type id at all (kernel/bpf/bpf_struct_ops.c,
	// bpf_struct_ops_map_alloc_check).
	BakedNone
	// BakedKeyType: a type of key or value beside that of the kernel
	// (kernel/bpf/syscall.c, map_create, "mutually exclusive").
	BakedKeyType
	// BakedNoBTF: no file descriptor of BTF, which the kernel wants beside the
	// type id (the same function, btf_get_by_fd).
	BakedNoBTF
	// BakedShape: attributes that no struct_ops map has.
	BakedShape
	// BakedOtherType: the id is that of another type.
	BakedOtherType
	// BakedOtherOps: the id is that of another struct_ops type.
	BakedOtherOps
	// BakedSize: the kernel's value has another size.
	BakedSize
	// BakedMember: the member of that index is no callback, or there is none.
	BakedMember
	// BakedOtherMember: it is a callback that the object does not declare.
	BakedOtherMember
)

// String is the fault in a word, as in plans: fits, unchecked, refused, or other
// for what the kernel takes for something else.
func (f BakedFault) String() string {
	switch {
	case f == BakedFits:
		return "fits"
	case f == BakedUnchecked:
		return "unchecked"
	case f.Refused():
		return "refused"
	}
	return "other"
}

// Refused reports whether the kernel refuses it.
func (f BakedFault) Refused() bool {
	switch f {
	case BakedFits, BakedUnchecked, BakedOtherOps, BakedOtherMember:
		return false
	}
	return true
}

// BakedMap is a struct_ops map of a light skeleton.
type BakedMap struct {
	Map   *lskel.Map
	Fault BakedFault
	// Field is the field that the fault is in, Offset where it lies in the blob.
	Offset int64
	// Detail says what is wrong, in one clause.
	Detail string
	// ID is the type id that is baked in, 0 if the loader finds it out.
	ID btfgraph.ID
}

// Attributes that every struct_ops map has (kernel/bpf/bpf_struct_ops.c,
// bpf_struct_ops_map_alloc_check): a key of 4 bytes, one entry, and no flag but
// BPF_F_LINK and BPF_F_VTYPE_BTF_OBJ_FD.
const (
	structOpsKeyBytes = 4
	structOpsFlags    = 1<<13 | flagModuleType
	// flagModuleType is BPF_F_VTYPE_BTF_OBJ_FD: the type id is one of a module.
	flagModuleType = 1 << 15
)

// bakedMap judges the attributes of a struct_ops map.
func (p *Plan) bakedMap(m *lskel.Map) BakedMap {
	b := BakedMap{Map: m, Offset: m.Attr.Offset}
	id := &m.VmlinuxTypeID
	at := func(fault BakedFault, offset int64, format string, args ...any) BakedMap {
		b.Fault, b.Detail = fault, fmt.Sprintf(format, args...)
		if offset >= 0 {
			b.Offset = offset
		}
		return b
	}
	switch {
	case id.Number == 0 && !id.Set():
		return at(BakedNone, id.Offset, "has no btf_vmlinux_value_type_id")
	case m.KeyTypeID != 0:
		return at(BakedKeyType, m.KeyType.Offset, "has btf_key_type_id %d beside a type of the kernel", m.KeyTypeID)
	case m.ValueTypeID != 0:
		return at(BakedKeyType, m.ValueType.Offset, "has btf_value_type_id %d beside a type of the kernel", m.ValueTypeID)
	case !m.BTFFD.Set():
		return at(BakedNoBTF, m.BTFFD.Offset, "is created without btf_fd, which is left 0")
	case m.KeySize != structOpsKeyBytes:
		return at(BakedShape, -1, "has keys of %d bytes, a struct_ops map of %d", m.KeySize, structOpsKeyBytes)
	case m.MaxEntries != 1:
		return at(BakedShape, -1, "has max_entries %d, a struct_ops map 1", m.MaxEntries)
	case m.Flags&^structOpsFlags != 0:
		return at(BakedShape, -1, "has map_flags %#x, which a struct_ops map does not take", m.Flags)
	case id.Set():
		return b // looked up on the target
	}
	b.ID, b.Offset = btfgraph.ID(id.Number), id.Offset
	if p.Kernel == nil || p.Kernel.Types == nil || m.Flags&flagModuleType != 0 {
		return at(BakedUnchecked, -1, "has the value type id %d of one kernel", b.ID)
	}
	return p.bakedValue(b)
}

// bakedValue compares the type that a baked id has on the kernel with the one
// that the map is meant to have.
func (p *Plan) bakedValue(b BakedMap) BakedMap {
	g := p.Kernel.Types
	want := p.opsNameOf(b.Map.Name)
	name, isValue := strings.CutPrefix(g.Name(b.ID), ValuePrefix)
	switch size := g.Size(b.ID); {
	case g.Kind(b.ID) != btfgraph.KindStruct || !isValue || !p.has(btfgraph.KindStruct, name):
		b.Fault, b.Detail = BakedOtherType, fmt.Sprintf("has the value type id %d, which is %s", b.ID, typeWords(g, b.ID))
	case size != b.Map.ValueSize:
		b.Fault, b.Offset = BakedSize, b.Map.ValueSizeField.Offset
		b.Detail = fmt.Sprintf("has values of %d bytes, %s has %d", b.Map.ValueSize, typeWords(g, b.ID), size)
	case want != "" && name != want:
		b.Fault, b.Detail = BakedOtherOps, fmt.Sprintf("is meant for %s, and its type id %d is %s", quote("struct "+want), b.ID, typeWords(g, b.ID))
	default:
		b.Detail = fmt.Sprintf("has the value type id %d, %s", b.ID, typeWords(g, b.ID))
	}
	return b
}

// typeWords spells a type of the kernel: `"struct foo"`, "no type".
func typeWords(g btfgraph.Graph, id btfgraph.ID) string {
	if g.Kind(id) == btfgraph.KindVoid {
		return "no type"
	}
	return quote(spell(g, id))
}

// opsNameOf is the struct_ops type that the variable of a map has in the
// object's own BTF, "" if there is none. The kernel's name of the map is cut.
func (p *Plan) opsNameOf(mapName string) string {
	g := p.Object.Types
	if g == nil || mapName == "" {
		return ""
	}
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		if g.Kind(id) != btfgraph.KindDatasec || !strings.Contains(g.Name(id), "struct_ops") {
			continue
		}
		for i := range g.Vlen(id) {
			v := g.VarSecinfo(id, i).Type
			if strings.HasPrefix(g.Name(v), mapName) {
				return p.Loader.EssentialName(g.Name(btfgraph.SkipModsAndTypedefs(g, g.Ref(v))))
			}
		}
	}
	return ""
}

// BakedTarget is a program whose attach_btf_id is baked in.
type BakedTarget struct {
	Program int // index into Plan.Programs
	Fault   BakedFault
	Offset  int64 // of the field in the blob
	Detail  string
	ID      btfgraph.ID
	// Member is the index of the callback, for a program of a struct_ops map.
	Member uint32
}

// bakedTarget judges the attach_btf_id of a program; false for a program that
// has none, or whose id is looked up on the target.
func (p *Plan) bakedTarget(i int, prog *lskel.Program) (BakedTarget, bool) {
	t := BakedTarget{Program: i, Offset: prog.AttachBTFID.Offset, ID: btfgraph.ID(prog.AttachBTFID.Number), Member: prog.ExpectedAttachType}
	switch {
	case prog.AttachBTFID.Set(), t.ID == 0 && !prog.IsStructOps():
		return t, false
	case t.ID == 0:
		t.Fault, t.Detail = BakedNone, "has no attach_btf_id"
	case p.Kernel == nil || p.Kernel.Types == nil || prog.AttachBTFObj.Set() || prog.AttachBTFObj.Number != 0:
		t.Fault, t.Detail = BakedUnchecked, fmt.Sprintf("has the attach_btf_id %d of one kernel", t.ID)
	case prog.IsStructOps():
		p.bakedCallback(&t, prog)
	default:
		p.bakedAttach(&t, prog)
	}
	return t, true
}

// bakedCallback judges type and member of a struct_ops program
// (kernel/bpf/verifier.c, check_struct_ops_btf_id).
func (p *Plan) bakedCallback(t *BakedTarget, prog *lskel.Program) {
	g := p.Kernel.Types
	name := g.Name(t.ID)
	switch {
	case g.Kind(t.ID) != btfgraph.KindStruct || !p.has(btfgraph.KindStruct, ValuePrefix+name):
		t.Fault, t.Detail = BakedOtherType, fmt.Sprintf("has the attach_btf_id %d, which is %s", t.ID, typeWords(g, t.ID))
		return
	case int64(t.Member) >= int64(g.Vlen(t.ID)):
		t.Fault, t.Offset = BakedMember, prog.AttachType.Offset
		t.Detail = fmt.Sprintf("is callback %d, %s has %d members", t.Member, typeWords(g, t.ID), g.Vlen(t.ID))
		return
	}
	member := g.Member(t.ID, int(t.Member))
	switch local := btfgraph.First(p.Object.Types, btfgraph.KindStruct, name); {
	case !isFuncPtr(g, member.Type):
		t.Fault, t.Offset = BakedMember, prog.AttachType.Offset
		t.Detail = fmt.Sprintf("is callback %d, which is no function pointer: %s", t.Member, quote("struct "+name+"."+member.Name))
	case local != btfgraph.Void && !hasMemberNamed(p.Object.Types, local, member.Name):
		t.Fault, t.Offset = BakedOtherMember, prog.AttachType.Offset
		t.Detail = fmt.Sprintf("is callback %d, %s, which the object does not declare", t.Member, quote("struct "+name+"."+member.Name))
	default:
		t.Detail = fmt.Sprintf("has the attach_btf_id %d and callback %d, %s", t.ID, t.Member, quote("struct "+name+"."+member.Name))
	}
}

// bakedAttach judges the target of a tracing, LSM or extension program.
func (p *Plan) bakedAttach(t *BakedTarget, prog *lskel.Program) {
	g := p.Kernel.Types
	want := btfgraph.KindFunc
	if prog.ExpectedAttachType == attachRawTP {
		want = btfgraph.KindTypedef
	}
	if g.Kind(t.ID) != want {
		t.Fault, t.Detail = BakedOtherType, fmt.Sprintf("has the attach_btf_id %d, which is %s", t.ID, typeWords(g, t.ID))
		return
	}
	t.Detail = fmt.Sprintf("has the attach_btf_id %d, %s", t.ID, quote(g.Name(t.ID)))
}

// attachRawTP is BPF_TRACE_RAW_TP (include/uapi/linux/bpf.h).
const attachRawTP = 23

func isFuncPtr(g btfgraph.Graph, id btfgraph.ID) bool {
	ptr := btfgraph.SkipModsAndTypedefs(g, id)
	return g.Kind(ptr) == btfgraph.KindPtr && g.Kind(btfgraph.SkipModsAndTypedefs(g, g.Ref(ptr))) == btfgraph.KindFuncProto
}

func hasMemberNamed(g btfgraph.Graph, id btfgraph.ID, name string) bool {
	for i := range g.Vlen(id) {
		if g.Member(id, i).Name == name {
			return true
		}
	}
	return false
}
