package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// MemberVerdict is what the kernel says to the content of a member that the
// loader has bound.
type MemberVerdict uint8

// Verdicts of the kernel about a member.
const (
	MemberAccepted MemberVerdict = iota
	// MemberNoStub: the kernel calls no program for this member
	// (bpf_struct_ops.c, bpf_struct_ops_supported).
	MemberNoStub
	// MemberNotSleepable: the program is sleepable and this member must not
	// sleep (the type's check_member).
	MemberNotSleepable
	// MemberMayNotSleep: the program is sleepable, the type restricts which may
	// be, and nobody knows what it says of this member, which is newer.
	MemberMayNotSleep
	// MemberPrivateStack: the program gets a stack of its own, which is not known
	// of the JIT compiler of this architecture (verifier.c,
	// check_struct_ops_btf_id, "Private stack not supported by jit").
	MemberPrivateStack
	// MemberValueRefused: the subsystem wants this member to be zero
	// (bpf_struct_ops.c, bpf_struct_ops_map_update_elem).
	MemberValueRefused
	// MemberValueDoubtful: the subsystem takes some data members and wants the
	// others to be zero, and this one is newer than what is known of it.
	MemberValueDoubtful
)

// opsFacts is what the source of the kernel tells about a struct_ops type and
// its BTF does not.
type opsFacts struct {
	name string
	// unsupported is a callback that the kernel supports only if it has a FUNC
	// of the name unsupportedStub. No kernel is known to have it.
	unsupported, unsupportedStub string
	// stub is a callback that every kernel supports if the kernel names its
	// stubs TYPE__MEMBER, see stubNames: callbacks without such a FUNC are not supported then.
	stub string
	// sleepable are the members that take sleepable programs, if the type lists
	// them; atomic those that do not. What a list says of newer members is not
	// known.
	sleepable, atomic []string
	// stacks names, by callback, a FUNC of kernels that give programs for it a
	// stack of their own.
	stacks map[string]string
	// zero are data members that the subsystem sets itself, taken those that it
	// takes from the program, if it lists them.
	zero, taken []string
}

// What is known of the members of schedulers, of 6.12 to 7.3 in both shapes.
var (
	scxSleepable = []string{
		"init_task", "cgroup_init", "cgroup_exit", "cgroup_prep_move", "cpuctl_init", "cpuctl_exit", "cpuctl_prep_move",
		"cpu_online", "cpu_offline", "cid_online", "cid_offline", "init_cids", "init", "exit", "sub_attach", "sub_detach",
	}
	scxAtomic = []string{
		"select_cpu", "select_cid", "enqueue", "dequeue", "dispatch", "tick", "runnable", "running", "stopping", "quiescent",
		"yield", "core_sched_before", "set_weight", "set_cpumask", "set_cmask", "update_idle", "cpu_acquire", "cpu_release",
		"exit_task", "enable", "disable", "dump", "dump_cpu", "dump_cid", "dump_task", "cgroup_move", "cgroup_cancel_move",
		"cgroup_set_weight", "cgroup_set_idle", "cpuctl_move", "cpuctl_cancel_move", "cpuctl_set_weight", "cpuctl_set_idle",
		"sub_caps_updated", "sub_ecaps_updated",
	}
	scxStacks = map[string]string{
		"dispatch": "scx_pstack_recursion_on_dispatch", "sub_caps_updated": "scx_pstack_recursion_on_caps_updated",
	}
	scxTaken = []string{
		"name", "flags", "timeout_ms", "dispatch_max_batch", "exit_dump_len", "hotplug_seq", "sub_cgroup_id", "cid_shard_size",
		"rescue_bandwidth_ppt", "rescue_quantum_us",
	}
)

