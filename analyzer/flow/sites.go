package flow

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// code is a program with what one analysis asks of it.
type code struct {
	*Program
	facts  *Facts
	asked  []bool // by slot of all functions: it is asked for; nil if all are
	needed []bool // by slot of the entry: something asked for comes there or later; nil: everywhere
	trace  trace
}

// newCode notes the sites that are asked for. Nil asks for all.
func newCode(p *Program, facts *Facts, budget *Budget) *code {
	c := &code{Program: p, facts: facts, trace: newTrace(p, facts, budget)}
	if budget.Sites == nil {
		return c
	}
	n := len(p.funcs[0].insns)
	marks := make([]bool, p.slots+n)
	c.asked, c.needed = marks[:p.slots], marks[p.slots:]
	holds := make([]bool, len(p.funcs)) // a site that is asked for
	for _, s := range budget.Sites {
		if x := p.find(s.Func); x != nil && s.Insn >= 0 && s.Insn < len(x.insns) {
			c.asked[x.base+s.Insn] = true
			holds[x.index] = true
		}
	}
	c.findNeeded(holds)
	return c
}

// findNeeded finds the slots of the entry from which the code leads to a site
// that is asked for, if only through a function whose address it takes or
// that it calls. Every call may lead to a function whose address is taken.
func (c *code) findNeeded(holds []bool) {
	taken := c.holders(holds)
	x := c.funcs[0]
	todo := make([]int32, 0, 16)
	need := func(i int32) {
		if !c.needed[i] {
			c.needed[i] = true
			todo = append(todo, i)
		}
	}
	for i := range x.insns {
		r := x.ref(i)
		if c.asked[i] || taken && x.insns[i].Op == opCall && x.flags[i]&flagSecond == 0 ||
			r != nil && r.Func != nil && holds[c.find(r.Func).index] {
			need(int32(i))
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x.preds.each(i, need)
	}
}

// holders adds the functions that lead to one that holds a site which is asked
// for. It reports whether the address of such a function is taken.
func (c *code) holders(holds []bool) (taken bool) {
	for changed := true; changed; {
		changed = false
		for _, x := range c.funcs {
			for i := range x.f.Refs {
				r := &x.f.Refs[i]
				if r.Func == nil || !holds[c.find(r.Func).index] {
					continue
				}
				taken = taken || r.Kind == bpfobj.RefFuncAddr
				if !holds[x.index] {
					holds[x.index], changed = true, true
				}
			}
		}
	}
	return taken
}

// skips reports whether nothing that is asked for comes at the slot or after it.
func (c *code) skips(x *fn, slot int) bool { return x.index == 0 && c.needed != nil && !c.needed[slot] }

// settler finds out when all sites that are asked for are known to be reached.
type settler struct {
	open  []bool // by slot of all functions: asked for and not known to be reached
	left  int    // number of these
	known []bool // by node: the verifier certainly explores it

	spread []int32 // of settle, kept for the next call
}

func (s *settler) reset(c *code) {
	s.open, s.left, s.known = append(s.open[:0], c.asked...), 0, s.known[:0]
	for _, asked := range c.asked {
		if asked {
			s.left++
		}
	}
}

// stopped reports whether everything that is asked for is answered.
func (e *engine) stopped() bool { return e.asked != nil && e.left == 0 }

// startAt makes the verifier start at a node, perhaps.
func (e *engine) startAt(n int32, sure bool) {
	e.starts = append(e.starts, edge{n, sure})
	if e.asked != nil && sure {
		e.growKnown()
		e.known[n] = true
	}
}

func (e *engine) growKnown() {
	for len(e.known) < len(e.nodes) {
		e.known = append(e.known, false)
	}
}

// settle looks for sites that are now known to be reached, after a node was
// executed.
func (e *engine) settle(n int32) {
	if e.asked == nil {
		return
	}
	e.growKnown()
	if !e.known[n] {
		return
	}
	todo := append(e.spread[:0], n)
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n := &e.nodes[i]
		base := e.funcs[n.fn].base
		for slot := n.start; slot < n.end; slot++ {
			if e.open[base+int(slot)] {
				e.open[base+int(slot)] = false
				e.left--
			}
		}
		for _, to := range e.edges[n.edge : n.edge+n.edges] {
			if !to.sure && n.edges > 1 || e.known[to.to] {
				continue
			}
			e.known[to.to] = true
			if e.states[to.to] == nil {
				todo = append(todo, to.to) // executed already
			}
		}
	}
	e.spread = todo
}
