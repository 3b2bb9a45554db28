package plan

import (
	"errors"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

var (
	errInsn        = errors.New("the instruction is none that can be relocated")
	errInsnOffset  = errors.New("the offset is not that of an instruction")
	errNoFunction  = errors.New("no function holds the instruction")
	errInsnTooFar  = errors.New("the offset does not fit into the instruction")
	errInsnTooWide = errors.New("the value does not fit into the instruction")
)

// bind makes b the outcome for record n of the group (relo_core.c,
// bpf_core_patch_insn; btf/core.go, COREFixup.Apply).
func (r *coreRun) bind(b *COREBinding, g *coreGroup, n int, choice coreChoice) {
	rec, relo := &r.plan.Object.CORE[g.records[n]], g.relos[g.reloOf[n]]
	*b = COREBinding{Record: rec, Kind: relo.kind, Stage: StageLoad, group: g, relo: relo, Original: relo.orig.orig}
	unused := rec.Func == nil || !r.policy.Unlinked && len(r.plan.usersOf(rec.Func)) == 0
	refused := error(nil)
	if r.policy.kernel != nil && !unused {
		refused = r.policy.kernel(r.plan.Kernel.Types, relo.kind)
	}
	switch {
	case errors.Is(relo.err, errKind):
		b.err, b.Stage = relo.err, StageOpen
	case rec.Offset%8 != 0 && !r.policy.Everywhere:
		b.err = errInsnOffset
	case rec.Func == nil && r.policy.Everywhere:
		b.err = errNoFunction
	case refused != nil:
		b.err = refused
	case relo.err != nil && (r.policy.OpenErrors && relo.malformed() || !unused):
		b.err = relo.err
	case unused:
		b.Status = COREUnused
		return
	case choice.err != nil:
		b.err = choice.err
	}
	if r.policy.OpenErrors && (rec.Offset%8 != 0 || relo.malformed()) {
		b.Stage = StageOpen
	}
	if b.err != nil {
		if !errors.Is(b.err, errCOREBudget) {
			b.Status = CORERefused
		}
		return
	}
	b.fix = &relo.none
	switch {
	case choice.cand >= 0:
		b.fix = &g.fixesOf(relo)[choice.cand]
		b.Matched, b.Target = true, g.cands[choice.cand]
	case relo.kind != CORELocalTypeID:
		b.ModulesUnknown = r.plan.Kernel.Modules == nil && r.plan.opts.CORETypes == nil && (r.policy.AllModules || len(g.cands) == 0) &&
			!r.policy.NoModules
	}
	r.finish(b)
}

// bindOther adds the outcome for a load of program prog in which it differs.
func (r *coreRun) bindOther(b *COREBinding, prog int, g *coreGroup, n int, choice coreChoice) {
	b.Others = append(b.Others, COREOther{Program: prog})
	r.bind(&b.Others[len(b.Others)-1].COREBinding, g, n, choice)
}

// finish applies the fix to the instruction.
func (r *coreRun) finish(b *COREBinding) {
	fix := b.fix
	b.Original, b.Value = fix.orig, fix.value
	b.Status = COREPatched
	if fix.poison {
		b.Status = COREPoisoned
		return
	}
	insns := b.Record.Func.Insns
	if b.Record.Insn < 0 || b.Record.Insn >= len(insns) {
		b.Status = COREUnused
		return
	}
	insns = insns[b.Record.Insn:]
	if accessesMemory(insns[0]) {
		b.OriginalSize, b.Size = uint64(fix.origSize), uint64(fix.size)
	}
	if err := r.policy.patch(insns, fix); err != nil {
		b.err, b.Status = err, CORERefused
		return
	}
	if fix.unfit && accessesMemory(insns[0]) {
		b.Status = COREPoisoned
	}
}

// accessesMemory reports LDX, ST and STX.
func accessesMemory(insn bpfobj.Insn) bool { return insn.Op&7 >= 1 && insn.Op&7 <= 3 }
