package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// MemberOutcome says what becomes of a member of a struct_ops map.
type MemberOutcome uint8

// Outcomes of binding a member. From MemberMissingCallback on the loader or
// the kernel refuses it.
const (
	// MemberEmpty: a pointer without a program, or a member that the loader
	// does not look at; the kernel's member stays zero.
	MemberEmpty MemberOutcome = iota
	// MemberCallback: the member's program is placed in the kernel's member.
	MemberCallback
	// MemberCopied: the bytes are copied.
	MemberCopied
	// MemberSkipped: the kernel has no such member, and the value is zero.
	MemberSkipped
	// MemberLost: the program was placed in another member later on, which is
	// where the loader puts it; this one stays NULL. See Other.
	MemberLost
	// MemberMixed: several programs claim the member, and which of them all
	// maps of this type get changes from run to run. See Other.
	MemberMixed
	// MemberPointerIgnored: a pointer that is not zero, which the loader drops.
	MemberPointerIgnored

	// MemberMissingCallback: the kernel has no such member, and a program is
	// placed in it.
	MemberMissingCallback
	// MemberMissingNonZero: the kernel has no such member, and the value is not zero.
	MemberMissingNonZero
	// MemberNoSize: the size of the local member cannot be determined.
	MemberNoSize
	// MemberBitfield: one side is a bitfield.
	MemberBitfield
	// MemberKind: the kinds differ.
	MemberKind
	// MemberSize: the sizes differ.
	MemberSize
	// MemberNested: a nested struct that is not zero, which the loader refuses.
	MemberNested
	// MemberNotProgram: a pointer that is neither zero nor a program.
	MemberNotProgram
	// MemberNotFuncPtr: a program for a member that is no function pointer in
	// the kernel.
	MemberNotFuncPtr
	// MemberReuseType: the program already serves another kernel type. See Other.
	MemberReuseType
	// MemberReuseMember: the program already serves another member. See Other.
	MemberReuseMember
)

// MemberBinding is the outcome of binding a member of a struct_ops map to the
// kernel's member of the same name.
type MemberBinding struct {
	Member *bpfobj.StructOpsMember
	// KernelMember is the index of the kernel's member, -1 if there is none.
	KernelMember int
	Outcome      MemberOutcome
	// Kind and SizeBytes of the local member without modifiers and typedefs,
	// KernelKind and KernelSizeBytes of the kernel's. Sizes are 0 if unknown.
	Kind, KernelKind           btfgraph.Kind
	SizeBytes, KernelSizeBytes uint64
	// Shifted tells that the bytes of a struct, union or array which is not
	// zero are copied as they are to one that is laid out otherwise.
	Shifted bool
	// Verdict is what the kernel says to a member that was bound.
	Verdict MemberVerdict
	// Drifts are the differences of the callback's prototypes; nil if there
	// are none.
	Drifts []Drift
	// Other is the slot that the outcome refers to, nil if none.
	Other *StructOpsSlot
}

// bindMembers binds every member of a map whose types were found.
func (p *Plan) bindMembers(b *StructOpsBinding) {
	kernel := make(map[string]int, b.Types.Vlen(b.KernelType))
	for i := range b.Types.Vlen(b.KernelType) {
		name := b.Types.Member(b.KernelType, i).Name
		if _, ok := kernel[name]; !ok {
			kernel[name] = i
		}
	}
	b.Members = make([]MemberBinding, len(b.Map.Members))
	for i := range b.Map.Members {
		m := &b.Map.Members[i]
		mb := MemberBinding{Member: m, KernelMember: -1}
		if k, ok := kernel[m.Name]; ok {
			mb.KernelMember = k
		}
		p.bindMember(b, &mb)
		b.Members[i] = mb
	}
}

