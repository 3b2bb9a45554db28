package plan

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/flow"
)

// facts are what plans need to know of an object whatever the kernel and the
// loader. They are computed once and shared by all plans of the object.
type facts struct {
	// usedBy maps a function to the indexes of the programs that link it,
	// programOf a program's function to the program's index.
	usedBy    map[*bpfobj.Function][]int
	programOf map[*bpfobj.Function]int
	// helpers are the calls of helpers in functions that a program links.
	helpers []helperCall
	// instructions are those of the forms that some kernels do not know, in the
	// same functions; of FormJump32 the first of each function.
	instructions []instructionPlace
	// recorded tells which functions have a record in .BTF.ext, or metadata in
	// the spec that the object came from.
	recorded map[*bpfobj.Function]bool
	// strayRecord tells that a record there names a type that does not exist.
	strayRecord bool
	// unlined are the recorded functions whose first instruction has no line record.
	unlined []*bpfobj.Function
	btfFacts
	core coreFacts
	// named are the names of symbols by section, computed when asked for.
	named once[map[place]bool]

	mu sync.Mutex
	// executed keeps what straight computed.
	executed map[*bpfobj.Program]map[*bpfobj.Function]int
	// callbacks keeps what the function of that name computed.
	callbacks map[*bpfobj.Function]bool
	// pool is where plans take memory from that they need for a while.
	pool *Pool
	// loads keeps what contextLoads found.
	loads map[*bpfobj.Function][]int
	// filtered keeps what filteredSets found.
	filtered map[string][]*filteredSet
	// prepared keeps what [Plan.prepared] made.
	prepared map[preparedKey]*flow.Program
}

// btfFacts are what one walk over the object's BTF tells.
type btfFacts struct {
	// argTags are the "arg:" tags of a FUNC by parameter, without the prefix.
	argTags map[btfgraph.ID]map[int][]string
	// exceptionTags are the DECL_TAGs that name a callback for exceptions.
	exceptionTags []btfgraph.ID
	// strayExterns are the extern FUNCs that no DATASEC ".ksyms" lists.
	strayExterns []btfgraph.ID
	// unnamed tells that a FUNC has a parameter without a name, special that a
	// type concerns special fields, see [structFields].
	unnamed, special bool
	// plain is [plainBTF] of the object's BTF as it is, mended that with its
	// names mended; both are computed when asked for.
	plain, mended once[bool]
	// badName is the first name that no kernel takes, badMended the same once
	// names are mended; both are computed when asked for.
	badName, badMended once[badName]
}

// once is a value that is computed when it is first asked for. It is safe for
// concurrent use.
type once[T any] struct {
	done  atomic.Bool
	mu    sync.Mutex // of who computes it
	value T
}

