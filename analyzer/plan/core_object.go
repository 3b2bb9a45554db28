package plan

import (
	"errors"
	"fmt"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// coreFacts keep what relocating the records of an object takes from the
// object alone. They differ from loader to loader, as what a name's flavor is
// and what is wrong with a record does.
type coreFacts struct {
	mu     sync.Mutex
	loader map[*Loader]*coreObject
}

// coreObject is what one loader makes of the CO-RE records of an object before
// it looks at a kernel. All plans for the loader share it.
type coreObject struct {
	locals []coreLocal // in the order of their first records
	relos  int         // of the local type that has the most
}

// coreLocal are the relocations of one local type.
type coreLocal struct {
	local   btfgraph.Graph
	root    btfgraph.ID
	kind    btfgraph.Kind
	stem    string // of its name, "" if it has none
	relos   []*coreRelo
	count   int   // of records
	records []int // indexes into Object.CORE
	reloOf  []int // by index of records: index of relos
}

// coreRelo is what records of a local type with equal access string and kind
// have in common.
type coreRelo struct {
	kind     COREKind
	root     btfgraph.ID
	access   string
	index    int       // in relos of the local type
	spec     *coreSpec // nil if parseErr
	parseErr error     // of the access string, as libbpf reads it
	path     []int     // the access string, as cilium/ebpf reads it
	err      error     // what refuses the relocation whatever the target is
	orig     coreFix   // computed from the object's types; no candidate
	none     coreFix   // if no candidate matches
	compared bool      // candidates decide it
}

// of returns the facts for the plan's loader.
func (f *coreFacts) of(p *Plan) *coreObject {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.loader[p.Loader]; o != nil {
		return o
	}
	if f.loader == nil {
		f.loader = make(map[*Loader]*coreObject)
	}
	run := p.facts.pool.run(p)
	o := newCOREObject(run)
	p.facts.pool.release(run)
	f.loader[p.Loader] = o
	return o
}

// newCOREObject groups the records by local type and reads each relocation
// once. The run needs no kernel.
func newCOREObject(r *coreRun) *coreObject {
	type key struct {
		root   btfgraph.ID
		kind   uint32
		access string
	}
	o := &coreObject{}
	all := r.plan.Object.CORE
	localOf, reloOf := make(map[btfgraph.ID]int), make(map[key]int)
	where := make([][2]int, len(all)) // local type and relocation of each record
	for i := range all {
		rec := &all[i]
		at, ok := localOf[rec.Type]
		if !ok {
			at = len(o.locals)
			localOf[rec.Type] = at
			o.locals = append(o.locals, r.newLocal(rec.Type))
		}
		l, k := &o.locals[at], key{rec.Type, rec.Kind, rec.Access}
		relo, ok := reloOf[k]
		if !ok {
			relo = len(l.relos)
			reloOf[k] = relo
			l.relos = append(l.relos, r.newRelo(l, rec))
			o.relos = max(o.relos, len(l.relos))
		}
		where[i] = [2]int{at, relo}
		l.count++
	}
	room := make([]int, 2*len(all))
	for i := range o.locals {
		l := &o.locals[i]
		l.records, l.reloOf, room = room[:0:l.count], room[l.count:l.count:2*l.count], room[2*l.count:]
	}
	for i, at := range where {
		l := &o.locals[at[0]]
		l.records, l.reloOf = append(l.records, i), append(l.reloOf, at[1])
	}
	return o
}

func (r *coreRun) newLocal(root btfgraph.ID) coreLocal {
	l := coreLocal{local: r.local, root: root, kind: r.local.Kind(root)}
	if name := r.local.Name(root); name != "" {
		l.stem = r.plan.Loader.EssentialName(name)
	}
	return l
}

// newRelo reads a relocation as far as that takes no candidate.
func (r *coreRun) newRelo(l *coreLocal, rec *bpfobj.CORERecord) *coreRelo {
	relo := &coreRelo{kind: COREKind(rec.Kind), root: rec.Type, access: rec.Access, index: len(l.relos)}
	switch {
	case int(rec.Type) >= r.local.Len():
		relo.err = fmt.Errorf("%w: no type has the id %d", errRecord, rec.Type)
		return relo
	case r.policy.Kinds != 0 && relo.kind >= r.policy.Kinds:
		relo.err = fmt.Errorf("%w: %s", errKind, relo.kind)
	case !relo.kind.Known():
		relo.err = fmt.Errorf("unknown relocation kind %d", rec.Kind)
		if r.policy.OpenErrors {
			relo.err = nil // it does not look at kinds before a candidate matches
		}
	}
	relo.spec, relo.parseErr = r.parseCORE(l.root, rec.Access, relo.kind)
	if relo.err == nil {
		relo.err = r.policy.local(r, relo)
	}
	if relo.err != nil || relo.kind == CORELocalTypeID {
		return relo
	}
	if l.stem == "" && !r.policy.Unnamed {
		relo.err = errors.New("the type has no name")
		return relo
	}
	relo.compared = true
	relo.none = relo.orig
	if !relo.kind.Exists() && (!relo.kind.TypeBased() || !r.policy.TypeZero) {
		relo.none.poison = true
	}
	if r.policy.TypeRefused && relo.kind.TypeBased() && !relo.kind.Exists() {
		relo.none.err = errTypeMissing
	}
	return relo
}

// malformed tells that the record itself is wrong, whatever the target is.
func (relo *coreRelo) malformed() bool { return errors.Is(relo.err, errRecord) }
