package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var featureRules = []*analyzer.Rule{
	helperUnknown, mapTypeUnsupported, progTypeUnsupported, attachTypeUnsupported, jumpTableUnsupported, instructionUnsupported,
}

var helperUnknown = &analyzer.Rule{
	Name:     "helper-unknown",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"E01", "CALL-11"},
	Doc: analyzer.Doc{
		Title: "The kernel has no helper of that number",
		Why: "A helper is called by its number. The enumerators of `enum bpf_func_id` in the kernel's own BTF say which numbers it " +
			"knows, also on a distribution kernel with backports. The verifier refuses the call, and only if a path reaches it: a call behind " +
			"`bpf_core_enum_value_exists` or a `.kconfig` value that is false is never looked at, and only a note. A call behind a " +
			"condition that is not known, such as a variable that user space sets before the load, is a warning that names it. Calls of " +
			"`bpf_probe_read_kernel` and its kin are replaced by the loaders on old kernels.",
		Fix: "Guard the call: `if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_xyz))`, with an alternative for kernels " +
			"without the helper, or load another program there.",
		Wrong: "__u64 ip = bpf_get_func_ip(ctx);",
		Right: "__u64 ip = 0;\nif (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_func_ip))\n\tip = bpf_get_func_ip(ctx);",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_helper_call, \"invalid func unknown#%d\"",
			"libbpf 1.8, libbpf.c, bpf_object__sanitize_prog",
		},
	},
	Run: runHelperUnknown,
}

func runHelperUnknown(p *analyzer.Pass) error {
	for i := range p.Plan.Helpers {
		use := &p.Plan.Helpers[i]
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(use.Func, use.Insn),
			Message: fmt.Sprintf("helper %d not found in %s", use.ID, analyzer.KernelPlaceholder),
		}
		f.Hint = "build against the helpers of bpf_helper_defs.h: no kernel has this number"
		f.Location.Symbol = fmt.Sprintf("helper %d", use.ID)
		if use.Name != "" {
			f.Message = fmt.Sprintf("helper \"bpf_%s\" not found in %s", use.Name, analyzer.KernelPlaceholder)
			f.Hint = fmt.Sprintf("guard the call: bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_%s)", use.Name)
			f.Location.Symbol = "helper bpf_" + use.Name
		}
		reportReachedAs(p, f, &use.Reach, ifCalled)
	}
	return nil
}

var mapTypeUnsupported = &analyzer.Rule{
	Name:     "map-type-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"E06", "MAP-10"},
	Doc: analyzer.Doc{
		Title: "The kernel has no map of that type",
		Why: "`enum bpf_map_type` in the kernel's BTF lists the map types that it knows; it refuses to create any other. libbpf creates " +
			"all maps of the object before it loads a program, so that one such map takes all programs down, also those that " +
			"never touch it. cilium/ebpf creates the maps of a collection too; a program that is loaded alone needs only its own.",
		Fix: "Switch the map off where the type is missing (`bpf_map__set_autocreate(map, false)`, with the programs that use it), or keep " +
			"what needs it in an object of its own.",
		Wrong: "struct { __uint(type, BPF_MAP_TYPE_ARENA); /* since 6.9 */ ... } arena SEC(\".maps\");",
		Right: "/* in an object that is loaded only on kernels with arenas */",
		References: []string{
			"Linux, kernel/bpf/syscall.c, map_create",
			"libbpf 1.8, libbpf.c, bpf_object__create_maps",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Maps {
			mp := &p.Plan.Maps[i]
			for plans, inner := mp, ""; plans != nil; plans, inner = plans.Inner, "inner map of " {
				if !plans.Support.No() || plans.Malformed != "" {
					continue
				}
				p.Report(analyzer.Finding{
					Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateDefinition(p, mp.Map),
					Scope:   p.Plan.ScopeOfMap(mp.Map),
					Message: fmt.Sprintf("%smap %q: %s not found in %s", inner, mp.Map.Name, mapTypeName(plans), analyzer.KernelPlaceholder),
					Hint:    "switch it off there with its programs: " + words(p.Plan.Loader.Words.SwitchMapOff, mp.Map.Name),
				})
			}
		}
		return nil
	},
}

// mapTypeName spells a map type that may be unknown to btflint too.
func mapTypeName(mp *plan.MapPlan) string {
	if mp.TypeName != "" {
		return mp.TypeName
	}
	return fmt.Sprintf("map type %d", mp.Def.Type)
}

var progTypeUnsupported = &analyzer.Rule{
	Name:     "prog-type-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"E07", "SEC-07", "F2", "A25"},
	Doc: analyzer.Doc{
		Title: "The kernel has no programs of that type",
		Why: "`enum bpf_prog_type` in the kernel's BTF lists the program types that its sources know, and `struct bpf_ctx_convert` has two members " +
			"for each that was compiled in: `BPF_PROG_TYPE_LIRC_MODE2` is in the enum of every kernel since 4.18, and only kernels " +
			"with `CONFIG_BPF_LIRC_MODE2` load such programs. The others answer EINVAL without a word.",
		Fix: "Do not load the program there (`SEC(\"?...\")` or `bpf_program__set_autoload`), or build the kernel with what the type " +
			"needs.",
		Wrong: "SEC(\"syscall\") int prepare(void *ctx) /* since 5.14 */",
		Right: "SEC(\"?syscall\") int prepare(void *ctx) /* switched on at run time */",
		References: []string{
			"Linux, include/linux/bpf_types.h",
			"Linux, kernel/bpf/syscall.c, find_prog_type",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			message := ""
			switch pp.TypeSupport {
			case plan.Unsupported:
				message = fmt.Sprintf("%s of program %q not found in %s", pp.ProgType, pp.Program.Name, analyzer.KernelPlaceholder)
			case plan.NotCompiled:
				message = fmt.Sprintf("%s of program %q is not compiled into %s", pp.ProgType, pp.Program.Name, analyzer.KernelPlaceholder)
			default:
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: message, Hint: switchOff(p, pp.Program.Name),
			})
		}
		return nil
	},
}

