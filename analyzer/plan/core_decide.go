package plan

import (
	"errors"
	"fmt"
)

// coreChoice is which candidate decides a relocation: its index, -1 if none
// matched, or the error of several that disagree.
type coreChoice struct {
	cand int
	err  error
}

// decide binds the records of a group.
func (r *coreRun) decide(g *coreGroup) {
	if !r.policy.Anew && g.split(r.policy.Vote) {
		if r.policy.Vote {
			r.vote(g)
		} else {
			r.narrow(g)
		}
		return
	}
	for c := len(r.all); c < len(g.cands); c++ {
		r.all = append(r.all, c)
	}
	r.choices = r.choices[:0]
	for _, relo := range g.relos {
		var choice coreChoice
		choice, r.matched = g.choose(relo, r.all[:len(g.cands)], r.matched[:0])
		r.choices = append(r.choices, choice)
	}
	for n, i := range g.records {
		r.bind(&r.plan.CORE[i], g, n, r.choices[g.reloOf[n]])
	}
}

// split reports whether the outcome of one relocation of the group may depend
// on the others: candidates match some of them and not others.
func (g *coreGroup) split(vote bool) bool {
	if len(g.cands) < 2 {
		return false
	}
	useful := 0
	for c := range g.cands {
		for _, relo := range g.relos {
			if relo.compared && g.fixesOf(relo)[c].matched {
				useful++
				break
			}
		}
	}
	if vote {
		return useful > 1
	}
	for _, relo := range g.relos {
		n := 0
		fixes := g.fixesOf(relo)
		for c := range fixes {
			if fixes[c].matched {
				n++
			}
		}
		if n > 0 && n < len(g.cands) {
			return true
		}
	}
	return false
}

// choose matches the candidates of a list and wants those that match to
// agree. They are appended to left (relo_core.c, bpf_core_calc_relo_insn).
func (g *coreGroup) choose(relo *coreRelo, list, left []int) (coreChoice, []int) {
	choice := coreChoice{cand: -1}
	if !relo.compared {
		return choice, left
	}
	fixes := g.fixesOf(relo)
	for _, c := range list {
		fix := &fixes[c]
		switch {
		case fix.err != nil:
			return coreChoice{c, fix.err}, left
		case !fix.matched:
			continue
		case choice.cand < 0:
			choice.cand = c
		default:
			if first := &fixes[choice.cand]; first.offset != fix.offset ||
				first.value != fix.value && !first.poison && !fix.poison {
				return coreChoice{c, ambiguous(first, fix)}, left
			}
		}
		left = append(left, c)
	}
	if choice.cand < 0 {
		choice.err = relo.none.err
	}
	return choice, left
}

// errAmbiguous is wrapped by the error of candidates that disagree.
var errAmbiguous = errors.New("ambiguous")

func ambiguous(a, b *coreFix) error {
	if a.offset != b.offset {
		return fmt.Errorf("%w: offset %d bits in one candidate, %d in another", errAmbiguous, a.offset, b.offset)
	}
	return fmt.Errorf("%w: value %d for one candidate, %d for another", errAmbiguous, a.value, b.value)
}

// narrow decides a group whose candidates a relocation narrows down for those
// after it, in the order of the records that are relocated: those of .text and
// of the programs that are loaded.
func (r *coreRun) narrow(g *coreGroup) {
	in := make([]int, len(g.records)) // program of a record, -1 for .text
	programs := make(map[int]bool)
	for n, i := range g.records {
		in[n] = -1
		if f := r.plan.Object.CORE[i].Func; f != nil && f.Program != nil {
			in[n] = r.plan.facts.programOf[f]
			programs[in[n]] = true
		}
	}
	whole := r.narrowed(g, func(n int) bool { return in[n] < 0 || r.plan.Programs[in[n]].Autoload })
	for n, i := range g.records {
		r.bind(&r.plan.CORE[i], g, n, whole[n])
	}
	text := r.narrowed(g, func(n int) bool { return in[n] < 0 })
	for prog := range r.plan.Programs {
		alone := text
		if programs[prog] {
			alone = r.narrowed(g, func(n int) bool { return in[n] < 0 || in[n] == prog })
		}
		for n, i := range g.records {
			b := &r.plan.CORE[i]
			switch {
			case in[n] == prog && !r.plan.Programs[prog].Autoload:
				r.bind(b, g, n, alone[n])
			case (in[n] < 0 || in[n] == prog) && !alone[n].same(whole[n]):
				r.bindOther(b, prog, g, n, alone[n])
			}
		}
	}
}

