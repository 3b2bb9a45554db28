package plan

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/flow"
)

// Reach says in which programs the kernel's verifier gets to an instruction.
type Reach struct {
	// Certain are the programs in which it gets there, unless it refuses them
	// before; Possible those in which something unknown decides; Dead those in
	// which it never does. Programs that the loader never loads are in none.
	Certain, Possible, Dead Scope
	// Guard is the instruction that decides in the first program of Possible,
	// or of Dead if there is none, or of Certain; a zero Site if none does.
	Guard flow.Site
	// Depends says what the answer for the first of Possible depends on; ""
	// if nothing in particular is known to.
	Depends string
}

// scope are the programs of which an analysis gives that answer.
func (r *Reach) scope(answer flow.Reach) *Scope {
	return [...]*Scope{flow.Unknown: &r.Possible, flow.Reachable: &r.Certain, flow.Dead: &r.Dead}[answer]
}

// Ends reports whether Guard is no branch: the program ends there, as the kernel
// refuses the instruction.
func (r *Reach) Ends() bool {
	at := r.Guard
	if at.Func == nil || at.Insn < 0 || at.Insn >= len(at.Func.Insns) {
		return false
	}
	insn := at.Func.Insns[at.Insn]
	class := insn.Op & opClass
	return class != classJMP && class != classJMP32 || insn.IsCall()
}

// ReachOf tells which of the programs that link an instruction get to it. A
// slot that is none is reached by no program.
func (p *Plan) ReachOf(f *bpfobj.Function, insn int) Reach {
	var r Reach
	var guards [3]flow.Site // by flow.Reach
	users := p.facts.usedBy[f]
	for k, i := range users {
		if p.leftOut(i) {
			continue
		}
		a := p.reach(i, flow.Site{Func: f, Insn: insn})
		scope := r.scope(a.Reach)
		if len(scope.Programs) == 0 {
			scope.Programs = make([]string, 0, len(users)-k)
			guards[a.Reach] = a.Guard
			if a.Reach == flow.Unknown {
				r.Depends = a.Depends
			}
		}
		scope.Programs = append(scope.Programs, p.Object.Programs[i].Name)
	}
	for _, reach := range [...]flow.Reach{flow.Unknown, flow.Dead, flow.Reachable} {
		if guards[reach].Func != nil {
			r.Guard = guards[reach]
			break
		}
	}
	return r
}

// flows is what was found out about a plan so far, above all about the
// reachability of its programs.
type flows struct {
	mu       sync.Mutex
	programs []*programFlow // by index, nil if nobody asked
	patches  map[*bpfobj.Function]*patches
	externs  map[*bpfobj.Extern]*ExternBinding

	misuses      once[[]KfuncMisuse]  // see KfuncMisuses
	refused      once[[]helperCall]   // see refusedHelpers
	instructions once[instructionSet] // see Plan.instructions
	kfuncs       once[kfuncSupport]
}

// programFlow is the analysis of one program.
type programFlow struct {
	result *flow.Result
	// sites are those that the analysis answers for, in the order of
	// compareSites; nil for all.
	sites []flow.Site
	// static is the analysis with all functions static, which is what the kernel
	// takes them for without the object's BTF; nil if it surely gets that.
	static *flow.Result
}

// reach answers for an instruction in one program.
func (p *Plan) reach(prog int, s flow.Site) flow.Answer {
	// What comes before the first branch, or on all ways, takes no analysis.
	if s.Insn < p.straight(p.Object.Programs[prog])[s.Func] {
		return flow.Answer{Reach: flow.Reachable}
	}
	p.flows.mu.Lock()
	defer p.flows.mu.Unlock()
	if p.flows.patches == nil {
		p.flows.programs = make([]*programFlow, len(p.Object.Programs))
		p.flows.patches = make(map[*bpfobj.Function]*patches)
		p.flows.externs = make(map[*bpfobj.Extern]*ExternBinding, len(p.Externs))
		for i := range p.Externs {
			p.flows.externs[p.Externs[i].Extern] = &p.Externs[i]
		}
	}
	if p.prepared(prog, false).Meets(s) && !p.refusesBefore(s) {
		return flow.Answer{Reach: flow.Reachable}
	}
	pf := p.flows.programs[prog]
	if pf == nil {
		pf = p.analyze(prog, p.questions(prog, s))
		p.flows.programs[prog] = pf
	}
	if pf.sites != nil {
		if _, asked := slices.BinarySearchFunc(pf.sites, s, compareSites); !asked {
			pf = p.analyze(prog, nil)
			p.flows.programs[prog] = pf
		}
	}
	a := pf.result.At(s)
	if pf.static != nil && pf.static.At(s).Reach != a.Reach {
		return flow.Answer{Depends: "whether the kernel gets the object's BTF"}
	}
	return a
}

