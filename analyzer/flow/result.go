package flow

import (
	"slices"
)

// Result answers questions about one program. It is safe for concurrent use
// only if no two calls overlap.
type Result struct {
	code  *code
	graph *graph
}

// Malformed says why the kernel refuses the program, or the analysis does not
// look at it, whatever is reachable; "" if nothing. Every answer is Unknown then.
func (r *Result) Malformed() string { return r.code.malformed }

// At answers for an instruction. One that is not in the program, or is the
// second slot of a ld_imm64, is Unknown.
func (r *Result) At(s Site) Answer {
	if r.graph == nil {
		return Answer{Depends: r.code.malformed}
	}
	x := r.code.byFunc[s.Func]
	if x == nil || s.Insn < 0 || s.Insn >= len(x.insns) || x.flags[s.Insn]&flagSecond != 0 {
		return Answer{}
	}
	return r.graph.at(x, s.Insn)
}

// Explored returns how many states the analysis went through, and whether it
// followed paths to the end.
func (r *Result) Explored() (states int, precise bool) {
	if r.graph == nil {
		return 0, false
	}
	return len(r.graph.nodes), r.graph.precise
}

// graph is what an engine found, ready for questions.
type graph struct {
	*code
	nodes    []node
	params   []string
	precise  bool
	sure     []bool    // nodes that the verifier certainly explores
	heads    [][]int32 // by function and leader: a node that starts there, -1 without
	nexts    []int32   // by node: another one that starts there
	preds    [][]int32
	memo     map[string]Answer
	explored [][]bool // slots that some node has, by function; made when needed
	from     []int32  // nodes along which a node is reached first, -1
}

// finish makes the graph of what was explored. Functions whose exploration
// does not hang on a call are attached to an extra first node.
func (e *engine) finish() *graph {
	g := &graph{code: e.code, nodes: e.nodes, params: e.vals.params, precise: e.precise, memo: map[string]Answer{}}
	g.heads = make([][]int32, len(e.funcs))
	for i, x := range e.funcs {
		g.heads[i] = make([]int32, len(x.insns))
		for k := range g.heads[i] {
			g.heads[i][k] = -1
		}
	}
	g.nexts = make([]int32, len(g.nodes))
	g.preds = make([][]int32, len(g.nodes))
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.end > n.start {
			g.nexts[i] = g.heads[n.fn][n.start]
			g.heads[n.fn][n.start] = int32(i)
		}
		for _, e := range n.edges {
			g.preds[e.to] = append(g.preds[e.to], int32(i))
		}
	}
	g.markSure()
	return g
}

// leader is the slot at which the block of a slot starts.
func (x *fn) leader(slot int32) int32 {
	for slot > 0 && x.flags[slot]&flagLeader == 0 {
		slot--
	}
	return slot
}

// markSure finds the nodes that are reached along sure edges alone.
func (g *graph) markSure() {
	g.sure = make([]bool, len(g.nodes))
	g.from = make([]int32, len(g.nodes))
	for i := range g.from {
		g.from[i] = -1
	}
	todo := []int32{0}
	g.sure[0] = true
	for i := 0; i < len(todo); i++ {
		n := &g.nodes[todo[i]]
		for _, e := range n.edges {
			if (e.sure || len(n.edges) == 1) && !g.sure[e.to] {
				g.sure[e.to] = true
				g.from[e.to] = todo[i]
				todo = append(todo, e.to)
			}
		}
	}
	for i := 0; i < len(todo); i++ {
		for _, e := range g.nodes[todo[i]].edges {
			if !g.sure[e.to] && g.from[e.to] < 0 {
				g.from[e.to] = todo[i]
				todo = append(todo, e.to)
			}
		}
	}
}

// at answers for a slot of a function.
func (g *graph) at(x *fn, slot int) Answer {
	var at []int32
	for i := g.heads[x.index][x.leader(int32(slot))]; i >= 0; i = g.nexts[i] {
		if slot < int(g.nodes[i].end) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return Answer{Reach: Dead, Guard: g.guardOfDead(x, slot)}
	}
	for _, i := range at {
		if g.sure[i] {
			return Answer{Reach: Reachable, Guard: g.lastDecided(i)}
		}
	}
	key := nodesKey(at)
	if a, ok := g.memo[key]; ok {
		return a
	}
	a := Answer{}
	if g.mustReach(at) {
		a.Reach = Reachable
	} else {
		a.Guard, a.Depends = g.guardOfUnknown(at)
	}
	g.memo[key] = a
	return a
}

func nodesKey(list []int32) string {
	b := make([]byte, 0, 4*len(list))
	for _, i := range list {
		b = append(b, byte(i), byte(i>>8), byte(i>>16), byte(i>>24))
	}
	return string(b)
}

// mustReach reports whether the verifier gets to one of the nodes whatever it
// decides where that is not known here. See doc.go.
func (g *graph) mustReach(at []int32) bool {
	return g.mustProgress(at) || g.mustEnd(at)
}

