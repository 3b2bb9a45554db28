package flow

import (
	"slices"
	"sync"
)

// Result answers questions about one program. It is safe for concurrent use.
type Result struct {
	mu        sync.Mutex // questions keep what they find out in the graph
	code      *code
	graph     *graph
	malformed string
}

// Malformed says why the kernel refuses the program, or the analysis does not
// look at it, whatever is reachable; "" if nothing. Every answer is Unknown then.
func (r *Result) Malformed() string { return r.malformed }

// At answers for an instruction. One that is not in the program, or is the
// second slot of a ld_imm64, is Unknown.
func (r *Result) At(s Site) Answer {
	if r.graph == nil {
		return Answer{Depends: r.malformed}
	}
	x := r.code.find(s.Func)
	if x == nil || s.Insn < 0 || s.Insn >= len(x.insns) || x.flags[s.Insn]&flagSecond != 0 {
		return Answer{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.graph.answer(x, s.Insn)
}

// Explored returns how many states the analysis went through, and whether it
// followed paths to the end.
func (r *Result) Explored() (states int, precise bool) {
	if r.graph == nil {
		return 0, false
	}
	return len(r.graph.nodes), r.graph.precise
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

// guardOfUnknown is an instruction on the way to one of the nodes from which the
// verifier may turn away: the first one after which nothing leads to the nodes
// any more, preferably one that depends on something that has a name. Without
// such an instruction it is the last one that does not surely lead on.
func (g *graph) guardOfUnknown(at []int32) (Site, string) {
	g.markLeading(at)
	last, first := [2]int32{-1, -1}, [2]int32{-1, -1} // without and with a name
	for _, i := range at {
		to := i
		for i = g.from[i]; i >= 0; to, i = i, g.from[i] {
			n := &g.nodes[i]
			if n.edges < 2 || g.sureEdge(i, to) {
				continue
			}
			named := 0
			if n.depends >= 0 {
				named = 1
			}
			if last[named] < 0 {
				last[named] = i
			}
			if g.turnsAway(i) {
				first[named] = i
			}
		}
		if first[1] >= 0 {
			break
		}
	}
	for _, i := range [...]int32{first[1], first[0], last[1], last[0]} {
		if i < 0 {
			continue
		}
		if n := g.nodes[i].depends; n >= 0 {
			return g.site(i), g.params[n]
		}
		return g.site(i), ""
	}
	return Site{}, ""
}

// markLeading marks the nodes from which some way leads to one of the nodes.
func (g *graph) markLeading(at []int32) {
	m := &g.must
	m.round++
	m.todo = append(m.todo[:0], at...)
	for _, i := range at {
		m.marks[i] = m.round
	}
	for k := 0; k < len(m.todo); k++ {
		for _, i := range g.preds.of(m.todo[k]) {
			if m.marks[i] != m.round {
				m.marks[i] = m.round
				m.todo = append(m.todo, i)
			}
		}
	}
}

// turnsAway reports whether an edge leads from a node to one that is not marked.
func (g *graph) turnsAway(i int32) bool {
	return slices.ContainsFunc(g.edgesOf(i), func(e edge) bool { return g.must.marks[e.to] != g.must.round })
}

// codePlace is a slot of a function.
type codePlace struct {
	x    *fn
	slot int32
}

// search is what looking for guards keeps from one call to the next.
type search struct {
	round int32
	seen  []int32 // by slot of all functions: the last round that it was found in
	todo  []codePlace
}

// guardOfDead is the nearest explored instruction from which the code leads to
// the slot.
func (g *graph) guardOfDead(x *fn, slot int) Site {
	w := &g.search
	if w.seen == nil {
		w.seen = make([]int32, g.slots)
	}
	w.round++
	w.todo = append(w.todo[:0], codePlace{x, int32(slot)})
	w.seen[x.base+slot] = w.round
	for k := 0; k < len(w.todo); k++ {
		to, found := w.todo[k], Site{}
		visit := func(y *fn, from int32) {
			seen := &w.seen[y.base+int(from)]
			switch {
			case found.Func != nil:
			case g.isExplored(y, from):
				found = Site{y.f, int(from)}
			case *seen != w.round:
				*seen = w.round
				w.todo = append(w.todo, codePlace{y, from})
			}
		}
		to.x.preds.each(to.slot, func(from int32) { visit(to.x, from) })
		if to.slot == 0 {
			g.eachReference(to.x, visit)
		}
		if found.Func != nil {
			return found
		}
	}
	return Site{}
}

// eachReference calls f with every instruction that refers to a function.
func (g *graph) eachReference(to *fn, f func(y *fn, slot int32)) {
	for _, y := range g.funcs {
		for i := range y.f.Refs {
			if r := &y.f.Refs[i]; r.Func == to.f && r.Insn >= 0 && r.Insn < len(y.insns) {
				f(y, int32(r.Insn))
			}
		}
	}
}

// isExplored reports whether some node has the slot.
func (g *graph) isExplored(x *fn, slot int32) bool {
	if g.explored == nil {
		g.explored = make([][]bool, len(g.funcs))
	}
	seen := g.explored[x.index]
	if seen == nil {
		seen = make([]bool, len(x.insns))
		for start, i := range g.heads[x.base : x.base+len(x.insns)] {
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

// graph is what an engine found, ready for questions.
type graph struct {
	*code
	nodes    []node
	edges    []edge
	params   []string
	precise  bool
	partial  bool    // stopped when all sites asked for were found reachable
	sure     []bool  // nodes that the verifier certainly explores
	heads    []int32 // by slot of all functions: a node that starts there, -1 without
	nexts    []int32 // by node: another one that starts there
	from     []int32 // nodes along which a node is reached first, -1
	preds    adjacency
	must     mustSolver
	memo     map[[2]int32]Answer
	at       []int32
	explored [][]bool // slots that some node has, by function; made when needed
	search   search
}

// adjacency lists nodes by node: those of node i are list[first[i]:first[i+1]].
type adjacency struct{ first, list []int32 }

func (a *adjacency) of(i int32) []int32 { return a.list[a.first[i]:a.first[i+1]] }

// finish makes the graph of what was explored. It shares no memory with the engine.
func (e *engine) finish() *graph {
	g := &graph{code: e.code, nodes: slices.Clone(e.nodes), params: e.vals.params, precise: e.precise, partial: e.stopped()}
	g.nodes[0].edge, g.nodes[0].edges = int32(len(e.edges)), int32(len(e.starts))
	g.edges = slices.Concat(e.edges, e.starts)
	links := make([]int32, len(g.nodes)+e.slots)
	g.nexts, g.heads = links[:len(g.nodes):len(g.nodes)], links[len(g.nodes):]
	for i := range g.heads {
		g.heads[i] = -1
	}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.end > n.start {
			head := &g.heads[e.funcs[n.fn].base+int(n.start)]
			g.nexts[i], *head = *head, int32(i)
		}
	}
	g.markSure()
	return g
}

// edgesOf are the edges of a node.
func (g *graph) edgesOf(i int32) []edge {
	n := &g.nodes[i]
	return g.edges[n.edge : n.edge+n.edges]
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
	lists := make([]int32, 2*len(g.nodes))
	g.from = lists[:len(g.nodes)]
	todo := lists[len(g.nodes):len(g.nodes)]
	for i := range g.from {
		g.from[i] = -1
	}
	todo = append(todo, 0)
	g.sure[0] = true
	for i := 0; i < len(todo); i++ {
		edges := g.edgesOf(todo[i])
		for _, e := range edges {
			if (e.sure || len(edges) == 1) && !g.sure[e.to] {
				g.sure[e.to] = true
				g.from[e.to] = todo[i]
				todo = append(todo, e.to)
			}
		}
	}
	for i := 0; i < len(todo); i++ {
		for _, e := range g.edgesOf(todo[i]) {
			if !g.sure[e.to] && g.from[e.to] < 0 {
				g.from[e.to] = todo[i]
				todo = append(todo, e.to)
			}
		}
	}
}

// answer answers for a slot of a function.
func (g *graph) answer(x *fn, slot int) Answer {
	leader := x.leader(int32(slot))
	at := g.at[:0]
	for i := g.heads[x.base+int(leader)]; i >= 0; i = g.nexts[i] {
		if slot < int(g.nodes[i].end) {
			if g.sure[i] {
				return Answer{Reach: Reachable, Guard: g.lastDecided(i)}
			}
			at = append(at, i)
		}
	}
	g.at = at
	switch {
	case g.partial || len(at) == 0 && g.asked != nil && !g.asked[x.base+slot]:
		return Answer{}
	case len(at) == 0 && g.isExplored(x, leader): // up to some refusal
		return Answer{Reach: Dead, Guard: g.guardOfDead(x, slot)}
	}
	// Nodes of a block differ in their ends only: their number tells which these
	// are. To a block without any there is one way.
	key := [2]int32{int32(x.base) + leader, int32(len(at))}
	if a, ok := g.memo[key]; ok {
		return a
	}
	a := Answer{}
	if len(at) == 0 {
		a = Answer{Reach: Dead, Guard: g.guardOfDead(x, slot)}
	} else if g.mustReach(at) {
		a.Reach = Reachable
	} else {
		a.Guard, a.Depends = g.guardOfUnknown(at)
	}
	if g.memo == nil {
		g.memo = map[[2]int32]Answer{}
	}
	g.memo[key] = a
	return a
}
