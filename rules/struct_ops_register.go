package rules

import (
	"fmt"
	"slices"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var structOpsRegisterRules = []*analyzer.Rule{structOpsRequiredMember, structOpsName, structOpsValueRange, structOpsUnregistrable, structOpsRefTailCall}

// reportRegistration reports what subsystems refuse of struct_ops maps for one
// of the faults. A map that gets its value at load takes down the object, not a
// program: loaded alone, no program of the others is there to fill the map.
func reportRegistration(p *analyzer.Pass, message func(b *plan.StructOpsBinding, r *plan.RegistrationProblem) (text, hint string), faults ...plan.RegistrationFault) error {
	for _, r := range p.Plan.RegistrationProblems() {
		if !slices.Contains(faults, r.Fault) {
			continue
		}
		b := &p.Plan.StructOps[r.Map]
		f := analyzer.Finding{Severity: analyzer.Error, Stage: plan.StageAttach, Location: locateMap(p, r.Map), DependsOn: r.Depends}
		f.Message, f.Hint = message(b, &r)
		if p.Plan.Loader.StructOps.UpdateAtLoad && !r.Late {
			f.Stage, f.Scope = plan.StageLoad, plan.Scope{Whole: b.Autocreate}
		}
		if !b.Autocreate && f.DependsOn == "" {
			f.DependsOn = "application" // which has to ask for the map
		}
		if f.DependsOn != "" {
			f.Severity = analyzer.Warning
		}
		p.Report(f)
	}
	return nil
}

var structOpsRequiredMember = &analyzer.Rule{
	Name: "struct-ops-required-member", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-44"},
	Doc: analyzer.Doc{
		Title: "A callback that the subsystem needs is not set",
		Why: "Some subsystems register a struct only if certain callbacks are there: `ssthresh`, `undo_cwnd` and one of `cong_avoid` and `cong_control` of " +
			"`tcp_congestion_ops`; `enqueue`, `dequeue`, `init`, `reset` and `destroy` of `Qdisc_ops`; `loop_step` of `io_uring_bpf_ops`. The programs load, and " +
			"attaching the map fails with EINVAL. cilium/ebpf updates the map while it loads the collection, so that the load fails where the kernel looks at the " +
			"callbacks in the update.\n\n" +
			"It is a warning if the object has a program that the application may place in the member.",
		Fix:   "Set the member to a program. The kernel's own function can be called from it if it is a kfunc (`tcp_reno_undo_cwnd`).",
		Wrong: "SEC(\".struct_ops.link\") struct tcp_congestion_ops mine = { .ssthresh = (void *)ssthresh, .cong_avoid = (void *)avoid, .name = \"mine\" };",
		Right: "SEC(\".struct_ops.link\") struct tcp_congestion_ops mine = {\n\t.ssthresh = (void *)ssthresh, .undo_cwnd = (void *)undo, .cong_avoid = (void *)avoid, .name = \"mine\" };",
		References: []string{
			"Linux 7.3, net/ipv4/tcp_cong.c, tcp_validate_congestion_control; before 6.4 tcp_register_congestion_control",
			"Linux 7.3, net/sched/bpf_qdisc.c, bpf_qdisc_validate; io_uring/bpf-ops.c, io_install_bpf",
			"Linux, tools/testing/selftests/bpf/progs/tcp_ca_incompl_cong_ops.c and bpf_qdisc_fail__incompl_ops.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRegistration(p, func(b *plan.StructOpsBinding, r *plan.RegistrationProblem) (text, hint string) {
			member := quoted(r.Member)
			for _, other := range r.Others {
				member += " or " + quoted(other)
			}
			return fmt.Sprintf("struct_ops map %q has no callback %s, which struct %q needs", b.Map.Name, member, b.TypeName),
				"set the member to a program of SEC(\"struct_ops\")"
		}, plan.RegisterRequired)
	},
}

