package flow

import (
	"encoding/binary"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

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
	edges      []edge
	depends    int32 // what the choice among edges depends on, param; -1
	decided    bool  // ends in a jump that known constants decide
	loops      bool  // the verifier may stop here at a state that it is still exploring
}

// visits are the states that a place was entered with in one context.
type visits struct {
	count  int
	merged *state // all of them, once there are too many
	node   int32  // of the merged state
}

// engine explores a program.
type engine struct {
	*code
	facts   *Facts
	budget  Budget
	precise bool // follow static calls; else functions are explored alone
	vals    *values
	sets    *setTable
	frames  *frameTable
	places  placeTable
	nodes   []node
	states  []*state
	todo    queue
	byKey   map[string]int32
	visited map[[3]int32]*visits
	alone   map[*fn]int32 // nodes of functions that are verified alone
	key     []byte
	taken   []*fn // functions whose address is taken on some path
}

// placeTable numbers the data that addresses point into.
type placeTable struct {
	list  []Place
	index map[Place]val
}

func (t *placeTable) add(p Place) val {
	if i, ok := t.index[p]; ok {
		return i
	}
	i := val(len(t.list))
	t.list = append(t.list, p)
	t.index[p] = i
	return i
}

func newEngine(c *code, facts *Facts, budget Budget, precise bool) *engine {
	return &engine{
		code: c, facts: facts, budget: budget, precise: precise,
		vals: newValues(c.slots), sets: newSetTable(), frames: newFrameTable(),
		places: placeTable{index: map[Place]val{}},
		byKey:  map[string]int32{}, visited: map[[3]int32]*visits{}, alone: map[*fn]int32{},
	}
}

// run explores everything. It returns false if the budget is used up. Node 0
// leads to all that the verifier starts with.
func (e *engine) run() bool {
	e.nodes = append(e.nodes, node{depends: -1})
	e.states = append(e.states, nil)
	s := &state{}
	s.regs[1] = e.vals.pointer(kindPtr, 0, 0, levelNever)
	start := e.enter(e.funcs[0], 0, s, true)
	e.nodes[0].edges = append(e.nodes[0].edges, edge{start, true})
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
		if _, ok := e.alone[e.taken[i]]; !ok {
			n := e.explore(e.taken[i])
			e.nodes[0].edges = append(e.nodes[0].edges, edge{n, false})
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
		if _, ok := e.alone[x]; x.global && !ok {
			n := e.explore(x)
			e.nodes[0].edges = append(e.nodes[0].edges, edge{n, sure})
		}
	}
}

// drain executes all nodes that wait.
func (e *engine) drain() bool {
	for len(e.todo) > 0 {
		n := int32(uint32(e.todo.pop()))
		p := path{engine: e, n: n, x: e.funcs[e.nodes[n].fn], s: e.states[n]}
		e.states[n] = nil
		p.run(int(e.nodes[n].start))
		if len(e.nodes) > e.budget.States || len(e.vals.list) >= e.vals.limit {
			return false
		}
	}
	return true
}

// memory is the facts' word on a place.
func (e *engine) memory(at Place) Memory {
	if e.facts.Memory != nil {
		return e.facts.Memory(at)
	}
	if at.Extern != nil {
		return Memory{Kind: MemoryFixed, Depends: "kconfig " + at.Extern.Name}
	}
	if at.Map.Kind == bpfobj.MapRodata || at.Map.Kind == bpfobj.MapKconfig {
		return Memory{Kind: MemoryFixed, Depends: at.Map.Name}
	}
	return Memory{}
}

// enter returns the node for a slot entered with a state. At joins equal
// states share a node, and too many states are merged.
func (e *engine) enter(x *fn, slot int, s *state, join bool) int32 {
	if !join {
		return e.newNode(x, slot, s)
	}
	e.normalize(x, slot, s)
	key := e.stateKey(x, slot, s)
	if n, ok := e.byKey[string(key)]; ok {
		return n
	}
	place := [3]int32{int32(x.index), int32(slot), e.frames.list[s.frame].context}
	v := e.visited[place]
	if v == nil {
		v = &visits{}
		e.visited[place] = v
	}
	if v.count++; v.count <= e.perSite() {
		n := e.newNode(x, slot, s)
		e.byKey[string(key)] = n
		return n
	}
	if v.merged == nil {
		v.merged, v.node = s.clone(), e.newNode(x, slot, s)
		e.byKey[string(key)] = v.node
		return v.node
	}
	s = e.merge(v.merged, s, v.count > e.perSite()+32)
	e.normalize(x, slot, s)
	v.merged = s.clone()
	if e.states[v.node] != nil {
		e.states[v.node] = s // not executed yet: one node for both
		return v.node
	}
	key = e.stateKey(x, slot, s)
	if n, ok := e.byKey[string(key)]; ok {
		return n
	}
	v.node = e.newNode(x, slot, s)
	e.byKey[string(key)] = v.node
	return v.node
}

// manyStates is a number of states up to which there is no need to hurry.
const manyStates = 2000

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

func (e *engine) stateKey(x *fn, slot int, s *state) []byte {
	key := binary.AppendUvarint(e.key[:0], uint64(x.index))
	key = binary.AppendUvarint(key, uint64(slot))
	e.key = s.appendTo(key)
	return e.key
}
