package plan

import (
	"sync"

	"github.com/btflint/btflint/analyzer/flow"
)

// Pool keeps memory that plans need while they are made, or while they answer,
// for later ones. The zero value is an empty pool. It is safe for concurrent use.
type Pool struct {
	analyses flow.Pool
	runs     sync.Pool // of *coreRun
	searches sync.Pool // of *nearest
}

// run is a run for the plan, to be given back when its work is done.
func (pool *Pool) run(p *Plan) *coreRun {
	r, ok := pool.runs.Get().(*coreRun)
	if !ok {
		return newCORERun(p)
	}
	r.plan, r.policy, r.local, r.steps = p, &p.Loader.CORE, p.Object.Types, coreBudget
	return r
}

// release takes a run back.
func (pool *Pool) release(r *coreRun) {
	clear(r.choices)
	*r = coreRun{
		accessors: r.accessors[:0], all: r.all[:0], matched: r.matched[:0], choices: r.choices[:0], ids: r.ids[:0],
	}
	pool.runs.Put(r)
}

// search is a search, to be given back when its work is done.
func (pool *Pool) search() *nearest {
	n, ok := pool.searches.Get().(*nearest)
	if !ok {
		return new(nearest)
	}
	return n
}

// done takes a search back.
func (pool *Pool) done(n *nearest) {
	*n = nearest{places: n.places[:0]}
	pool.searches.Put(n)
}
