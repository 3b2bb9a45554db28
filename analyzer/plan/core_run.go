package plan

import (
	"errors"
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// coreBudget bounds the members, enumerators and pairs of types that the
// relocations of one object may look at. The largest objects at hand take a
// hundredth of it.
const coreBudget = 1 << 23

// errRecord is wrapped by the error of a record that no target makes right.
var errRecord = errors.New("malformed record")

// errCOREBudget ends relocations that hostile types make endless.
var errCOREBudget = errors.New("the types are too large to be compared")

// coreRun relocates the records of one plan.
type coreRun struct {
	plan   *Plan
	policy *COREPolicy
	local  btfgraph.Graph
	groups map[btfgraph.ID]*coreGroup
	order  []*coreGroup
	steps  int // left of coreBudget

	// What matching a candidate needs on the way.
	accessors []accessor
	why       coreMismatch
	ptrSize   int64 // of the target, 0 if not asked yet
}

// coreGroup are the relocations of one local type.
type coreGroup struct {
	local btfgraph.Graph
	root  btfgraph.ID
	// cands are the candidates, misfits the types of that name whose kind the
	// loader passes over.
	cands, misfits []CORETarget
	relos          []*coreRelo
	records        []int // indexes into Object.CORE
	reloOf         []int // by index of records: index of relos
}

// coreRelo is what records with equal access string and kind have in common.
type coreRelo struct {
	kind     COREKind
	root     btfgraph.ID
	access   string
	spec     *coreSpec // nil if parseErr
	parseErr error     // of the access string, as libbpf reads it
	path     []int     // the access string, as cilium/ebpf reads it
	err      error     // what refuses the relocation whatever the target is
	orig     coreFix   // computed from the object's types; no candidate
	fixes    []coreFix // by index of cands
	none     coreFix   // if no candidate matches
}

// coreFix is what one candidate makes of a relocation.
type coreFix struct {
	orig, value uint64
	matched     bool
	poison      bool
	validate    bool // the instruction must hold orig
	// offset is that of the field in bits; candidates must agree on it.
	offset uint32
	// origSize and size are the field's widths in bytes; 0 if the loader does
	// not fit accesses to them.
	origSize, size uint32
	origType, typ  btfgraph.ID
	// unfit: a load or store of that width cannot be changed to size.
	unfit bool
	// why says what does not match or, if unfit, what does not fit.
	why coreMismatch
	err error
}

func newCORERun(p *Plan) *coreRun {
	return &coreRun{
		plan: p, policy: &p.Loader.CORE, local: p.Object.Types, steps: coreBudget,
		groups: make(map[btfgraph.ID]*coreGroup), accessors: make([]accessor, 0, maxCOREDepth),
	}
}

// spend takes n steps off the budget.
func (r *coreRun) spend(n int) bool {
	r.steps -= n
	return r.steps >= 0
}

// add puts record i into the group of its local type.
func (r *coreRun) add(i int) {
	rec := &r.plan.Object.CORE[i]
	g := r.groups[rec.Type]
	if g == nil {
		g = &coreGroup{local: r.local, root: rec.Type}
		if r.local.Name(rec.Type) != "" {
			r.search(g)
		}
		r.groups[rec.Type] = g
		r.order = append(r.order, g)
	}
	g.records = append(g.records, i)
	kind := COREKind(rec.Kind)
	for k, relo := range g.relos {
		if relo.kind == kind && relo.access == rec.Access {
			g.reloOf = append(g.reloOf, k)
			return
		}
	}
	g.reloOf = append(g.reloOf, len(g.relos))
	g.relos = append(g.relos, r.newRelo(g, rec))
}

// newRelo compares a relocation with all candidates.
func (r *coreRun) newRelo(g *coreGroup, rec *bpfobj.CORERecord) *coreRelo {
	relo := &coreRelo{kind: COREKind(rec.Kind), root: rec.Type, access: rec.Access}
	switch {
	case int(rec.Type) >= r.local.Len():
		relo.err = fmt.Errorf("%w: no type has the id %d", errRecord, rec.Type)
		return relo
	case !relo.kind.Known():
		relo.err = fmt.Errorf("unknown relocation kind %d", rec.Kind)
		if r.policy.OpenErrors {
			relo.err = nil // it does not look at kinds before a candidate matches
		}
	}
	relo.spec, relo.parseErr = r.parseCORE(g.root, rec.Access, relo.kind)
	if relo.err == nil {
		relo.err = r.policy.local(r, relo)
	}
	if relo.err != nil || relo.kind == CORELocalTypeID {
		return relo
	}
	if r.local.Name(g.root) == "" {
		relo.err = errors.New("the type has no name")
		return relo
	}
	relo.none = relo.orig
	if !relo.kind.Exists() && (!relo.kind.TypeBased() || !r.policy.TypeZero) {
		relo.none.poison = true
	}
	relo.fixes = make([]coreFix, len(g.cands))
	for c := range g.cands {
		relo.fixes[c] = r.policy.fit(r, relo, &g.cands[c])
		if r.steps < 0 {
			relo.fixes[c].err = errCOREBudget
		}
	}
	return relo
}

// search finds the candidates: types of the local type's name without its
// flavor (libbpf.c, bpf_core_find_cands; btf/core.go, CORERelocate).
func (r *coreRun) search(g *coreGroup) {
	k := r.plan.Kernel
	stem := r.plan.Loader.EssentialName(r.local.Name(g.root))
	r.searchIn(g, k.Types, "", stem)
	if len(g.cands) > 0 && !r.policy.AllModules {
		return
	}
	for _, name := range k.ModuleNames() {
		r.searchIn(g, k.Modules[name], name, stem)
	}
}

// searchIn adds the own types of a graph.
func (r *coreRun) searchIn(g *coreGroup, types btfgraph.Graph, module, stem string) {
	kind, first := r.local.Kind(g.root), types.FirstOwn()
	for id := range btfgraph.ByStem(types, stem, r.plan.Loader.EssentialName) {
		if id < first {
			continue
		}
		target := CORETarget{Graph: types, Module: module, ID: id}
		switch k := types.Kind(id); {
		case sameKind(kind, k):
			g.cands = append(g.cands, target)
		case k == btfgraph.KindFunc, k == btfgraph.KindVar, k == btfgraph.KindDatasec,
			k == btfgraph.KindTypeTag, k == btfgraph.KindDeclTag:
			// They share the name space, and no relocation matches them.
		case r.policy.AnyKind:
			g.cands = append(g.cands, target)
		default:
			g.misfits = append(g.misfits, target)
		}
	}
}
