package plan

import (
	"fmt"
	"math"
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// RegistrationFault says why a subsystem refuses the value of a struct_ops map.
type RegistrationFault uint8

// Faults of values.
const (
	// RegisterNoName: the name is empty.
	RegisterNoName RegistrationFault = iota + 1
	// RegisterBadName: the name has other characters than letters, digits, "_"
	// and ".", or no end (kernel/bpf/syscall.c, bpf_obj_name_cpy).
	RegisterBadName
	// RegisterRequired: a callback that the subsystem needs is NULL.
	RegisterRequired
	// RegisterRange: the value of a data member is out of range.
	RegisterRange
	// RegisterCombination: members that do not go together.
	RegisterCombination
	// RegisterLink: the subsystem takes no links.
	RegisterLink
	// RegisterNever: the subsystem takes no registration at all.
	RegisterNever
)

// RegistrationProblem is why a subsystem refuses the value of a struct_ops map,
// when the map is updated or, with Late, when it is registered after that.
type RegistrationProblem struct {
	Map    int // index into Plan.StructOps
	Fault  RegistrationFault
	Member string // the member that it is about, "" for none
	// Others are the members of which one would do for RegisterRequired, besides Member.
	Others []string
	// Detail says what is wrong with the value: `"a-b"`, "is 7, at most 3".
	// Unknown tells that it ends in the bits that the kernel does not know.
	Detail  string
	Unknown bool
	// Late tells that the update succeeds and registration fails. For maps
	// without a link that is one step.
	Late bool
	// Depends says what decides if it is not certain: "application", which may
	// set the member before, "version"; "" if nothing does.
	Depends string
}

// registration is what a subsystem wants of a value.
type registration struct {
	ops string
	// label is the member that has to be a name.
	label string
	// required are the callbacks that must not be NULL; of a list one suffices.
	required [][]string
	// validate is the kernel's function that looks at the callbacks when the map
	// is updated. Kernels without it do that at registration; "" for always.
	validate string
	limits   []valueLimit
	// noLink: a map with a link is not registered; never: none is.
	noLink, never bool
}

// valueLimit bounds a data member: by a greatest value, or by the bits that may
// be set.
type valueLimit struct {
	member string
	max    uint64
	mask   uint64
	// old are the bits that kernels before the version since may be limited to;
	// 0 if all are the same.
	old, since uint64
	// enum and enumerator name the bits in the kernel's BTF, instead of mask.
	enum, enumerator string
}

// scxLimits are of kernel/sched/ext.c, bpf_scx_init_member: INT_MAX,
// SCX_OPS_ALL_FLAGS, SCX_WATCHDOG_MAX_TIMEOUT of 30 s (6.12 to 7.3).
var scxLimits = []valueLimit{
	{member: "dispatch_max_batch", max: math.MaxInt32},
	{member: "flags", enum: "scx_ops_flags", enumerator: "SCX_OPS_ALL_FLAGS"},
	{member: "timeout_ms", max: 30000},
}

// registrations are the subsystems of Linux 5.10 to 7.3, by name.
var registrations = [...]registration{
	// net/sched/bpf_qdisc.c: bpf_qdisc_init_member, bpf_qdisc_validate.
	{
		ops: "Qdisc_ops", label: "id", validate: "bpf_qdisc_validate",
		required: [][]string{{"enqueue"}, {"dequeue"}, {"init"}, {"reset"}, {"destroy"}},
	},
	// net/bpf/bpf_dummy_struct_ops.c: bpf_dummy_init_member, bpf_dummy_reg.
	{ops: "bpf_dummy_ops", never: true},
	// drivers/hid/bpf/hid_bpf_struct_ops.c: hid_bpf_ops_init_member; BPF_F_BEFORE.
	{ops: "hid_bpf_ops", limits: []valueLimit{{member: "flags", mask: 1 << 3}}},
	// io_uring/bpf-ops.c: io_install_bpf.
	{ops: "io_uring_bpf_ops", required: [][]string{{"loop_step"}}},
	{ops: "sched_ext_ops", label: "name", limits: scxLimits},
	{ops: "sched_ext_ops_cid", label: "name", limits: scxLimits},
	// net/smc/smc_hs_bpf.c: smc_bpf_hs_ctrl_init_member, smc_bpf_hs_ctrl_reg;
	// SMC_HS_CTRL_ALL_FLAGS.
	{ops: "smc_hs_ctrl", label: "name", limits: []valueLimit{{member: "flags", mask: 1}}, noLink: true},
	// net/ipv4/bpf_tcp_ca.c: bpf_tcp_ca_init_member, bpf_tcp_ca_validate;
	// net/ipv4/tcp_cong.c: tcp_validate_congestion_control, before 6.4
	// tcp_register_congestion_control; TCP_CONG_MASK of 7.2, and of 6.12. 6.18
	// takes what 7.2 does (seen on one).
	{
		ops: "tcp_congestion_ops", label: "name", validate: "bpf_tcp_ca_validate",
		required: [][]string{{"ssthresh"}, {"undo_cwnd"}, {"cong_avoid", "cong_control"}},
		limits:   []valueLimit{{member: "flags", mask: 0x1f, old: 0x3, since: 6<<16 | 18<<8}},
	},
}

// registrationNames adds the names that [Plan.RegistrationProblems] looks up.
func registrationNames(names []string, typeName string) []string {
	k := slices.IndexFunc(registrations[:], func(r registration) bool { return r.ops == typeName })
	if k < 0 {
		return names
	}
	r := &registrations[k]
	if r.validate != "" {
		names = append(names, r.validate)
	}
	for i := range r.limits {
		if r.limits[i].enum != "" {
			names = append(names, r.limits[i].enum, scxCIDOps)
		}
	}
	return names
}

// RegistrationProblems are what the subsystems refuse of the struct_ops maps as
// they are in the object, by map. The kernel looks at it when the map gets its
// value (kernel/bpf/bpf_struct_ops.c, bpf_struct_ops_map_update_elem), which
// loaders do at different times: see [StructOpsPolicy].
func (p *Plan) RegistrationProblems() []RegistrationProblem {
	if len(p.StructOps) == 0 {
		return nil
	}
	var list []RegistrationProblem
	spare := p.spares()
	for i := range p.StructOps {
		b := &p.StructOps[i]
		if b.Status != StructOpsBound {
			continue
		}
		k := slices.IndexFunc(registrations[:], func(r registration) bool { return r.ops == b.TypeName })
		if k < 0 {
			continue
		}
		r := &registrations[k]
		start := len(list)
		list = p.checkValues(list, b, r)
		list = spare.checkRequired(list, b, r)
		if b.TypeName == "sched_ext_ops" || b.TypeName == scxCIDOps {
			list = p.checkScheduler(list, b)
		}
		if r.never {
			list = append(list, RegistrationProblem{Fault: RegisterNever})
		}
		if r.noLink && b.Map.Link {
			list = append(list, RegistrationProblem{Fault: RegisterLink, Late: true})
		}
		for k := start; k < len(list); k++ {
			list[k].Map = i
		}
	}
	return list
}

// checkValues looks at the name and at data with limits.
func (p *Plan) checkValues(list []RegistrationProblem, b *StructOpsBinding, r *registration) []RegistrationProblem {
	if fault, text := opsNameFault(b, r.label); fault != 0 {
		pr := RegistrationProblem{Fault: fault, Member: r.label, Detail: text}
		if fault == RegisterNoName {
			pr.Depends = "application"
		}
		list = append(list, pr)
	}
	for i := range r.limits {
		l := &r.limits[i]
		value, ok := p.valueOf(b, l.member)
		if !ok {
			continue
		}
		if detail, depends := p.exceeds(l, value); detail != "" {
			list = append(list, RegistrationProblem{
				Fault: RegisterRange, Member: l.member, Detail: detail, Unknown: l.max == 0, Depends: depends,
			})
		}
	}
	return list
}

// exceeds says in what a value is out of range, "" if it is not.
func (p *Plan) exceeds(l *valueLimit, value uint64) (detail, depends string) {
	if l.max > 0 {
		if value > l.max {
			return fmt.Sprintf("is %d, at most %d", value, l.max), ""
		}
		return "", ""
	}
	mask := l.mask
	if l.enum != "" {
		var ok bool
		if mask, ok, _ = p.Kernel.Enumerator(l.enum, l.enumerator); !ok {
			return "", ""
		}
	}
	switch {
	case value&^mask != 0:
		return fmt.Sprintf("is %#x, of which %#x", value, value&^mask), ""
	case l.old != 0 && value&^l.old != 0 && p.leastVersion() < l.since:
		return fmt.Sprintf("is %#x, of which %#x", value, value&^l.old), "version"
	}
	return "", ""
}

// opsNameFault looks at a member that has to be a name; text is the name as the
// kernel reads it.
func opsNameFault(b *StructOpsBinding, member string) (fault RegistrationFault, text string) {
	if member == "" {
		return 0, ""
	}
	data := dataOf(b, member)
	if data == nil { // not declared, so zero, or refused for its size
		if slices.ContainsFunc(b.Members, func(mb MemberBinding) bool { return mb.Member.Name == member }) {
			return 0, ""
		}
		return RegisterNoName, ""
	}
	end := slices.Index(data, 0)
	if end < 0 {
		return RegisterBadName, fmt.Sprintf("%q without an end", data)
	}
	if end == 0 {
		return RegisterNoName, ""
	}
	for _, c := range data[:end] {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' && c != '.' {
			return RegisterBadName, fmt.Sprintf("%q", data[:end])
		}
	}
	return 0, ""
}