func (c coreChoice) same(o coreChoice) bool {
	return c.cand == o.cand && (c.err == nil) == (o.err == nil)
}

// narrowed is the choice for every record of the group that is loaded.
func (r *coreRun) narrowed(g *coreGroup, loaded func(n int) bool) []coreChoice {
	choices := make([]coreChoice, len(g.records))
	list := make([]int, len(g.cands))
	for c := range list {
		list[c] = c
	}
	for n := range g.records {
		choices[n].cand = -1
		if !loaded(n) {
			continue
		}
		if !r.spend(len(list)) {
			choices[n].err = errCOREBudget
			continue
		}
		var left []int
		choices[n], left = g.choose(g.relos[g.reloOf[n]], list, nil)
		if len(left) > 0 && choices[n].err == nil {
			list = left
		}
	}
	return choices
}

// vote decides a group for every program by itself (btf/core.go,
// coreCalculateFixups).
func (r *coreRun) vote(g *coreGroup) {
	members := make([][]int, len(r.plan.Programs)) // of the group, by program
	for n, i := range g.records {
		r.bind(&r.plan.CORE[i], g, n, coreChoice{cand: -1})
		for _, prog := range r.plan.usersOf(r.plan.Object.CORE[i].Func) {
			members[prog] = append(members[prog], n)
		}
	}
	first := make(map[int]coreChoice) // by index of records
	// The programs that the object loads by itself come first.
	for _, loaded := range []bool{true, false} {
		for prog, ns := range members {
			if len(ns) == 0 || r.plan.Programs[prog].Autoload != loaded {
				continue
			}
			for k, choice := range r.voted(g, ns) {
				n := ns[k]
				b := &r.plan.CORE[g.records[n]]
				if was, ok := first[n]; !ok {
					first[n] = choice
					r.bind(b, g, n, choice)
				} else if !choice.same(was) {
					r.bindOther(b, prog, g, n, choice)
				}
			}
		}
	}
}

// voted is the choice for the records ns of the group, all of one program.
func (r *coreRun) voted(g *coreGroup, ns []int) []coreChoice {
	choices := make([]coreChoice, len(ns))
	best, bestScore := -1, 0
	for _, n := range ns {
		if g.relos[g.reloOf[n]].compared {
			bestScore++
		}
	}
	for c := range g.cands {
		score := 0
		if !r.spend(len(ns)) {
			return failed(choices, errCOREBudget)
		}
		for _, n := range ns {
			if relo := g.relos[g.reloOf[n]]; relo.compared && !g.fixesOf(relo)[c].matched {
				score++
			}
		}
		switch {
		case score < bestScore:
			best, bestScore = c, score
		case score == bestScore && best >= 0:
			if k := g.disagree(ns, best, c); k >= 0 {
				relo := g.relos[g.reloOf[ns[k]]]
				choices = g.chosen(choices, ns, best)
				choices[k] = coreChoice{c, ambiguous(g.fixOf(relo, best), g.fixOf(relo, c))}
				return choices
			}
		}
	}
	return g.chosen(choices, ns, best)
}

func failed(choices []coreChoice, err error) []coreChoice {
	for k := range choices {
		choices[k] = coreChoice{-1, err}
	}
	return choices
}

// chosen makes candidate c the choice for the records that it matches, and
// the error of any candidate that for the records that meet it.
func (g *coreGroup) chosen(choices []coreChoice, ns []int, c int) []coreChoice {
	for k, n := range ns {
		relo := g.relos[g.reloOf[n]]
		fixes := g.fixesOf(relo)
		choices[k] = coreChoice{cand: -1}
		if c >= 0 && relo.compared && fixes[c].matched {
			choices[k].cand = c
		}
		for e := range fixes {
			if fixes[e].err != nil {
				choices[k] = coreChoice{e, fixes[e].err}
				break
			}
		}
	}
	return choices
}

// disagree is the index of the first of the records ns for which two
// candidates of equal score compute different values, -1 if there is none.
func (g *coreGroup) disagree(ns []int, a, b int) int {
	for k, n := range ns {
		relo := g.relos[g.reloOf[n]]
		if !relo.compared {
			continue
		}
		x, y := g.fixOf(relo, a), g.fixOf(relo, b)
		if x.orig != y.orig || x.value != y.value {
			return k
		}
	}
	return -1
}

// fixOf is what a candidate makes of the relocation, matched or not.
func (g *coreGroup) fixOf(relo *coreRelo, c int) *coreFix {
	if fix := &g.fixesOf(relo)[c]; fix.matched {
		return fix
	}
	return &relo.none
}
