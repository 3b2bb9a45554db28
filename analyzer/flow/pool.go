package flow

import "sync"

// Pool keeps the memory of analyses, of whatever programs, for later ones. The
// zero value is an empty pool. It is safe for concurrent use.
type Pool struct{ engines sync.Pool }

// maxKept bounds the states of an analysis whose memory is kept, and maxValues its
// values: most have a few dozen, and each analysis clears the tables that it takes.
const (
	maxKept   = 256
	maxValues = 1024
)

// get is an engine; of a nil pool a new one.
func (p *Pool) get() *engine {
	if p != nil {
		if e, ok := p.engines.Get().(*engine); ok {
			return e
		}
	}
	return newEngine()
}

// put takes an engine back.
func (p *Pool) put(e *engine) {
	if p == nil || len(e.nodes) > maxKept || len(e.vals.list) > maxValues {
		return
	}
	e.release()
	p.engines.Put(e)
}

// release drops what an engine holds of the objects that it saw.
func (e *engine) release() {
	e.code = nil
	clear(e.taken)
	clear(e.matters)
	clear(e.places.list)
	clear(e.places.index)
	clear(e.vals.keys)
	e.vals.params = nil
	e.frames.reset()
	clear(e.states)
}

// reset makes an engine ready for an analysis.
func (e *engine) reset(c *code, budget Budget, precise bool) {
	e.code, e.budget, e.precise = c, budget, precise
	e.vals.reset(c.slots)
	e.sets.reset()
	e.frames.reset()
	e.places.list = e.places.list[:0]
	clear(e.places.index)
	e.pieces.reset()
	e.pool.reset()
	e.nodes, e.edges, e.starts, e.states, e.todo = e.nodes[:0], e.edges[:0], e.starts[:0], e.states[:0], e.todo[:0]
	e.byKey.reset()
	clear(e.visited)
	e.visits = e.visits[:0]
	e.alone, e.matters = zeroed(e.alone, len(c.funcs)), zeroed(e.matters, len(c.funcs))
	e.settler.reset(c)
	e.end, e.taken = 0, e.taken[:0]
}

// zeroed is a slice of n zeroes, in the memory of another one if that is enough.
func zeroed[T any](s []T, n int) []T {
	if n > cap(s) {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