// dataOf are the bytes of a data member that the loader copies, nil if it does not.
func dataOf(b *StructOpsBinding, member string) []byte {
	for i := range b.Members {
		m := b.Members[i].Member
		if m.Name != member || b.Members[i].Outcome != MemberCopied {
			continue
		}
		from := uint64(m.BitOffset / 8)
		if to := from + m.SizeBytes; to <= uint64(len(b.Map.Data)) {
			return b.Map.Data[from:to]
		}
	}
	return nil
}

// valueOf is the number in a data member.
func (p *Plan) valueOf(b *StructOpsBinding, member string) (value uint64, ok bool) {
	data := dataOf(b, member)
	switch len(data) {
	case 4:
		return uint64(p.order().Uint32(data)), true
	case 8:
		return p.order().Uint64(data), true
	}
	return 0, false
}

// holds reports whether a member has a program once the object is loaded.
func (b *StructOpsBinding) holds(member string) bool {
	return slices.ContainsFunc(b.Members, func(mb MemberBinding) bool {
		return mb.Member.Name == member && (mb.Member.Program != nil && mb.Outcome != MemberLost || mb.Outcome == MemberMixed)
	})
}

// checkRequired finds callbacks that are NULL and must not be.
func (s *spares) checkRequired(list []RegistrationProblem, b *StructOpsBinding, r *registration) []RegistrationProblem {
	for _, group := range r.required {
		if slices.ContainsFunc(group, b.holds) {
			continue
		}
		pr := RegistrationProblem{Fault: RegisterRequired, Member: group[0], Others: group[1:]}
		pr.Late = r.validate == "" || btfgraph.First(b.Types, btfgraph.KindFunc, r.validate) == btfgraph.Void
		if s.fill(b, group) {
			pr.Depends = "application"
		}
		list = append(list, pr)
	}
	return list
}

