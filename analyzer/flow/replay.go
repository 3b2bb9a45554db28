package flow

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// trace is what an analysis asked of the facts, with the answers. Facts that
// give the same answers take it the same way and to the same end: targets that
// agree on a trace share a [Result].
type trace struct {
	budget  Budget
	globals Globals
	// from and to are the first and the last level of the verifiers that know
	// the same of all constants that were asked for.
	from, to Level
	asked    []uint8 // by slot of all functions: see askedPatch
	calls    []tracedCall
	patches  []tracedPatch
	memory   map[Place]Memory
}

// What was asked of an instruction, and whether it is a call that is refused.
const (
	askedPatch = 1 << iota
	askedCall
	refusedCall
)

type tracedCall struct {
	at      Site
	refused bool
}

type tracedPatch struct {
	at    Site
	patch Patch
}

func newTrace(p *Program, f *Facts, b *Budget) trace {
	return trace{budget: *b, globals: f.Globals, to: levelNever - 1, asked: make([]uint8, p.slots)}
}

// fits reports whether facts give the answers of the trace.
func (t *trace) fits(p *Program, f *Facts, b *Budget) bool {
	if f.Verifier < t.from || f.Verifier > t.to || p.global && f.Globals != t.globals || !t.budget.equal(b) {
		return false
	}
	for i := range t.calls {
		if c := &t.calls[i]; f.refuses(c.at) != c.refused {
			return false
		}
	}
	for i := range t.patches {
		if q := &t.patches[i]; f.patch(q.at) != q.patch {
			return false
		}
	}
	for at, memory := range t.memory {
		if f.memory(at) != memory {
			return false
		}
	}
	return true
}

func (b *Budget) equal(o *Budget) bool {
	return b.States == o.States && b.PerSite == o.PerSite && (b.Sites == nil) == (o.Sites == nil) && slices.Equal(b.Sites, o.Sites)
}

// patch is the facts' word on an instruction, as far as an analysis looks at
// it: of loads and stores a loader patches the offset, which decides nothing.
func (f *Facts) patch(at Site) Patch {
	if f.Patch == nil {
		return Patch{}
	}
	patch := f.Patch(at)
	switch at.Func.Insns[at.Insn].Op & classMask {
	case classLDX, classST, classSTX:
		if patch.Kind != PatchPoison {
			return Patch{}
		}
	}
	return patch
}

// refuses is the facts' word on a call.
func (f *Facts) refuses(at Site) bool { return f.Call != nil && f.Call(at).Refused }

// memory is the facts' word on a place.
func (f *Facts) memory(at Place) Memory {
	if f.Memory != nil {
		return f.Memory(at)
	}
	if at.Extern != nil {
		return Memory{Kind: MemoryFixed, Depends: "kconfig " + at.Extern.Name}
	}
	if at.Map.Kind == bpfobj.MapRodata || at.Map.Kind == bpfobj.MapKconfig {
		return Memory{Kind: MemoryFixed, Depends: at.Map.Name}
	}
	return Memory{}
}

// knows reports whether the target's verifier surely knows a constant of that
// level.
func (c *code) knows(since Level) bool {
	if since <= c.facts.Verifier {
		c.trace.from = max(c.trace.from, since)
		return true
	}
	c.trace.to = min(c.trace.to, since-1)
	return false
}

// patch is what a loader makes of an instruction.
func (c *code) patch(x *fn, slot int) Patch {
	if !x.isPatched(slot) {
		return Patch{}
	}
	at := Site{x.f, slot}
	patch := c.facts.patch(at)
	if asked := &c.trace.asked[x.base+slot]; *asked&askedPatch == 0 {
		*asked |= askedPatch
		c.trace.patches = append(c.trace.patches, tracedPatch{at, patch})
	}
	return patch
}

// refuses reports whether the kernel refuses the call at a slot.
func (c *code) refuses(x *fn, slot int) bool {
	asked := &c.trace.asked[x.base+slot]
	if *asked&askedCall == 0 {
		*asked |= askedCall
		at := Site{x.f, slot}
		refused := c.facts.refuses(at)
		if refused {
			*asked |= refusedCall
		}
		c.trace.calls = append(c.trace.calls, tracedCall{at, refused})
	}
	return *asked&refusedCall != 0
}

// memory is what the verifier knows of a place.
func (c *code) memory(at Place) Memory {
	memory, ok := c.trace.memory[at]
	if !ok {
		memory = c.facts.memory(at)
		if c.trace.memory == nil {
			c.trace.memory = make(map[Place]Memory)
		}
		c.trace.memory[at] = memory
	}
	return memory
}

// maxShared bounds the results that a program keeps for other targets.
const maxShared = 8

// shared is the result of an analysis that facts would only repeat, nil if
// there is none.
func (p *Program) shared(f *Facts, b *Budget) *Result {
	p.mu.Lock()
	known := p.results
	p.mu.Unlock()
	for _, r := range known {
		if r.code.trace.fits(p, f, b) {
			return r
		}
	}
	return nil
}

// share keeps a result, without the facts, which hold on to their target.
func (p *Program) share(r *Result) {
	r.code.facts, r.code.trace.asked = nil, nil
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.results) < maxShared {
		p.results = append(p.results[:len(p.results):len(p.results)], r)
	}
}
