package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ContextRead is a read of an argument that what a program attaches to does not
// have. The verifier refuses it where a path gets there (kernel/bpf/btf.c,
// btf_ctx_access: "func 'x' doesn't have 3-th argument").
type ContextRead struct {
	Program int // index into Plan.Programs
	// Func is the program's function, Insn the load.
	Func *bpfobj.Function
	Insn int
	// Argument is the argument's number from 1, Arguments how many there are;
	// Return tells that Argument is the place of a value that is not returned.
	Argument, Arguments int
	Return              bool
	// Member is the struct_ops member that the program serves ("ops.member");
	// "" for one with an attach target, see [ProgramPlan.Target].
	Member string
	// AtAttach tells that the program loads and is refused when it attaches to
	// its raw tracepoint (kernel/trace/bpf_trace.c, __bpf_probe_register).
	AtAttach bool
	Reach    Reach
}

// signature is what a program's context holds.
type signature struct {
	graph  btfgraph.Graph
	proto  btfgraph.ID // FUNC_PROTO
	skip   int         // leading parameters that are not passed: of tracepoints 1
	ret    bool        // the return value follows the arguments
	lax    bool        // the kernel may take it for such a program
	member string
}

// ContextReads are the reads beyond the arguments of tracing, LSM and struct_ops
// programs and of raw tracepoints, one per program and argument, in the order of the programs. Only
// loads in the program's own function count, through registers that hold its
// context on every path.
func (p *Plan) ContextReads() []ContextRead {
	if p.Kernel == nil || p.Kernel.Types == nil {
		return nil
	}
	var list []ContextRead
	for i := range p.Programs {
		sig, ok := p.signatureOf(i)
		if !ok {
			continue
		}
		if !readsFrom(p.Programs[i].Program.Function, sig.size()) {
			continue
		}
		list = p.addReads(list, i, &sig)
	}
	return list
}

// addReads adds the reads of one program beyond what its context holds.
func (p *Plan) addReads(list []ContextRead, prog int, sig *signature) []ContextRead {
	f, limit, args := p.Programs[prog].Program.Function, sig.size(), sig.args()
	relocated := func(insn int) bool { // f.CORE is in the order of instructions
		_, found := slices.BinarySearchFunc(f.CORE, insn, func(i, insn int) int { return p.Object.CORE[i].Insn - insn })
		return found
	}
	first := make(map[int]int) // by argument: index into list
	for _, load := range p.facts.contextLoads(f) {
		off := int64(f.Insns[load].Off)
		if off < limit || relocated(load) {
			continue
		}
		r := ContextRead{
			Program: prog, Func: f, Insn: load, Member: sig.member, Arguments: sig.count(), AtAttach: p.Programs[prog].Target.AtAttach,
		}
		r.Argument = r.Arguments + 1 + int(off-args)/8
		r.Return = sig.ret && r.Argument == r.Arguments+1
		r.Reach = p.ReachOf(f, load)
		if i, ok := first[r.Argument]; !ok {
			first[r.Argument] = len(list)
			list = append(list, r)
		} else if list[i].Reach.Certain.Empty() && !r.Reach.Certain.Empty() {
			list[i] = r // the one that decides
		}
	}
	return list
}

// signatureOf is what the context of a program holds, if the kernel's BTF tells.
func (p *Plan) signatureOf(prog int) (sig signature, ok bool) {
	pp := &p.Programs[prog]
	if pp.isStructOps() {
		return p.memberSignature(prog)
	}
	b := &pp.Target
	if b.Status != AttachFound {
		return sig, false
	}
	sig.graph, sig.proto = b.Types, b.Types.Ref(b.ID)
	if b.Kind == btfgraph.KindTypedef {
		sig.proto, sig.skip = funcProto(b.Types, b.ID), 1
		return sig, sig.proto != btfgraph.Void && sig.graph.Vlen(sig.proto) > 0
	}
	switch pp.AttachType {
	case "BPF_TRACE_FENTRY":
	case "BPF_TRACE_FEXIT", "BPF_MODIFY_RETURN", "BPF_TRACE_FSESSION", "BPF_LSM_MAC", "BPF_LSM_CGROUP":
		sig.ret = true
	default:
		return sig, false
	}
	return sig, sig.graph.Kind(sig.proto) == btfgraph.KindFuncProto
}

// retMembers are the numbers of the attach types whose programs see the return
// value. The kernel compares them with the attach type of a struct_ops program
// too, which is the index of its member (kernel/bpf/btf.c, btf_ctx_access).
var retMembers = [...]string{"BPF_TRACE_FEXIT", "BPF_MODIFY_RETURN", "BPF_LSM_MAC", "BPF_LSM_CGROUP", "BPF_TRACE_FSESSION"}

// memberSignature is the signature of the member that a struct_ops program serves.
func (p *Plan) memberSignature(prog int) (sig signature, ok bool) {
	for _, slot := range p.slotsOf(prog) {
		b := &p.StructOps[slot.Map]
		if b.Status != StructOpsBound || b.Members[slot.Member].Outcome != MemberCallback {
			continue
		}
		index := b.Members[slot.Member].KernelMember
		member := b.Types.Member(b.KernelType, index)
		sig = signature{graph: b.Types, proto: funcProto(b.Types, member.Type), member: b.TypeName + "." + member.Name}
		sig.lax = slices.ContainsFunc(retMembers[:], func(name string) bool { return slices.Index(attachTypes[:], name) == index })
		return sig, sig.proto != btfgraph.Void
	}
	return sig, false
}