// mustProgress computes the nodes from which the verifier gets to a target:
// the least set that holds the targets, the nodes with a sure edge into the
// set, and those with all edges into it.
func (g *graph) mustProgress(at []int32) bool {
	in := make([]bool, len(g.nodes))
	left := make([]int32, len(g.nodes)) // edges that do not lead into the set
	for i := range g.nodes {
		left[i] = int32(len(g.nodes[i].edges))
	}
	todo := slices.Clone(at)
	for _, i := range at {
		in[i] = true
	}
	for len(todo) > 0 {
		to := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, i := range g.preds[to] {
			if in[i] {
				continue
			}
			left[i]--
			if left[i] == 0 || g.sureEdge(i, to) {
				in[i] = true
				todo = append(todo, i)
			}
		}
	}
	return in[0]
}

func (g *graph) sureEdge(from, to int32) bool {
	for _, e := range g.nodes[from].edges {
		if e.to == to && e.sure {
			return true
		}
	}
	return false
}

// mustEnd computes the nodes from which the verifier may end without getting
// to a target: those without edges, and those whose sure edges all lead to
// such nodes and that have an edge to one. A path outside of these nodes does
// not end before a target: the kernel refuses one that does not end at all.
func (g *graph) mustEnd(at []int32) bool {
	lost := make([]bool, len(g.nodes))
	target := make([]bool, len(g.nodes))
	sure := make([]int32, len(g.nodes)) // sure edges that do not lead to lost nodes
	var todo []int32
	for _, i := range at {
		target[i] = true
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		if !n.loops {
			for _, e := range n.edges {
				if e.sure {
					sure[i]++
				}
			}
		}
		if len(n.edges) == 0 && !target[i] {
			lost[i] = true
			todo = append(todo, int32(i))
		}
	}
	for len(todo) > 0 {
		to := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, i := range g.preds[to] {
			if lost[i] || target[i] {
				continue
			}
			if !g.nodes[i].loops && g.sureEdge(i, to) {
				sure[i]--
			}
			if sure[i] == 0 {
				lost[i] = true
				todo = append(todo, i)
			}
		}
	}
	return !lost[0]
}

// site is the last instruction of a node.
func (g *graph) site(i int32) Site {
	n := &g.nodes[i]
	if n.end == n.start {
		return Site{}
	}
	x := g.funcs[n.fn]
	slot := int(n.end) - 1
	if slot > 0 && x.flags[slot]&flagSecond != 0 {
		slot--
	}
	return Site{x.f, slot}
}

// lastDecided is the last jump on the way to a node that constants decided.
func (g *graph) lastDecided(i int32) Site {
	for i = g.from[i]; i >= 0; i = g.from[i] {
		if g.nodes[i].decided {
			return g.site(i)
		}
	}
	return Site{}
}

// guardOfUnknown is the last instruction on the way to one of the nodes from
// which the verifier may turn away: preferably one that depends on something
// that has a name.
func (g *graph) guardOfUnknown(at []int32) (Site, string) {
	var vague Site
	for _, i := range at {
		to := i
		for i = g.from[i]; i >= 0; to, i = i, g.from[i] {
			n := &g.nodes[i]
			if len(n.edges) < 2 || g.sureEdge(i, to) {
				continue
			}
			if n.depends >= 0 {
				return g.site(i), g.params[n.depends]
			}
			if vague.Func == nil {
				vague = g.site(i)
			}
		}
	}
	return vague, ""
}

// guardOfDead is the nearest explored instruction from which the code leads to
// the slot.
func (g *graph) guardOfDead(x *fn, slot int) Site {
	type place struct {
		x    *fn
		slot int32
	}
	start := place{x, int32(slot)}
	seen := map[place]bool{start: true}
	todo := []place{start}
	for k := 0; k < len(todo); k++ {
		to, found := todo[k], Site{}
		visit := func(y *fn, from int32) {
			p := place{y, from}
			switch {
			case seen[p] || found.Func != nil:
			case g.isExplored(y, from):
				found = Site{y.f, int(from)}
			default:
				seen[p] = true
				todo = append(todo, p)
			}
		}
		to.x.preds.each(to.slot, func(from int32) { visit(to.x, from) })
		if to.slot == 0 {
			for _, y := range g.funcs {
				for i := range y.f.Refs {
					if r := &y.f.Refs[i]; r.Func == to.x.f && r.Insn >= 0 && r.Insn < len(y.insns) {
						visit(y, int32(r.Insn))
					}
				}
			}
		}
		if found.Func != nil {
			return found
		}
	}
	return Site{}
}

// isExplored reports whether some node has the slot.
func (g *graph) isExplored(x *fn, slot int32) bool {
	if g.explored == nil {
		g.explored = make([][]bool, len(g.funcs))
	}
	seen := g.explored[x.index]
	if seen == nil {
		seen = make([]bool, len(x.insns))
		for start, i := range g.heads[x.index] {
			end := int32(0)
			for ; i >= 0; i = g.nexts[i] {
				end = max(end, g.nodes[i].end)
			}
			for s := int32(start); s < end; s++ {
				seen[s] = true
			}
		}
		g.explored[x.index] = seen
	}
	return seen[slot]
}
