package flow

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// ask notes the sites that are asked for. Nil asks for all.
func (c *code) ask(sites []Site) {
	if sites == nil {
		return
	}
	c.asked = make([]bool, c.slots)
	for _, s := range sites {
		if x := c.byFunc[s.Func]; x != nil && s.Insn >= 0 && s.Insn < len(x.insns) {
			c.asked[x.base+s.Insn] = true
		}
	}
	c.findNeeded()
}

// findNeeded finds the slots of the entry from which the code leads to a site
// that is asked for, if only through a function whose address it takes or
// that it calls. Every call may lead to a function whose address is taken.
func (c *code) findNeeded() {
	holds, taken := c.holders()
	x := c.funcs[0]
	x.needed = make([]bool, len(x.insns))
	var todo []int32
	need := func(i int32) {
		if !x.needed[i] {
			x.needed[i] = true
			todo = append(todo, i)
		}
	}
	for i := range x.insns {
		r := x.ref(i)
		if c.asked[i] || r != nil && r.Func != nil && c.byFunc[r.Func] != nil && holds[c.byFunc[r.Func].index] ||
			taken && x.insns[i].Op == opCall && x.flags[i]&flagSecond == 0 {
			need(int32(i))
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x.preds.each(i, need)
	}
}

// holders finds the functions that hold a site that is asked for or lead to one
// that does. It reports whether the address of such a function is taken.
func (c *code) holders() (holds []bool, taken bool) {
	holds = make([]bool, len(c.funcs))
	for _, x := range c.funcs {
		for i := range x.insns {
			holds[x.index] = holds[x.index] || c.asked[x.base+i]
		}
	}
	for changed := true; changed; {
		changed = false
		for _, x := range c.funcs {
			for i := range x.f.Refs {
				r := &x.f.Refs[i]
				to := c.byFunc[r.Func]
				if to == nil || !holds[to.index] {
					continue
				}
				taken = taken || r.Kind == bpfobj.RefFuncAddr
				if !holds[x.index] {
					holds[x.index], changed = true, true
				}
			}
		}
	}
	return holds, taken
}

// skips reports whether nothing that is asked for comes at the slot or after it.
func (x *fn) skips(slot int) bool { return x.needed != nil && !x.needed[slot] }

// settler finds out when all sites that are asked for are known to be reached.
type settler struct {
	open  []bool // by slot of all functions: asked for and not known to be reached
	left  int    // number of these
	known []bool // by node: the verifier certainly explores it

	spread []int32 // of settle, kept for the next call
}

func newSettler(c *code) settler {
	s := settler{open: slices.Clone(c.asked)}
	for _, asked := range c.asked {
		if asked {
			s.left++
		}
	}
	return s
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
