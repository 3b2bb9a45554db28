package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// wordOf is the word of a table for an outcome, "unknown" beyond its end.
func wordOf[T ~uint8](words []string, i T) string {
	if int(i) < len(words) {
		return words[i]
	}
	return "unknown"
}

var supportWords = []string{"unknown", "supported", "unsupported", "not compiled in"}

// String is the answer in the words of the commands' output.
func (s Support) String() string { return wordOf(supportWords, s) }

var attachWords = []string{
	"none", "unset", "program", "unknown", "found", "missing", "ambiguous", "ignored", "no symbol", "no iterator",
}

// String is the outcome in the words of the commands' output.
func (s AttachStatus) String() string { return wordOf(attachWords, s) }

var externWords = []string{"undecided", "found", "missing", "incompatible", "refused"}

// String is the outcome in the words of the commands' output.
func (s ExternStatus) String() string { return wordOf(externWords, s) }

var structOpsWords = []string{
	"unchecked", "bound", "ignored", "malformed", "value type missing", "type missing", "ambiguous", "no data member", "not registered",
}

// String is the outcome in the words of the commands' output.
func (s StructOpsStatus) String() string { return wordOf(structOpsWords, s) }

var memberWords = []string{
	"empty", "program", "copied", "skipped", "lost", "mixed", "pointer ignored",
	"missing callback", "missing value", "size unknown", "bitfield", "kind differs", "size differs",
	"nested value", "no program", "no function pointer", "program of another type", "program of another member",
}

// String is the outcome in the words of the commands' output.
func (o MemberOutcome) String() string { return wordOf(memberWords, o) }

// Refused reports whether the loader or the kernel refuses the member.
func (o MemberOutcome) Refused() bool { return o >= MemberMissingCallback }

var verdictWords = []string{
	"", "the kernel calls no program for this member", "the program is sleepable and this member must not sleep",
	"the program is sleepable, and whether this member may sleep is not known", "the kernel wants this member to be zero",
	"whether the kernel takes a value of this member is not known",
}

// String is the verdict in one clause, "" for [MemberAccepted].
func (v MemberVerdict) String() string { return wordOf(verdictWords, v) }

// VirtualValue is the number that the loader gives an extern of .kconfig which
// it fills in itself ([ExternBinding.Virtual]); false if what is known of the
// kernel does not tell.
func (p *Plan) VirtualValue(b *ExternBinding) (uint64, bool) {
	if p.Kernel == nil || !b.Virtual {
		return 0, false
	}
	return p.virtualValue(b.Name)
}

// ReachIn is [Plan.ReachOf] for the program of that index alone.
func (p *Plan) ReachIn(prog int, f *bpfobj.Function, insn int) Reach {
	var r Reach
	if p.leftOut(prog) {
		return r
	}
	a := p.reach(prog, flow.Site{Func: f, Insn: insn})
	scope := Scope{Programs: []string{p.Object.Programs[prog].Name}}
	r.Guard = a.Guard
	switch a.Reach {
	case flow.Reachable:
		r.Certain = scope
	case flow.Dead:
		r.Dead = scope
	default:
		r.Possible, r.Depends = scope, a.Depends
	}
	return r
}
