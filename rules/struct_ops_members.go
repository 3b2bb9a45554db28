package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// eachMember calls f for every bound member of the struct_ops maps.
func eachMember(p *analyzer.Pass, f func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding)) {
	for i := range p.Plan.StructOps {
		b := &p.Plan.StructOps[i]
		for j := range b.Members {
			f(b, plan.StructOpsSlot{Map: i, Member: j}, &b.Members[j])
		}
	}
}

// memberFinding starts an error about a member, for the programs that it takes down.
func memberFinding(p *analyzer.Pass, s plan.StructOpsSlot, format string, args ...any) analyzer.Finding {
	return analyzer.Finding{
		Severity: analyzer.Error,
		Stage:    plan.StageLoad,
		Message:  fmt.Sprintf(format, args...),
		Location: locateMember(p, s),
		Scope:    p.Plan.ScopeOfMember(s),
	}
}

var structOpsMemberMissing = &analyzer.Rule{
	Name:     "struct-ops-member-missing",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-19", "SO-20", "SO-21", "H06"},
	Doc: analyzer.Doc{
		Title: "A member of a struct_ops variable is missing in the kernel's struct",
		Why: "Members are matched by name. A member that the kernel's struct lacks is skipped if it is zero, so that one " +
			"object can serve several kernels: the callback is simply never called. If it holds a program or other data, the " +
			"load fails.",
		Fix: "Set the member to NULL before the load where the kernel lacks it (`skel->struct_ops.ops->member = NULL`), or keep " +
			"two variables, one of a flavor without the member (`struct sched_ext_ops___old`), and create the one that fits. With cilium/ebpf " +
			"delete the member's program from `CollectionSpec.Programs` there: the member stays NULL.",
		Wrong: "SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .cgroup_set_idle = (void *)set_idle };",
		Right: "if (!kernel_has_member) /* user space, before the load */\n\tskel->struct_ops.ops->cgroup_set_idle = NULL;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_map__init_kern_struct_ops",
			"cilium/ebpf v0.22.0, collection.go, populateStructOps; prog.go, newProgramWithOptions",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_module.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			w, mapName, program := &p.Plan.Loader.Words, b.Map.Name, ""
			tail, clear := ", and it is not zero", w.ClearData
			switch m.Outcome {
			case plan.MemberMissingCallback:
				program, clear = m.Member.Program.Name, w.ClearMember
				tail = fmt.Sprintf(", and it is set to %q", program)
			case plan.MemberMissingNonZero:
				if !m.Member.NonZero {
					tail = ", zero or not"
				}
			default:
				return
			}
			f := memberFinding(p, s, "member %q of %q (struct %s) not found in %s",
				m.Member.Name, mapName, b.TypeName, analyzer.KernelPlaceholder)
			f.Hint = words(clear, mapName, m.Member.Name, program) + " before the load where the kernel lacks it"
			if p.Plan.Loader.StructOps.MissingRefused {
				f.Hint = fmt.Sprintf("declare struct %q without it, as the vmlinux.h of this kernel does; libbpf 1.4 and later skip it if it is zero", b.TypeName)
			}
			if len(f.Message)+len(tail) <= maxMessage {
				f.Message += tail
			}
			f.Hint = didYouMean(nearestMember(b, m.Member.Name), f.Hint)
			p.Report(f)
		})
		reportSkipped(p)
		return nil
	},
}

// reportSkipped notes, once per map, the members that the kernel lacks and that are zero.
func reportSkipped(p *analyzer.Pass) {
	for i := range p.Plan.StructOps {
		b := &p.Plan.StructOps[i]
		var names []string
		for j := range b.Members {
			if b.Members[j].Outcome == plan.MemberSkipped {
				names = append(names, b.Members[j].Member.Name)
			}
		}
		if len(names) == 0 {
			continue
		}
		f := analyzer.Finding{
			Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateMap(p, i),
			Message: fmt.Sprintf("member %q of struct %q not found in %s: skipped, being zero", names[0], b.TypeName, analyzer.KernelPlaceholder),
		}
		if len(names) > 1 {
			f.Message = fmt.Sprintf("%d members of struct %q not found in %s: skipped, being zero", len(names), b.TypeName, analyzer.KernelPlaceholder)
			f.Hint = "they are " + analyzer.Enumerate(names)
		}
		p.Report(f)
	}
}

