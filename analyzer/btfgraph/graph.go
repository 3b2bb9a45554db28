// Package btfgraph is a read-only view of BTF by type id.
//
// It has no tree of pointers: a [Graph] answers questions about one id at a
// time and decodes no more than it is asked for, because a vmlinux BTF holds
// 126,000 types and a check needs a few hundred of them. All algorithms of
// btflint (extern resolution, struct_ops binding, CO-RE matching) are written
// over ids, so that one set of them serves every backend: raw bytes of a
// mapped file for the command line, a *btf.Spec of cilium/ebpf for the
// load-time gate.
//
// Input is hostile. No method panics or loops on malformed BTF: a reference
// that leads nowhere reads as void, a name that leads nowhere as "".
package btfgraph

import "iter"

// ID identifies a type within a [Graph]. 0 is void.
//
// In split BTF the ids of the base come first, as in the kernel.
type ID uint32

// Void is the id of the type void, which every BTF has without storing it.
const Void ID = 0

// Kind is a BTF kind, numbered as BTF_KIND_* in include/uapi/linux/btf.h.
type Kind uint8

// The kinds that btflint knows. KindVoid is BTF_KIND_UNKN, the kind of id 0
// and of every id that does not exist.
const (
	KindVoid Kind = iota
	KindInt
	KindPtr
	KindArray
	KindStruct
	KindUnion
	KindEnum
	KindFwd
	KindTypedef
	KindVolatile
	KindConst
	KindRestrict
	KindFunc
	KindFuncProto
	KindVar
	KindDatasec
	KindFloat
	KindDeclTag
	KindTypeTag
	KindEnum64
)

// MaxKind is the highest kind that btflint knows.
const MaxKind = KindEnum64

// Linkage of a FUNC or VAR, numbered as in include/uapi/linux/btf.h
// (BTF_FUNC_STATIC/GLOBAL/EXTERN and BTF_VAR_STATIC/GLOBAL_ALLOCATED/GLOBAL_EXTERN).
type Linkage uint32

// Linkages of functions and variables.
const (
	LinkageStatic Linkage = iota
	LinkageGlobal
	LinkageExtern
)

// Member is a member of a STRUCT or UNION.
type Member struct {
	Name string
	Type ID
	// BitOffset is relative to the start of the struct, in bits.
	BitOffset uint32
	// BitfieldSize is the width in bits, 0 for a member that is not a
	// bitfield. Old BTF keeps the width in the INT type instead (kind flag 0);
	// it is not folded in here.
	BitfieldSize uint32
}

// Param is a parameter of a FUNC_PROTO. A last parameter of type [Void]
// without a name means variadic.
type Param struct {
	Name string
	Type ID
}

// Enumerator is a value of an ENUM or ENUM64.
type Enumerator struct {
	Name string
	// Value is sign-extended to 64 bits if the enum is signed, see [Graph.KindFlag].
	Value uint64
}

// VarSecinfo is an entry of a DATASEC.
type VarSecinfo struct {
	Type   ID     // normally a VAR; a FUNC in .ksyms
	Offset uint32 // bytes from the section's start, as stored
	Size   uint32 // bytes, as stored
}

// IntEncoding is the bit set of an INT's encoding (BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL).
type IntEncoding uint8

// Encodings of an INT.
const (
	IntSigned IntEncoding = 1 << iota
	IntChar
	IntBool
)

// Int is the extra word of an INT.
type Int struct {
	Encoding IntEncoding
	Offset   uint32 // bits
	Bits     uint32
}

// Array describes an ARRAY.
type Array struct {
	Elem, Index ID
	Nelems      uint32
}

// Graph is a read-only view of the types of one BTF blob, and of its base if
// it is split BTF. Implementations are safe for concurrent use.
//
// Every method accepts any id. An id that does not exist has kind [KindVoid].
// A method that does not apply to the kind of its id returns the zero value.
type Graph interface {
	// Len is the number of ids including void and the types of the base:
	// valid ids are 0 to Len()-1.
	Len() int
	// FirstOwn is the first id that is not of the base: 1 without a base.
	FirstOwn() ID
	// Base is the base of split BTF, nil if there is none.
	Base() Graph

	Kind(id ID) Kind
	// KindFlag is the kflag bit: FWD is a union, ENUM is signed, STRUCT has
	// bitfields encoded in the offset, type tag is an attribute.
	KindFlag(id ID) bool
	// Name is the type's own name as stored, "" if anonymous.
	Name(id ID) string
	// Size in bytes as stored in INT, ENUM, ENUM64, STRUCT, UNION, DATASEC and FLOAT.
	Size(id ID) uint32
	// Ref is the referenced type: target of PTR, TYPEDEF, VOLATILE, CONST,
	// RESTRICT, TYPE_TAG, DECL_TAG and VAR; prototype of FUNC; return type
	// of FUNC_PROTO; element of ARRAY.
	Ref(id ID) ID
	// Vlen is the number of members, enumerators, parameters or section entries.
	Vlen(id ID) int
	// Linkage of a FUNC or VAR.
	Linkage(id ID) Linkage
	// Int is the encoding of an INT.
	Int(id ID) Int
	// Array is the element, index and length of an ARRAY.
	Array(id ID) Array
	// Member, Enumerator, Param and VarSecinfo return entry i, 0-based; the
	// zero value if i is out of range.
	Member(id ID, i int) Member
	Enumerator(id ID, i int) Enumerator
	Param(id ID, i int) Param
	VarSecinfo(id ID, i int) VarSecinfo
	// ComponentIndex of a DECL_TAG: -1 for the type itself, else the index of
	// the member or parameter.
	ComponentIndex(id ID) int

	// ByName yields the ids of that kind and exact name, ascending, those of
	// the base first; KindVoid matches every kind. Duplicate names are kept.
	// The empty name matches nothing; one that ends in [FlavorSep] matches all
	// that start with it.
	ByName(kind Kind, name string) iter.Seq[ID]
	// Prefetch announces names that [Graph.ByName] will be asked for. It is
	// a hint: one walk over the types then serves all of them.
	Prefetch(names ...string)
	// Tagged reports whether the type id carries a DECL_TAG of that name on
	// itself (component -1).
	Tagged(id ID, tag string) bool
	// HasTag reports whether any DECL_TAG of that name exists in the graph or its base.
	HasTag(tag string) bool
}
