package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// ProgramPlan is what the loader makes of an entry program.
type ProgramPlan struct {
	Program *bpfobj.Program
	// Def is the row of the section table that matched, nil if none did.
	Def *SectionDef
	// Autoload tells that the program is loaded when the object is loaded as it is.
	Autoload bool
	// Why says why it is not: "optional section", "unknown section",
	// "struct_ops map not created", ...
	Why string
	// ProgType and AttachType are enumerator names ("BPF_PROG_TYPE_XDP",
	// "BPF_XDP"); AttachType "" for none.
	ProgType, AttachType string
	// AttachTo is the name to attach to, as the section or the spec gives it; "" none.
	AttachTo string
	// Target is the outcome of looking AttachTo up in kernel BTF.
	Target AttachBinding
}

func (p *Plan) planPrograms()   {}
func (p *Plan) adjustAutoload() {}