var structOpsMemberMismatch = &analyzer.Rule{
	Name:     "struct-ops-member-mismatch",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-22", "SO-23", "SO-24", "SO-25", "SO-27", "H07", "H08", "H09"},
	Doc: analyzer.Doc{
		Title: "A member of a struct_ops variable differs from the kernel's member of that name",
		Why: "A member is copied into the kernel's struct byte by byte, so its kind (INT, ENUM, ARRAY, PTR, ...) and its size " +
			"must be those of the kernel, even if it is zero, and neither side may be a bitfield. A program fits only where " +
			"the kernel has a function pointer. The inside of nested structs and arrays is not compared: libbpf copies their " +
			"bytes as they are, cilium/ebpf refuses nested structs that are not zero.",
		Fix: "Declare the struct as the kernel does, best from `vmlinux.h`, or leave out the members that you do not set: those " +
			"that are not declared are zero.",
		Wrong: "struct tcp_congestion_ops { unsigned int (*ssthresh)(struct sock *sk); char name[32]; }; /* 16 in the kernel */",
		Right: "struct tcp_congestion_ops { unsigned int (*ssthresh)(struct sock *sk); char name[16]; };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_map__init_kern_struct_ops",
			"cilium/ebpf v0.22.0, struct_ops.go, structOpsValidateMemberPair and structOpsCopyMemberBytes",
			"Linux 7.2, kernel/bpf/verifier.c, check_struct_ops_btf_id",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			if what := mismatch(b, m); what != "" {
				f := memberFinding(p, s, "member %q of struct %q %s", m.Member.Name, b.TypeName, what)
				f.Hint = mismatchHint
				if m.Outcome == plan.MemberNested {
					f.Hint = "leave the nested struct zero"
				}
				p.Report(f)
				return
			}
			if m.Shifted {
				f := memberFinding(p, s, "member %q of struct %q is copied as it is, but laid out otherwise in %s",
					m.Member.Name, b.TypeName, analyzer.KernelPlaceholder)
				f.Severity, f.Scope, f.Hint = analyzer.Warning, plan.Scope{}, mismatchHint
				p.Report(f)
			}
		})
		return nil
	},
}

// mismatchHint is the way out for a member that differs from the kernel's.
const mismatchHint = "declare the struct as in the kernel's vmlinux.h, or leave the member out: what is not declared is zero"

// mismatch says what keeps a member from being copied, "" if nothing does.
func mismatch(b *plan.StructOpsBinding, m *plan.MemberBinding) string {
	switch m.Outcome {
	case plan.MemberNoSize:
		return "has a type without a size"
	case plan.MemberBitfield:
		kernel := b.Types.Member(b.KernelType, m.KernelMember)
		if kernel.BitfieldSize > 0 {
			return fmt.Sprintf("is a bitfield in %s, which is not copied by %s", analyzer.KernelPlaceholder, analyzer.LoaderPlaceholder)
		}
		return fmt.Sprintf("is a bitfield, which is not copied by %s", analyzer.LoaderPlaceholder)
	case plan.MemberKind:
		return fmt.Sprintf("is of kind %s, of kind %s in %s", m.Kind, m.KernelKind, analyzer.KernelPlaceholder)
	case plan.MemberSize:
		return fmt.Sprintf("has %d bytes, %d in %s", m.SizeBytes, m.KernelSizeBytes, analyzer.KernelPlaceholder)
	case plan.MemberNotFuncPtr:
		return fmt.Sprintf("is no function pointer in %s, and it is set to %q", analyzer.KernelPlaceholder, m.Member.Program.Name)
	case plan.MemberNested:
		return fmt.Sprintf("is a nested struct that is not zero, which is not copied by %s", analyzer.LoaderPlaceholder)
	}
	return ""
}

var structOpsPointerValue = &analyzer.Rule{
	Name:     "struct-ops-pointer-value",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-26", "H03"},
	Doc: analyzer.Doc{
		Title: "A pointer member of a struct_ops variable holds something else than a program",
		Why: "libbpf takes every pointer of a struct_ops variable for the place of a program: one that is not NULL and is no " +
			"program of the object fails the load. cilium/ebpf does not look at the value and leaves the kernel's pointer NULL.",
		Fix:   "Set pointers that are no callbacks to NULL; the kernel sets `owner` itself.",
		Wrong: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .owner = (void *)1 };",
		Right: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .owner = NULL };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_map__init_kern_struct_ops (is_valid_st_ops_program)",
			"cilium/ebpf v0.22.0, collection.go, populateStructOps",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			switch m.Outcome {
			case plan.MemberNotProgram:
				f := memberFinding(p, s, "pointer %q of struct %q is neither NULL nor a program", m.Member.Name, b.TypeName)
				f.Hint = "set it to NULL or to a program of SEC(\"struct_ops\")"
				p.Report(f)
			case plan.MemberPointerIgnored:
				f := memberFinding(p, s, "pointer %q of struct %q is not NULL, but left NULL in the kernel by %s",
					m.Member.Name, b.TypeName, analyzer.LoaderPlaceholder)
				f.Severity, f.Scope, f.Hint = analyzer.Warning, plan.Scope{}, "set it to NULL"
				p.Report(f)
			}
		})
		return nil
	},
}

