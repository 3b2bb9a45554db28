package rules

import (
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// ifReached follows what is said of an instruction that is refused where a path
// reaches it, neverReached if none does.
const (
	ifReached    = "; refused if reached"
	neverReached = "; never reached"
)

// unknownReach is what a finding depends on if nothing in particular decides
// whether a path gets to it.
const unknownReach = "reachability"

// reportReached reports what the kernel refuses where a path reaches it: as it
// stands for the programs that get there, as a warning for those of which it is
// not known, and as a note for those that never do.
func reportReached(p *analyzer.Pass, f analyzer.Finding, r *plan.Reach) {
	reportReachedAs(p, f, r, ifReached)
}

// reportReachedAs is reportReached with another text for what is not known.
func reportReachedAs(p *analyzer.Pass, f analyzer.Finding, r *plan.Reach, doubt string) {
	if !r.Certain.Empty() {
		f.Scope = r.Certain
		p.Report(f)
	}
	if !r.Possible.Empty() {
		maybe := possibly(p, f, r)
		maybe.Message += doubt
		p.Report(maybe)
	}
	if !r.Dead.Empty() && r.Certain.Empty() && r.Possible.Empty() {
		f.Message += neverReached
		p.Report(guarded(p, f, r, nothingToDo))
	}
}

// possibly is a finding for programs of which nobody knows whether they get to
// the instruction. It names what decides.
func possibly(p *analyzer.Pass, f analyzer.Finding, r *plan.Reach) analyzer.Finding {
	f.Severity, f.Scope = analyzer.Warning, r.Possible
	f.Related = append(f.Related, guardOf(p, r, "this decides whether it is reached")...)
	if f.DependsOn != "" {
		return f
	}
	f.DependsOn = r.Depends
	if f.DependsOn == "" {
		f.DependsOn = unknownReach
	}
	if name, ok := strings.CutPrefix(r.Depends, "variable "); ok {
		f.Hint = "variable " + name + " decides, give its value with --rodata " + strings.Trim(name, `"`) + "=VALUE; else " + f.Hint
	}
	return f
}

// nothingToDo is the hint about code that is guarded as it should be.
const nothingToDo = "nothing to do: the code is dead on {kernel}"

// guarded is the note about an instruction that no path reaches. harmless is its
// hint if a guard keeps the program from it, "" for that of the finding: if the
// program ends before, for a refusal, it comes up again once that is mended.
func guarded(p *analyzer.Pass, f analyzer.Finding, r *plan.Reach, harmless string) analyzer.Finding {
	f.Severity, f.Scope, f.DependsOn = analyzer.Note, plan.Scope{}, ""
	if stops(r) {
		f.Hint = "the program ends before it gets here; once that is mended, " + f.Hint
		f.Related = append(f.Related, guardOf(p, r, "it ends here")...)
		return f
	}
	if harmless != "" {
		f.Hint = harmless
	}
	f.Related = append(f.Related, guardOf(p, r, "guarded here")...)
	return f
}

// stops reports whether what decides is no jump: nothing comes after it, as the
// verifier refuses it.
func stops(r *plan.Reach) bool {
	at := r.Guard
	if at.Func == nil || at.Insn < 0 || at.Insn >= len(at.Func.Insns) {
		return false
	}
	insn := at.Func.Insns[at.Insn]
	return !isJump(insn) || insn.IsCall()
}

// guardOf is the instruction that decides, if one does.
func guardOf(p *analyzer.Pass, r *plan.Reach, message string) []analyzer.Related {
	if r.Guard.Func == nil {
		return nil
	}
	return []analyzer.Related{{Message: message, Location: p.Plan.Object.Locate(r.Guard.Func, r.Guard.Insn)}}
}

// callOf finds the first call of an extern that pick says programs have in their
// reach: its location, and the reach of the extern with what decides there. If
// there is none it is any use.
func callOf(p *analyzer.Pass, b *plan.ExternBinding, pick func(*plan.Reach) plan.Scope) (bpfobj.Location, plan.Reach) {
	for _, ref := range b.Extern.Refs {
		if !ref.Call {
			continue
		}
		if r := p.Plan.ReachOf(ref.Func, ref.Insn); !pick(&r).Empty() {
			loc, all := p.Plan.Object.Locate(ref.Func, ref.Insn), b.Reach
			loc.Symbol = symbolOf(p, b.Extern)
			all.Guard, all.Depends = r.Guard, r.Depends
			return loc, all
		}
	}
	return useOf(p, b, pick(&b.Reach)), b.Reach
}
