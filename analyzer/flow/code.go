package flow

import (
	"fmt"
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Opcode fields (include/uapi/linux/bpf.h).
const (
	classMask                                        = 0x07
	classLD, classLDX, classST, classSTX, classALU   = 0, 1, 2, 3, 4
	classJMP, classJMP32, classALU64                 = 5, 6, 7
	opMask                                           = 0xf0
	sourceX                                          = 0x08
	sizeMask, modeMask                               = 0x18, 0xe0
	modeABS, modeIND, modeMEM, modeMEMSX, modeATOMIC = 0x20, 0x40, 0x60, 0x80, 0xc0
	jumpJA, jumpJEQ, jumpJGT, jumpJGE, jumpJSET      = 0x00, 0x10, 0x20, 0x30, 0x40
	jumpJNE, jumpJSGT, jumpJSGE, jumpCALL, jumpEXIT  = 0x50, 0x60, 0x70, 0x80, 0x90
	jumpJLT, jumpJLE, jumpJSLT, jumpJSLE, jumpJCOND  = 0xa0, 0xb0, 0xc0, 0xd0, 0xe0
	opCall, opExit, opGotoX                          = 0x85, 0x95, 0x0d
)

// loadSize is the number of bytes that a load or store moves.
func loadSize(op uint8) int { return [...]int{4, 2, 1, 8}[op&sizeMask>>3] }

// Flags of an instruction slot.
const (
	flagLeader   = 1 << iota // a block starts here
	flagJoin                 // more than one way leads here: states are compared
	flagSecond               // the second slot of a ld_imm64
	flagCallback             // a ld_imm64 that takes the address of a function
	flagPatched              // a loader may patch it
	flagNoReturn             // a call that does not return
)

// fn is a function of a program, made ready for analyses.
type fn struct {
	f      *bpfobj.Function
	index  int
	base   int // its first slot among those of all functions
	insns  []bpfobj.Insn
	flags  []uint8
	refs   []int32 // by slot: index into f.Refs, -1 without
	global bool
	calls  bool // takes the address of a function: calls may call back
	preds  predecessors

	tracked sync.Once
	live    liveness
	judged  sync.Once
	matters []relevance // see engine.relevant
}

// Program is a program made ready for analyses, for any number of targets: its
// entry and all functions that it reaches statically, cut into blocks. It holds
// what depends on no fact but those of [Shape], and the results of its first
// analyses for targets that agree with theirs. It is safe for concurrent use.
type Program struct {
	funcs     []*fn                    // [0] is the entry
	byFunc    map[*bpfobj.Function]*fn // nil if there are few functions
	slots     int                      // of all functions
	leaders   int                      // slots of all functions at which a block starts
	throws    bool                     // some call does not return
	global    bool                     // some function is global
	malformed string                   // why the kernel refuses it whatever is reachable, "" if nothing

	pool    *Pool
	mu      sync.Mutex
	results []*Result // of analyses so far, see shared

	met   sync.Once
	meets []bool // by slot of the entry, see Meets
}

// Shape is what has to be known of a loader's work to prepare a program. The
// zero value is sound.
type Shape struct {
	// Global tells that the kernel verifies the function on its own. nil: a
	// function of GLOBAL linkage in BTF that is not hidden.
	Global func(*bpfobj.Function) bool
	// Types is the object's BTF, without which no function is global; nil
	// if there is none or if Global is set.
	Types btfgraph.Graph
	// Patched tells whether a loader may patch an instruction, for any target:
	// [Facts.Patch] is asked for no other. nil: it may patch every one.
	Patched func(Site) bool

	// NoReturn tells that a call does not return, for any target. nil: those of
	// bpf_throw do not.
	NoReturn func(Site) bool

	// Pool is where analyses take their memory from. nil: each has its own.
	Pool *Pool
}

// Prepare makes a program ready for analyses. entry is the program, or any
// function whose first argument is a context. The functions of shape are called
// before Prepare returns only.
func Prepare(entry *bpfobj.Function, shape Shape) *Program {
	reachable := entry.Reachable()
	p := &Program{funcs: make([]*fn, len(reachable)), pool: shape.Pool}
	list := make([]fn, len(reachable))
	if len(reachable) > fewFunctions {
		p.byFunc = make(map[*bpfobj.Function]*fn, len(reachable))
	}
	for i, f := range reachable {
		x := &list[i]
		x.f, x.index, x.base, x.insns, x.global = f, i, p.slots, f.Insns, i > 0 && shape.isGlobal(f)
		p.funcs[i] = x
		if p.byFunc != nil {
			p.byFunc[f] = x
		}
		p.slots += len(f.Insns)
		p.global = p.global || x.global
	}
	for _, x := range p.funcs {
		if why := p.decode(x, &shape); why != "" && p.malformed == "" {
			p.malformed = fmt.Sprintf("function %q: %s", x.f.Name, why)
		}
	}
	if p.malformed == "" {
		for _, x := range p.funcs {
			x.findPredecessors()
		}
	}
	return p
}

// fewFunctions is a number of functions that are found without a map.
const fewFunctions = 8

// find is the program's function made of f, nil if there is none.
func (p *Program) find(f *bpfobj.Function) *fn {
	if p.byFunc != nil || f == nil {
		return p.byFunc[f]
	}
	for _, x := range p.funcs {
		if x.f == f {
			return x
		}
	}
	return nil
}

func (s *Shape) isGlobal(f *bpfobj.Function) bool {
	if s.Global != nil {
		return s.Global(f)
	}
	return !f.Hidden && f.Linkage(s.Types) == btfgraph.LinkageGlobal
}

// throwKfunc is the kfunc that ends a program.
const throwKfunc = "bpf_throw"

// returns reports whether the call at a slot returns. Loaders may take flavors
// of bpf_throw for it.
func (s *Shape) returns(x *fn, i int) bool {
	if r := x.ref(i); r != nil && r.Extern != nil {
		if name, _, _ := strings.Cut(r.Extern.Name, "___"); name == throwKfunc {
			return false
		}
	}
	return s.NoReturn == nil || !s.NoReturn(Site{x.f, i})
}

// ref is what the slot refers to, nil if nothing.
func (x *fn) ref(slot int) *bpfobj.Ref {
	if i := x.refs[slot]; i >= 0 {
		return &x.f.Refs[i]
	}
	return nil
}

// decode finds the blocks of a function. It returns why the kernel refuses
// the function without looking at paths (verifier.c, check_subprogs and
// check_cfg), "" if it does not.
func (p *Program) decode(x *fn, shape *Shape) string {
	n := len(x.insns)
	if n == 0 {
		return "no instructions"
	}
	x.flags = make([]uint8, n)
	x.refs = make([]int32, n)
	for i := range x.refs {
		x.refs[i] = -1
	}
	for i := range x.f.Refs {
		if slot := x.f.Refs[i].Insn; slot >= 0 && slot < n {
			x.refs[slot] = int32(i)
			x.calls = x.calls || x.f.Refs[i].Kind == bpfobj.RefFuncAddr
		}
	}
	ways := make([]uint8, n) // number of ways that lead to a slot, up to 2
	ways[0] = 2
	for i := 0; i < n; i++ {
		next, why := p.decodeSlot(x, i, ways, shape)
		if why != "" {
			return why
		}
		i = next
	}
	for i, w := range ways {
		if w > 0 && x.flags[i]&flagSecond != 0 {
			return fmt.Sprintf("jump into the middle of instruction %d", i-1)
		}
		if w > 1 {
			x.flags[i] |= flagJoin | flagLeader
		}
		if x.flags[i]&flagLeader != 0 {
			p.leaders++
		}
	}
	return ""
}

// decodeSlot notes where the instruction goes on. It returns its last slot.
func (p *Program) decodeSlot(x *fn, i int, ways []uint8, shape *Shape) (last int, why string) {
	n, insn := len(x.insns), x.insns[i]
	way := func(to int, leader bool) {
		if to < 0 || to >= n {
			why = fmt.Sprintf("instruction %d goes on outside of the function", i)
			return
		}
		ways[to] = min(ways[to]+1, 2)
		if leader {
			x.flags[to] |= flagLeader
		}
	}
	if shape.Patched == nil || shape.Patched(Site{x.f, i}) {
		x.flags[i] |= flagPatched
	}
	class := insn.Op & classMask
	switch {
	case insn.Op == bpfobj.LdImm64:
		if i+1 >= n {
			return i, "truncated ld_imm64"
		}
		x.flags[i+1] |= flagSecond
		if r := x.ref(i); r != nil && r.Func != nil {
			x.flags[i] |= flagCallback
		}
		i++
		way(i+1, false)
	case insn.Op == opGotoX:
		return i, "jump through a table"
	case insn.Op == opExit:
	case insn.Op == opCall:
		if r := x.ref(i); insn.Src == bpfobj.PseudoCall && (r == nil || r.Func == nil && r.Extern == nil) {
			return i, "call of no function"
		}
		throws := !shape.returns(x, i)
		if throws {
			x.flags[i] |= flagNoReturn
			p.throws = true
		}
		way(i+1, throws || x.calls || insn.Src == bpfobj.PseudoCall)
	case class == classJMP || class == classJMP32:
		op := insn.Op & opMask
		if op == jumpCALL || op == jumpEXIT || op > jumpJCOND {
			return i, fmt.Sprintf("instruction %d has an unknown opcode", i)
		}
		way(i+1+jumpDistance(insn), true)
		if op != jumpJA && why == "" {
			way(i+1, true)
		}
	default:
		way(i+1, false)
	}
	return i, why
}

// jumpDistance is the distance of a jump in slots from the next one.
func jumpDistance(insn bpfobj.Insn) int {
	if insn.Op == classJMP32|jumpJA { // gotol
		return int(insn.Imm)
	}
	return int(insn.Off)
}
