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

// Refused reports whether the outcome fails the load.
func (o MemberOutcome) Refused() bool { return o >= MemberMissingCallback }

// MemberBinding is the outcome of binding a member of a struct_ops map to the
// kernel's member of the same name.
type MemberBinding struct {
	Member *bpfobj.StructOpsMember
	// KernelMember is the index of the kernel's member, -1 if there is none;
	// KernelBitOffset its offset in the ops struct in bits.
	KernelMember    int
	KernelBitOffset uint32
	Outcome         MemberOutcome
	// Kind and SizeBytes of the local member without modifiers and typedefs,
	// KernelKind and KernelSizeBytes of the kernel's. Sizes are 0 if unknown.
	Kind, KernelKind           btfgraph.Kind
	SizeBytes, KernelSizeBytes uint64
	// Nested tells that bytes of a struct, union or array are copied as they are.
	Nested bool
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
		return
	}
	km := b.Types.Member(b.KernelType, mb.KernelMember)
	mb.KernelBitOffset = km.BitOffset
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
	case mb.SizeBytes != mb.KernelSizeBytes:
		mb.Outcome = MemberSize
	case m.Program != nil:
		mb.Outcome = callbackOutcome(b.Types, ktyp)
	default:
		mb.Outcome = p.contentOutcome(mb)
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
	switch mb.Kind {
	case btfgraph.KindStruct, btfgraph.KindUnion:
		mb.Nested = mb.Member.NonZero
		if mb.Nested && p.Loader.StructOps.NestedZero {
			return MemberNested
		}
	case btfgraph.KindArray:
		mb.Nested = mb.Member.NonZero
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