var structOpsCallbackUnsupported = &analyzer.Rule{
	Name:     "struct-ops-callback-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-28", "SO-29"},
	Doc: analyzer.Doc{
		Title: "The kernel does not take a program, or no sleepable one, for this callback",
		Why: "Not every function pointer of a struct_ops type can be a BPF program: the kernel supports those for which it has a " +
			"stub, such as `enqueue`, `dequeue`, `init`, `reset` and `destroy` of `Qdisc_ops`. Members that run where sleeping " +
			"is forbidden refuse programs of `SEC(\"struct_ops.s\")`. The verifier says \"attach to unsupported member\". With CONFIG_EXT_SUB_SCHED programs for `dispatch` and `sub_caps_updated` of schedulers " +
			"get a stack of their own, which the JIT compilers of x86-64 and arm64 give: elsewhere \"Private stack not supported by jit\".",
		Fix: "Leave the member out, or move the program to `SEC(\"struct_ops\")`.",
		Wrong: "SEC(\"struct_ops.s\") int enqueue(void *ctx) { return 0; }\n" +
			"SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .enqueue = (void *)enqueue };",
		Right: "SEC(\"struct_ops\") int enqueue(void *ctx) { return 0; }\n" +
			"SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .enqueue = (void *)enqueue };",
		References: []string{
			"Linux 7.2, kernel/bpf/verifier.c, check_struct_ops_btf_id; kernel/bpf/bpf_struct_ops.c, bpf_struct_ops_supported",
			"Linux 7.2, net/ipv4/bpf_tcp_ca.c, net/sched/bpf_qdisc.c, kernel/sched/ext.c, drivers/hid/bpf/hid_bpf_struct_ops.c",
			"Linux 7.3, kernel/sched/ext/ext.c, bpf_scx_check_member; arch/x86/net/bpf_jit_comp.c, bpf_jit_supports_private_stack",
			"Linux, tools/testing/selftests/bpf/progs/dummy_st_ops_fail.c and tcp_ca_unsupp_cong_op.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			what, hint := "", ""
			switch m.Verdict {
			case plan.MemberNoStub:
				what, hint = "takes no program", "leave the member out"
			case plan.MemberNotSleepable, plan.MemberMayNotSleep:
				what, hint = "takes no sleepable program", `use SEC("struct_ops")`
			case plan.MemberPrivateStack:
				what, hint = "may take no program", "run it on x86-64 or arm64, or without CONFIG_EXT_SUB_SCHED"
			default:
				return
			}
			f := memberFinding(p, s, "member %q of struct %q %s in %s", m.Member.Name, b.TypeName, what, analyzer.KernelPlaceholder)
			f.Hint = hint
			if m.Verdict == plan.MemberPrivateStack {
				f.Severity, f.DependsOn = analyzer.Warning, "version"
				f.Message += ": its private stack is not known of " + p.Plan.Kernel.Arch
			}
			if m.Verdict == plan.MemberMayNotSleep {
				f.Severity, f.DependsOn = analyzer.Warning, "version"
				f.Message = fmt.Sprintf("member %q of struct %q may take no sleepable program in %s", m.Member.Name, b.TypeName, analyzer.KernelPlaceholder)
			}
			p.Report(f)
		})
		return nil
	},
}

var structOpsValueRefused = &analyzer.Rule{
	Name:     "struct-ops-value-refused",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-30"},
	Doc: analyzer.Doc{
		Title: "The subsystem wants a member of a struct_ops variable to be zero",
		Why: "When a struct_ops map gets its value, the subsystem takes the data members that it knows, such as `name` and " +
			"`flags` of `tcp_congestion_ops`. All others have to be zero, or the update fails with EINVAL. With libbpf this " +
			"happens when the map is attached, with cilium/ebpf when the collection is loaded.",
		Fix:   "Leave the member zero; the subsystem sets it.",
		Wrong: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .key = 1, .name = \"mine\" };",
		Right: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .name = \"mine\" };",
		References: []string{
			"Linux 7.2, kernel/bpf/bpf_struct_ops.c, bpf_struct_ops_map_update_elem",
			"Linux 7.2, net/ipv4/bpf_tcp_ca.c, bpf_tcp_ca_init_member; net/sched/bpf_qdisc.c, bpf_qdisc_init_member",
			"cilium/ebpf v0.22.0, collection.go, populateDeferredMaps",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			if m.Verdict != plan.MemberValueRefused && m.Verdict != plan.MemberValueDoubtful {
				return
			}
			f := memberFinding(p, s, "member %q of struct %q must be zero", m.Member.Name, b.TypeName)
			f.Hint = "leave it zero: the subsystem sets it"
			if m.Verdict == plan.MemberValueDoubtful {
				f.Severity, f.DependsOn = analyzer.Warning, "version"
				f.Message = fmt.Sprintf("member %q of struct %q may have to be zero", m.Member.Name, b.TypeName)
				f.Hint = "leave it zero unless the subsystem is known to take it"
			}
			if !p.Plan.Loader.StructOps.UpdateAtLoad {
				f.Stage, f.Scope = plan.StageAttach, plan.Scope{}
			}
			p.Report(f)
		})
		return nil
	},
}