// count is the number of arguments.
func (s *signature) count() int { return s.graph.Vlen(s.proto) - s.skip }

// args is the number of bytes of the context that the arguments take: a word
// for each, more for structs that are passed by value.
func (s *signature) args() int64 {
	size := int64(0)
	for i := s.skip; i < s.graph.Vlen(s.proto); i++ {
		size += max(s.words(s.graph.Param(s.proto, i).Type), 8)
	}
	return size
}

// size is the number of bytes of the context that can be read: the arguments
// and, for programs that see it, the return value.
func (s *signature) size() int64 {
	if !s.ret && !s.lax {
		return s.args()
	}
	return s.args() + s.words(s.graph.Ref(s.proto))
}

// words is the size of a value in bytes, in whole words; of void it is 0.
func (s *signature) words(id btfgraph.ID) int64 {
	size, _ := btfgraph.SizeOf(s.graph, id)
	if s.graph.Kind(btfgraph.SkipModsAndTypedefs(s.graph, id)) == btfgraph.KindPtr {
		size = 8
	}
	return int64(size+7) &^ 7
}

// readsFrom reports whether a function has a load that might read its context
// at an offset of at least limit bytes.
func readsFrom(f *bpfobj.Function, limit int64) bool {
	return slices.ContainsFunc(f.Insns, func(insn bpfobj.Insn) bool {
		return insn.Op&opClass == classLDX && insn.Src != regFrame && int64(insn.Off) >= limit
	})
}

// contextLoads keeps what the function of that name found.
func (f *facts) contextLoads(fn *bpfobj.Function) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	loads, ok := f.loads[fn]
	if !ok {
		loads = contextLoads(fn)
		if f.loads == nil {
			f.loads = make(map[*bpfobj.Function][]int)
		}
		f.loads[fn] = loads
	}
	return loads
}

// contextLoads are the slots of the loads through registers that hold the
// function's first argument, unchanged, on every path.
func contextLoads(f *bpfobj.Function) []int {
	held, ok := heldContext(f)
	if !ok {
		return nil
	}
	var loads []int
	for i := 0; i < len(f.Insns); i++ {
		insn := f.Insns[i]
		if insn.Op == bpfobj.LdImm64 {
			i++
			continue
		}
		if insn.Op&opClass == classLDX && insn.Op&opMode == modeMem && held[i] != unvisited && held[i]>>insn.Src&1 == 1 {
			loads = append(loads, i)
		}
	}
	return loads
}

// unvisited is the set of registers at a slot to which no way leads.
const unvisited = 1<<16 - 1

// heldContext are, by slot, the registers that hold the first argument whichever
// way leads there. ok is false for code that jumps in other ways than C does.
func heldContext(f *bpfobj.Function) (held []uint16, ok bool) {
	held = make([]uint16, len(f.Insns))
	for i := range held {
		held[i] = unvisited
	}
	if len(held) == 0 {
		return nil, false
	}
	held[0] = 1 << regFirstArg
	todo := []int{0}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		insn := f.Insns[i]
		if insn.Op == opExit {
			continue
		}
		out := keepContext(insn, held[i])
		next, jumps := successors(insn, i)
		for _, to := range next[:jumps] {
			if to < 0 || to >= len(held) {
				return nil, false
			}
			if in := held[to] & out; in != held[to] {
				held[to] = in
				todo = append(todo, to)
			}
		}
	}
	return held, true
}

// successors are the slots that follow an instruction, of which there are n.
func successors(insn bpfobj.Insn, i int) (next [2]int, n int) {
	class := insn.Op & opClass
	switch {
	case insn.Op == bpfobj.LdImm64:
		return [2]int{i + 2}, 1
	case insn.Op == opGotoX:
		return [2]int{-1}, 1
	case insn.Op == opGotol:
		return [2]int{i + 1 + int(insn.Imm)}, 1
	case insn.Op == opJa:
		return [2]int{i + 1 + int(insn.Off)}, 1
	case insn.IsCall() || class != classJMP && class != classJMP32:
		return [2]int{i + 1}, 1
	}
	return [2]int{i + 1, i + 1 + int(insn.Off)}, 2
}

// keepContext updates the set of registers that hold the first argument.
func keepContext(insn bpfobj.Insn, held uint16) uint16 {
	switch insn.Op & opClass {
	case classLD:
		if insn.Op != bpfobj.LdImm64 { // LD_ABS and LD_IND are calls
			return held &^ regsClobbered
		}
		return held &^ (1 << insn.Dst)
	case classALU64:
		if insn.Op == opMovReg && insn.Off == 0 && held>>insn.Src&1 == 1 {
			return held | 1<<insn.Dst
		}
		return held &^ (1 << insn.Dst)
	case classLDX, classALU:
		return held &^ (1 << insn.Dst)
	case classSTX: // an atomic operation may fetch
		if insn.Op&opMode == modeAtomic {
			return held &^ (1<<insn.Src | 1)
		}
	case classJMP:
		if insn.IsCall() {
			return held &^ regsClobbered
		}
	}
	return held
}