// opsTable holds the struct_ops types of Linux 7.3 in ascending order of names.
var opsTable = []opsFacts{
	// net/sched/bpf_qdisc.c: __bpf_ops_qdisc_ops, bpf_qdisc_init_member.
	{name: "Qdisc_ops", stub: "enqueue", zero: []string{"priv_size", "static_flags"}, taken: []string{"id"}},
	// net/bpf/bpf_dummy_struct_ops.c: bpf_dummy_ops_check_member.
	{name: "bpf_dummy_ops", sleepable: []string{"test_sleepable"}, atomic: []string{"test_1", "test_2", "test_unsupported", "test_refcounted"}},
	// drivers/hid/bpf/hid_bpf_struct_ops.c: hid_bpf_ops_check_member.
	{
		name: "hid_bpf_ops", sleepable: []string{"hid_rdesc_fixup", "hid_hw_request", "hid_hw_output_report"}, atomic: []string{"hid_device_event"},
		taken: []string{"hid_id", "flags"},
	},
	// io_uring/bpf-ops.c: bpf_io_init_member.
	{name: "io_uring_bpf_ops", taken: []string{"ring_fd"}},
	// kernel/sched/ext.c, since 7.2 ext/ext.c: bpf_scx_check_member,
	// bpf_scx_init_member, __bpf_ops_sched_ext_ops and, for the shape with ids
	// of its own, __bpf_ops_sched_ext_ops_cid. cgroup_set_bandwidth may sleep
	// since 7.3; sub_cgroup_id is taken with CONFIG_EXT_SUB_SCHED.
	{name: "sched_ext_ops", stub: "enqueue", sleepable: scxSleepable, atomic: scxAtomic, stacks: scxStacks, taken: scxTaken},
	{name: scxCIDOps, stub: "enqueue", sleepable: scxSleepable, atomic: scxAtomic, stacks: scxStacks, taken: scxTaken},
	// net/smc/smc_hs_bpf.c: smc_bpf_hs_ctrl_init_member.
	{name: "smc_hs_ctrl", taken: []string{"name", "flags"}},
	// net/ipv4/bpf_tcp_ca.c: __bpf_ops_tcp_congestion_ops, before 6.9
	// unsupported_ops; bpf_tcp_ca_init_member.
	{
		name: "tcp_congestion_ops", unsupported: "get_info", unsupportedStub: "bpf_tcp_ca_get_info",
		zero: []string{"key", "list"}, taken: []string{"name", "flags"},
	},
}

// factsOf are the table's facts about a type, the zero value if it has none.
func factsOf(name string) opsFacts {
	for _, f := range opsTable {
		if f.name == name {
			return f
		}
	}
	return opsFacts{}
}

// checkMapFlags finds flags of the map that the kernel does not know. The flags
// themselves are enumerators of an anonymous enum; the evidence came with them:
// BPF_STRUCT_OPS as an attach type with BPF_F_LINK (6.4, commit 68b04864ca42),
// struct bpf_struct_ops_common_value with BPF_F_VTYPE_BTF_OBJ_FD (6.9, commit
// fcc2c1fb0651).
func (p *Plan) checkMapFlags(b *StructOpsBinding) {
	if p.Kernel == nil || p.Kernel.Types == nil {
		return
	}
	if b.Map.Link {
		_, known, found := p.Kernel.Enumerator("bpf_attach_type", "BPF_STRUCT_OPS")
		b.LinkUnknown = found && !known
	}
	if b.Module != "" {
		b.ModuleUnknown = btfgraph.First(p.Kernel.Types, btfgraph.KindStruct, ValuePrefix+"common_value") == btfgraph.Void
	}
}

// checkCallbacks notes what the kernel says to the members that were bound.
func (p *Plan) checkCallbacks(b *StructOpsBinding) {
	facts := factsOf(b.TypeName)
	stubs := facts.stub != "" && hasStub(b, facts.stub)
	for i := range b.Members {
		mb := &b.Members[i]
		name := mb.Member.Name
		switch mb.Outcome {
		case MemberCallback:
			mb.Drifts = p.drifts(b, mb)
			switch {
			case name == facts.unsupported && !p.has(btfgraph.KindFunc, facts.unsupportedStub), stubs && !hasStub(b, name):
				mb.Verdict = MemberNoStub
			case p.sleepable(mb):
				mb.Verdict = facts.sleeps(name)
			}
			if mb.Verdict == MemberAccepted && !p.givesPrivateStack() && p.has(btfgraph.KindFunc, facts.stacks[name]) {
				mb.Verdict = MemberPrivateStack
			}
		case MemberCopied:
			if mb.Member.NonZero {
				mb.Verdict = facts.holds(name)
			}
		}
	}
}

// givesPrivateStack reports whether the JIT compiler can give a program a stack
// of its own, or the architecture is unknown: those of x86 since 6.13 and of
// arm64 since 6.17 can (arch/x86/net/bpf_jit_comp.c and
// arch/arm64/net/bpf_jit_comp.c, bpf_jit_supports_private_stack).
func (p *Plan) givesPrivateStack() bool {
	return slices.Contains([]string{"", "amd64", "arm64"}, p.Kernel.Arch)
}

// hasStub reports whether the kernel has a stub of the usual name.
func hasStub(b *StructOpsBinding, member string) bool {
	return slices.ContainsFunc(stubNames(b.TypeName, member), func(name string) bool {
		return btfgraph.First(b.Types, btfgraph.KindFunc, name) != btfgraph.Void
	})
}

