package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// fieldKind is a sort of members that the kernel manages itself.
type fieldKind uint16

const (
	fieldSpinLock fieldKind = 1 << iota
	fieldResSpinLock
	fieldListHead
	fieldListNode
	fieldRBRoot
	fieldRBNode
	fieldRefcount
	fieldKptr

	fieldRoots = fieldListHead | fieldRBRoot
	fieldLocks = fieldSpinLock | fieldResSpinLock
	// fieldRepeats may be elements of arrays (btf_repeat_fields).
	fieldRepeats = fieldKptr | fieldRoots
)

// specialField is a struct of the kernel's whose place in another struct it
// judges when it takes BTF (kernel/bpf/btf.c, alloc_obj_fields and
// btf_get_field_type).
type specialField struct {
	name string
	kind fieldKind
	// enumerator of enum btf_field_type, which tells that the kernel knows it.
	enumerator string
	align      uint64 // bytes
	// unique: a struct has one of them as a member, on all kernels. Some allow
	// no second one in what it holds in turn either, and no second refcount.
	unique bool
	// node is the struct that elements of a list or tree hold.
	node string
}

var specialFields = [...]specialField{
	{name: "bpf_spin_lock", kind: fieldSpinLock, enumerator: "BPF_SPIN_LOCK", align: 4, unique: true},
	{name: "bpf_res_spin_lock", kind: fieldResSpinLock, enumerator: "BPF_RES_SPIN_LOCK", align: 4, unique: true},
	{name: "bpf_list_head", kind: fieldListHead, enumerator: "BPF_LIST_HEAD", align: 8, node: "bpf_list_node"},
	{name: "bpf_list_node", kind: fieldListNode, enumerator: "BPF_LIST_NODE", align: 8},
	{name: "bpf_rb_root", kind: fieldRBRoot, enumerator: "BPF_RB_ROOT", align: 8, node: "bpf_rb_node"},
	{name: "bpf_rb_node", kind: fieldRBNode, enumerator: "BPF_RB_NODE", align: 8},
	{name: "bpf_refcount", kind: fieldRefcount, enumerator: "BPF_REFCOUNT", align: 4},
}

// specialNamed is the special field of a struct's name, nil if it is another.
func specialNamed(name string) *specialField {
	if !strings.HasPrefix(name, "bpf_") {
		return nil
	}
	for i := range specialFields {
		if specialFields[i].name == name {
			return &specialFields[i]
		}
	}
	return nil
}

// kptrTags are the type tags of pointers that the kernel manages.
var kptrTags = [...]string{"kptr_untrusted", "kptr", "percpu_kptr"}

// tagUptr is a pointer to memory of user space, which is no kptr and that
// kernels with BPF_UPTR tell from one.
const tagUptr = "uptr"

// hasSpecialFields reports whether a type of an object's BTF concerns the
// kernel's search for special fields.
func hasSpecialFields(g btfgraph.Graph, id btfgraph.ID) bool {
	switch g.Kind(id) {
	case btfgraph.KindStruct:
		return specialNamed(g.Name(id)) != nil
	case btfgraph.KindTypeTag:
		return slices.Contains(kptrTags[:], g.Name(id))
	}
	return false
}

// What tells in the BTF of a kernel what it makes of special fields.
const (
	// enumFieldType is from 6.2 on, with BPF_LIST_HEAD for the first search of
	// structs; before, an enum of that name has other enumerators.
	enumFieldType = "btf_field_type"
	// enumArgType has kptrDest since the search covers kptrs and what structs
	// and arrays hold in turn (6.12, commits 7a851ecb1806 and 30a59cc79754 of
	// one series).
	enumArgType = "bpf_arg_type"
	kptrDest    = "ARG_KPTR_XCHG_DEST"
	// tagWalk is the function for which other type tags than those of kptrs
	// mean nothing (7.2; kernel/bpf/btf.c, btf_type_tag_walk).
	tagWalk = "btf_type_tag_match"
)

// specialFieldNames adds the types of the kernel that tell how it judges
// special fields, if the object has any.
func specialFieldNames(names []string, g btfgraph.Graph) []string {
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		if !hasSpecialFields(g, id) {
			continue
		}
		names = append(names, enumFieldType, enumArgType, tagWalk)
		for i := range specialFields {
			names = append(names, specialFields[i].name)
		}
		break
	}
	return names
}

// fieldRules is what a kernel makes of special fields.
type fieldRules struct {
	// known are the kinds that it knows, sizes the bytes of their structs by
	// index of specialFields.
	known fieldKind
	sizes [len(specialFields)]uint64
	// nested: it looks into what structs and arrays hold in turn, and for kptrs.
	nested bool
	// uptr: it knows the type tag "uptr". looseTags: it passes over the type
	// tags that it does not know.
	uptr, looseTags bool
}

// fieldRulesOf reads off a kernel's BTF what it makes of special fields; nil if
// it does not search for them, or does not tell.
func (p *Plan) fieldRulesOf() *fieldRules {
	if p.Kernel == nil || p.enumerator(enumFieldType, "BPF_LIST_HEAD") != Supported {
		return nil
	}
	r := &fieldRules{
		nested:    p.enumerator(enumArgType, kptrDest) == Supported,
		uptr:      p.enumerator(enumFieldType, "BPF_UPTR") == Supported,
		looseTags: p.has(btfgraph.KindStruct, tagWalk),
	}
	if r.nested {
		r.known |= fieldKptr
	}
	for i := range specialFields {
		s := &specialFields[i]
		if p.enumerator(enumFieldType, s.enumerator) != Supported {
			continue
		}
		id := btfgraph.First(p.Kernel.Types, btfgraph.KindStruct, s.name)
		size, ok := btfgraph.SizeOf(p.Kernel.Types, id)
		if id == btfgraph.Void || !ok {
			return nil // that of the kernel decides
		}
		r.known |= s.kind
		r.sizes[i] = size
	}
	return r
}