// bindMember decides about one member.
func (p *Plan) bindMember(b *StructOpsBinding, mb *MemberBinding) {
	policy := &p.Loader.StructOps
	local, m := p.Object.Types, mb.Member
	typ := btfgraph.SkipModsAndTypedefs(local, m.Type)
	mb.Kind = local.Kind(typ)
	size, ok := btfgraph.SizeOf(local, typ)
	mb.SizeBytes = size
	switch {
	case !ok && mb.Kind != btfgraph.KindPtr:
		mb.Outcome = MemberNoSize
		return
	case mb.KernelMember < 0:
		mb.Outcome = missingOutcome(m)
		if policy.MissingRefused && m.Program == nil {
			mb.Outcome = MemberMissingNonZero
		}
		return
	}
	km := b.Types.Member(b.KernelType, mb.KernelMember)
	ktyp := btfgraph.SkipModsAndTypedefs(b.Types, km.Type)
	mb.KernelKind = b.Types.Kind(ktyp)
	mb.KernelSizeBytes, _ = btfgraph.SizeOf(b.Types, ktyp)

	if !policy.PointerSlots && mb.Kind == btfgraph.KindPtr {
		mb.Outcome = MemberEmpty
		if m.NonZero && m.Program == nil {
			mb.Outcome = MemberPointerIgnored
		}
		if m.Program != nil {
			mb.Outcome = callbackOutcome(b.Types, ktyp)
		}
		return
	}
	switch {
	case m.BitfieldSize > 0 || km.BitfieldSize > 0:
		mb.Outcome = MemberBitfield
	case !policy.sameKind(mb.Kind, mb.KernelKind):
		mb.Outcome = MemberKind
	case mb.Kind == btfgraph.KindPtr:
		mb.Outcome = pointerOutcome(m, b.Types, ktyp)
		if policy.PointersIgnored && mb.Outcome == MemberNotProgram {
			mb.Outcome = MemberPointerIgnored
		}
	case mb.SizeBytes != mb.KernelSizeBytes:
		mb.Outcome = MemberSize
	case m.Program != nil:
		mb.Outcome = callbackOutcome(b.Types, ktyp)
	default:
		mb.Outcome = p.contentOutcome(mb)
		compound := mb.Kind == btfgraph.KindStruct || mb.Kind == btfgraph.KindUnion || mb.Kind == btfgraph.KindArray
		mb.Shifted = compound && mb.Outcome == MemberCopied && m.NonZero && layoutDiffers(local, m.Type, b.Types, km.Type)
	}
}

// missingOutcome is the outcome for a member that the kernel lacks.
func missingOutcome(m *bpfobj.StructOpsMember) MemberOutcome {
	switch {
	case m.Program != nil:
		return MemberMissingCallback
	case m.NonZero:
		return MemberMissingNonZero
	}
	return MemberSkipped
}

// pointerOutcome is the outcome for a pointer where both sides are pointers.
func pointerOutcome(m *bpfobj.StructOpsMember, kernel btfgraph.Graph, ktyp btfgraph.ID) MemberOutcome {
	switch {
	case m.Program != nil:
		return callbackOutcome(kernel, ktyp)
	case m.NonZero:
		return MemberNotProgram
	}
	return MemberEmpty
}

// callbackOutcome is the outcome for a program whose kernel member has the
// type ktyp, without modifiers.
func callbackOutcome(kernel btfgraph.Graph, ktyp btfgraph.ID) MemberOutcome {
	if kernel.Kind(ktyp) != btfgraph.KindPtr {
		return MemberNotFuncPtr
	}
	if kernel.Kind(btfgraph.SkipModsAndTypedefs(kernel, kernel.Ref(ktyp))) != btfgraph.KindFuncProto {
		return MemberNotFuncPtr
	}
	return MemberCallback
}

// contentOutcome is the outcome for data of equal kind and size.
func (p *Plan) contentOutcome(mb *MemberBinding) MemberOutcome {
	nested := mb.Kind == btfgraph.KindStruct || mb.Kind == btfgraph.KindUnion
	if nested && mb.Member.NonZero && p.Loader.StructOps.NestedZero {
		return MemberNested
	}
	return MemberCopied
}

