package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var structOpsProgramReuse = &analyzer.Rule{
	Name:     "struct-ops-program-reuse",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-31", "SO-32", "SO-33", "H10"},
	Doc: analyzer.Doc{
		Title: "A program serves several members of struct_ops maps, or several programs claim one",
		Why: "A struct_ops program is verified for one member of one kernel type. libbpf lets several maps share it if they " +
			"place it in the same member of the same type, and refuses the object otherwise. cilium/ebpf keeps the last place " +
			"of a program and leaves the others NULL; it finds the programs of a map by type and member, so that two maps of " +
			"one type get the same program for a member, which one changes from run to run.",
		Fix: "Write one program per member; a common static function can hold the code. With cilium/ebpf keep the maps of one " +
			"type in objects of their own if their programs differ.",
		Wrong: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .init = (void *)hook, .release = (void *)hook };",
		Right: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .init = (void *)init, .release = (void *)release };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_map__init_kern_struct_ops",
			"cilium/ebpf v0.22.0, struct_ops.go, structOpsSetAttachTo; collection.go, populateStructOps",
			"Linux, tools/testing/selftests/bpf/progs/bad_struct_ops.c and struct_ops_module.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			if m.Other != nil {
				p.Report(reuseFinding(p, b, s, m))
			}
		})
		return nil
	},
}

// reuseFinding is the finding for a member whose program is used elsewhere.
func reuseFinding(p *analyzer.Pass, b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) analyzer.Finding {
	other := p.Plan.Object.StructOps[m.Other.Map]
	place := other.Members[m.Other.Member].Name
	f := memberFinding(p, s, "")
	f.Hint = "write one program per member, with the common code in a static function"
	f.Related = []analyzer.Related{{Message: fmt.Sprintf("member %q of struct_ops map %q", place, other.Name), Location: locateMap(p, m.Other.Map)}}
	switch m.Outcome {
	case plan.MemberReuseType:
		f.Message = fmt.Sprintf("program %q serves %q and, in map %q, type %q", m.Member.Program.Name, b.TypeName, other.Name,
			p.Plan.StructOps[m.Other.Map].TypeName)
	case plan.MemberReuseMember:
		f.Message = fmt.Sprintf("program %q serves member %q of map %q and member %q of map %q",
			m.Member.Program.Name, m.Member.Name, b.Map.Name, place, other.Name)
		if m.Other.Map == s.Map {
			f.Message = fmt.Sprintf("program %q serves member %q and member %q of map %q", m.Member.Program.Name, m.Member.Name, place, other.Name)
		}
	case plan.MemberLost:
		f.Severity, f.Scope = analyzer.Warning, plan.Scope{}
		f.Message = fmt.Sprintf("program %q goes into %q of map %q only: %q stays NULL", m.Member.Program.Name, place, other.Name, m.Member.Name)
	case plan.MemberMixed:
		f.Severity, f.Scope = analyzer.Warning, plan.Scope{}
		f.Message = fmt.Sprintf("member %q of struct_ops map %q may get program %q of map %q",
			m.Member.Name, b.Map.Name, other.Members[m.Other.Member].Program.Name, other.Name)
		f.Hint = "keep the maps of one type in objects of their own: programs are found by type and member"
	}
	return f
}

var structOpsProgramUnreferenced = &analyzer.Rule{
	Name:     "struct-ops-program-unreferenced",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-34"},
	Doc: analyzer.Doc{
		Title: "A struct_ops program is placed in no struct_ops map",
		Why: "A struct_ops program is loaded for a member of a kernel struct, and the variable that refers to it says which. " +
			"Without a reference libbpf refuses the program, and cilium/ebpf passes it to the kernel, which does. In a " +
			"CollectionSpec `AttachTo` names the struct and the member, which the kernel has to have.",
		Fix: "Set the member of a struct_ops variable to the program. If user space does that at run time, mark the program " +
			"optional: `SEC(\"?struct_ops\")`.",
		Wrong: "SEC(\"struct_ops\") int forgotten(void *ctx) { return 0; }",
		Right: "SEC(\"struct_ops\") int ssthresh(void *ctx) { return 0; }\n" +
			"SEC(\".struct_ops.link\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object_load_prog",
			"cilium/ebpf v0.22.0, prog.go, newProgramWithOptions",
			"Linux 7.2, kernel/bpf/verifier.c, check_struct_ops_btf_id",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_forgotten_cb.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		if p.Plan.Skeleton != nil {
			return nil // its numbers say what a program is, see lskel-struct-ops
		}
		for _, sp := range p.Plan.StructOpsPrograms {
			prog := &p.Plan.Programs[sp.Program]
			if sp.Target != plan.TargetSound {
				p.Report(targetFinding(p, prog, sp.Target))
				continue
			}
			if len(sp.Slots) > 0 || sp.Refused || prog.Program.Explicit != nil && prog.AttachTo != "" {
				continue
			}
			f := programFinding(p, prog, fmt.Sprintf("struct_ops program %q is not referenced by any struct_ops map", prog.Program.Name),
				unreferencedHint(p, prog))
			if sp.Dropped {
				f.Message = fmt.Sprintf("struct_ops program %q is referenced only by maps that are dropped by %s",
					prog.Program.Name, analyzer.LoaderPlaceholder)
				f.Hint = structOpsSectionHint(p)
			}
			p.Report(f)
		}
		return nil
	},
}

