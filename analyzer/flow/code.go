package flow

import (
	"fmt"

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
	flagLeader    = 1 << iota // a block starts here
	flagJoin                  // more than one way leads here: states are compared
	flagSecond                // the second slot of a ld_imm64
	flagCallback              // a ld_imm64 that takes the address of a function
	flagPlain                 // no loader patches it
	flagPlainCall             // a call of which nothing special is known
)

// fn is a function of the program, made ready for the analysis.
type fn struct {
	code   *code
	f      *bpfobj.Function
	index  int
	base   int // its first slot among those of all functions
	insns  []bpfobj.Insn
	flags  []uint8
	refs   []int32 // by slot: index into f.Refs, -1 without
	global bool
	live   liveness
	preds  predecessors
	needed []bool // by slot: something asked for comes there or later; nil: everywhere
	calls  bool   // takes the address of a function: calls may call back
}

// code is a program: its entry and all functions that it reaches statically.
type code struct {
	funcs     []*fn // [0] is the entry
	byFunc    map[*bpfobj.Function]*fn
	slots     int    // of all functions
	leaders   int    // slots of all functions at which a block starts
	throws    bool   // some call does not return
	malformed string // why the kernel refuses it whatever is reachable, "" if nothing
	facts     *Facts
	asked     []bool // by slot of all functions: it is asked for; nil if all are
}

func newCode(entry *bpfobj.Function, facts *Facts, sites []Site) *code {
	c := &code{byFunc: map[*bpfobj.Function]*fn{}, facts: facts}
	for i, f := range entry.Reachable() {
		x := &fn{code: c, f: f, index: i, base: c.slots, insns: f.Insns, global: i > 0 && c.isGlobal(f)}
		c.funcs = append(c.funcs, x)
		c.byFunc[f] = x
		c.slots += len(f.Insns)
	}
	for _, x := range c.funcs {
		if why := c.decode(x); why != "" && c.malformed == "" {
			c.malformed = fmt.Sprintf("function %q: %s", x.f.Name, why)
		}
	}
	if c.malformed == "" {
		for _, x := range c.funcs {
			x.findPredecessors()
		}
		c.ask(sites)
		for _, x := range c.funcs {
			x.computeLiveness(c)
		}
	}
	return c
}

func (c *code) isGlobal(f *bpfobj.Function) bool {
	if c.facts.Global != nil {
		return c.facts.Global(f)
	}
	return !f.Hidden && f.Linkage(c.facts.Types) == btfgraph.LinkageGlobal
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
func (c *code) decode(x *fn) string {
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
		next, why := c.decodeSlot(x, i, ways)
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
			c.leaders++
		}
	}
	return ""
}

// decodeSlot notes where the instruction goes on. It returns its last slot.
func (c *code) decodeSlot(x *fn, i int, ways []uint8) (last int, why string) {
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
		known := c.call(Site{x.f, i})
		if known == (Call{}) {
			x.flags[i] |= flagPlainCall
		}
		throws := known.NoReturn
		c.throws = c.throws || throws
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

// throwKfunc is the kfunc that ends a program.
const throwKfunc = "bpf_throw"

// call says what is known of a call.
func (c *code) call(s Site) Call {
	var k Call
	if c.facts.Call != nil {
		k = c.facts.Call(s)
	}
	if x := c.byFunc[s.Func]; x != nil && x.refs != nil {
		if r := x.ref(s.Insn); r != nil && r.Extern != nil && r.Extern.Name == throwKfunc {
			k.NoReturn = true
		}
	}
	return k
}

// jumpDistance is the distance of a jump in slots from the next one.
func jumpDistance(insn bpfobj.Insn) int {
	if insn.Op == classJMP32|jumpJA { // gotol
		return int(insn.Imm)
	}
	return int(insn.Off)
}
