package plan

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// filteredSet is a set of kfuncs that a filter of the kernel looks at.
type filteredSet struct {
	filter, set string
	kfuncs      []string
}

// kfuncPlace says where the kfuncs of a set may be called.
type kfuncPlace struct {
	set string
	// ops are the struct_ops types, members their members; nil members: all.
	ops, members []string
	// attach are the attach types, for sets that are limited to some.
	attach []string
}

// The struct_ops types of sched_ext: by CPU and by its own ids.
var scxOps = []string{"sched_ext_ops", "sched_ext_ops_cid"}

// kfuncPlaces are the places that filters allow. A kfunc of several sets may be
// called in all of their places.
//
// Linux 7.2 and 7.3: kernel/sched/ext/ext.c, scx_kf_allow_flags and
// scx_kfunc_context_filter; net/sched/bpf_qdisc.c, bpf_qdisc_kfunc_filter;
// fs/binfmt_misc_bpf.c, bm_bpf_kfunc_filter; kernel/trace/bpf_trace.c,
// bpf_session_filter, in 6.12 bpf_kprobe_multi_filter; net/core/filter.c,
// tracing_iter_filter.
var kfuncPlaces = [...]kfuncPlace{
	{set: "scx_kfunc_ids_any", ops: scxOps},
	{set: "scx_kfunc_ids_idle", ops: scxOps},
	{set: "scx_kfunc_ids_cid", ops: scxOps},
	{set: "scx_kfunc_ids_unlocked", ops: scxOps, members: []string{
		"init_task", "dump", "cgroup_init", "cgroup_exit", "cgroup_prep_move", "cgroup_cancel_move", "cgroup_set_weight",
		"cgroup_set_bandwidth", "cgroup_set_idle", "cpuctl_init", "cpuctl_exit", "cpuctl_prep_move", "cpuctl_cancel_move",
		"cpuctl_set_weight", "cpuctl_set_bandwidth", "cpuctl_set_idle", "sub_attach", "sub_detach", "cpu_online", "cpu_offline",
		"cid_online", "cid_offline", "init", "init_cids", "exit",
	}},
	{set: "scx_kfunc_ids_init", ops: scxOps, members: []string{"init", "init_cids"}},
	{set: "scx_kfunc_ids_init_cids", ops: scxOps, members: []string{"init", "init_cids"}},
	{set: "scx_kfunc_ids_cpu_release", ops: scxOps, members: []string{"cpu_release"}},
	{set: "scx_kfunc_ids_dispatch", ops: scxOps, members: []string{"dispatch", "sub_ecaps_updated"}},
	{set: "scx_kfunc_ids_enqueue_dispatch", ops: scxOps, members: []string{"select_cpu", "select_cid", "enqueue", "dispatch", "sub_ecaps_updated"}},
	{set: "scx_kfunc_ids_select_cpu", ops: scxOps, members: []string{"select_cpu", "select_cid", "enqueue"}},
	{set: "qdisc_common_kfunc_set", ops: []string{"Qdisc_ops"}},
	{set: "qdisc_enqueue_kfunc_set", ops: []string{"Qdisc_ops"}, members: []string{"enqueue"}},
	{set: "qdisc_dequeue_kfunc_set", ops: []string{"Qdisc_ops"}, members: []string{"dequeue"}},
	{set: "bm_bpf_kfunc_ids", ops: []string{"binfmt_misc_ops"}, members: []string{"load"}},
	{set: "session_kfunc_set_ids", attach: []string{
		"BPF_TRACE_FSESSION", "BPF_TRACE_FSESSION_MULTI", "BPF_TRACE_KPROBE_SESSION", "BPF_TRACE_UPROBE_SESSION",
	}},
	{set: "kprobe_multi_kfunc_set_ids", attach: []string{"BPF_TRACE_KPROBE_SESSION"}},
	{set: "bpf_sk_iter_kfunc_ids", attach: []string{"BPF_TRACE_ITER"}},
}

// bareScxMembers are the members of scxOps that no set of kfuncs is limited to.
// With those in kfuncPlaces they are all members that 7.3 has: of newer ones
// nothing is known.
var bareScxMembers = []string{
	"dequeue", "tick", "runnable", "running", "stopping", "quiescent", "yield", "core_sched_before", "set_weight",
	"set_cpumask", "set_cmask", "update_idle", "cpu_acquire", "exit_task", "enable", "disable", "dump_cpu", "dump_cid", "dump_task",
	"cgroup_move", "cpuctl_move", "sub_caps_updated",
}

// scxCPUOnly are the kfuncs that take CPU numbers, which schedulers of
// sched_ext_ops_cid may not call wherever they are.
const scxCPUOnly, scxCIDOps = "scx_kfunc_ids_cpu_only", "sched_ext_ops_cid"

