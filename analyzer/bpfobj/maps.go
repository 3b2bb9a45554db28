package bpfobj

import "github.com/btflint/btflint/analyzer/btfgraph"

// MapKind says where a map comes from.
type MapKind uint8

// Origins of maps.
const (
	MapBTF     MapKind = iota // a variable in .maps
	MapLegacy                 // a symbol in a section "maps" or "maps/..."
	MapData                   // .data, .data.*
	MapRodata                 // .rodata, .rodata.*
	MapBss                    // .bss, .bss.*
	MapKconfig                // the externs of .kconfig
	MapArena                  // globals of an arena: .addr_space.1
	MapOther                  // a data section that libbpf does not recognise
)

// Map is a map that the object defines, by definition or by a data section.
type Map struct {
	Name string
	Kind MapKind
	// Section is the section index, 0 for .kconfig.
	Section     int
	SectionName string
	// Symbol is the index of the map variable's symbol, 0 if there is none.
	Symbol int
	// Offset is the variable's offset in .maps in bytes.
	Offset uint64
	// Var is the VAR of a definition, the DATASEC of a data section.
	Var btfgraph.ID
	// Def holds the attributes. For a data section they are those that
	// libbpf gives it (libbpf.c, bpf_object__init_internal_map).
	Def MapDef
	// DefErr says what of the definition is malformed, in libbpf's words
	// where it has some; nil if nothing.
	DefErr error
	// Data are the initial bytes of a data section; nil for others, and for
	// one that is all zero (.bss). Not to be modified.
	Data []byte
	// Refs are the functions that refer to the map, in order.
	Refs []*Function
}

// MapDef are the attributes of a map. Zero means: not given.
type MapDef struct {
	Type       uint32 // bpf_map_type
	KeySize    uint32 // bytes
	ValueSize  uint32 // bytes
	MaxEntries uint32
	Flags      uint32 // BPF_F_*
	Extra      uint64 // map_extra
	NumaNode   uint32
	Pinning    uint32
	// KeyType and ValueType are the types given with __type; Void without.
	KeyType, ValueType btfgraph.ID
	// Inner is the definition of the inner map of a map-in-map.
	Inner *MapDef
}

// ExternKind says what an extern is.
type ExternKind uint8

// Kinds of externs.
const (
	ExternUnknown ExternKind = iota // no BTF says what it is
	ExternFunc                      // a FUNC in .ksyms: a kfunc
	ExternVar                       // a VAR in .ksyms: a ksym
	ExternKconfig                   // a VAR in .kconfig
)

// Extern is an undefined symbol that the loader has to resolve, or an entry of
// .ksyms or .kconfig (libbpf.c, bpf_object__collect_externs).
type Extern struct {
	Name string
	Kind ExternKind
	Weak bool
	// WeakUnknown tells that the object came from a CollectionSpec that does
	// not reveal the binding.
	WeakUnknown bool
	// Symbol is the index of the undefined symbol; 0 if a DATASEC lists the
	// name and no symbol matches.
	Symbol int
	// Datasec is the name of the DATASEC that lists it, "" if none does.
	Datasec string
	// ID is the FUNC or VAR in the object's BTF; Void if there is none.
	ID btfgraph.ID
	// Type is the FUNC_PROTO of a FUNC, the type of a VAR; Void for a
	// typeless ksym ("extern const void x __ksym").
	Type btfgraph.ID
	// Linkage is the linkage that BTF gives it; extern unless BTF is odd.
	Linkage btfgraph.Linkage
	// Refs are the instructions that use it, in function order.
	Refs []ExternRef
}

// MayBeWeak reports whether the extern is weak, or may be for all that is known.
func (e *Extern) MayBeWeak() bool { return e.Weak || e.WeakUnknown }

// Typeless reports whether the extern is a ksym variable of type void.
func (e *Extern) Typeless() bool { return e.Kind == ExternVar && e.Type == btfgraph.Void }

// ExternRef is one use of an extern.
type ExternRef struct {
	Func *Function
	Insn int // slot index within Func
	// Call is true for a call, false for a ld_imm64.
	Call bool
}

// StructOpsMap is one variable of a struct_ops section: a map of type
// BPF_MAP_TYPE_STRUCT_OPS (libbpf.c, init_struct_ops_maps).
type StructOpsMap struct {
	Name string
	// Section is the section index; SectionName includes a leading "?".
	Section     int
	SectionName string
	Optional    bool // "?.struct_ops" forms
	Link        bool // ".struct_ops.link" forms
	// Symbol is the index of the variable's symbol, 0 if there is none.
	Symbol int
	// Var is the VAR, Type what it resolves to through modifiers and
	// typedefs: a STRUCT in a sound object.
	Var, Type btfgraph.ID
	TypeName  string
	// Offset is the DATASEC entry's offset after libbpf's fix-up, in bytes;
	// SizeBytes the size of the struct type.
	Offset, SizeBytes uint64
	// Data is the variable's initial value: SizeBytes bytes of the section.
	// nil if the variable lies beyond the section.
	Data    []byte
	Members []StructOpsMember
	// Relocs are the section's relocations that fall into the variable.
	Relocs []StructOpsReloc
}

// StructOpsMember is a member of the local struct type with its initial value.
type StructOpsMember struct {
	Index        int
	Name         string
	Type         btfgraph.ID // as declared
	BitOffset    uint32
	BitfieldSize uint32 // bits, 0 if not a bitfield
	SizeBytes    uint64 // 0 if it cannot be determined
	// FuncPtr tells that the member is a pointer to FUNC_PROTO.
	FuncPtr bool
	// NonZero tells that the initial bytes are not all zero. A relocated
	// member's bytes are zero in the file; see Program.
	NonZero bool
	// Program is the function that a relocation places here; nil if none.
	Program *Function
}

// StructOpsReloc is a relocation inside a struct_ops variable.
type StructOpsReloc struct {
	Reloc
	// Member is the index of the member that starts at the relocation's
	// offset, -1 if none does.
	Member int
	// Target is the function at the symbol's value, nil if there is none.
	Target *Function
}

// CORERecord is a CO-RE relocation record of .BTF.ext, as stored
// (include/uapi/linux/bpf.h, struct bpf_core_relo).
type CORERecord struct {
	Section int    // section index
	Offset  uint64 // of the instruction, bytes from the section's start
	Type    btfgraph.ID
	Access  string // "0:1:2"
	Kind    uint32 // bpf_core_relo_kind
	// Func is the function that holds the instruction, nil if none does;
	// Insn the slot index within it.
	Func *Function
	Insn int
}
