package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var programRules = []*analyzer.Rule{
	sectionUnknown, sectionOptional, programMalformed, programNameTruncated, programNoSection, licenseRefused,
}

var sectionUnknown = &analyzer.Rule{
	Name:     "section-unknown",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-01", "SEC-02", "A23"},
	Doc: analyzer.Doc{
		Title: "The loader does not know the program's section",
		Why: "The name of the section says what a program is. libbpf compares it with 116 names: `xdp` exactly, `kprobe` and others also with a slash " +
			"and more behind them. For any other name the program has no type, and the load of the object fails: \"missing BPF prog type, check ELF " +
			"section name\". `xdp_main`, `xdp/main`, `socket1` and `tc/ingress/x` were accepted before libbpf 1.0. cilium/ebpf accepts them, because " +
			"it compares the beginning, and leaves programs whose section it does not know out of the collection without a word: " +
			"`tp_btf.s`, `raw_tp.s`, `tp.s` and the `.multi` trampolines in v0.22.0. aya compares the parts between slashes, knows 63 names, among them neither " +
			"`tc` nor `struct_ops`, takes the \"?\" for a part of the name, and refuses an object with one section that it does not know.",
		Fix: "Use the name as the table has it. An application can set the type itself (`bpf_program__set_type`) or register a handler for its own " +
			"sections (`libbpf_register_prog_handler`): switch the rule off then, with `--disable section-unknown`.",
		Wrong: "SEC(\"xdp_main\") int prog(struct xdp_md *ctx)",
		Right: "SEC(\"xdp\") int prog(struct xdp_md *ctx)",
		References: []string{
			"libbpf 1.8, libbpf.c, section_defs, sec_def_matches and bpf_object_load_prog",
			"cilium/ebpf v0.22.0, elf_sections.go",
			"aya 0.14.0, aya-obj/src/obj.rs, ProgramSection::from_str",
			"Linux, tools/testing/selftests/bpf/progs/test_custom_sec_handlers.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		refused := make(map[string]bool) // sections of which one program tells enough
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.ProgType != "" || pp.Why == plan.WhySubprogram || refused[pp.Program.SectionName] {
				continue
			}
			section := strings.TrimPrefix(pp.Program.SectionName, "?")
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("section %q of program %q stands for no program type in %s", section, pp.Program.Name, analyzer.LoaderPlaceholder),
			}
			if p.Plan.Loader.RefuseUnknownSections {
				refused[pp.Program.SectionName] = true
				section = pp.Program.SectionName
				f.Stage, f.Scope = plan.StageOpen, plan.ScopeObject
				f.Message = fmt.Sprintf("section %q stands for no program type in %s, which refuses the object", section, analyzer.LoaderPlaceholder)
			}
			f.Hint = "use a section that the loader knows, or have the application set the type of the program"
			if p.Plan.Loader.RefuseUnknownSections {
				f.Hint = "use a section that the loader knows, or keep the program in an object of its own"
			}
			if pp.Nearest != "" {
				f.Hint = fmt.Sprintf("the nearest section that the loader knows is %q", pp.Nearest)
			}
			if p.Plan.Loader.PlainMark && pp.Program.Optional {
				f.Hint = "drop the \"?\": the application chooses which programs it loads"
			} else if meant := nearestSection(p.Plan, section); meant != "" {
				f.Hint = didYouMean(meant, "")
			}
			if p.Plan.Loader.SkipUnknownSections {
				f.Severity = analyzer.Warning
				f.Message = fmt.Sprintf("program %q is left out: section %q is unknown to %s", pp.Program.Name, section, analyzer.LoaderPlaceholder)
			}
			p.Report(f)
		}
		return nil
	},
}

var sectionOptional = &analyzer.Rule{
	Name:     "section-optional",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-03"},
	Doc: analyzer.Doc{
		Title: "The loader takes no notice of the \"?\" of a section",
		Why: "`SEC(\"?fentry/foo\")` tells libbpf not to load the program unless the application switches it on. cilium/ebpf strips the mark and " +
			"loads the program with the collection, so that one that is optional, because its target is missing on " +
			"some kernels, takes the whole collection down there.",
		Fix:   "Delete the program from `CollectionSpec.Programs` before the load where it is not wanted.",
		Wrong: "coll, err := ebpf.NewCollection(spec) // with SEC(\"?fentry/foo\")",
		Right: "delete(spec.Programs, \"foo\")\ncoll, err := ebpf.NewCollection(spec)",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__init_prog",
			"cilium/ebpf v0.22.0, elf_reader.go, getProgType",
		},
	},
	Run: func(p *analyzer.Pass) error {
		if p.Plan.Loader.OptionalOff {
			return nil
		}
		var programs []*plan.ProgramPlan
		for i := range p.Plan.Programs {
			if pp := &p.Plan.Programs[i]; pp.Program.Optional && pp.Autoload && pp.ProgType != "" {
				programs = append(programs, pp)
			}
		}
		if len(programs) > maxAlike {
			p.Report(optionalFinding(p, programs))
			return nil
		}
		for _, pp := range programs {
			p.Report(optionalFinding(p, []*plan.ProgramPlan{pp}))
		}
		return nil
	},
}