// filtered decides whether a filter of the kernel refuses a call of a kfunc in a
// program whose type may call it. A filter that is not in the kernel's BTF does
// not exist there.
func (p *Plan) filtered(m *KfuncMisuse, call *kfuncCall, prog int) bool {
	if !call.filtered {
		call.filtered = true
		call.filter, call.sets = p.filterOf(m.Extern, call.name)
	}
	if call.filter == "" {
		return false
	}
	sets := call.sets
	var places []*kfuncPlace
	for i := range kfuncPlaces {
		if slices.Contains(sets, kfuncPlaces[i].set) {
			places = append(places, &kfuncPlaces[i])
		}
	}
	if len(places) == 0 {
		return false
	}
	pp := &p.Programs[prog]
	if places[0].attach != nil {
		return m.wrongAttach(pp, places)
	}
	if !pp.isStructOps() {
		return false
	}
	for _, slot := range p.slotsOf(prog) {
		b := &p.StructOps[slot.Map]
		if b.Status != StructOpsBound {
			continue
		}
		if b.TypeName == scxCIDOps && slices.Contains(sets, scxCPUOnly) {
			m.Fault, m.Sure, m.Place, m.Allowed = KfuncOps, true, scxCIDOps, []string{"sched_ext_ops"}
			return true
		}
		if m.wrongMember(b.TypeName, b.Map.Members[slot.Member].Name, places) {
			return true
		}
	}
	return false
}

// filterOf is the filter of this kernel that looks at a kfunc, and the sets in
// which it is; "" if none does.
func (p *Plan) filterOf(b *ExternBinding, name string) (filter string, sets []string) {
	for _, s := range p.facts.filteredSets(name) {
		if filter == "" || filter == s.filter {
			if filter == "" && btfgraph.First(b.Graph, btfgraph.KindFunc, s.filter) == btfgraph.Void {
				continue
			}
			filter, sets = s.filter, append(sets, s.set)
		}
	}
	return filter, sets
}

// filteredSets are the sets in which a kfunc is.
func (f *facts) filteredSets(kfunc string) []*filteredSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	sets, ok := f.filtered[kfunc]
	if !ok {
		for i := range filteredSets {
			if slices.Contains(filteredSets[i].kfuncs, kfunc) {
				sets = append(sets, &filteredSets[i])
			}
		}
		if f.filtered == nil {
			f.filtered = make(map[string][]*filteredSet)
		}
		f.filtered[kfunc] = sets
	}
	return sets
}

// filterNames adds the filters that look at a kfunc, or at what is left of its
// name without a flavor.
func filterNames(names []string, kfunc string) []string {
	stem, _, _ := strings.Cut(kfunc, "___")
	for i := range filteredSets {
		s := &filteredSets[i]
		if slices.Contains(s.kfuncs, kfunc) || slices.Contains(s.kfuncs, stem) {
			names = append(names, s.filter)
		}
	}
	return names
}

// wrongAttach decides by the attach type of a program.
func (m *KfuncMisuse) wrongAttach(pp *ProgramPlan, places []*kfuncPlace) bool {
	m.Allowed = nil
	for _, place := range places {
		if slices.Contains(place.attach, pp.AttachType) {
			return false
		}
		m.Allowed = append(m.Allowed, place.attach...)
	}
	if m.Fault, m.Sure, m.Place = KfuncAttachType, true, pp.AttachType; m.Place == "" {
		m.Place = "none"
	}
	return true
}

// wrongMember decides by the member of a struct_ops type that a program serves.
func (m *KfuncMisuse) wrongMember(ops, member string, places []*kfuncPlace) bool {
	m.Allowed, m.Sure = nil, true
	typed := false
	for _, place := range places {
		if !slices.Contains(place.ops, ops) {
			m.Allowed = append(m.Allowed, place.ops...)
			continue
		}
		if !typed {
			typed, m.Allowed = true, nil
		}
		if place.members == nil || slices.Contains(place.members, member) {
			return false
		}
		for _, allowed := range place.members {
			m.Allowed = append(m.Allowed, ops+"."+allowed)
		}
	}
	slices.Sort(m.Allowed)
	m.Allowed = slices.Compact(m.Allowed)
	m.Fault, m.Place = KfuncOps, ops
	if typed {
		m.Fault, m.Place = KfuncMember, ops+"."+member
		m.Sure = !slices.Contains(scxOps, ops) || slices.Contains(bareScxMembers, member) || listedMember(ops, member)
	}
	return true
}

// listedMember reports whether some set of kfuncs is limited to a member.
func listedMember(ops, member string) bool {
	return slices.ContainsFunc(kfuncPlaces[:], func(p kfuncPlace) bool {
		return slices.Contains(p.ops, ops) && slices.Contains(p.members, member)
	})
}