var attachTypeUnsupported = &analyzer.Rule{
	Name:     "attach-type-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"A20", "A21", "A24"},
	Doc: analyzer.Doc{
		Title: "The kernel does not know the expected attach type",
		Why: "The section of a program stands for an attach type too (`cgroup/sendmsg_unix`, `fsession/...`, `kprobe.multi/...`), which " +
			"`enum bpf_attach_type` in the kernel's BTF has or lacks. For cgroup, tracing, LSM, netfilter and socket lookup programs the kernel compares " +
			"it when it loads the program and refuses what it does not know: an error. For the other types it ignores the number until " +
			"the program is attached, which then fails: a warning. `tcx/ingress` loads on 5.10, and can be attached there by " +
			"other means.",
		Fix: "Load another program on such kernels: `fentry` and `fexit` in place of `fsession`, `kprobe` in place of `kprobe.multi`, `tc` in " +
			"place of `tcx/ingress`.",
		Wrong: "SEC(\"fsession/do_unlinkat\") int BPF_PROG(session, int dfd) /* since 7.0 */",
		Right: "SEC(\"?fsession/do_unlinkat\") int BPF_PROG(session, int dfd)\nSEC(\"?fentry/do_unlinkat\") int BPF_PROG(entry, int dfd)",
		References: []string{
			"Linux, kernel/bpf/syscall.c, bpf_prog_load_check_attach",
			"Linux, kernel/bpf/verifier.c, bpf_check_attach_target",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Programs {
			pp := &p.Plan.Programs[i]
			if !pp.AttachSupport.No() || pp.TypeSupport.No() {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, pp.Program.Function), Scope: only(pp),
				Message: fmt.Sprintf("%s of program %q not found in %s", pp.AttachType, pp.Program.Name, analyzer.KernelPlaceholder),
				Hint:    switchOff(p, pp.Program.Name),
			}
			if !pp.AttachChecked {
				f.Severity, f.Stage = analyzer.Warning, plan.StageAttach
				f.Message += "; it loads, but does not attach"
				f.Hint = "attach another program there"
			}
			p.Report(f)
		}
		return nil
	},
}

var jumpTableUnsupported = &analyzer.Rule{
	Name:     "jump-table-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"BTF-10"},
	Doc: analyzer.Doc{
		Title: "The kernel has no jump tables",
		Why: "With `-mcpu=v4` and later clang may turn a switch into a jump table, which libbpf puts into a map of type " +
			"`BPF_MAP_TYPE_INSN_ARRAY`. Kernels without that map type (before 6.19) refuse the map, and the program with it.",
		Fix:   "Build with `-fno-jump-tables` for such kernels.",
		Wrong: "clang -target bpf -mcpu=v4 ...",
		Right: "clang -target bpf -mcpu=v4 -fno-jump-tables ...",
		References: []string{
			"libbpf 1.8, libbpf.c, create_jt_map",
			"Linux, tools/testing/selftests/bpf/progs/bpf_gotox.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Refusals {
			r := &p.Plan.Refusals[i]
			if r.Code != plan.RefuseJumpTable {
				continue
			}
			f := refusalFinding(p, r, analyzer.Error)
			f.Message += ", not found in " + analyzer.KernelPlaceholder
			p.Report(f)
		}
		return nil
	},
}
