package plan

import (
	"errors"
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// coreBudget bounds the members, enumerators and pairs of types that the
// relocations of one object may look at. The largest objects at hand take a
// hundredth of it.
const coreBudget = 1 << 23

// errRecord is wrapped by the error of a record that no target makes right.
var errRecord = errors.New("malformed record")

// errKind is wrapped by the error of a kind that the loader does not know when
// it opens the object, errTypeMissing that of a type that must not be missing.
var (
	errKind        = errors.New("unknown relocation kind")
	errTypeMissing = errors.New("no type matches")
)

// errCOREBudget ends relocations that hostile types make endless.
var errCOREBudget = errors.New("the types are too large to be compared")

// coreRun relocates the records of one plan.
type coreRun struct {
	plan   *Plan
	policy *COREPolicy
	local  btfgraph.Graph
	steps  int // left of coreBudget

	// What matching a candidate needs on the way.
	accessors []accessor
	spec      coreSpec
	buffer    [8]accessor // of accessors, unless there are more
	why       coreMismatch
	ptrSize   int64 // of the target, 0 if not asked yet

	// What groups use one after the other.
	all, matched []int
	some         [2][4]int // of all and matched, unless there are more
	choices      []coreChoice
	ids          []btfgraph.ID
}

// coreGroup are the relocations of one local type with their candidates.
type coreGroup struct {
	*coreLocal
	// cands are the candidates, misfits the types of that name whose kind the
	// loader passes over.
	cands, misfits []CORETarget
	// fixes are those of the first relocation by index of cands, then those of
	// the second one, and so on.
	fixes []coreFix
	// near is what all groups share to look for missing types.
	near *nearTypes
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
	// origField and field are their types as declared, Void for a bitfield and
	// where origType and typ are none.
	origField, field btfgraph.ID
	// unfit: a load or store of that width cannot be changed to size.
	unfit bool
	// why says what does not match or, if unfit, what does not fit.
	why coreMismatch
	err error
}

func newCORERun(p *Plan) *coreRun {
	r := &coreRun{plan: p, policy: &p.Loader.CORE, local: p.Object.Types, steps: coreBudget}
	r.accessors, r.all, r.matched = r.buffer[:0], r.some[0][:0], r.some[1][:0]
	return r
}

// spend takes n steps off the budget.
func (r *coreRun) spend(n int) bool {
	r.steps -= n
	return r.steps >= 0
}

// relocate binds the records of the object.
func (r *coreRun) relocate(o *coreObject) {
	groups, near := make([]coreGroup, len(o.locals)), (*nearTypes)(nil)
	targets, room := make([]CORETarget, 0, len(groups)), 0
	for i := range groups {
		g := &groups[i]
		g.coreLocal = &o.locals[i]
		if g.stem != "" || r.policy.Unnamed && int(g.root) < r.local.Len() {
			targets = r.search(g, targets)
		}
		if room += len(g.cands) * len(g.relos); len(g.cands) > 0 {
			continue
		}
		if near == nil {
			near = &nearTypes{groups: groups}
		}
		g.near = near
	}
	fixes := make([]coreFix, room)
	for i := range groups {
		g := &groups[i]
		n := len(g.cands) * len(g.relos)
		g.fixes, fixes = fixes[:n:n], fixes[n:]
		r.compare(g)
	}
	r.choices = slices.Grow(r.choices, o.relos)
	for i := range groups {
		r.decide(&groups[i])
	}
}

// compare compares the relocations of a group with all candidates.
func (r *coreRun) compare(g *coreGroup) {
	for _, relo := range g.relos {
		fixes := g.fixesOf(relo)
		for c := range fixes {
			fixes[c] = r.policy.fit(r, relo, &g.cands[c])
			if r.steps < 0 {
				fixes[c].err = errCOREBudget
			}
		}
	}
}

// fixesOf is what the candidates make of a relocation, by index of cands; none
// if they do not decide it.
func (g *coreGroup) fixesOf(relo *coreRelo) []coreFix {
	if !relo.compared {
		return nil
	}
	n := len(g.cands)
	return g.fixes[relo.index*n : (relo.index+1)*n]
}

// search finds the candidates: types of the local type's name without its
// flavor (libbpf.c, bpf_core_find_cands; btf/core.go, CORERelocate). It keeps
// them in a list that all groups share.
func (r *coreRun) search(g *coreGroup, list []CORETarget) []CORETarget {
	k, start := r.plan.Kernel, len(list)
	custom := r.plan.opts.CORETypes
	if custom == nil {
		list = r.searchIn(g, list, k.Types, "")
	} else {
		list = r.searchIn(g, list, custom, "")
	}
	if custom == nil && !r.policy.NoModules && (len(list) == start || r.policy.AllModules) {
		for _, name := range k.ModuleNames() {
			list = r.searchIn(g, list, k.Modules[name], name)
		}
	}
	for i, types := range r.plan.opts.ExtraCORETypes {
		list = r.searchIn(g, list, types, "extra target "+strconv.Itoa(i))
	}
	g.cands = list[start:len(list):len(list)]
	return list
}

// searchIn adds the own types of a graph.
func (r *coreRun) searchIn(g *coreGroup, list []CORETarget, types btfgraph.Graph, module string) []CORETarget {
	first := types.FirstOwn()
	if r.ids = r.ids[:0]; g.stem != "" {
		r.ids = btfgraph.AppendByStem(r.ids, types, g.stem, r.plan.Loader.EssentialName)
	} else {
		r.ids = slices.AppendSeq(r.ids, r.unnamed(types, g.kind))
	}
	for _, id := range r.ids {
		if id < first {
			continue
		}
		target := CORETarget{Graph: types, Module: module, ID: id}
		switch k := types.Kind(id); {
		case g.kind == k, !r.policy.StrictKind && sameKind(g.kind, k):
			list = append(list, target)
		case k == btfgraph.KindFunc, k == btfgraph.KindVar, k == btfgraph.KindDatasec,
			k == btfgraph.KindTypeTag, k == btfgraph.KindDeclTag:
			// They share the name space, and no relocation matches them.
		case r.policy.AnyKind:
			list = append(list, target)
		default:
			g.misfits = append(g.misfits, target)
		}
	}
	return list
}