// refusesBefore reports whether the kernel may refuse an instruction before s in
// its function, as far as it concerns an instruction for which s is a meeting
// point of all ways.
func (p *Plan) refusesBefore(s flow.Site) bool {
	if len(p.CORE) == 0 && len(s.Func.CORE) > 0 {
		return true // nobody knows what becomes of them
	}
	for _, i := range s.Func.CORE {
		if b := &p.CORE[i]; b.Record.Insn < s.Insn && (b.Status != COREPatched || len(b.Others) > 0) {
			return true
		}
	}
	for i := range min(s.Insn, len(s.Func.Insns)) {
		if s.Func.Insns[i].IsHelperCall() && p.calls(flow.Site{Func: s.Func, Insn: i}).Refused {
			return true
		}
	}
	return false
}

// compareSites orders sites by function and slot.
func compareSites(a, b flow.Site) int {
	return cmp.Or(cmp.Compare(a.Func.Section, b.Func.Section), cmp.Compare(a.Func.Offset, b.Func.Offset),
		strings.Compare(a.Func.Name, b.Func.Name), cmp.Compare(a.Insn, b.Insn))
}

// questions are the instructions of a program that are likely to be asked for:
// what the kernel refuses where a path gets there. An analysis that answers for
// a few of them costs a fraction of one for all. asked is the first one.
func (p *Plan) questions(prog int, asked flow.Site) []flow.Site {
	sites := append(make([]flow.Site, 0, 16), asked)
	unsupported := p.instructions().asked
	for _, f := range p.Object.Programs[prog].Reachable() {
		for _, insn := range unsupported[f] {
			sites = append(sites, flow.Site{Func: f, Insn: insn})
		}
		for _, i := range f.CORE {
			if i < len(p.CORE) && p.CORE[i].asksReach() {
				sites = append(sites, flow.Site{Func: f, Insn: p.CORE[i].Record.Insn})
			}
		}
		for i := range f.Refs {
			b := p.flows.externs[f.Refs[i].Extern]
			if b != nil && b.Extern.Kind == bpfobj.ExternFunc && b.asksCallers() {
				sites = append(sites, flow.Site{Func: f, Insn: f.Refs[i].Insn})
			}
		}
		if f.Program == nil && p.submittedLinkage(f) == btfgraph.LinkageGlobal {
			sites = append(sites, flow.Site{Func: f})
		}
	}
	for _, call := range p.refusedHelpers() {
		if slices.Contains(p.facts.usedBy[call.fn], prog) {
			sites = append(sites, flow.Site{Func: call.fn, Insn: call.insn})
		}
	}
	slices.SortFunc(sites, compareSites)
	return slices.Compact(sites)
}

// asksReach reports whether it matters who gets to a relocated instruction: to
// poison, to a size that is 0, and to an access of a field that differs.
func (b *COREBinding) asksReach() bool {
	switch {
	case len(b.Others) > 0:
		return true
	case b.Status != COREPatched:
		return b.Status == COREPoisoned
	case b.Kind == COREByteOff:
		return !b.SameField()
	}
	return !b.Matched && !b.Kind.Exists()
}

// asksCallers reports whether it matters who calls a kfunc: a strong one that does
// not resolve is refused wherever it stands, and most that resolve are fine.
func (b *ExternBinding) asksCallers() bool {
	if b.Status == ExternFound {
		return b.Tag == TagNone || b.Unsupported != ""
	}
	return b.Status != ExternRefused && b.Extern.MayBeWeak()
}

