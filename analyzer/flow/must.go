package flow

// mustSolver has what questions of one graph share. Marks of a question are its
// number, so that nothing has to be cleared.
type mustSolver struct {
	round   int32   // number of the set that is computed
	marks   []int32 // by node: the last set that it is in
	asked   int32   // number of the question
	targets []int32 // by node: the last question that it is a target of
	counts  []int32 // by node: edges left, in the round in counted
	counted []int32
	todo    []int32
	// escape are the nodes that one way to end needs: if no target is one of
	// them the verifier may end.
	escape []bool
	// endless tells that the verifier does not end at all.
	endless bool
}

// mustReach reports whether the verifier gets to one of the nodes whatever it
// decides where that is not known here. See the package's documentation.
func (g *graph) mustReach(at []int32) bool {
	m := &g.must
	if m.marks == nil {
		g.prepareMust()
	}
	m.asked++
	for _, i := range at {
		m.targets[i] = m.asked
	}
	return g.mustProgress(at) || g.mustEnd(at)
}

// prepareMust finds the predecessors of all nodes, and one way to end.
func (g *graph) prepareMust() {
	n := len(g.nodes)
	first := make([]int32, n+2)
	for _, e := range g.edges {
		first[e.to+2]++
	}
	for i := range n {
		first[i+2] += first[i+1]
	}
	list := make([]int32, len(g.edges))
	for i := range g.nodes {
		for _, e := range g.edgesOf(int32(i)) {
			list[first[e.to+1]] = int32(i)
			first[e.to+1]++
		}
	}
	g.preds = adjacency{first[:n+1], list}
	m := &g.must
	all := make([]int32, 4*n)
	m.marks, m.targets, m.counts, m.counted = all[:n], all[n:2*n], all[2*n:3*n], all[3*n:]
	m.asked++
	g.lose()
	if m.marks[0] != m.round {
		m.endless = true
		return
	}
	// In the order in which nodes were found an earlier one leads to an end.
	rank := m.counted
	for k, i := range m.todo {
		rank[i] = int32(k)
	}
	m.escape = make([]bool, n)
	m.escape[0] = true
	todo := []int32{0}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = g.followEscape(i, rank, todo[:len(todo)-1])
	}
	clear(m.counted)
}

// followEscape appends the nodes that the way to end needs from a node.
func (g *graph) followEscape(i int32, rank, todo []int32) []int32 {
	m := &g.must
	best, all := int32(-1), g.sureEdges(i) > 0
	for _, e := range g.edgesOf(i) {
		switch {
		case all && e.sure && !m.escape[e.to]:
			m.escape[e.to] = true
			todo = append(todo, e.to)
		case !all && m.marks[e.to] == m.round && (best < 0 || rank[e.to] < rank[best]):
			best = e.to
		}
	}
	if best >= 0 && !m.escape[best] {
		m.escape[best] = true
		todo = append(todo, best)
	}
	return todo
}

// mustProgress computes the nodes from which the verifier gets to a target:
// the least set that holds the targets, the nodes with a sure edge into the
// set, and those with all edges into it. It reports whether that holds a node
// that the verifier certainly explores.
func (g *graph) mustProgress(at []int32) bool {
	m := &g.must
	m.round++
	m.todo = append(m.todo[:0], at...)
	for _, i := range at {
		m.marks[i] = m.round
	}
	for k := 0; k < len(m.todo); k++ {
		for _, i := range g.preds.of(m.todo[k]) {
			if m.marks[i] == m.round {
				continue
			}
			if m.counted[i] != m.round {
				m.counted[i], m.counts[i] = m.round, g.nodes[i].edges
			}
			m.counts[i]--
			if m.counts[i] == 0 || g.sureEdge(i, m.todo[k]) {
				if g.sure[i] {
					return true
				}
				m.marks[i] = m.round
				m.todo = append(m.todo, i)
			}
		}
	}
	return false
}

func (g *graph) sureEdge(from, to int32) bool {
	for _, e := range g.edgesOf(from) {
		if e.to == to && e.sure {
			return true
		}
	}
	return false
}

// mustEnd reports whether the verifier cannot end without getting to a target.
// Then it gets there: the kernel refuses a path that does not end at all.
func (g *graph) mustEnd(at []int32) bool {
	m := &g.must
	if m.endless {
		return true
	}
	for _, i := range at {
		if m.escape[i] {
			g.lose()
			return m.marks[0] != m.round
		}
	}
	return false
}

// lose marks the nodes from which the verifier may end without getting to a
// target: those without edges, and those whose sure edges all lead to such
// nodes and that have an edge to one. todo has them in the order in which they
// are found.
func (g *graph) lose() {
	m := &g.must
	m.round++
	m.todo = m.todo[:0]
	for i := range g.nodes {
		if g.nodes[i].edges == 0 && m.targets[i] != m.asked {
			m.marks[i] = m.round
			m.todo = append(m.todo, int32(i))
		}
	}
	for k := 0; k < len(m.todo); k++ {
		for _, i := range g.preds.of(m.todo[k]) {
			if m.marks[i] == m.round || m.targets[i] == m.asked {
				continue
			}
			if m.counted[i] != m.round {
				m.counted[i], m.counts[i] = m.round, g.sureEdges(i)
			}
			if m.counts[i] > 0 && g.sureEdge(i, m.todo[k]) {
				m.counts[i]--
			}
			if m.counts[i] == 0 {
				m.marks[i] = m.round
				m.todo = append(m.todo, i)
			}
		}
	}
}

// sureEdges is the number of edges that the verifier takes all.
func (g *graph) sureEdges(i int32) int32 {
	n := int32(0)
	if !g.nodes[i].loops {
		for _, e := range g.edgesOf(i) {
			if e.sure {
				n++
			}
		}
	}
	return n
}
