package bpfobj

// Origin says which line record a source position was taken from.
type Origin uint8

// Origins of a source position.
const (
	OriginNone     Origin = iota // no line record at all
	OriginOwn                    // the instruction's own record
	OriginNext                   // the next record within the basic block
	OriginPrevious               // the last record before the instruction
)

// String is the origin's name in the JSON contract: "", "own", "next" or "previous".
func (o Origin) String() string { return [...]string{"", "own", "next", "previous"}[o&3] }

// Source is a position in the C (or Rust) source. The text comes from the
// object itself: BTF line records hold the line.
type Source struct {
	File   string // as the compiler saw it; "" unknown
	Line   int    // 1-based, 0 unknown
	Column int    // 1-based, 0 unknown
	Text   string // the source line, without the line end
	Origin Origin
}

// Location is where a finding points. Functions of this package compute it;
// no rule computes lines.
type Location struct {
	Object  string // [Object.Name]
	Section string // "" if the finding is not about a section
	Program string // function name, "" if the finding is not about code
	Insn    int    // slot index within the function, -1 if none
	Offset  uint64 // bytes from the section's start
	Source  Source
	// Symbol names the thing: "struct task_struct.state", "map events",
	// "kfunc bpf_foo". It becomes SARIF's logicalLocations.
	Symbol string
}
