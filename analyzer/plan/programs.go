package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// ProgramPlan is what the loader makes of an entry program.
type ProgramPlan struct {
	Program *bpfobj.Program
	// Def is the row of the section table that matched, nil if none did, and
	// nil for a program of a CollectionSpec, which says itself what it is.
	Def *SectionDef
	// Autoload tells that the program is loaded when the object is loaded as it is.
	Autoload bool
	// Why says why it is not: "optional section", "unknown section",
	// "struct_ops map not created", ...
	Why string
	// ProgType and AttachType are enumerator names ("BPF_PROG_TYPE_XDP",
	// "BPF_XDP"); AttachType "" for none. ProgType is "" if the loader finds
	// no type for the program.
	ProgType, AttachType string
	// Sleepable and XDPFrags are the load flags BPF_F_SLEEPABLE and
	// BPF_F_XDP_HAS_FRAGS.
	Sleepable, XDPFrags bool
	// Nearest is the name of the row that the section would match without
	// what follows it, "" if there is none or Def is set: "xdp" for "xdp_main".
	Nearest string
	// AttachTo is the name to attach to, as the section or the spec gives it; "" none.
	AttachTo string
	// Target is the outcome of looking AttachTo up in kernel BTF.
	Target AttachBinding
	// TypeSupport and AttachSupport tell whether the kernel knows ProgType and
	// AttachType; AttachSupport is [SupportUnknown] without an attach type.
	TypeSupport, AttachSupport Support
	// AttachChecked tells that the kernel refuses to load a program of this
	// type with an attach type that it does not know; otherwise it ignores
	// the number until something attaches.
	AttachChecked bool
	// License is the license that the program is loaded with, GPL that the
	// kernel takes it for compatible with the GPL.
	License string
	GPL     bool
	// Kfuncs are the program's calls of kfuncs that the kernel has.
	Kfuncs KfuncUse
	// FlagProblem says why the kernel refuses the flags of the program, or
	// what they ask of its target; "" if nothing is known against them.
	// FlagFault is the sort of the reason.
	FlagProblem string
	FlagFault   FlagFault
}

// Reasons in [ProgramPlan.Why].
const (
	WhyOptional = "optional section"
	WhyUnknown  = "unknown section"
	// WhySubprogram: the loader takes it for a function that programs call.
	WhySubprogram = "subprogram"
)

// planPrograms decides what each entry program is: its type, its attach type
// and whether it is loaded by default (libbpf.c, bpf_object_init_progs;
// cilium/ebpf elf_reader.go, getProgType).
func (p *Plan) planPrograms() {
	p.Programs = make([]ProgramPlan, len(p.Object.Programs))
	for i, prog := range p.Object.Programs {
		pp := &p.Programs[i]
		pp.Program, pp.Autoload, pp.License = prog, true, p.Object.License
		if !p.Object.HasLicense && p.Loader.Object.NoLicense != "" {
			pp.License = p.Loader.Object.NoLicense
		}
		if prog.Explicit != nil {
			pp.fromSpec(prog.Explicit)
		} else {
			pp.fromSection(p.Loader)
		}
		pp.GPL = slices.Contains(gplLicenses[:], pp.License)
		if pp.ProgType == "" && p.Loader.SkipUnknownSections {
			pp.Autoload, pp.Why = false, WhyUnknown
		}
		if prog.Optional && p.Loader.OptionalOff {
			pp.Autoload, pp.Why = false, WhyOptional
		}
		if p.Loader.TextPrefix && strings.HasPrefix(prog.SectionName, ".text") {
			pp.Autoload, pp.Why = false, WhySubprogram
		}
	}
}

// fromSpec takes the attributes of a program of a CollectionSpec over.
func (pp *ProgramPlan) fromSpec(attrs *bpfobj.ProgramAttrs) {
	if name := nameOf(progTypes[:], attrs.Type); name != "" && attrs.Type != 0 {
		pp.ProgType = "BPF_PROG_TYPE_" + name
	}
	// 0 is both "none" and BPF_CGROUP_INET_INGRESS, whose absence nothing asks for.
	if attrs.AttachType != 0 {
		pp.AttachType = nameOf(attachTypes[:], attrs.AttachType)
	}
	pp.Sleepable = attrs.Flags&flagSleepable != 0
	pp.XDPFrags = attrs.Flags&flagXDPFrags != 0
	pp.AttachTo, pp.License = attrs.AttachTo, attrs.License
}

// gplLicenses are the texts that the kernel takes for compatible with the GPL,
// letter by letter (include/linux/license.h, license_is_gpl_compatible).
var gplLicenses = [...]string{"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}

// fromSection takes the attributes of the matching row of the section table.
func (pp *ProgramPlan) fromSection(l *Loader) {
	section := l.sectionName(pp.Program)
	def := l.matchSection(section)
	if def == nil {
		pp.Nearest = l.nearestSection(section)
		return
	}
	pp.Def = def
	pp.ProgType, pp.AttachType = "BPF_PROG_TYPE_"+def.ProgType, def.AttachType
	pp.Sleepable, pp.XDPFrags = def.Sleepable, def.XDPFrags
	if def.Slash && def.ProgType != "STRUCT_OPS" { // its extra is a comment
		pp.AttachTo = strings.TrimPrefix(section[len(def.Name):], "/")
	}
}

// sectionName is the name of a program's section without a mark that says
// whether the program is optional.
func (l *Loader) sectionName(prog *bpfobj.Program) string {
	if l.PlainMark {
		return prog.SectionName
	}
	return strings.TrimPrefix(prog.SectionName, "?")
}

// matchSection returns the first row that matches a section name without "?",
// nil if none does (libbpf.c, sec_def_matches; cilium/ebpf elf_reader.go,
// matchSectionName).
func (l *Loader) matchSection(section string) *SectionDef {
	for i := range l.Sections {
		def := &l.Sections[i]
		rest, ok := strings.CutPrefix(section, def.Name)
		if !ok {
			continue
		}
		if rest == "" || def.Slash && rest[0] == '/' || !def.Slash && l.PrefixSections {
			return def
		}
	}
	return nil
}

// nearestSection returns the longest row name that begins the section name:
// what an author who wrote "xdp_main" or "tp_btf.x/y" had in mind.
func (l *Loader) nearestSection(section string) string {
	name := ""
	for i := range l.Sections {
		if n := l.Sections[i].Name; len(n) > len(name) && strings.HasPrefix(section, n) {
			name = n
		}
	}
	return name
}
