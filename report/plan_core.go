package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }

// core are the CO-RE relocations by function, in the order of the object.
func (b *planBuilder) core() []planCORE {
	index := make(map[*bpfobj.Function]int, len(b.Object.Functions))
	for i, f := range b.Object.Functions {
		index[f] = i
	}
	order := make([]int, 0, len(b.CORE))
	for i := range b.CORE {
		if b.links(b.CORE[i].Record.Func) {
			order = append(order, i)
		}
	}
	place := func(i int) (function, insn int) {
		if rec := b.CORE[i].Record; rec.Func != nil {
			return index[rec.Func], rec.Insn
		}
		return len(index), 0
	}
	slices.SortStableFunc(order, func(i, k int) int {
		fi, ni := place(i)
		fk, nk := place(k)
		return cmp.Or(cmp.Compare(fi, fk), cmp.Compare(ni, nk))
	})
	all := make([]planCORE, len(order))
	for n, i := range order {
		all[n] = b.relocation(i)
	}
	return all
}

// relocation is record i.
func (b *planBuilder) relocation(i int) planCORE {
	bind := &b.CORE[i]
	rec := bind.Record
	c := planCORE{
		Programs: []string{}, Insn: -1, Kind: bind.Kind.String(), Path: bind.Path(), LocalType: uint32(rec.Type), Access: rec.Access,
		planOutcome: b.outcome(bind), Candidates: []planCandidate{}, Others: []planOther{},
	}
	loc := b.Object.LocateSection(rec.Section, rec.Offset)
	poisoned := bind.Status == plan.COREPoisoned
	if rec.Func != nil {
		loc = b.Object.Locate(rec.Func, rec.Insn)
		c.Function, c.Insn = rec.Func.Name, rec.Insn
		c.Programs = list(b.ScopeOfFunctions(rec.Func).Programs)
		c.entry = rec.Func.Program != nil
	}
	c.Section, c.Location = loc.Section, location(&loc)
	for _, cand := range bind.Candidates() {
		c.Candidates = append(c.Candidates, candidate(cand.CORETarget, cand.Mismatch))
	}
	for k := range bind.Others {
		o := &bind.Others[k]
		name := b.Object.Programs[o.Program].Name
		if b.only != "" && name != b.only {
			continue
		}
		poisoned = poisoned || o.Status == plan.COREPoisoned
		c.Others = append(c.Others, planOther{name, b.outcome(&o.COREBinding)})
	}
	if poisoned && rec.Func != nil {
		reach := b.reach(b.reachOf(rec.Func, rec.Insn))
		c.Reach = &reach
	}
	return c
}

// outcome is what one load makes of a relocation.
func (b *planBuilder) outcome(bind *plan.COREBinding) planOutcome {
	o := planOutcome{
		Status: bind.Status.String(), Original: bind.Original, Size: bind.Size, OriginalSize: bind.OriginalSize, Reason: bind.Reason(),
	}
	switch bind.Status {
	case plan.COREPatched:
		o.Value = &bind.Value
	case plan.CORERefused:
		o.Stage = bind.Stage.String()
	}
	if bind.Matched {
		target := candidate(bind.Target, "")
		o.Target = &target
	}
	if bind.ModulesUnknown && !bind.Matched {
		o.DependsOn = "modules"
	}
	return o
}

func candidate(t plan.CORETarget, mismatch string) planCandidate {
	return planCandidate{
		Module: t.Module, ID: uint32(t.ID), Name: t.Graph.Name(t.ID), Kind: t.Graph.Kind(t.ID).String(), Mismatch: mismatch,
	}
}

// reachOf is the reachability of an instruction in what is shown.
func (b *planBuilder) reachOf(f *bpfobj.Function, insn int) plan.Reach {
	if b.only == "" {
		return b.ReachOf(f, insn)
	}
	for i, prog := range b.Object.Programs {
		if prog.Name == b.only {
			return b.ReachIn(i, f, insn)
		}
	}
	return plan.Reach{}
}

// onlyShown are the programs of a list that are shown.
func (b *planBuilder) onlyShown(programs []string) []string {
	if b.only == "" {
		return list(programs)
	}
	if slices.Contains(programs, b.only) {
		return []string{b.only}
	}
	return []string{}
}

// reach says which programs get to an instruction.
func (b *planBuilder) reach(r plan.Reach) planReach {
	pr := planReach{
		Certain: b.onlyShown(r.Certain.Programs), Possible: b.onlyShown(r.Possible.Programs), Dead: b.onlyShown(r.Dead.Programs),
		DependsOn: r.Depends, Ends: r.Ends(),
	}
	switch {
	case len(pr.Certain) > 0:
		pr.Outcome = "reachable"
	case len(pr.Possible) > 0:
		pr.Outcome = "unknown"
	case len(pr.Dead) > 0:
		pr.Outcome = "dead"
	default:
		pr.Outcome = "unused"
	}
	if r.Guard.Func != nil {
		loc := b.Object.Locate(r.Guard.Func, r.Guard.Insn)
		guard := location(&loc)
		pr.Guard = &guard
	}
	return pr
}

// helpers are the calls of helpers that the kernel does not know.
func (b *planBuilder) helpers() []planHelper {
	var all []planHelper
	for i := range b.Helpers {
		h := &b.Helpers[i]
		if !b.links(h.Func) {
			continue
		}
		loc := b.Object.Locate(h.Func, h.Insn)
		all = append(all, planHelper{h.ID, h.Name, h.Func.Name, location(&loc), b.reach(b.reachOf(h.Func, h.Insn))})
	}
	return all
}

// instructions are the forms of instructions that the kernel does not know, in
// the programs that are shown.
func (b *planBuilder) instructions() []planInstruction {
	var all []planInstruction
	for _, u := range b.UnsupportedInstructions() {
		if !b.concerns(u.Certain) && !b.concerns(u.Possible) && !b.concerns(u.Dead) {
			continue
		}
		loc := b.Object.Locate(u.Func, u.Insn)
		all = append(all, planInstruction{u.Form.String(), u.Spelling(), u.Sure, u.Places, u.Func.Name, location(&loc), b.reach(u.Reach)})
	}
	return all
}
