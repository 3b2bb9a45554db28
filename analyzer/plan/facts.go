package plan

import (
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
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
	// recorded tells which functions have a record in .BTF.ext.
	recorded map[*bpfobj.Function]bool
	btfFacts

	mu sync.Mutex
	// executed keeps what straight computed.
	executed map[*bpfobj.Program]map[*bpfobj.Function]int
}

// btfFacts are what one walk over the object's BTF tells.
type btfFacts struct {
	// argTags are the "arg:" tags of a FUNC by parameter, without the prefix.
	argTags map[btfgraph.ID]map[int][]string
	// exceptionTags are the DECL_TAGs that name a callback for exceptions.
	exceptionTags []btfgraph.ID
	// strayExterns are the extern FUNCs that no DATASEC ".ksyms" lists.
	strayExterns []btfgraph.ID
	// unnamed tells that a FUNC has a parameter without a name, empty that a
	// DATASEC has no variables.
	unnamed, empty bool
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
	}
	for i, prog := range obj.Programs {
		f.programOf[prog.Function] = i
		for _, fn := range prog.Reachable() {
			f.usedBy[fn] = append(f.usedBy[fn], i)
		}
	}
	for _, fn := range obj.Functions {
		if len(f.usedBy[fn]) > 0 {
			f.addHelpers(fn)
		}
	}
	if obj.Types != nil {
		f.btfFacts = newBTFFacts(obj.Types)
	}
	if !obj.FromSpec {
		f.recorded = recordedFunctions(obj)
	}
	return f
}

func (f *facts) addHelpers(fn *bpfobj.Function) {
	for i := 0; i < len(fn.Insns); i++ {
		insn := fn.Insns[i]
		if insn.Op == bpfobj.LdImm64 {
			i++
			continue
		}
		if insn.IsHelperCall() && refAt(fn, i) == nil {
			f.helpers = append(f.helpers, helperCall{fn, i, insn.Imm})
		}
	}
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
		recorded[fn] = records[place{fn.Section, fn.Offset}]
	}
	return recorded
}

func newBTFFacts(g btfgraph.Graph) btfFacts {
	var b btfFacts
	var externs []btfgraph.ID
	listed := make(map[btfgraph.ID]bool)
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		switch g.Kind(id) {
		case btfgraph.KindFunc:
			if g.Linkage(id) == btfgraph.LinkageExtern {
				externs = append(externs, id)
			}
			b.unnamed = b.unnamed || unnamedParam(g, id)
		case btfgraph.KindDatasec:
			b.empty = b.empty || g.Vlen(id) == 0
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
	return b
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
