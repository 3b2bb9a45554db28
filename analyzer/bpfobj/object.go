// Package bpfobj reads a compiled BPF ELF object into an [Object]: sections,
// symbols, programs, maps, externs, struct_ops maps, CO-RE records and source
// lines. An Object is a pure function of the object's bytes: what a loader
// makes of it on a kernel is package plan's business.
//
// The package follows libbpf's reading of an ELF file (libbpf.c,
// bpf_object__elf_collect and its callees) and keeps what other loaders read
// differently, so that no loader's view is lost. What would make some loader
// refuse the object is not an error here but kept as a fact; only bytes that
// are no BPF object at all are an error.
package bpfobj

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Object is a parsed BPF object. It is immutable and safe for concurrent use.
type Object struct {
	// Name is the name the caller gave, usually the path.
	Name string
	// ByteOrder of the object, of its BTF and of its instructions.
	ByteOrder binary.ByteOrder
	// License is the text of the license section up to the first NUL; ""
	// without such a section, which no loader but aya takes for "GPL".
	License    string
	HasLicense bool
	// FromSpec tells that the object was not read from ELF but from a
	// cilium/ebpf CollectionSpec: there are no sections or symbols then,
	// programs carry [Program.Explicit] and maps their final attributes.
	FromSpec bool
	// Carrier is what the object was read from if it is neither an ELF file nor
	// a CollectionSpec; nil if it is. FromSpec is true beside it: such an
	// object has no sections and symbols either.
	Carrier Carrier

	// Types is the object's BTF, nil if it has none or if it is malformed
	// ([Object.TypesErr] then says how).
	Types    btfgraph.Graph
	TypesErr error
	// ExtErr says how .BTF.ext is malformed; nil if it is absent or sound.
	// libbpf goes on without .BTF.ext then, cilium/ebpf refuses the object.
	ExtErr error

	Sections []Section // by ELF section index; [0] is the null section
	Symbols  []Symbol  // by ELF symbol index; [0] is the null symbol

	// Functions are all STT_FUNC symbols of executable sections, ordered by
	// section and offset. Programs and Subprograms point into them.
	Functions []*Function
	// Programs are the entry programs: functions in executable sections
	// other than .text, in the order of libbpf (by section, then offset).
	Programs []*Program
	// Maps are the definitions in .maps, in DATASEC order, then the legacy
	// ones, then one per data section (.data, .rodata, .bss, arena globals,
	// .kconfig), in section order.
	Maps      []*Map
	Externs   []*Extern
	StructOps []*StructOpsMap
	// CORE are the CO-RE relocation records of .BTF.ext in file order.
	CORE []CORERecord

	ext      ext // line and function records
	datasecs []Datasec
	strays   []StrayReloc
	raw      []byte
}

// Section is an ELF section header with its bytes and relocations.
type Section struct {
	Index int
	Name  string
	Type  uint32 // SHT_*
	Flags uint64 // SHF_*
	Size  uint64 // bytes, as the header says; of NOBITS too
	// Data are the section's bytes, nil for NOBITS. Not to be modified.
	Data []byte
	// FileOffset is where Data starts in the file, in bytes; 0 without Data.
	FileOffset uint64
	// Relocs are the entries of the SHT_REL section for this section, by
	// ascending offset. RelocSection is its name, "" if there is none.
	Relocs       []Reloc
	RelocSection string
	// RelocErr says why a SHT_REL section for this section was not read; if
	// it names no section, the fact is kept with the SHT_REL section itself.
	RelocErr error
	// EntrySize, Link and Info are the header's sh_entsize (bytes), sh_link and sh_info.
	EntrySize  uint64
	Link, Info uint32
}

// Executable reports SHT_PROGBITS with SHF_EXECINSTR.
func (s *Section) Executable() bool {
	return s.Type == 1 && s.Flags&0x4 != 0
}

// Reloc is an entry of a SHT_REL section.
type Reloc struct {
	Offset uint64 // bytes from the start of the section it applies to
	Symbol int    // index into [Object.Symbols]; may be out of range in a corrupt file
	Type   uint32 // R_BPF_*
}

// Binding of an ELF symbol, numbered as STB_*.
type Binding uint8

// Symbol bindings.
const (
	BindLocal Binding = iota
	BindGlobal
	BindWeak
)

// Symbol is an ELF symbol.
type Symbol struct {
	Name       string
	Section    int // section index; SHN_UNDEF is 0, SHN_ABS 0xfff1, SHN_COMMON 0xfff2
	Value      uint64
	Size       uint64
	Type       uint8 // STT_*
	Binding    Binding
	Visibility uint8 // STV_*
}

// Hidden reports STV_HIDDEN or STV_INTERNAL, which libbpf turns into static
// linkage for functions in .text (libbpf.c, sanitize_and_load_btf).
func (s *Symbol) Hidden() bool { return s.Visibility == 1 || s.Visibility == 2 }

// Insn is one 8-byte instruction slot. A ld_imm64 takes two.
type Insn struct {
	Op  uint8
	Dst uint8
	Src uint8
	Off int16
	Imm int32
}

// LdImm64 is the opcode of the first slot of a ld_imm64.
const LdImm64 = 0x18