// maxAlike is how many findings of one sort an object gets before they become one.
const maxAlike = 3

// optionalFinding is the finding about optional programs that are loaded.
func optionalFinding(p *analyzer.Pass, programs []*plan.ProgramPlan) analyzer.Finding {
	first := programs[0].Program
	f := analyzer.Finding{
		Severity: analyzer.Warning, Stage: plan.StageLoad, Location: locateProgram(p, first.Function),
		Message: fmt.Sprintf("program %q is optional, and loaded by %s all the same", first.Name, analyzer.LoaderPlaceholder),
		Hint:    fmt.Sprintf("delete(spec.Programs, %q) where it is not wanted", first.Name),
	}
	names := make([]string, len(programs))
	for i, pp := range programs {
		names[i] = pp.Program.Name
	}
	f.Scope.Programs = names
	if len(programs) > 1 {
		f.Message = fmt.Sprintf("%d optional programs are loaded by %s all the same", len(programs), analyzer.LoaderPlaceholder)
		f.Hint = "delete(spec.Programs, NAME) where they are not wanted: " + analyzer.Enumerate(names)
	}
	return f
}

var programMalformed = &analyzer.Rule{
	Name:     "program-malformed",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-09", "SEC-10", "SEC-12"},
	Doc: analyzer.Doc{
		Title: "A function cannot become a program as it stands in the object",
		Why: "Every function outside of `.text` is a program. libbpf refuses the object if one is static, if its symbol reaches beyond its section, or if it is " +
			"not made of whole 8-byte instructions. cilium/ebpf takes static functions for programs, and refuses an object with two functions of one name, " +
			"which static linking can leave behind; libbpf finds the first of them by name, aya keeps the last. aya refuses an object whose `.text` functions leave a gap or share a place, " +
			"as an alias does.",
		Fix:   "Drop `static` from functions with `SEC()`, and `SEC()` from functions that are only called. Give programs different names.",
		Wrong: "SEC(\"xdp\") static int prog(struct xdp_md *ctx)",
		Right: "SEC(\"xdp\") int prog(struct xdp_md *ctx)",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__add_programs",
			"cilium/ebpf v0.22.0, elf_reader.go, loadProgramSections",
			"aya 0.14.0, aya-obj/src/obj.rs, parse_programs and parse_text_section",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRefusals(p, plan.RefuseProgram, plan.RefuseStaticProgram, plan.RefuseDuplicate)
	},
}

// maxNameBytes is what the kernel keeps of the name of a program or map
// (BPF_OBJ_NAME_LEN without the final NUL).
const maxNameBytes = 15

var programNameTruncated = &analyzer.Rule{
	Name:     "program-name-truncated",
	Severity: analyzer.Note,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-13"},
	Doc: analyzer.Doc{
		Title: "Two programs have the same name in the kernel",
		Why: "The kernel keeps 15 bytes of a program's name. Programs whose names agree in them look alike in `bpftool prog`, in stack traces and " +
			"in the output of profilers.",
		Fix:   "Put what differs first.",
		Wrong: "int handle_tcp_connect_v4(...)\nint handle_tcp_connect_v6(...)",
		Right: "int v4_handle_tcp_connect(...)\nint v6_handle_tcp_connect(...)",
		References: []string{
			"Linux, include/uapi/linux/bpf.h, BPF_OBJ_NAME_LEN",
		},
	},
	Run: func(p *analyzer.Pass) error {
		groups := sameNames(p.Plan)
		if len(groups) <= maxAlike {
			for _, g := range groups {
				p.Report(truncatedFinding(p, g))
			}
			return nil
		}
		count, names := 0, make([]string, len(groups))
		for i, g := range groups {
			count += len(g)
			names[i] = g[0].Name[:maxNameBytes]
		}
		p.Report(analyzer.Finding{
			Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateProgram(p, groups[0][0].Function),
			Message: fmt.Sprintf("%d programs share %d names in the kernel, which keeps %d bytes of a name", count, len(groups), maxNameBytes),
			Hint:    "put what differs first: " + analyzer.Enumerate(names),
		})
		return nil
	},
}