// unreferencedHint is the way out for a program that no struct_ops map refers to.
func unreferencedHint(p *analyzer.Pass, pp *plan.ProgramPlan) string {
	hint := "set a member of a struct_ops variable to it"
	if off := p.Plan.Loader.Words.SwitchOff; off != "" && pp.Autoload {
		hint += ", or leave it out: " + words(off, pp.Program.Name, strings.TrimPrefix(pp.Program.SectionName, "?"))
	}
	return hint
}

// structOpsSectionHint is the way out for a struct_ops section of which the loader
// makes no maps.
func structOpsSectionHint(p *analyzer.Pass) string {
	for _, section := range [...]string{".struct_ops.link", ".struct_ops"} {
		if slices.Contains(p.Plan.Loader.StructOps.Sections, section) {
			return fmt.Sprintf("use SEC(%q) on an initialised variable", section)
		}
	}
	return "load it with libbpf or cilium/ebpf"
}

// targetFinding is the finding about the place that a CollectionSpec names for a
// program.
func targetFinding(p *analyzer.Pass, pp *plan.ProgramPlan, fault plan.TargetFault) analyzer.Finding {
	target := pp.Program.Explicit.AttachTo
	typ, member, _ := strings.Cut(target, ":")
	f := programFinding(p, pp, "", "set AttachTo to the struct and the member that the program is for, or delete the program from the spec")
	switch fault {
	case plan.TargetMalformed:
		f.Message = fmt.Sprintf("struct_ops program %q attaches to %q, which is not STRUCT:MEMBER", pp.Program.Name, clip(target))
	case plan.TargetTypeMissing:
		f.Message = fmt.Sprintf("struct %q of struct_ops program %q not found in %s", clip(typ), pp.Program.Name, analyzer.KernelPlaceholder)
	default:
		f.Message = fmt.Sprintf("member %q of struct %q, for program %q, not found in %s",
			clip(member), clip(typ), pp.Program.Name, analyzer.KernelPlaceholder)
	}
	return f
}

// programFinding starts an error about a program.
func programFinding(p *analyzer.Pass, pp *plan.ProgramPlan, message, hint string) analyzer.Finding {
	return analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Message: message, Hint: hint,
		Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
	}
}

var structOpsAutoload = &analyzer.Rule{
	Name:     "struct-ops-autoload",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"SO-35", "SO-36"},
	Doc: analyzer.Doc{
		Title: "A struct_ops map switches a program on or off against its section name",
		Why: "libbpf loads a struct_ops program if a map that refers to it is created, and does not load it if none is. That " +
			"overrides the `?` of the program's section: a program of `SEC(\"?struct_ops\")` is loaded all the same if a " +
			"variable of `.struct_ops` refers to it, and one of `SEC(\"struct_ops\")` is left out if only variables of " +
			"`?.struct_ops` do.",
		Fix: "Put the `?` before the section of the variable, not of the program.",
		Wrong: "SEC(\"?struct_ops\") int ssthresh(void *ctx) { return 0; } /* loaded */\n" +
			"SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		Right: "SEC(\"struct_ops\") int ssthresh(void *ctx) { return 0; }\n" +
			"SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object_adjust_struct_ops_autoload",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_autocreate.c and struct_ops_autocreate2.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, sp := range p.Plan.StructOpsPrograms {
			prog := &p.Plan.Programs[sp.Program]
			if !sp.SwitchedOn && !sp.SwitchedOff {
				continue
			}
			f := programFinding(p, prog, "", "put the \"?\" before the section of the variable, not of the program")
			f.Scope = plan.Scope{}
			if sp.SwitchedOn {
				f.Severity = analyzer.Warning
				created := slices.IndexFunc(sp.Slots, func(s plan.StructOpsSlot) bool { return p.Plan.StructOps[s.Map].Autocreate })
				f.Message = fmt.Sprintf("program %q is loaded in spite of %q: struct_ops map %q refers to it",
					prog.Program.Name, prog.Program.SectionName, p.Plan.StructOps[sp.Slots[created].Map].Map.Name)
			} else {
				f.Severity = analyzer.Note
				f.Message = fmt.Sprintf("program %q is not loaded by default: no struct_ops map that refers to it is created",
					prog.Program.Name)
			}
			p.Report(f)
		}
		return nil
	},
}

var structOpsLicense = &analyzer.Rule{
	Name:     "struct-ops-license",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-40"},
	Doc: analyzer.Doc{
		Title: "A struct_ops program needs a GPL compatible license",
		Why: "The kernel loads struct_ops programs only if the license of the object is GPL compatible: \"struct ops programs " +
			"must have a GPL compatible license\". An object without a license section has none.",
		Fix:   "Declare a GPL compatible license: `char LICENSE[] SEC(\"license\") = \"GPL\";`, or `\"Dual BSD/GPL\"`.",
		Wrong: "char LICENSE[] SEC(\"license\") = \"BSD\";",
		Right: "char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";",
		References: []string{
			"Linux 7.2, kernel/bpf/verifier.c, check_struct_ops_btf_id; include/linux/license.h",
			"Linux, tools/testing/selftests/bpf/progs/bpf_tcp_nogpl.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, sp := range p.Plan.StructOpsPrograms {
			prog := &p.Plan.Programs[sp.Program]
			if prog.GPL {
				continue
			}
			message := fmt.Sprintf("struct_ops program %q has license %q, which is not GPL compatible", prog.Program.Name, clip(prog.License))
			if prog.License == "" {
				message = fmt.Sprintf("struct_ops program %q has no license, and needs a GPL compatible one", prog.Program.Name)
			}
			p.Report(programFinding(p, prog, message, licenseHint))
		}
		return nil
	},
}