// get returns the value. If compute panics, so does it again for whoever asks
// next: with [sync.Once] the zero value would pass for the answer.
func (o *once[T]) get(compute func() T) T {
	if o.done.Load() {
		return o.value
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.done.Load() {
		o.value = compute()
		o.done.Store(true)
	}
	return o.value
}

// helperCall is a call of a helper by number.
type helperCall struct {
	fn   *bpfobj.Function
	insn int
	id   int32
}

func newFacts(obj *bpfobj.Object) *facts {
	f := &facts{
		usedBy:    make(map[*bpfobj.Function][]int, len(obj.Functions)),
		programOf: make(map[*bpfobj.Function]int, len(obj.Programs)),
		pool:      new(Pool),
	}
	for i, prog := range obj.Programs {
		f.programOf[prog.Function] = i
		for _, fn := range prog.Reachable() {
			f.usedBy[fn] = append(f.usedBy[fn], i)
		}
	}
	for _, fn := range obj.Functions {
		if len(f.usedBy[fn]) > 0 {
			f.walkInstructions(fn)
		}
	}
	if obj.Types != nil {
		f.btfFacts.walk(obj.Types)
	}
	f.recorded = recordedFunctions(obj)
	f.strayRecord = hasStrayRecord(obj)
	for _, fn := range obj.Functions {
		if _, atStart := obj.LineRecords(fn); !atStart && f.recorded[fn] {
			f.unlined = append(f.unlined, fn)
		}
	}
	return f
}

// hasStrayRecord reports whether a record of .BTF.ext names a type that does not
// exist.
func hasStrayRecord(obj *bpfobj.Object) bool {
	if obj.Types == nil || obj.FromSpec {
		return false
	}
	types := obj.Types.Len()
	return slices.ContainsFunc(obj.CORE, func(r bpfobj.CORERecord) bool { return int(r.Type) >= types }) ||
		slices.ContainsFunc(obj.FuncRecords(), func(r bpfobj.FuncRecord) bool { return int(r.Type) >= types })
}

func namedSymbols(obj *bpfobj.Object) map[place]bool {
	named := make(map[place]bool, len(obj.Symbols))
	for i := range obj.Symbols {
		named[place{obj.Symbols[i].Section, obj.Symbols[i].Name}] = true
	}
	return named
}

func recordedFunctions(obj *bpfobj.Object) map[*bpfobj.Function]bool {
	type place struct {
		section int
		offset  uint64
	}
	records := make(map[place]bool)
	for _, r := range obj.FuncRecords() {
		records[place{r.Section, r.Offset}] = true
	}
	recorded := make(map[*bpfobj.Function]bool, len(obj.Functions))
	for _, fn := range obj.Functions {
		recorded[fn] = fn.Metadata || records[place{fn.Section, fn.Offset}]
	}
	return recorded
}

// btfFactKinds are the kinds of types that [btfFacts.walk] looks at.
const btfFactKinds = 1<<btfgraph.KindFunc | 1<<btfgraph.KindDatasec | 1<<btfgraph.KindDeclTag |
	1<<btfgraph.KindStruct | 1<<btfgraph.KindTypeTag

// walk passes over the types once.
func (b *btfFacts) walk(g btfgraph.Graph) {
	var externs []btfgraph.ID
	listed := make(map[btfgraph.ID]bool)
	for _, id := range btfgraph.AppendOfKinds(nil, g, btfFactKinds) {
		switch g.Kind(id) {
		case btfgraph.KindStruct, btfgraph.KindTypeTag:
			b.special = b.special || hasSpecialFields(g, id)
		case btfgraph.KindFunc:
			if g.Linkage(id) == btfgraph.LinkageExtern {
				externs = append(externs, id)
			}
			b.unnamed = b.unnamed || unnamedParam(g, id)
		case btfgraph.KindDatasec:
			if g.Name(id) == ".ksyms" {
				for i := range g.Vlen(id) {
					listed[g.VarSecinfo(id, i).Type] = true
				}
			}
		case btfgraph.KindDeclTag:
			b.addTag(g, id)
		}
	}
	for _, id := range externs {
		if !listed[id] {
			b.strayExterns = append(b.strayExterns, id)
		}
	}
}

// addTag notes a DECL_TAG of a function.
func (b *btfFacts) addTag(g btfgraph.Graph, id btfgraph.ID) {
	fn := g.Ref(id)
	if g.Kind(fn) != btfgraph.KindFunc {
		return
	}
	if g.ComponentIndex(id) == -1 && strings.HasPrefix(g.Name(id), exceptionTag) {
		b.exceptionTags = append(b.exceptionTags, id)
	}
	tag, ok := strings.CutPrefix(g.Name(id), "arg:")
	if !ok {
		return
	}
	if b.argTags == nil {
		b.argTags = make(map[btfgraph.ID]map[int][]string)
	}
	if b.argTags[fn] == nil {
		b.argTags[fn] = make(map[int][]string)
	}
	param := g.ComponentIndex(id)
	b.argTags[fn][param] = append(b.argTags[fn][param], tag)
}

// unnamedParam reports whether a FUNC that is not extern has a parameter
// without a name. libbpf names those of .ksyms itself.
func unnamedParam(g btfgraph.Graph, id btfgraph.ID) bool {
	if g.Linkage(id) == btfgraph.LinkageExtern {
		return false
	}
	proto := g.Ref(id)
	for i := range g.Vlen(proto) {
		if param := g.Param(proto, i); param.Name == "" && param.Type != btfgraph.Void {
			return true
		}
	}
	return false
}

// throwKfunc does not return: what follows a call that may reach it is not certain.
const throwKfunc = "bpf_throw"

// executedFirst divides the programs that link an instruction into those that
// certainly execute it, before the first branch, and the others. It asks nothing
// about the kernel, unlike [Plan.ReachOf].
func (p *Plan) executedFirst(f *bpfobj.Function, insn int) (certain, possible Scope) {
	for _, i := range p.facts.usedBy[f] {
		scope := &possible
		if insn < p.straight(p.Object.Programs[i])[f] {
			scope = &certain
		}
		if !p.leftOut(i) {
			scope.Programs = append(scope.Programs, p.Object.Programs[i].Name)
		}
	}
	return certain, possible
}

// straight returns, per function that the program certainly enters, how many
// of its leading slots it certainly executes: those up to the first jump of the
// program, and of the functions that it calls there. It says nothing of the
// others: that takes package flow, which costs more.
func (p *Plan) straight(prog *bpfobj.Program) map[*bpfobj.Function]int {
	p.facts.mu.Lock()
	defer p.facts.mu.Unlock()
	if s, ok := p.facts.executed[prog]; ok {
		return s
	}
	throws := reachesThrow(prog.Function)
	s := make(map[*bpfobj.Function]int)
	todo := []*bpfobj.Function{prog.Function}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, seen := s[f]; seen {
			continue
		}
		end, callees := straightLine(f, throws)
		s[f] = end
		todo = append(todo, callees...)
	}
	if p.facts.executed == nil {
		p.facts.executed = make(map[*bpfobj.Program]map[*bpfobj.Function]int)
	}
	p.facts.executed[prog] = s
	return s
}