var structOpsName = &analyzer.Rule{
	Name: "struct-ops-name", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-45"},
	Doc: analyzer.Doc{
		Title: "The name in a struct_ops variable is none",
		Why: "`name` of `tcp_congestion_ops`, `sched_ext_ops` and `smc_hs_ctrl` and `id` of `Qdisc_ops` must hold at least one character, only letters, digits, `_` and `.`, and end " +
			"with a NUL within the array. Everything else, a `-` for example, fails with EINVAL when the map is attached, with cilium/ebpf when the collection is loaded. " +
			"An empty name is a warning: applications may set it.",
		Fix:   "Name it with letters, digits, `_` and `.`, shorter than the array.",
		Wrong: "SEC(\".struct_ops.link\") struct tcp_congestion_ops mine = { .name = \"bpf-mine\" };",
		Right: "SEC(\".struct_ops.link\") struct tcp_congestion_ops mine = { .name = \"bpf_mine\" };",
		References: []string{
			"Linux, kernel/bpf/syscall.c, bpf_obj_name_cpy",
			"Linux 7.3, net/ipv4/bpf_tcp_ca.c, bpf_tcp_ca_init_member; kernel/sched/ext/ext.c, bpf_scx_init_member; net/sched/bpf_qdisc.c, bpf_qdisc_init_member",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRegistration(p, func(b *plan.StructOpsBinding, r *plan.RegistrationProblem) (text, hint string) {
			hint = "use letters, digits, _ and . only, and leave room for the NUL"
			if r.Fault == plan.RegisterNoName {
				return fmt.Sprintf("struct_ops map %q has no name: member %q of struct %q is empty", b.Map.Name, r.Member, b.TypeName),
					"set it in the object, or before the load"
			}
			return fmt.Sprintf("member %q of struct_ops map %q is no name: %s", r.Member, b.Map.Name, r.Detail), hint
		}, plan.RegisterNoName, plan.RegisterBadName)
	},
}

var structOpsValueRange = &analyzer.Rule{
	Name: "struct-ops-value-range", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-46"},
	Doc: analyzer.Doc{
		Title: "A value in a struct_ops variable is out of range, or does not go with another",
		Why: "Subsystems check the data members that they take: flags must be known to the kernel (`SCX_OPS_ALL_FLAGS` is in its BTF; TCP has 0x3 up to 6.12 and 0x1f in 6.18; HID only " +
			"`BPF_F_BEFORE`; SMC 0x1), `dispatch_max_batch` at most INT_MAX, `timeout_ms` at most 30 seconds. sched_ext wants `enqueue` with `SCX_OPS_ENQ_LAST`, `SCX_OPS_KEEP_BUILTIN_IDLE` " +
			"with `SCX_OPS_BUILTIN_IDLE_PER_NODE` and `update_idle`, an arena in schedulers of `sched_ext_ops_cid`, and `sub_attach` and `sub_detach` nowhere else. The programs load; attaching " +
			"the map fails with EINVAL or E2BIG. cilium/ebpf updates the map while it loads the collection.",
		Fix:   "Set what the kernel takes. Where kernels differ take the value from its BTF: `bpf_core_enum_value`, or `__COMPAT_ENUM_OR_ZERO` of the scx headers before the load.",
		Wrong: "SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .name = \"mine\", .timeout_ms = 60000 };",
		Right: "SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .name = \"mine\", .timeout_ms = 30000 };",
		References: []string{
			"Linux 7.3, kernel/sched/ext/ext.c, bpf_scx_init_member, scx_validate_ops and bpf_scx_reg_cid",
			"Linux 7.3, net/ipv4/bpf_tcp_ca.c, bpf_tcp_ca_init_member; drivers/hid/bpf/hid_bpf_struct_ops.c, hid_bpf_ops_init_member; net/smc/smc_hs_bpf.c, smc_bpf_hs_ctrl_init_member",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRegistration(p, func(b *plan.StructOpsBinding, r *plan.RegistrationProblem) (text, hint string) {
			subject := fmt.Sprintf("struct_ops map %q", b.Map.Name)
			if r.Member != "" {
				subject = fmt.Sprintf("member %q of %s", r.Member, subject)
			}
			text = subject + " " + r.Detail
			switch {
			case r.Fault == plan.RegisterCombination:
				return text, "change one of the two"
			case r.Unknown && r.Depends != "":
				return text + " may be unknown to {kernel}, by its version", "leave the newer flags to kernels that have them"
			case r.Unknown:
				return text + " is unknown to {kernel}", "set flags only that the kernel has"
			}
			return text, "set a smaller value"
		}, plan.RegisterRange, plan.RegisterCombination)
	},
}

var structOpsUnregistrable = &analyzer.Rule{
	Name: "struct-ops-unregistrable", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-43", "SO-44"},
	Doc: analyzer.Doc{
		Title: "The subsystem registers no struct_ops map of this sort",
		Why: "`smc_hs_ctrl` takes no links: a map of `.struct_ops.link` loads, and to attach it fails with EOPNOTSUPP. `bpf_dummy_ops` registers nothing at all: it is there to " +
			"run programs by `BPF_PROG_TEST_RUN`. With libbpf such an object loads, a note; cilium/ebpf updates the map while it loads the collection, which fails.",
		Fix:   "Use `SEC(\".struct_ops\")` for `smc_hs_ctrl`, with libbpf. Do not attach maps of `bpf_dummy_ops`.",
		Wrong: "SEC(\".struct_ops.link\") struct smc_hs_ctrl hs = { .name = \"hs\" };",
		Right: "SEC(\".struct_ops\") struct smc_hs_ctrl hs = { .name = \"hs\" };",
		References: []string{
			"Linux 7.3, net/smc/smc_hs_bpf.c, smc_bpf_hs_ctrl_reg; net/bpf/bpf_dummy_struct_ops.c, bpf_dummy_init_member",
		},
	},
	Run: func(p *analyzer.Pass) error {
		atLoad := p.Plan.Loader.StructOps.UpdateAtLoad
		for _, r := range p.Plan.RegistrationProblems() {
			b := &p.Plan.StructOps[r.Map]
			f := analyzer.Finding{Severity: analyzer.Error, Stage: plan.StageAttach, Location: locateMap(p, r.Map)}
			switch {
			case r.Fault == plan.RegisterLink:
				f.Message = fmt.Sprintf("struct_ops map %q has a link, and struct %q is registered without only", b.Map.Name, b.TypeName)
				f.Hint = "use SEC(\".struct_ops\")"
			case r.Fault == plan.RegisterNever && atLoad:
				f.Stage, f.Scope = plan.StageLoad, plan.Scope{Whole: b.Autocreate}
				f.Message = fmt.Sprintf("struct_ops map %q gets its value at load, which struct %q refuses: it is for test runs", b.Map.Name, b.TypeName)
				f.Hint = "delete the map from the CollectionSpec, or load with libbpf"
			case r.Fault == plan.RegisterNever:
				f.Severity = analyzer.Note
				f.Message = fmt.Sprintf("struct_ops map %q cannot be attached: struct %q is for test runs", b.Map.Name, b.TypeName)
				f.Hint = "run its programs with BPF_PROG_TEST_RUN"
			default:
				continue
			}
			p.Report(f)
		}
		return nil
	},
}