// stubNames are the names that the stub of a callback may have: TYPE__MEMBER,
// and that of the corresponding callback of the older shape of schedulers.
func stubNames(typeName, member string) []string {
	names := []string{typeName + "__" + member}
	if typeName == scxCIDOps {
		const older = "sched_ext_ops__"
		names = append(names, older+member, older+strings.NewReplacer("cpuctl_", "cgroup_", "cid", "cpu").Replace(member))
	}
	return names
}

// structOpsNames adds the names that the binding of a struct_ops map looks up.
func structOpsNames(names []string, m *bpfobj.StructOpsMap) []string {
	n := len(names)
	names = appendStem(names, m.TypeName)
	for _, name := range names[n:] {
		names = append(names, ValuePrefix+name)
	}
	names = append(names, ValuePrefix+"common_value", "bpf_struct_ops")
	names = registrationNames(names, m.TypeName)
	facts := factsOf(m.TypeName)
	if facts.unsupportedStub != "" {
		names = append(names, facts.unsupportedStub)
	}
	for i := range m.Members {
		if fn := facts.stacks[m.Members[i].Name]; fn != "" && m.Members[i].Program != nil {
			names = append(names, fn)
		}
	}
	if facts.stub == "" {
		return names
	}
	names = append(names, stubNames(m.TypeName, facts.stub)...)
	for i := range m.Members {
		if m.Members[i].Program != nil {
			names = append(names, stubNames(m.TypeName, m.Members[i].Name)...)
		}
	}
	return names
}

// sleeps is what the type says to a sleepable program for a member.
func (f *opsFacts) sleeps(name string) MemberVerdict {
	switch {
	case slices.Contains(f.atomic, name):
		return MemberNotSleepable
	case f.sleepable != nil && !slices.Contains(f.sleepable, name):
		return MemberMayNotSleep
	}
	return MemberAccepted
}

// holds is what the type says to a data member that is not zero.
func (f *opsFacts) holds(name string) MemberVerdict {
	switch {
	case slices.Contains(f.zero, name):
		return MemberValueRefused
	case f.taken != nil && !slices.Contains(f.taken, name):
		return MemberValueDoubtful
	}
	return MemberAccepted
}

// sleepable reports whether the program of a member is loaded as sleepable, on
// a kernel that takes sleepable struct_ops programs at all: 6.3 passes the
// program to check_member since (commits 51a52a29ebf5 and 1e12d3ef47d2); see
// checkFlags for kernels that do not.
func (p *Plan) sleepable(mb *MemberBinding) bool {
	pp := p.planOf(mb.Member.Program)
	return pp != nil && pp.Sleepable && p.checkMemberParams() != 2
}

// maxNesting bounds the comparison of nested types.
const maxNesting = 32

// layoutDiffers reports whether two structs, unions or arrays of equal size
// have their members in other places, or of other names or sizes: bytes copied
// from one to the other mean something else then. Loaders do not compare this.
func layoutDiffers(local btfgraph.Graph, lid btfgraph.ID, kernel btfgraph.Graph, kid btfgraph.ID) bool {
	for range maxNesting {
		lid, kid = btfgraph.SkipModsAndTypedefs(local, lid), btfgraph.SkipModsAndTypedefs(kernel, kid)
		kind := local.Kind(lid)
		if kind != kernel.Kind(kid) {
			return true
		}
		if kind == btfgraph.KindArray {
			if local.Array(lid).Nelems != kernel.Array(kid).Nelems {
				return true
			}
			lid, kid = local.Array(lid).Elem, kernel.Array(kid).Elem
			continue
		}
		if kind != btfgraph.KindStruct && kind != btfgraph.KindUnion {
			return false
		}
		return membersDiffer(local, lid, kernel, kid)
	}
	return false
}

// membersDiffer compares the members of two structs or unions one by one,
// without looking into those that are structs themselves.
func membersDiffer(local btfgraph.Graph, lid btfgraph.ID, kernel btfgraph.Graph, kid btfgraph.ID) bool {
	if local.Vlen(lid) != kernel.Vlen(kid) {
		return true
	}
	for i := range local.Vlen(lid) {
		a, b := local.Member(lid, i), kernel.Member(kid, i)
		size, _ := btfgraph.SizeOf(local, a.Type)
		kernelSize, _ := btfgraph.SizeOf(kernel, b.Type)
		if a.Name != b.Name || a.BitOffset != b.BitOffset || a.BitfieldSize != b.BitfieldSize || size != kernelSize {
			return true
		}
	}
	return false
}
