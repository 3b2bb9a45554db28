package plan

import "github.com/btflint/btflint/analyzer/btfgraph"

// Loader is the program that will load the object, as a set of policies. One
// file per loader holds its value; a new version that behaves differently is a
// new value. No other code asks which loader it is.
type Loader struct {
	Name    string // "libbpf", "cilium"
	Version string

	// Sections is the table of program sections in match order, and
	// PrefixSections whether text after a row's name is accepted even where
	// the row has no "+" (cilium/ebpf elf_sections.go; libbpf matches exactly).
	Sections       []SectionDef
	PrefixSections bool
	// SkipUnknownSections: programs of unknown sections are left out silently
	// instead of failing the load.
	SkipUnknownSections bool
	// OptionalOff: a leading "?" switches a program off.
	OptionalOff bool

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
	// DuplicateIsError: a name with several candidates in vmlinux BTF is refused.
	DuplicateIsError bool
	// Object, Externs and StructOps are the policies for reading the object,
	// for its externs and for its struct_ops maps.
	Object    ObjectPolicy
	Externs   ExternPolicy
	StructOps StructOpsPolicy
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

// SectionDef is a row of a loader's table of program sections.
type SectionDef struct {
	Name string // without "+" and "?"
	// Slash: "name/anything" is accepted too ("+" in libbpf's table).
	Slash      bool
	ProgType   string // enumerator of bpf_prog_type without BPF_PROG_TYPE_
	AttachType string // enumerator of bpf_attach_type, "" for none
	Sleepable  bool
	AttachBTF  bool // the attach target is looked up in kernel BTF
	// AttachOptional: the expected attach type is dropped on kernels that do not know it.
	AttachOptional bool
	XDPFrags       bool
	USDT           bool
}

// Loaders are the loaders that btflint models, the default first.
var Loaders = []*Loader{Libbpf, Cilium}

// LoaderByName returns the loader of that name, nil if there is none.
func LoaderByName(name string) *Loader {
	for _, l := range Loaders {
		if l.Name == name {
			return l
		}
	}
	return nil
}
