// Package plan computes what a loader would do with an object on a kernel,
// step by step, without doing it: the simulated load.
//
// The steps follow libbpf's own order (libbpf.c: bpf_object_open, then
// bpf_object_prepare, then the loads). For every extern, struct_ops member,
// CO-RE relocation, map and program a [Plan] records the outcome and its
// reason. Rules only read it. How loaders differ is data: see [Loader].
//
// A plan states facts; it holds no severity and no advice.
package plan

import (
	"slices"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
)

// Plan is the simulated load of one object on one kernel by one loader. It is
// immutable once made.
type Plan struct {
	Object *bpfobj.Object
	// Kernel is nil in an object-only plan: only what needs no target is decided then.
	Kernel *kernel.Kernel
	Loader *Loader

	// Refusals are the conditions under which the loader or the kernel
	// refuses the object, or parts of it, for its form: malformed sections,
	// symbols, BTF, relocations. In the order in which the loader meets them.
	Refusals []Refusal
	// Oddities are conditions of the same sort that the loader does not
	// notice: the object loads and holds something else than the source says.
	Oddities  []Refusal
	Externs   []ExternBinding    // by index of Object.Externs
	StructOps []StructOpsBinding // by index of Object.StructOps
	CORE      []COREBinding      // by index of Object.CORE; empty without types of the object's byte order
	Maps      []MapPlan          // by index of Object.Maps
	Programs  []ProgramPlan      // by index of Object.Programs
	Functions []FunctionPlan     // by index of Object.Functions
	// Helpers are the calls of helpers that the kernel does not know.
	Helpers []HelperUse
	// ExceptionCallbacks are the callbacks that programs want for exceptions.
	ExceptionCallbacks []ExceptionCallback
	// BTFProblems are the parts of the object's BTF that the kernel refuses.
	BTFProblems []BTFProblem
	// Generation is what the generator of a light skeleton fails of, or bakes in
	// that differs from target to target; empty for other loaders, and for an
	// object that was read from a skeleton.
	Generation []GenerationFault
	// Skeleton is what a light skeleton does on the kernel; nil for an object
	// that was read from something else.
	Skeleton *SkeletonPlan
	// LoaderProgram is what a light skeleton's own loader program needs of the
	// kernel; the zero value for other loaders.
	LoaderProgram LoaderProgram
	// BTFKinds are the kinds of types that the object's BTF has and the kernel
	// does not know, for a loader that hands BTF over as it is.
	BTFKinds []BTFKindUse
	// StructOpsPrograms are the programs of type STRUCT_OPS, in the order of Programs.
	StructOpsPrograms []StructOpsProgram

	opts Options
	// facts are shared by all plans of the object.
	facts *facts
	// flows is what was found out about reachability so far.
	flows   *flows
	notable []int // see NotableCORE
	// entries are the initial entries of maps, by index of Maps.
	entries map[int][]mapEntry
}

// Options change what is assumed about the load. The zero value is the load of
// the object as it is, by root.
type Options struct {
	// Rodata is what is assumed of read-only data that an application may
	// change before the load. The default is nothing.
	Rodata Rodata
	// CORETypes are the types that CO-RE relocations are matched with in place
	// of those of the kernel and its modules (cilium/ebpf prog.go,
	// ProgramOptions.KernelTypes; libbpf's btf_custom_path). The default is
	// the kernel's.
	CORETypes btfgraph.Graph
	// ExtraCORETypes are tried in addition (cilium/ebpf prog.go,
	// ProgramOptions.ExtraRelocationTargets). The default is none.
	ExtraCORETypes []btfgraph.Graph
}

// Stage is the moment at which a problem shows.
type Stage uint8

// Stages of a load, in their order.
const (
	StageOpen   Stage = iota // the loader reads the object
	StageLoad                // BTF, maps and programs go to the kernel
	StageAttach              // the loaded program is attached, a struct_ops map registered
)

// String is the stage in the words of the JSON contract.
func (s Stage) String() string { return [...]string{"open", "load", "attach"}[min(int(s), 2)] }

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

// Share makes the planner take memory that plans need for a while from a pool,
// instead of one of its own. It is called before the first plan is made.
func (pl *Planner) Share(pool *Pool) { pl.facts.pool = pool }

// Make computes the plan of a single target. k may be nil. To plan an object
// for several targets use a [Planner].
func Make(obj *bpfobj.Object, k *kernel.Kernel, l *Loader, opts Options) *Plan {
	return NewPlanner(obj, opts).Plan(k, l)
}

// Plan computes the plan for a target. k may be nil.
func (pl *Planner) Plan(k *kernel.Kernel, l *Loader) *Plan {
	p := *pl.open(l)
	p.Kernel, p.flows = k, new(flows)
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
	p.planFunctions()
	p.checkSections()
	if l.Skeleton {
		p.checkGeneration()
	}
	if l.Open != nil && !pl.obj.FromSpec {
		l.Open(p)
	}
	pl.opened[l] = p // not before: after a panic the rest would be missing
	return p
}

// prepare sets an opened plan against the kernel, in libbpf's order.
func (p *Plan) prepare() {
	p.checkByteOrder()
	for i := range p.Programs {
		p.supportProgram(&p.Programs[i])
	}
	for i := range p.Maps {
		p.supportMap(&p.Maps[i])
	}
	p.checkArenaSize()
	p.resolveExterns()
	p.bindStructOps()
	p.adjustAutoload()
	p.relocateCORE()
	if p.Loader.LosesNames {
		p.findLostNames()
		p.findHiddenNames()
	}
	p.findCallers()
	p.checkUploadedBTF()
	p.checkTypedMaps()
	p.checkFunctions()
	p.checkAttach()
	p.checkFlags()
	p.checkHelpers()
	p.findExceptionCallbacks()
	if p.Loader.Maps.JumpTables {
		p.checkJumpTables()
	}
	if p.Loader.Skeleton {
		p.planSkeleton()
	}
}