// straightLine returns the number of leading slots of a function up to and
// including its first jump or exit, and the functions that it calls there.
// With throws, a call of a subprogram ends the line.
func straightLine(f *bpfobj.Function, throws bool) (end int, callees []*bpfobj.Function) {
	for i := 0; i < len(f.Insns); i++ {
		insn := f.Insns[i]
		if insn.Op == bpfobj.LdImm64 {
			i++
			continue
		}
		if class := insn.Op & opClass; class != classJMP && class != classJMP32 {
			continue
		}
		if !insn.IsCall() {
			return i + 1, callees
		}
		ref := refAt(f, i)
		switch {
		case ref == nil:
		case ref.Func != nil:
			callees = append(callees, ref.Func)
			if throws {
				return i + 1, callees
			}
		case ref.Extern != nil && isThrow(ref.Extern):
			return i + 1, callees
		}
	}
	return len(f.Insns), callees
}

// refAt is the reference of the instruction at a slot, nil if it has none.
func refAt(f *bpfobj.Function, insn int) *bpfobj.Ref {
	i := sort.Search(len(f.Refs), func(i int) bool { return f.Refs[i].Insn >= insn })
	if i < len(f.Refs) && f.Refs[i].Insn == insn {
		return &f.Refs[i]
	}
	return nil
}

// isThrow reports whether an extern is bpf_throw, or a flavor of it, which
// loaders may take for it.
func isThrow(e *bpfobj.Extern) bool {
	name, _, _ := strings.Cut(e.Name, "___")
	return name == throwKfunc
}

// reachesThrow reports whether a function or one that it links throws.
func reachesThrow(f *bpfobj.Function) bool {
	for _, callee := range f.Reachable() {
		for i := range callee.Refs {
			if e := callee.Refs[i].Extern; e != nil && isThrow(e) {
				return true
			}
		}
	}
	return false
}