// Source registers that give a ld_imm64 or a call its meaning
// (include/uapi/linux/bpf.h, BPF_PSEUDO_*).
const (
	PseudoMapFD     = 1
	PseudoMapValue  = 2
	PseudoBTFID     = 3
	PseudoFunc      = 4
	PseudoCall      = 1
	PseudoKfuncCall = 2
)

// IsCall reports BPF_JMP|BPF_CALL with an immediate.
func (i Insn) IsCall() bool { return i.Op == 0x85 }

// IsHelperCall reports a call of a helper by number: Imm is the bpf_func_id.
func (i Insn) IsHelperCall() bool { return i.Op == 0x85 && i.Src == 0 }

// Function is a function symbol in an executable section.
type Function struct {
	Name    string
	Section int // section index
	Symbol  int // symbol index, 0 if not read from ELF
	// SectionName is the name of that section, "?" included.
	SectionName string
	// Offset and SizeBytes are the symbol's value and size, in bytes.
	Offset, SizeBytes uint64
	Binding           Binding
	Hidden            bool
	// Type is the FUNC that .BTF.ext names for the function's first
	// instruction, else the FUNC of that name; [btfgraph.Void] without BTF.
	Type btfgraph.ID
	// Metadata tells that the instructions of a CollectionSpec carry Type, which
	// is the FUNC of that name otherwise; false if read from ELF, where
	// [Object.FuncRecords] tells.
	Metadata bool
	// Insns are the function's instruction slots; empty if the symbol does
	// not lie in its section.
	Insns []Insn
	// Refs are the relocations of the function's instructions, ascending.
	Refs []Ref
	// CORE are the indexes into [Object.CORE] of records for this function, ascending by instruction.
	CORE []int
	// Program is the entry program that this function is; nil for a subprogram.
	Program *Program

	leads atomic.Pointer[leaders] // computed on first use by Locate
}

// Linkage is the FUNC's linkage in BTF; static if there is no BTF for it.
func (f *Function) Linkage(g btfgraph.Graph) btfgraph.Linkage {
	if g == nil || f.Type == btfgraph.Void {
		return btfgraph.LinkageStatic
	}
	return g.Linkage(f.Type)
}

// RefKind says what a relocated instruction refers to.
type RefKind uint8

// What instructions refer to.
const (
	RefOther    RefKind = iota // nothing a loader knows; Symbol tells
	RefMap                     // a definition in .maps or a legacy map
	RefData                    // a byte of a data section's map
	RefExtern                  // an extern: call or ld_imm64
	RefCall                    // a call of a function in the object
	RefFuncAddr                // a ld_imm64 of a function's address (callback)
)

// Ref is a relocated instruction, or a pc-relative call without relocation.
type Ref struct {
	Insn   int // slot index within the function
	Kind   RefKind
	Symbol int       // symbol index, -1 for a call without relocation
	Map    *Map      // RefMap, RefData
	Extern *Extern   // RefExtern
	Func   *Function // RefCall, RefFuncAddr; nil if the target is no function's start
	// Offset is the byte offset into the data section for RefData, into the
	// target section for RefCall and RefFuncAddr.
	Offset int64
}

// Program is an entry program.
type Program struct {
	*Function
	// Optional is the leading "?" of the section name: libbpf does not load it by default.
	Optional bool
	// Explicit is what a CollectionSpec says the program is; nil for an ELF
	// object, where the section name decides.
	Explicit *ProgramAttrs
}

// ProgramAttrs are the load attributes of a program. Numbers are those of
// include/uapi/linux/bpf.h.
type ProgramAttrs struct {
	Type         uint32 // bpf_prog_type
	AttachType   uint32 // bpf_attach_type
	AttachTo     string
	AttachTarget bool // attaches to another BPF program
	Flags        uint32
	License      string
}

// Reachable returns the function itself and every function of the object that
// it calls or takes the address of, in order of discovery (libbpf.c,
// bpf_object__reloc_code appends just these).
func (f *Function) Reachable() []*Function {
	seen := map[*Function]bool{f: true}
	list := []*Function{f}
	for i := 0; i < len(list); i++ {
		for _, r := range list[i].Refs {
			if r.Func != nil && !seen[r.Func] {
				seen[r.Func] = true
				list = append(list, r.Func)
			}
		}
	}
	return list
}

// Program returns the entry program of that name, nil if there is none.
func (o *Object) Program(name string) *Program {
	for _, p := range o.Programs {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Section returns the first section of that name, nil if there is none.
func (o *Object) Section(name string) *Section {
	for i := range o.Sections {
		if o.Sections[i].Name == name {
			return &o.Sections[i]
		}
	}
	return nil
}

// SHA256 is the digest of the object's bytes in hex, "" for an object that was
// not read from bytes. It is computed at every call.
func (o *Object) SHA256() string {
	if len(o.raw) == 0 {
		return ""
	}
	sum := sha256.Sum256(o.raw)
	return hex.EncodeToString(sum[:])
}

// Carrier is what an object was read from that is no ELF file: it holds more
// than the object, and whoever knows it asks for it.
type Carrier interface {
	// Carrier says what it is: "light skeleton".
	Carrier() string
}
