package plan

import (
	"slices"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
)

// Planner makes the plans of one object for any number of kernels and loaders.
// What does not depend on the kernel it works out once. It is safe for
// concurrent use.
type Planner struct {
	obj   *bpfobj.Object
	opts  Options
	facts *facts

	mu     sync.Mutex
	opened map[*Loader]*Plan
}

// NewPlanner prepares plans of an object.
func NewPlanner(obj *bpfobj.Object, opts Options) *Planner {
	return &Planner{obj: obj, opts: opts, facts: newFacts(obj), opened: make(map[*Loader]*Plan)}
}

// Make computes the plan of a single target. k may be nil. To plan an object
// for several targets use a [Planner].
func Make(obj *bpfobj.Object, k *kernel.Kernel, l *Loader, opts Options) *Plan {
	return NewPlanner(obj, opts).Plan(k, l)
}

// Plan computes the plan for a target. k may be nil.
func (pl *Planner) Plan(k *kernel.Kernel, l *Loader) *Plan {
	p := *pl.open(l)
	p.Kernel = k
	// What follows adds to these, and the opened plan is shared.
	p.Refusals, p.Oddities = slices.Clip(p.Refusals), slices.Clip(p.Oddities)
	p.Programs, p.Maps = slices.Clone(p.Programs), slices.Clone(p.Maps)
	p.prepare()
	return &p
}

// open is what the loader reads from the object alone.
func (pl *Planner) open(l *Loader) *Plan {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if p := pl.opened[l]; p != nil {
		return p
	}
	p := &Plan{Object: pl.obj, Loader: l, opts: pl.opts, facts: pl.facts}
	p.planPrograms()
	p.planMaps()
	p.checkSections()
	if l.Open != nil && !pl.obj.FromSpec {
		l.Open(p)
	}
	pl.opened[l] = p
	return p
}

// prepare sets an opened plan against the kernel, in libbpf's order.
func (p *Plan) prepare() {
	for i := range p.Programs {
		p.supportProgram(&p.Programs[i])
	}
	for i := range p.Maps {
		p.supportMap(&p.Maps[i])
	}
	p.resolveExterns()
	p.bindStructOps()
	p.adjustAutoload()
	p.relocateCORE()
	p.checkFunctions()
	p.checkAttach()
	p.checkFlags()
	p.checkHelpers()
	p.findExceptionCallbacks()
	p.checkUploadedBTF()
	if p.Loader.Maps.JumpTables {
		p.checkJumpTables()
	}
}