// sameNames are the groups of programs whose names the kernel cannot tell
// apart, in the order of the programs.
func sameNames(p *plan.Plan) [][]*bpfobj.Program {
	var long []*bpfobj.Program
	for i := range p.Programs {
		if prog := p.Programs[i].Program; len(prog.Name) >= maxNameBytes {
			if long == nil {
				long = make([]*bpfobj.Program, 0, len(p.Programs)-i)
			}
			long = append(long, prog)
		}
	}
	short := func(prog *bpfobj.Program) string { return prog.Name[:maxNameBytes] }
	slices.SortStableFunc(long, func(a, b *bpfobj.Program) int { return strings.Compare(short(a), short(b)) })
	var groups [][]*bpfobj.Program
	for len(long) > 0 {
		n := 1
		for n < len(long) && short(long[n]) == short(long[0]) {
			n++
		}
		if n > 1 {
			groups = append(groups, long[:n:n])
		}
		long = long[n:]
	}
	if len(groups) > 1 {
		order := make(map[*bpfobj.Program]int, len(p.Programs))
		for i := range p.Programs {
			order[p.Programs[i].Program] = i
		}
		slices.SortFunc(groups, func(a, b []*bpfobj.Program) int { return order[a[0]] - order[b[0]] })
	}
	return groups
}

// truncatedFinding is the finding about programs of one name in the kernel.
func truncatedFinding(p *analyzer.Pass, programs []*bpfobj.Program) analyzer.Finding {
	names := make([]string, len(programs))
	for i, prog := range programs {
		names[i] = prog.Name
	}
	return analyzer.Finding{
		Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateProgram(p, programs[0].Function),
		Message: fmt.Sprintf("%d programs are called %q in the kernel", len(programs), names[0][:maxNameBytes]),
		Hint:    "put what differs first: " + analyzer.Enumerate(names),
	}
}

var programNoSection = &analyzer.Rule{
	Name:     "program-no-section",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"SEC-11"},
	Doc: analyzer.Doc{
		Title: "A function looks like a program and has no section",
		Why: "Functions without `SEC()` are in `.text`, where every loader expects functions that programs call. A global function there that nobody calls " +
			"and that takes a context (`struct xdp_md *`, `struct __sk_buff *`, ...) is never loaded: most likely its `SEC()` was forgotten.",
		Fix:   "Add `SEC(\"...\")`, or make the function static.",
		Wrong: "int prog(struct xdp_md *ctx)",
		Right: "SEC(\"xdp\") int prog(struct xdp_md *ctx)",
		References: []string{
			"libbpf 1.8, libbpf.c, prog_is_subprog",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Functions {
			fp := &p.Plan.Functions[i]
			if fp.Forgotten == "" {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageOpen, Location: locateFunc(p, fp.Func),
				Message: fmt.Sprintf("function %q takes struct %s, and is never loaded: nobody calls it", fp.Func.Name, fp.Forgotten),
				Hint:    "add SEC(\"...\"), or make it static",
			})
		}
		return nil
	},
}

var licenseRefused = &analyzer.Rule{
	Name:     "license-refused",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"EL-05"},
	Doc: analyzer.Doc{
		Title: "The kernel does not take the license of the program",
		Why: "The kernel loads LSM programs (and struct_ops programs, see struct-ops-license) only with a license that it takes for compatible with the GPL: exactly \"GPL\", \"GPL v2\", \"GPL " +
			"and additional rights\", \"Dual BSD/GPL\", \"Dual MIT/GPL\" or \"Dual MPL/GPL\". \"GPLv2\" and \"GPL-2.0\" are not among them. " +
			"An object without a section `license` has the license \"\", except with aya, which takes it for \"GPL\" and refuses a section that does not end with its only NUL. The text ends with the first NUL; cilium/ebpf v0.22.0 cannot pass a section on that holds " +
			"another text behind it, and every load fails with EFAULT.",
		Fix:   "`char LICENSE[] SEC(\"license\") = \"GPL\";` or another of these texts, if it is true.",
		Wrong: "char LICENSE[] SEC(\"license\") = \"GPL-2.0\";",
		Right: "char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";",
		References: []string{
			"Linux, include/linux/license.h, license_is_gpl_compatible",
			"Linux, kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog",
			"aya 0.14.0, aya-obj/src/obj.rs, Object::parse and parse_license",
		},
	},
	Run: func(p *analyzer.Pass) error {
		if err := reportRefusals(p, plan.RefuseLicense); err != nil {
			return err
		}
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.ProgType != "BPF_PROG_TYPE_LSM" || pp.GPL {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("program %q has license %q, and LSM programs need one compatible with the GPL",
					pp.Program.Name, clip(pp.License)),
				Hint: licenseHint,
			})
		}
		return nil
	},
}