// analyze explores a program with what the loader makes of its instructions. It
// answers for some sites, in the order of compareSites; nil is all.
func (p *Plan) analyze(prog int, sites []flow.Site) *programFlow {
	entry := p.Object.Programs[prog].Function
	pf := &programFlow{sites: sites}
	doubt := slices.ContainsFunc(entry.Reachable()[1:], func(f *bpfobj.Function) bool {
		return p.submittedLinkage(f) == btfgraph.LinkageGlobal && !p.keepsBTF(entry, f)
	})
	look := patchLookup{plan: p, prog: prog}
	facts := flow.Facts{
		Patch:     look.patch,
		Memory:    p.memory,
		Call:      p.calls,
		Types:     p.Object.Types,
		Globals:   p.globals(),
		Verifier:  p.verifierLevel(),
		BigEndian: p.Object.ByteOrder != nil && p.Object.ByteOrder.String() == "BigEndian",
	}
	pf.result = p.prepared(prog, false).Analyze(facts, flow.Budget{Sites: sites})
	if doubt {
		pf.static = p.prepared(prog, true).Analyze(facts, flow.Budget{Sites: sites})
	}
	return pf
}

// preparedKey is what the preparation of a program for package flow depends on.
type preparedKey struct {
	prog                 int
	static, hiddenStatic bool
	names                listKey // FunctionPolicy.Static
}

// listKey tells lists apart by where they are: versions of a loader share theirs.
type listKey struct {
	first *string
	count int
}

func keyOfList(list []string) listKey {
	if len(list) == 0 {
		return listKey{}
	}
	return listKey{&list[0], len(list)}
}

// prepared is a program made ready for analyses, once for all kernels; with
// static as one whose functions are all static.
func (p *Plan) prepared(prog int, static bool) *flow.Program {
	p.facts.mu.Lock()
	defer p.facts.mu.Unlock()
	policy := &p.Loader.Functions
	key := preparedKey{prog, static, policy.HiddenStatic, keyOfList(policy.Static)}
	ready := p.facts.prepared[key]
	if ready == nil {
		patches := patchable{plan: p}
		ready = flow.Prepare(p.Object.Programs[prog].Function, flow.Shape{
			Global:  func(f *bpfobj.Function) bool { return !static && p.submittedLinkage(f) == btfgraph.LinkageGlobal },
			Patched: patches.mayPatch,
			Pool:    &p.facts.pool.analyses,
			NoReturn: func(s flow.Site) bool {
				ref := refAt(s.Func, s.Insn)
				return ref != nil && ref.Extern != nil && isThrow(ref.Extern)
			},
		})
		if p.facts.prepared == nil {
			p.facts.prepared = make(map[preparedKey]*flow.Program)
		}
		p.facts.prepared[key] = ready
	}
	return ready
}

// globals is how the kernel verifies global functions, see verifyGlobals.
func (p *Plan) globals() flow.Globals {
	lazy, found := p.hasMember("bpf_func_info_aux", "called")
	switch {
	case lazy:
		return flow.GlobalsCalled
	case found:
		return flow.GlobalsAll
	}
	return flow.GlobalsUnknown
}

// verifierLevel is what the kernel's verifier surely knows of constants, told by
// what came with the same versions: netfilter programs with 6.4, the third
// parameter of bpf_struct_ops.check_member with 6.3, bpf_trace_vprintk with 5.16.
func (p *Plan) verifierLevel() flow.Level {
	switch {
	case p.enumerator("bpf_attach_type", "BPF_NETFILTER") == Supported:
		return flow.Level64
	case p.checkMemberParams() >= 3:
		return flow.Level63
	case p.enumerator("bpf_func_id", "BPF_FUNC_trace_vprintk") == Supported:
		return flow.Level516
	}
	return flow.LevelBase
}

// calls says what the kernel makes of a call that a path reaches.
func (p *Plan) calls(s flow.Site) flow.Call {
	if p.Kernel == nil {
		return flow.Call{}
	}
	if ref := refAt(s.Func, s.Insn); ref != nil {
		if ref.Extern == nil {
			return flow.Call{}
		}
		b := p.flows.externs[ref.Extern]
		return flow.Call{Refused: b != nil && b.absent(p.Loader), NoReturn: isThrow(ref.Extern)}
	}
	if insn := s.Func.Insns[s.Insn]; insn.IsHelperCall() {
		ok, known := p.knowsHelper(insn.Imm)
		return flow.Call{Refused: known && !ok}
	}
	return flow.Call{}
}

// absent reports whether a weak extern is left without a value: its address is 0
// and a call of it is refused where a path reaches it.
func (b *ExternBinding) absent(l *Loader) bool {
	if !b.OptionalFor(l) {
		return false
	}
	return b.Status == ExternMissing ||
		b.Status == ExternIncompatible && b.Extern.Kind == bpfobj.ExternFunc && l.WeakIncompatibleKfuncAbsent
}
