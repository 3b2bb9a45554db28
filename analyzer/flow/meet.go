package flow

import "github.com/btflint/btflint/analyzer/bpfobj"

// Meets reports whether all ways through the program's entry lead to an
// instruction, whatever its branches decide: it is [Reachable] for all facts that
// refuse nothing before it. Instructions behind a loop or behind a call of
// anything but a helper are not looked at.
func (p *Program) Meets(s Site) bool {
	if p.malformed != "" || s.Func != p.funcs[0].f {
		return false
	}
	p.met.Do(func() { p.meets = p.funcs[0].findMeets() })
	return s.Insn >= 0 && s.Insn < len(p.meets) && p.meets[s.Insn]
}

// findMeets are the slots beyond which no jump before them leads, up to the
// first one that may lead elsewhere than forward.
func (x *fn) findMeets() []bool {
	meets := make([]bool, len(x.insns))
	far := 0 // where the jumps so far lead to at most
	for i := 0; i < len(x.insns); i++ {
		insn := x.insns[i]
		meets[i] = far <= i
		ref := x.ref(i)
		if insn.Op == bpfobj.LdImm64 && insn.Src != bpfobj.PseudoFunc && (ref == nil || ref.Extern == nil) {
			i++
			continue
		}
		switch class := insn.Op & classMask; {
		case class == classLD:
			return meets
		case class != classJMP && class != classJMP32:
			continue
		case insn.IsHelperCall() && ref == nil:
			continue
		}
		to := i + 1 + int(insn.Off)
		switch op := insn.Op & opMask; {
		case insn.IsCall(), op == jumpEXIT, op == jumpJCOND, insn.Op == opGotoX:
			return meets
		case op == jumpJA && insn.Op&classMask == classJMP32:
			to = i + 1 + int(insn.Imm)
		}
		if to <= i || to >= len(x.insns) {
			return meets
		}
		far = max(far, to)
	}
	return meets
}
