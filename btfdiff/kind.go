package btfdiff

import "fmt"

// Kind is a sort of things that two kernels are compared by.
//
// The first eight are what BTF holds. The others are what BPF programs know
// them as, and are read off the same types: a kfunc is a function too, so that
// it has a change of each kind.
type Kind uint8

// The kinds, in the order of [Diff.Changes].
const (
	KindStruct  Kind = iota
	KindUnion        // of a name; anonymous ones belong to what holds them
	KindEnum         // ENUM and ENUM64; all anonymous enums are one, [AnonymousEnums]
	KindTypedef      // what it stands for
	KindInt          // INT that both kernels have: compilers spell them in several ways
	KindFunc         // FUNC with its prototype
	KindVar          // VAR: the per-CPU variables of a vmlinux
	KindDatasec
	KindKfunc      // a function with the declaration tag bpf_kfunc
	KindStructOps  // the X of a struct bpf_struct_ops_X: struct X with its callbacks
	KindTracepoint // the X of a typedef btf_trace_X and a struct trace_event_raw_X
	KindLSMHook    // the X of a function bpf_lsm_X
	KindIterator   // the X of a function bpf_iter_X that takes a struct bpf_iter_meta *
	KindHelper     // the bpf_x of an enumerator BPF_FUNC_x of bpf_func_id
	KindMapType    // an enumerator of bpf_map_type, such as BPF_MAP_TYPE_HASH
	KindProgType   // an enumerator of bpf_prog_type
	KindAttachType // an enumerator of bpf_attach_type
	KindConfig     // an option of the build configuration, with CONFIG_
	kindEnd
)

// AnonymousEnums is the name of the one change that holds the enumerators of
// all anonymous enums.
const AnonymousEnums = "(anonymous)"

var kindNames = [kindEnd]string{
	"struct", "union", "enum", "typedef", "int", "func", "var", "datasec", "kfunc", "struct_ops", "tracepoint",
	"lsm_hook", "iterator", "helper", "map_type", "prog_type", "attach_type", "config",
}

// Kinds lists all kinds in order.
func Kinds() []Kind {
	kinds := make([]Kind, kindEnd)
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String is the kind in the words of the JSON contract.
func (k Kind) String() string {
	if k < kindEnd {
		return kindNames[k]
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler] with [Kind.String].
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// ParseKind is the kind of that name.
func ParseKind(name string) (Kind, error) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("kind %q: unknown", name)
}

// Grade is what a change does to the BPF programs that use the thing.
type Grade uint8

// Grades, the mildest first: the grade of a change is the greatest of its details.
const (
	// GradeAddition is something new that nobody can depend on yet.
	GradeAddition Grade = iota
	// GradeRelocatable is a change that CO-RE absorbs, or that no program sees.
	GradeRelocatable
	// GradeSemantic leaves name and layout as they are, as far as programs read
	// them, and may mean something else: the value of an enumerator, a sign, the
	// role of a parameter. Somebody has to look at it.
	GradeSemantic
	// GradeBreaks makes a program that reads, calls or attaches to it fail or
	// read wrong data, even with CO-RE.
	GradeBreaks
	gradeEnd
)

var gradeNames = [gradeEnd]string{"addition", "relocatable", "semantic", "breaks"}

// String is the grade in the words of the JSON contract.
func (g Grade) String() string {
	if g < gradeEnd {
		return gradeNames[g]
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler] with [Grade.String].
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// ParseGrade is the grade of that name.
func ParseGrade(name string) (Grade, error) {
	for i, n := range gradeNames {
		if n == name {
			return Grade(i), nil
		}
	}
	return 0, fmt.Errorf("grade %q: unknown", name)
}
