package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// patches are what the loader makes of a function's instructions.
type patches struct {
	// at is by slot: 0 for an instruction that stays, else an index into list
	// plus 1.
	at   []uint16
	list []flow.Patch
}

// maxPatches bounds the patches of one function; what exceeds it is unknown.
const maxPatches = 1<<16 - 2

// patchLookup answers for the instructions of one program. The last function
// is kept, as an analysis asks for the instructions of one for a while.
type patchLookup struct {
	plan *Plan
	prog int
	last *bpfobj.Function
	of   *patches
}

func (l *patchLookup) patch(s flow.Site) flow.Patch {
	if s.Func != l.last {
		l.last, l.of = s.Func, l.plan.patchesOf(s.Func, l.prog)
	}
	if i := l.of.at[s.Insn]; i > 0 {
		return l.of.list[i-1]
	}
	return flow.Patch{}
}

// patchable tells which instructions a loader may change: those with a CO-RE
// record and ld_imm64 of externs. The last function is kept, as the preparation
// of a program asks for the instructions of one after the other.
type patchable struct {
	plan *Plan
	last *bpfobj.Function
	at   []bool // by slot
}

func (l *patchable) mayPatch(s flow.Site) bool {
	if f := s.Func; f != l.last {
		l.last, l.at = f, make([]bool, len(f.Insns))
		for i := range f.Refs {
			if r := &f.Refs[i]; r.Extern != nil && r.Insn < len(f.Insns) && f.Insns[r.Insn].Op == bpfobj.LdImm64 {
				l.at[r.Insn] = true
			}
		}
		for _, i := range f.CORE {
			if insn := l.plan.Object.CORE[i].Insn; insn < len(f.Insns) {
				l.at[insn] = true
			}
		}
	}
	return l.at[s.Insn]
}

// patchesOf are the patches of a function in a program. They are the same in
// every program unless a record has several outcomes.
func (p *Plan) patchesOf(f *bpfobj.Function, prog int) *patches {
	if x := p.flows.patches[f]; x != nil {
		return x
	}
	x := &patches{at: make([]uint16, len(f.Insns))}
	shared := true
	for i := range f.Refs {
		r := &f.Refs[i]
		if r.Extern != nil && r.Insn < len(f.Insns) && f.Insns[r.Insn].Op == bpfobj.LdImm64 {
			x.add(r.Insn, p.externPatch(p.flows.externs[r.Extern]))
		}
	}
	if len(p.CORE) > 0 {
		for _, i := range f.CORE {
			shared = shared && len(p.CORE[i].Others) == 0
			if insn := p.CORE[i].Record.Insn; insn < len(f.Insns) {
				x.add(insn, p.corePatch(i, prog))
			}
		}
	}
	if shared {
		p.flows.patches[f] = x
	}
	return x
}

// add notes a patch. Of two for one instruction nobody knows which one stays.
func (x *patches) add(insn int, patch flow.Patch) {
	if patch.Kind == flow.PatchNone {
		return
	}
	if i := x.at[insn]; i > 0 {
		x.list[i-1] = flow.Patch{Kind: flow.PatchUnknown, Depends: "two relocations of one instruction"}
		return
	}
	if len(x.list) == maxPatches {
		x.list = append(x.list, flow.Patch{Kind: flow.PatchUnknown, Depends: "too many relocations"})
	}
	if len(x.list) > maxPatches {
		x.at[insn] = maxPatches + 1
		return
	}
	x.list = append(x.list, patch)
	x.at[insn] = uint16(len(x.list))
}

// externPatch is what a ld_imm64 of an extern gets: 0 for a weak one that is
// absent (libbpf.c, bpf_object__relocate_data; cilium/ebpf linker.go,
// fixupKfuncs and resolveKsymReferences).
func (p *Plan) externPatch(b *ExternBinding) flow.Patch {
	switch {
	case b == nil || b.Extern.Kind == bpfobj.ExternKconfig:
		return flow.Patch{} // a place in memory
	case b.absent(p.Loader):
		return flow.Patch{Kind: flow.PatchConstant}
	case b.Status == ExternRefused:
		return flow.Patch{Kind: flow.PatchUnknown, Depends: "extern " + quote(b.Name), Identity: b.Extern}
	case b.Status == ExternUndecided, p.MayBeAbsent(b):
		depends := b.Unknown
		if depends == "" {
			depends = "modules"
		}
		return flow.Patch{Kind: flow.PatchUnknown, Depends: depends, Identity: b.Extern}
	case b.Extern.Typeless(), b.Extern.Kind == bpfobj.ExternFunc && p.Loader.Externs.AddressIsID:
		return flow.Patch{Kind: flow.PatchNonZero}
	}
	return flow.Patch{Kind: flow.PatchAddress}
}

// corePatch is what record i gets when program prog is loaded.
func (p *Plan) corePatch(i, prog int) flow.Patch {
	b, whole := p.COREIn(i, prog, true), p.COREIn(i, prog, false)
	if b != whole && (b.Status != whole.Status || b.Value != whole.Value) {
		return flow.Patch{Kind: flow.PatchUnknown, Depends: "which programs are loaded together", Identity: b.relo}
	}
	switch {
	case b.Status == COREUndecided:
		return flow.Patch{Kind: flow.PatchUnknown, Depends: b.Subject(), Identity: b.relo}
	case b.ModulesUnknown && (b.Status == COREPatched || b.Status == COREPoisoned):
		return flow.Patch{Kind: flow.PatchUnknown, Depends: "modules", Identity: b.relo}
	case b.Status == COREPoisoned:
		return flow.Patch{Kind: flow.PatchPoison}
	case b.Status == COREPatched && b.Kind == CORELocalTypeID:
		return flow.Patch{Kind: flow.PatchNonZero} // cilium/ebpf numbers types anew
	case b.Status == COREPatched:
		return flow.Patch{Kind: flow.PatchConstant, Value: b.Value}
	}
	return flow.Patch{}
}
