package plan

import (
	"slices"

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
	// MemberValueRefused: the subsystem wants this member to be zero
	// (bpf_struct_ops.c, bpf_struct_ops_map_update_elem).
	MemberValueRefused
)

// opsFacts is what the source of the kernel tells about a struct_ops type and
// its BTF does not.
type opsFacts struct {
	name string
	// unsupported are callbacks that no kernel supports.
	unsupported []string
	// stub is a callback that every kernel supports if the kernel names its
	// stubs TYPE__MEMBER: callbacks without such a FUNC are not supported then.
	stub string
	// sleepable are the members that take sleepable programs, if the type
	// restricts them; atomic those that do not.
	sleepable, atomic []string
	// zero are data members that the subsystem sets itself.
	zero []string
}

// opsTable holds the struct_ops types of Linux 7.2 in ascending order of names.
var opsTable = []opsFacts{
	// net/sched/bpf_qdisc.c: __bpf_ops_qdisc_ops, bpf_qdisc_init_member.
	{name: "Qdisc_ops", stub: "enqueue", zero: []string{"priv_size", "static_flags"}},
	// net/bpf/bpf_dummy_struct_ops.c: bpf_dummy_ops_check_member.
	{name: "bpf_dummy_ops", sleepable: []string{"test_sleepable"}},
	// drivers/hid/bpf/hid_bpf_struct_ops.c: hid_bpf_ops_check_member.
	{name: "hid_bpf_ops", sleepable: []string{"hid_rdesc_fixup", "hid_hw_request", "hid_hw_output_report"}},
	// kernel/sched/ext.c: bpf_scx_check_member, __bpf_ops_sched_ext_ops. The
	// members named run with a runqueue locked.
	{name: "sched_ext_ops", stub: "enqueue", atomic: []string{
		"select_cpu", "enqueue", "dequeue", "dispatch", "tick", "runnable", "running", "stopping", "quiescent",
		"yield", "core_sched_before", "set_weight", "set_cpumask", "update_idle", "cpu_acquire", "cpu_release",
		"exit_task", "enable", "disable",
	}},
	// net/ipv4/bpf_tcp_ca.c: __bpf_ops_tcp_congestion_ops, before 6.9
	// unsupported_ops; bpf_tcp_ca_init_member.
	{name: "tcp_congestion_ops", unsupported: []string{"get_info"}, zero: []string{"key", "list"}},
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
			case slices.Contains(facts.unsupported, name), stubs && !hasStub(b, name):
				mb.Verdict = MemberNoStub
			case facts.atomicMember(name) && p.sleepable(mb):
				mb.Verdict = MemberNotSleepable
			}
		case MemberCopied:
			if mb.Member.NonZero && slices.Contains(facts.zero, name) {
				mb.Verdict = MemberValueRefused
			}
		}
	}
}

// hasStub reports whether the kernel has a stub of the usual name.
func hasStub(b *StructOpsBinding, member string) bool {
	return btfgraph.First(b.Types, btfgraph.KindFunc, b.TypeName+"__"+member) != btfgraph.Void
}

// structOpsNames adds the names that the binding of a struct_ops map looks up.
func structOpsNames(names []string, m *bpfobj.StructOpsMap) []string {
	n := len(names)
	names = appendStem(names, m.TypeName)
	for _, name := range names[n:] {
		names = append(names, ValuePrefix+name)
	}
	names = append(names, ValuePrefix+"common_value", "bpf_struct_ops")
	facts := factsOf(m.TypeName)
	if facts.stub == "" {
		return names
	}
	names = append(names, m.TypeName+"__"+facts.stub)
	for i := range m.Members {
		if m.Members[i].Program != nil {
			names = append(names, m.TypeName+"__"+m.Members[i].Name)
		}
	}
	return names
}

// atomicMember reports whether the type refuses sleepable programs for a member.
func (f *opsFacts) atomicMember(name string) bool {
	return f.sleepable != nil && !slices.Contains(f.sleepable, name) || slices.Contains(f.atomic, name)
}

// sleepable reports whether the program of a member is loaded as sleepable, on
// a kernel that takes sleepable struct_ops programs at all: 6.3 passes the
// program to check_member since (commits 51a52a29ebf5 and 1e12d3ef47d2); see
// checkFlags for kernels that do not.
func (p *Plan) sleepable(mb *MemberBinding) bool {
	pp := p.planOf(mb.Member.Program)
	return pp != nil && pp.Sleepable && p.checkMemberParams() != 2
}
