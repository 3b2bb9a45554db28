package flow

// maxFrames is how deep calls may nest (include/linux/bpf_verifier.h, MAX_CALL_FRAMES).
const maxFrames = 8

// edge leads from a node to one that the verifier may go on to.
type edge struct {
	to   int32
	sure bool // the verifier explores it, whatever else it explores
}

// node is a piece of straight code that is entered with one state. The
// verifier goes on along every sure edge and along at least one edge, if
// there are edges; without edges the path ends.
type node struct {
	fn         int32
	start, end int32 // slots executed, end excluded
	edge       int32 // the first of its edges
	edges      int32 // number of edges
	depends    int32 // what the choice among edges depends on, param; -1
	decided    bool  // ends in a jump that known constants decide
	loops      bool  // the verifier may stop here at a state that it is still exploring
}

// visits are the states that a place was entered with in one context.
type visits struct {
	count  int
	groups []group // of merged states, once there are too many; the last one allowed is for all
}

// group is what became one state.
type group struct {
	class  uint64 // what the states have in common, engine.class
	count  int
	merged *state
	node   int32 // of the merged state
}

// engine explores a program.
type engine struct {
	*code
	budget  Budget
	precise bool // follow static calls; else functions are explored alone
	vals    values
	sets    setTable
	frames  frameTable
	places  placeTable
	pieces  pieceArena
	pool    statePool
	nodes   []node
	edges   []edge
	starts  []edge   // of node 0
	states  []*state // by node, nil once it is executed
	todo    queue
	byKey   keyTable
	visited map[place]int32 // index into visits
	visits  []visits
	alone   []int32 // by function: the node of one that is verified alone, 0 of others
	key     []uint32
	settler
	end     int32 // the node where paths end, 0 without
	taken   []*fn // functions whose address is taken on some path
	tracker tracker
	matters [][]relevance // by function: what matters there; nil before the function is entered
}

// place is a slot that states are compared at.
type place struct{ fn, slot, context int32 }

// placeTable numbers the data that addresses point into.
type placeTable struct {
	list  []Place
	index map[Place]val
}

func (t *placeTable) add(p Place) val {
	if i, ok := t.index[p]; ok {
		return i
	}
	if t.index == nil {
		t.index = map[Place]val{}
	}
	i := val(len(t.list))
	t.list = append(t.list, p)
	t.index[p] = i
	return i
}

// newEngine makes an engine, which reset makes ready for an analysis.
func newEngine() *engine {
	return &engine{vals: newValues(), sets: newSetTable(), frames: newFrameTable(), byKey: newKeyTable(), visited: map[place]int32{}}
}

// run explores everything. It returns false if the budget is used up. Node 0
// leads to all that the verifier starts with.
func (e *engine) run() bool {
	e.nodes = append(e.nodes, node{depends: -1})
	e.states = append(e.states, nil)
	s := e.pool.get()
	for r := range s.regs {
		s.regs[r] = opaque // the kernel refuses to read it
	}
	s.regs[1] = e.vals.pointer(kindPtr, 0, 0, levelNever)
	e.startAt(e.enter(e.funcs[0], 0, s, true), true)
	if e.facts.Globals == GlobalsAll {
		e.startGlobals(true)
	}
	if !e.drain() {
		return false
	}
	if e.facts.Globals == GlobalsUnknown {
		e.startGlobals(false)
	}
	for i := 0; i < len(e.taken); i++ {
		if e.alone[e.taken[i].index] == 0 {
			e.startAt(e.explore(e.taken[i]), false)
		}
		if !e.drain() {
			return false
		}
	}
	return e.drain()
}

// startGlobals explores the global functions that are not called. Those that
// are called already are left alone: their callers lead to them.
func (e *engine) startGlobals(sure bool) {
	for _, x := range e.funcs {
		if x.global && e.alone[x.index] == 0 {
			e.startAt(e.explore(x), sure)
		}
	}
}

// drain executes all nodes that wait.
func (e *engine) drain() bool {
	p := path{engine: e}
	for len(e.todo) > 0 && !e.stopped() {
		n := int32(uint32(e.todo.pop()))
		p.n, p.x, p.s = n, e.funcs[e.nodes[n].fn], e.states[n]
		e.states[n] = nil
		e.nodes[n].edge = int32(len(e.edges))
		p.run(int(e.nodes[n].start))
		e.settle(n)
		if len(e.nodes) > e.budget.States || len(e.vals.list) >= e.vals.limit {
			return false
		}
	}
	return true
}

