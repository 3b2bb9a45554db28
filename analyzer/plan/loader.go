package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Loader is the program that will load the object, as a set of policies. One
// file per loader holds its value; a new version that behaves differently is a
// new value. No other code asks which loader it is.
type Loader struct {
	Name string // "libbpf", "cilium"; "libbpf@1.5" for a version that was asked for
	// Version is the newest that is known, or the known one that stands for the
	// one asked for, see [Loader.At].
	Version string
	// older are the versions before, the newest first, as far as they differ.
	older []olderVersion
	// Skeleton: the loader is generated from an object on one machine and loads
	// it on another, with what the generator has found out. It alone loads
	// objects that were read from light skeletons.
	Skeleton bool

	// Sections is the table of program sections in match order, and
	// PrefixSections whether text after a row's name is accepted even where
	// the row has no "+" (cilium/ebpf elf_sections.go; libbpf matches exactly).
	Sections       []SectionDef
	PrefixSections bool
	// SkipUnknownSections: programs of unknown sections are left out silently
	// instead of failing the load. RefuseUnknownSections: an object with one
	// cannot even be opened.
	SkipUnknownSections, RefuseUnknownSections bool
	// OptionalOff: a leading "?" switches a program off. PlainMark: it is a
	// part of the name like any other.
	OptionalOff, PlainMark bool
	// TextPrefix: every section whose name starts with ".text" holds functions
	// that programs call; otherwise ".text" alone does.
	TextPrefix bool

	// ByteOrderPerProgram: the byte order of each program is compared with the
	// machine's, not that of the object, which may have maps alone.
	ByteOrderPerProgram bool
	// ObjectWideExterns: an extern that does not resolve fails every program.
	ObjectWideExterns bool
	// ObjectWideMaps: a map that cannot be created fails every program.
	ObjectWideMaps bool
	// FlavoredKfuncs: "___suffix" of a kfunc's name is stripped for the lookup.
	FlavoredKfuncs bool
	// FlavoredStructOps: the same for struct_ops types.
	FlavoredStructOps bool
	// WeakIncompatibleKfuncAbsent: a weak kfunc whose prototype does not fit
	// counts as absent; otherwise it is an error.
	WeakIncompatibleKfuncAbsent bool
	// LosesNames: what takes the place of an instruction that does not resolve
	// lacks the name of the function that begins there, and of functions at one
	// place one keeps its name.
	LosesNames bool
	// DuplicateIsError: a name with several candidates in vmlinux BTF is refused.
	DuplicateIsError bool
	// Object, Externs and StructOps are the policies for reading the object,
	// for its externs and for its struct_ops maps.
	Object    ObjectPolicy
	Externs   ExternPolicy
	StructOps StructOpsPolicy
	// Words are how the author tells the loader to leave something out.
	Words Words
	// Attach, Maps and Functions are the policies for attach targets, for
	// creating maps and for subprograms.
	Attach    AttachPolicy
	Maps      MapPolicy
	Functions FunctionPolicy
	// CORE is the policy for CO-RE relocations.
	CORE COREPolicy
	// Open finds what the loader refuses about functions and references when
	// it reads an ELF object; nil for nothing.
	Open func(*Plan)

	// EssentialName is the part of a name before its flavor suffix.
	EssentialName func(name string) string
	// TypesCompatible says why two types (kfunc prototypes, ksym types) are
	// not compatible, "" if they are.
	TypesCompatible func(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string
}

// Words are the ways out that hints name, in the words of the loader's
// interface. They follow "there" and "where the kernel lacks it".
type Words struct {
	// SwitchOff leaves program %[1]s out; %[2]s is its section without "?".
	SwitchOff string
	// SwitchMapOff leaves map %[1]s out, SwitchOpsOff a struct_ops map.
	SwitchMapOff, SwitchOpsOff string
	// ClearMember leaves member %[2]s of struct_ops map %[1]s NULL, which holds
	// program %[3]s; ClearData makes a data member zero.
	ClearMember, ClearData string
	// SetTarget names an attach target before the load.
	SetTarget string
	// SetAttribute gives a map attribute %[2]s of map %[1]s before the load,
	// SetInner map %[1]s an inner map, "" if nothing but SetAttribute does.
	SetAttribute, SetInner string
}

// SectionDef is a row of a loader's table of program sections.
type SectionDef struct {
	Name string // without "+" and "?"
	// Slash: "name/anything" is accepted too ("+" in libbpf's table).
	Slash      bool
	ProgType   string // enumerator of bpf_prog_type without BPF_PROG_TYPE_
	AttachType string // enumerator of bpf_attach_type, "" for none
	Sleepable  bool
	AttachBTF  bool // the attach target is looked up in kernel BTF
	XDPFrags   bool
}

// Loaders are the loaders that btflint models, the default first.
var Loaders = []*Loader{Libbpf, Cilium, Aya, Lskel}

// LoaderByName returns the loader of that name ("libbpf"), or its version
// ("libbpf@1.5", see [Loader.At]), nil if there is none.
func LoaderByName(name string) *Loader {
	name, version, asked := strings.Cut(name, "@")
	for _, l := range Loaders {
		switch {
		case l.Name != name:
		case asked:
			return l.At(version)
		default:
			return l
		}
	}
	return nil
}

// StructOpsPolicy is how a loader handles struct_ops.
type StructOpsPolicy struct {
	// Sections are the data sections whose variables become struct_ops maps.
	// A name that starts with "?" marks maps that are not created by default.
	Sections []string
	// Refused are the data sections for which the object cannot be opened.
	Refused []string
	// OptionalFirstOnly: "?" counts for the first variable of its section
	// only; the maps of the others are created by default.
	OptionalFirstOnly bool
	// StrictRelocs: every relocation of a struct_ops section must lead from a
	// function pointer member to a program. Otherwise only relocations at the
	// start of a member are looked at, and the target goes by its name.
	StrictRelocs bool
	// NamedTypes: a variable of an anonymous struct is refused at open.
	NamedTypes bool
	// DataByName: the data member of the value type is the first one whose
	// type is a struct of the ops type's name; otherwise the first one whose
	// type id is that of the ops type.
	DataByName bool
	// ByName: programs are found by the type and the member that they were
	// last placed in, for all maps of that type alike. Otherwise each slot
	// keeps its own program, and a program that serves two types or members
	// is refused.
	ByName bool
	// PointerSlots: every pointer member is a program slot, so its kind must
	// be that of the kernel's member and it must be NULL without a program.
	// Otherwise the content of pointer members is ignored.
	PointerSlots bool
	// NestedZero: a STRUCT or UNION member must be zero; otherwise its bytes
	// are copied whatever they mean.
	NestedZero bool
	// EnumsEqual: ENUM and ENUM64 count as one kind.
	EnumsEqual bool
	// PointersIgnored: with PointerSlots, the content of a pointer member
	// without a program is ignored all the same.
	PointersIgnored bool
	// MissingRefused: a member that the kernel lacks is refused, even if it is zero.
	MissingRefused bool
	// VmlinuxOnly: types of modules are not found.
	VmlinuxOnly bool
	// TypeFirst: the ops type is looked up first, and the value type in the
	// same BTF; otherwise the other way round.
	TypeFirst bool
	// Autoload: a program is switched on if a map that refers to it is
	// created by default, and off if none is.
	Autoload bool
	// UpdateAtLoad: the value goes into the map while the object is loaded,
	// so that the subsystem validates it then; otherwise at attach.
	UpdateAtLoad bool
}

// ObjectPolicy is how a loader reads sections, symbols and BTF of an object.
type ObjectPolicy struct {
	// SymbolsInSection: a variable's symbol is looked up in its own section,
	// for static variables too. Otherwise the first GLOBAL or WEAK object
	// symbol of that name counts, wherever it lies.
	SymbolsInSection bool
	// DataVariables: a global variable of a data section must lie within it
	// and agree with its VAR in offset and size.
	DataVariables bool
	// WholeBTF: the object's BTF goes to the kernel as a whole. If the kernel
	// refuses it, an object that needs it does not load ([Plan.NeedsBTF]), and
	// another one goes on without BTF. Otherwise each map of a data section
	// brings its DATASEC, and is not created if the kernel refuses that.
	WholeBTF bool
	// BTFNeeded are the types of programs ("BPF_PROG_TYPE_LSM") for which an
	// object needs its BTF, BTFNeededForCORE that it does for CO-RE too.
	BTFNeeded        []string
	BTFNeededForCORE bool
	// PlainBTF: what the kernel refuses about names in BTF is mended before:
	// those of pointers are dropped, parameters without one get one, and a
	// DATASEC without variables gets a variable where the kernel wants one.
	PlainBTF bool
	// AsListed: the variables of a DATASEC stay in the order in which BTF
	// lists them, which has to be that of their offsets; otherwise they are
	// sorted. A symbol of any kind of binding gives the offset.
	AsListed bool
	// PlainBss: no section but ".bss" itself holds variables that are zero;
	// otherwise ".bss.NAME" does too, for a loader that knows suffixes.
	PlainBss bool
	// OldReader: instructions are read by sections, and not by the symbols of
	// functions, so that no weak function can be called and symbols of .maps
	// are not counted (cilium/ebpf before v0.21.0, elf_reader.go).
	OldReader bool
	// NoLicense is the license of an object without a section "license".
	NoLicense string
	// VersionSize: a section "version" must hold exactly 4 bytes; otherwise at
	// least 4, whatever follows its name.
	VersionSize bool
	// RelocTargets: a table of relocations must be for a section of the object;
	// otherwise it is passed over. RelocWide: entries may be larger than those
	// of SHT_REL.
	RelocTargets, RelocWide bool
	// LosesExt: an object with a record in .BTF.ext of a type id that does not
	// exist is read as if it had no .BTF.ext: not finding that is no error, and
	// not finding a type is the same error (cilium/ebpf btf/btf.go,
	// LoadSpecAndExtInfosFromReader and TypeByID).
	LosesExt bool
	// RelocOffsets: relocations of code must be aligned and inside their
	// section.
	RelocOffsets bool
}