// spares is what an application could place in a callback that is NULL: a
// program that no map refers to, or one of the same member of another map.
type spares struct {
	unplaced bool
	members  map[memberKey]bool
}

func (p *Plan) spares() spares {
	s := spares{members: make(map[memberKey]bool)}
	for i := range p.StructOpsPrograms {
		s.unplaced = s.unplaced || len(p.StructOpsPrograms[i].Slots) == 0
	}
	for i := range p.StructOps {
		b := &p.StructOps[i]
		for j, m := range b.Map.Members {
			if m.Program != nil && (j >= len(b.Members) || b.Members[j].Outcome != MemberLost) {
				s.members[memberKey{b.TypeName, m.Name}] = true
			}
		}
	}
	return s
}

// fill reports whether there is a program for one of the members.
func (s *spares) fill(b *StructOpsBinding, members []string) bool {
	return s.unplaced || slices.ContainsFunc(members, func(m string) bool { return s.members[memberKey{b.TypeName, m}] })
}

// checkScheduler looks at what schedulers must not combine (kernel/sched/ext.c,
// validate_ops; since 7.2 bpf_scx_reg_cid). It happens at registration.
func (p *Plan) checkScheduler(list []RegistrationProblem, b *StructOpsBinding) []RegistrationProblem {
	flags, _ := p.valueOf(b, "flags")
	has := func(name string) bool {
		bit, ok, _ := p.Kernel.Enumerator("scx_ops_flags", name)
		return ok && flags&bit != 0
	}
	add := func(member, detail string) {
		list = append(list, RegistrationProblem{Fault: RegisterCombination, Member: member, Detail: detail, Late: true})
	}
	if has("SCX_OPS_ENQ_LAST") && !b.holds("enqueue") {
		add("", "needs callback enqueue for SCX_OPS_ENQ_LAST")
	}
	if has("SCX_OPS_BUILTIN_IDLE_PER_NODE") && b.holds("update_idle") && !has("SCX_OPS_KEEP_BUILTIN_IDLE") {
		add("", "needs SCX_OPS_KEEP_BUILTIN_IDLE for SCX_OPS_BUILTIN_IDLE_PER_NODE and update_idle")
	}
	if b.TypeName == scxCIDOps {
		if !p.usesArena(b) {
			add("", "needs a program that uses an arena, for struct "+scxCIDOps)
		}
		return list
	}
	if !p.has(btfgraph.KindStruct, scxCIDOps) {
		return list
	}
	for _, member := range [...]string{"sub_attach", "sub_detach"} {
		if b.holds(member) {
			add(member, "is for struct "+scxCIDOps+" only")
		}
	}
	return list
}

// usesArena reports whether a program of the map refers to an arena.
func (p *Plan) usesArena(b *StructOpsBinding) bool {
	linked := make(map[*bpfobj.Function]bool)
	for i := range b.Members {
		if prog := b.Members[i].Member.Program; prog != nil {
			for _, f := range prog.Reachable() {
				linked[f] = true
			}
		}
	}
	return slices.ContainsFunc(p.Object.Maps, func(m *bpfobj.Map) bool {
		return m.Def.Type == mapArena && slices.ContainsFunc(m.Refs, func(f *bpfobj.Function) bool { return linked[f] })
	})
}