// sameKind reports whether the loader takes the kinds for equal.
func (l *StructOpsPolicy) sameKind(a, b btfgraph.Kind) bool {
	if l.EnumsEqual {
		if a == btfgraph.KindEnum64 {
			a = btfgraph.KindEnum
		}
		if b == btfgraph.KindEnum64 {
			b = btfgraph.KindEnum
		}
	}
	return a == b
}

// ScopeOfMember is the scope of a problem with a member of a struct_ops map.
// Whoever loads one program of the map alone leaves the other slots NULL, so a
// problem with a program in a slot concerns that program only.
func (p *Plan) ScopeOfMember(s StructOpsSlot) Scope {
	scope := p.ScopeOfStructOps(s.Map)
	if prog := p.Object.StructOps[s.Map].Members[s.Member].Program; prog != nil {
		scope.Programs = []string{prog.Name}
	}
	return scope
}

// checkReuse finds programs that serve several types or members.
func (p *Plan) checkReuse() {
	if p.Loader.StructOps.ByName {
		p.mixPrograms()
		return
	}
	type use struct {
		typ    btfgraph.ID
		member int
		slot   StructOpsSlot
	}
	first := make(map[*bpfobj.Function]use)
	for _, i := range p.structOpsOrder() {
		b := &p.StructOps[i]
		if b.Status != StructOpsBound || !b.Autocreate {
			continue
		}
		for j := range b.Members {
			mb := &b.Members[j]
			if mb.Outcome != MemberCallback {
				continue
			}
			prog := mb.Member.Program
			u, ok := first[prog]
			switch {
			case !ok:
				first[prog] = use{b.KernelType, mb.KernelMember, StructOpsSlot{i, j}}
			case u.typ != b.KernelType:
				mb.Outcome, mb.Other = MemberReuseType, &u.slot
			case u.member != mb.KernelMember:
				mb.Outcome, mb.Other = MemberReuseMember, &u.slot
			}
		}
	}
}

// memberKey is how a loader that finds programs by name calls a member.
type memberKey struct{ typ, member string }

// mixPrograms models loaders that find the programs of a map by type and
// member (cilium/ebpf elf_reader.go, structOpsSetAttachTo: the last relocation
// wins; collection.go, populateStructOps: the last program visited wins).
func (p *Plan) mixPrograms() {
	last := make(map[*bpfobj.Function]StructOpsSlot)
	order := p.structOpsOrder()
	key := func(s StructOpsSlot) memberKey {
		m := p.StructOps[s.Map].Map
		return memberKey{m.TypeName, m.Members[s.Member].Name}
	}
	for _, i := range order {
		if p.StructOps[i].Status == StructOpsIgnored {
			continue
		}
		for j, m := range p.StructOps[i].Map.Members {
			if m.Program != nil {
				last[m.Program] = StructOpsSlot{i, j}
			}
		}
	}
	claims := make(map[memberKey][]StructOpsSlot)
	for _, prog := range p.Object.Programs {
		if s, ok := last[prog.Function]; ok {
			claims[key(s)] = append(claims[key(s)], s)
		}
	}
	for _, i := range order {
		b := &p.StructOps[i]
		for j := range b.Members {
			p.mixMember(&b.Members[j], last, claims[key(StructOpsSlot{i, j})], key(StructOpsSlot{i, j}), key)
		}
	}
}

// mixMember decides which program a member gets from the programs that claim it.
func (p *Plan) mixMember(mb *MemberBinding, last map[*bpfobj.Function]StructOpsSlot, claims []StructOpsSlot, own memberKey, key func(StructOpsSlot) memberKey) {
	if mb.Outcome != MemberCallback && mb.Outcome != MemberEmpty {
		return
	}
	prog := mb.Member.Program
	if prog != nil {
		if s := last[prog]; key(s) != own {
			mb.Outcome, mb.Other = MemberLost, &s
			mb.Verdict, mb.Drifts = MemberAccepted, nil // the kernel never sees it there
		}
	}
	for _, s := range claims {
		if other := p.Object.StructOps[s.Map].Members[s.Member].Program; other != prog {
			mb.Outcome, mb.Other = MemberMixed, &s
			return
		}
	}
}
