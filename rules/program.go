package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
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
			"`tp_btf.s`, `raw_tp.s`, `tp.s` and the `.multi` trampolines in v0.22.0.",
		Fix: "Use the name as the table has it. An application can set the type itself (`bpf_program__set_type`) or register a handler for its own " +
			"sections (`libbpf_register_prog_handler`): suppress the finding then.",
		Wrong: "SEC(\"xdp_main\") int prog(struct xdp_md *ctx)",
		Right: "SEC(\"xdp\") int prog(struct xdp_md *ctx)",
		References: []string{
			"libbpf 1.8, libbpf.c, section_defs, sec_def_matches and bpf_object_load_prog",
			"cilium/ebpf v0.22.0, elf_sections.go",
			"Linux, tools/testing/selftests/bpf/progs/test_custom_sec_handlers.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if pp.ProgType != "" {
				continue
			}
			section := strings.TrimPrefix(pp.Program.SectionName, "?")
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("section %q of program %q stands for no program type in %s", section, pp.Program.Name, analyzer.LoaderPlaceholder),
			}
			if pp.Nearest != "" {
				f.Hint = fmt.Sprintf("is %q meant?", pp.Nearest)
			}
			if p.Plan.Loader.SkipUnknownSections {
				f.Severity = analyzer.Warning
				f.Message = fmt.Sprintf("program %q is left out: %s does not know section %q", pp.Program.Name, analyzer.LoaderPlaceholder, section)
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
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if !pp.Program.Optional || !pp.Autoload {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("program %q is optional, and %s loads it all the same", pp.Program.Name, analyzer.LoaderPlaceholder),
				Hint:    fmt.Sprintf("delete(spec.Programs, %q) where it is not wanted", pp.Program.Name),
			})
		}
		return nil
	},
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
			"which static linking can leave behind; libbpf finds the first of them by name.",
		Fix:   "Drop `static` from functions with `SEC()`, and `SEC()` from functions that are only called. Give programs different names.",
		Wrong: "SEC(\"xdp\") static int prog(struct xdp_md *ctx)",
		Right: "SEC(\"xdp\") int prog(struct xdp_md *ctx)",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__add_programs",
			"cilium/ebpf v0.22.0, elf_reader.go, loadProgramSections",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.RefuseProgram, plan.RefuseDuplicate) },
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
		first := make(map[string]string)
		for i := range p.Plan.Programs {
			name := p.Plan.Programs[i].Program.Name
			if len(name) < maxNameBytes {
				continue
			}
			short := name[:maxNameBytes]
			other, seen := first[short]
			if !seen {
				first[short] = name
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateProgram(p, p.Plan.Programs[i].Program.Function),
				Message: fmt.Sprintf("programs %q and %q are both %q in the kernel", other, name, short),
				Hint:    "put what differs first",
			})
		}
		return nil
	},
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
		used := make(map[*bpfobj.Function]bool)
		for _, f := range p.Plan.Object.Functions {
			for i := range f.Refs {
				used[f.Refs[i].Func] = true
			}
		}
		for _, f := range p.Plan.Object.Functions {
			if f.Program != nil || f.SectionName != ".text" || used[f] || f.Binding != bpfobj.BindGlobal || f.Hidden {
				continue
			}
			if ctx := contextParam(p, f); ctx != "" {
				loc := p.Plan.Object.LocateFunction(f)
				loc.Symbol = "function " + f.Name
				p.Report(analyzer.Finding{
					Severity: analyzer.Warning, Stage: plan.StageOpen, Location: loc,
					Message: fmt.Sprintf("function %q takes struct %s, is in no section and nobody calls it: it is never loaded", f.Name, ctx),
					Hint:    "add SEC(\"...\")",
				})
			}
		}
		return nil
	},
}

// contexts are the structs that programs take as their context
// (include/linux/bpf_types.h), tracing excepted, whose programs take what
// other functions take too.
var contexts = [...]string{
	"__sk_buff", "xdp_md", "bpf_sock", "bpf_sock_addr", "bpf_sock_ops", "sk_msg_md", "bpf_sysctl", "bpf_sockopt",
	"bpf_sk_lookup", "sk_reuseport_md", "bpf_nf_ctx", "bpf_perf_event_data", "bpf_raw_tracepoint_args", "bpf_cgroup_dev_ctx",
}

// contextParam is the context struct that is a function's only parameter, "" if
// it takes anything else.
func contextParam(p *analyzer.Pass, f *bpfobj.Function) string {
	g := p.Plan.Object.Types
	if g == nil || f.Type == btfgraph.Void {
		return ""
	}
	proto := g.Ref(f.Type)
	if g.Vlen(proto) != 1 {
		return ""
	}
	ptr := btfgraph.SkipModsAndTypedefs(g, g.Param(proto, 0).Type)
	if g.Kind(ptr) != btfgraph.KindPtr {
		return ""
	}
	name := g.Name(btfgraph.SkipModsAndTypedefs(g, g.Ref(ptr)))
	for _, ctx := range contexts {
		if name == ctx {
			return name
		}
	}
	return ""
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
			"An object without a section `license` has the license \"\". The text ends with the first NUL; cilium/ebpf v0.22.0 cannot pass a section on that holds " +
			"another text behind it, and every load fails with EFAULT.",
		Fix:   "`char LICENSE[] SEC(\"license\") = \"GPL\";` or another of these texts, if it is true.",
		Wrong: "char LICENSE[] SEC(\"license\") = \"GPL-2.0\";",
		Right: "char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";",
		References: []string{
			"Linux, include/linux/license.h, license_is_gpl_compatible",
			"Linux, kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog",
		},
	},
	Run: func(p *analyzer.Pass) error {
		if err := reportRefusals(p, plan.RefuseLicense); err != nil {
			return err
		}
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			license := p.Plan.Object.License
			if pp.Program.Explicit != nil {
				license = pp.Program.Explicit.License
			}
			if pp.ProgType != "BPF_PROG_TYPE_LSM" || isGPL(license) {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("license %q of program %q is not compatible with the GPL, %s needs one that is",
					license, pp.Program.Name, pp.ProgType),
				Hint: "char LICENSE[] SEC(\"license\") = \"GPL\";",
			})
		}
		return nil
	},
}