// enter returns the node for a slot entered with a state, which is the
// engine's from then on. At joins equal states share a node, and too many
// states are merged.
func (e *engine) enter(x *fn, slot int, s *state, join bool) int32 {
	if e.skips(x, slot) {
		e.pool.put(s)
		return e.endNode()
	}
	if !join {
		return e.newNode(x, slot, s)
	}
	e.normalize(x, slot, s)
	key := e.stateKey(x, slot, s)
	n, hash, ok := e.byKey.find(key)
	if ok {
		e.pool.put(s)
		return n
	}
	v := e.visit(place{int32(x.index), int32(slot), e.frames.list[s.frame].context})
	if v.count++; v.count <= e.perSite() {
		n := e.newNode(x, slot, s)
		e.byKey.add(key, hash, n)
		return n
	}
	g := v.group(e.class(s), e.perClass())
	g.count++
	if g.merged != nil {
		merged := e.merge(g.merged, s, g.count > convergeAfter)
		e.normalize(x, slot, merged)
		e.pool.put(s)
		e.pool.put(g.merged)
		s, g.merged = merged, nil
		if e.states[g.node] != nil { // not executed yet: one node for both
			e.pool.put(e.states[g.node])
			g.merged, e.states[g.node] = e.pool.clone(s), s
			return g.node
		}
		key = e.stateKey(x, slot, s)
		n, hash, ok = e.byKey.find(key)
	}
	g.merged = e.pool.clone(s)
	if ok {
		e.pool.put(s)
		return n
	}
	g.node = e.newNode(x, slot, s)
	e.byKey.add(key, hash, g.node)
	return g.node
}

// convergeAfter is how many states a group merges carefully.
const convergeAfter = 32

// visit is what is known of a place.
func (e *engine) visit(at place) *visits {
	i, ok := e.visited[at]
	if !ok {
		i = int32(len(e.visits))
		e.visited[at] = i
		e.visits = append(e.visits, visits{})
	}
	return &e.visits[i]
}

// group finds the group of a class. If there are as many as there may be it is
// the first one.
func (v *visits) group(class uint64, most int) *group {
	for i := range v.groups {
		if v.groups[i].class == class {
			return &v.groups[i]
		}
	}
	if len(v.groups) >= most {
		return &v.groups[0]
	}
	v.groups = append(v.groups, group{class: class})
	return &v.groups[len(v.groups)-1]
}

// class is a number that is the same for states that hold the same constants,
// addresses and fixed values, and of whose other values the same are unsure.
func (e *engine) class(s *state) uint64 {
	h := uint64(0)
	add := func(x uint64) { h = mix(h, x) }
	known := func(at uint64, v val) {
		n := &e.vals.list[v]
		switch {
		case n.kind == kindConst:
			add(at)
			add(n.imm)
		case n.kind == kindVague || n.kind == kindOpaque:
			add(at + 1<<32)
		case n.isPointer() || n.kind == kindNonZero || n.p >= 0 && n.roots == 0:
			add(at)
			add(uint64(v))
		}
	}
	for r, v := range s.regs {
		known(uint64(r), v)
	}
	for _, p := range s.stack {
		known(uint64(uint16(p.off))<<16|uint64(p.size), p.v)
	}
	for _, f := range s.facts {
		add(uint64(f.v))
		add(uint64(f.set))
	}
	return h
}

// perClass is the number of groups that a place may have.
func (e *engine) perClass() int {
	switch n := len(e.nodes); {
	case n < manyStates:
		return max(1, e.budget.PerSite/4)
	case n < manyStates+2*e.leaders:
		return max(1, e.budget.PerSite/8)
	}
	return min(3, e.budget.PerSite)
}

// manyStates is a number of states up to which there is no need to hurry.
const manyStates = 1000

// perSite is the number of states that a place may be entered with. Programs
// that need many states anyhow get fewer of them.
func (e *engine) perSite() int {
	switch n := len(e.nodes); {
	case n < manyStates:
		return e.budget.PerSite
	case n < manyStates+e.leaders/2:
		return max(1, e.budget.PerSite/16)
	}
	return 1
}

func (e *engine) newNode(x *fn, slot int, s *state) int32 {
	n := int32(len(e.nodes))
	e.nodes = append(e.nodes, node{fn: int32(x.index), start: int32(slot), end: int32(slot), depends: -1})
	e.states = append(e.states, s)
	e.todo.push(e.order(slot, s, n))
	return n
}

// order is the place of a node in the queue: callees before their callers,
// then by slot. Most code is laid out so that ways meet further down: when
// they do, most of them have arrived.
func (e *engine) order(slot int, s *state, n int32) uint64 {
	depth := 0
	if s.frame > 0 {
		depth = e.frames.list[s.frame].depth + 1
	}
	return uint64(maxFrames-depth)<<56 | uint64(slot)<<32 | uint64(uint32(n))
}

// queue is a heap of numbers, the smallest first.
type queue []uint64

func (q *queue) push(x uint64) {
	h := append(*q, x)
	i := len(h) - 1
	for ; i > 0 && h[(i-1)/2] > x; i = (i - 1) / 2 {
		h[i] = h[(i-1)/2]
	}
	h[i] = x
	*q = h
}

func (q *queue) pop() uint64 {
	h := *q
	top, x := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		k := 2*i + 1
		if k+1 < len(h) && h[k+1] < h[k] {
			k++
		}
		if k >= len(h) || h[k] >= x {
			break
		}
		h[i] = h[k]
		i = k
	}
	h[i] = x
	return top
}

func (e *engine) stateKey(x *fn, slot int, s *state) []uint32 {
	e.key = s.appendTo(append(e.key[:0], uint32(x.index), uint32(slot)))
	return e.key
}
