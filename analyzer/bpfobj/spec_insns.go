package bpfobj

import (
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// addProgram splits a linked instruction stream into its functions
// (cilium/ebpf linker.go, flattenPrograms) and classifies what the
// instructions refer to.
func (r *specReader) addProgram(name string, ps *ebpf.ProgramSpec) {
	s := &specStream{specReader: r, symbols: map[string]int{}, funcs: map[string]*Function{}}
	s.layOut(name, ps)
	for _, f := range s.list {
		if f.Type == btfgraph.Void {
			f.Type = btfgraph.First(r.o.Types, btfgraph.KindFunc, f.Name)
		}
		r.o.Functions = append(r.o.Functions, f)
	}
	slot := 0
	for i := range ps.Instructions {
		ins := &ps.Instructions[i]
		s.visit(ins, slot)
		slot += int(ins.Width())
	}
	if ps.License != "" && !r.o.HasLicense {
		r.o.License, r.o.HasLicense = ps.License, true
	}
	p := &Program{Function: s.list[0], Optional: strings.HasPrefix(ps.SectionName, "?"), Explicit: &ProgramAttrs{
		Type: uint32(ps.Type), AttachType: uint32(ps.AttachType), AttachTo: ps.AttachTo,
		AttachTarget: ps.AttachTarget != nil, Flags: ps.Flags, License: ps.License,
	}}
	p.Function.Program = p
	r.o.Programs = append(r.o.Programs, p)
}

// specStream is the instruction stream of one program.
type specStream struct {
	*specReader
	list    []*Function // by offset
	funcs   map[string]*Function
	symbols map[string]int // slot of each symbol
	current int            // index in list
}

// layOut decodes the slots and finds the functions: a stream's start, and
// every instruction that has function info or that a call or function
// pointer names. Other symbols are labels.
func (s *specStream) layOut(name string, ps *ebpf.ProgramSpec) {
	insns := ps.Instructions
	called := map[string]bool{}
	slots := make([]Insn, 0, len(insns)+len(insns)/4)
	for i := range insns {
		if insns[i].IsFunctionReference() {
			called[insns[i].Reference()] = true
		}
		if sym := insns[i].Symbol(); sym != "" {
			s.symbols[sym] = len(slots)
		}
		slots = appendSlots(slots, &insns[i])
	}
	slot := 0
	for i := range insns {
		fn, sym := btf.FuncMetadata(&insns[i]), insns[i].Symbol()
		if i == 0 || fn != nil || sym != "" && called[sym] {
			s.addFunction(name, ps, sym, fn, slot)
		}
		slot += int(insns[i].Width())
	}
	if len(insns) == 0 {
		s.addFunction(name, ps, "", nil, 0)
	}
	for i, f := range s.list {
		end := uint64(len(slots)) * slotSize
		if i+1 < len(s.list) {
			end = s.list[i+1].Offset
		}
		f.SizeBytes = end - f.Offset
		f.Insns = slots[f.Offset/slotSize : end/slotSize : end/slotSize]
	}
}

func (s *specStream) addFunction(program string, ps *ebpf.ProgramSpec, sym string, fn *btf.Func, slot int) {
	f := &Function{Name: sym, SectionName: ".text", Offset: uint64(slot) * slotSize, Binding: BindGlobal}
	if len(s.list) == 0 {
		f.Name, f.SectionName = program, ps.SectionName
	}
	if fn != nil {
		f.Type, f.Metadata = s.id(fn), true
		if fn.Linkage == btf.StaticFunc {
			f.Binding = BindLocal
		}
		if f.Name == "" {
			f.Name = fn.Name
		}
	}
	s.list = append(s.list, f)
	if sym != "" {
		s.funcs[sym] = f
	}
}

// appendSlots encodes an instruction as the kernel gets it, without the
// constants that the loader fills in (cilium/ebpf asm/instruction.go,
// Instruction.Marshal).
func appendSlots(slots []Insn, ins *asm.Instruction) []Insn {
	op, off, imm := ins.OpCode, ins.Offset, int32(ins.Constant)
	switch {
	case op.Class().IsALU():
		op, off = plainALU(op, off)
	case op.AtomicOp() != asm.InvalidAtomic:
		imm = int32(uint32(op.AtomicOp()) >> 8)
	}
	slots = append(slots, Insn{Op: uint8(op), Dst: uint8(ins.Dst), Src: uint8(ins.Src), Off: off, Imm: imm})
	if op.IsDWordLoad() {
		slots = append(slots, Insn{Imm: int32(ins.Constant >> 32)})
	}
	return slots
}

// plainALU turns the operations that cilium/ebpf tells apart by opcode alone
// back into those of the kernel, which uses the offset.
func plainALU(op asm.OpCode, off int16) (asm.OpCode, int16) {
	switch op.ALUOp() {
	case asm.SDiv:
		return op.SetALUOp(asm.Div), 1
	case asm.SMod:
		return op.SetALUOp(asm.Mod), 1
	case asm.MovSX8:
		return op.SetALUOp(asm.Mov), 8
	case asm.MovSX16:
		return op.SetALUOp(asm.Mov), 16
	case asm.MovSX32:
		return op.SetALUOp(asm.Mov), 32
	}
	return op, off
}

// visit records what an instruction carries: reference, source line, CO-RE
// record. slot counts from the stream's start.
func (s *specStream) visit(ins *asm.Instruction, slot int) {
	for s.current+1 < len(s.list) && s.list[s.current+1].Offset <= uint64(slot)*slotSize {
		s.current++
	}
	f := s.list[s.current]
	i := slot - int(f.Offset/slotSize)
	if ref := ins.Reference(); ref != "" || ins.IsFunctionReference() {
		s.refer(f, i, slot, ins, ref)
	} else if ins.IsLoadFromMap() && ins.Src == asm.PseudoMapValue {
		if off, ok := kconfigOffset(ins); ok && s.kconfig[off] != "" {
			e := s.extern(ins, s.kconfig[off])
			f.Refs = append(f.Refs, Ref{Insn: i, Symbol: -1, Kind: RefExtern, Extern: e})
		}
	}
	if src := ins.Source(); src != nil {
		line := Source{Text: strings.TrimRight(src.String(), "\r\n")}
		if l, ok := src.(*btf.Line); ok {
			line.File, line.Line, line.Column = l.FileName(), int(l.LineNumber()), int(l.LineColumn())
		}
		s.o.ext.spec[f] = append(s.o.ext.spec[f], specLine{i, line})
	}
	if relo := btf.CORERelocationMetadata(ins); relo != nil {
		if rec, ok := parseCORE(relo.String(), s.o.Types); ok {
			rec.Func, rec.Insn, rec.Offset = f, i, uint64(slot)*slotSize
			f.CORE = append(f.CORE, len(s.o.CORE))
			s.o.CORE = append(s.o.CORE, rec)
		}
	}
}

// refer classifies an instruction's reference (cilium/ebpf asm/instruction.go,
// encodeFunctionReferences, and elf_reader.go, relocateInstruction).
func (s *specStream) refer(f *Function, i, slot int, ins *asm.Instruction, name string) {
	ref := Ref{Insn: i, Symbol: -1}
	switch {
	case ins.IsFunctionReference() && (name == "" || ins.Constant != -1 || s.funcs[name] != nil):
		s.referFunction(&ref, slot, ins, name)
	case ins.OpCode.Class().IsJump() && ins.OpCode.JumpOp() != asm.Call:
		s.resolveJump(f, i, slot, name)
		return
	case ins.IsLoadFromMap() && s.maps[name] != nil:
		ref.Kind, ref.Map = RefMap, s.maps[name]
		if ins.Src == asm.PseudoMapValue {
			ref.Kind, ref.Offset = RefData, ins.Constant>>32
		}
	case ins.OpCode.JumpOp() == asm.Call || ins.OpCode.IsDWordLoad():
		ref.Kind, ref.Extern = RefExtern, s.extern(ins, name)
	}
	f.Refs = append(f.Refs, ref)
}

// referFunction finds the function that a call or ld_imm64 refers to, by name
// or by distance.
func (s *specStream) referFunction(ref *Ref, slot int, ins *asm.Instruction, name string) {
	ref.Kind = RefCall
	if ins.IsLoadOfFunctionPointer() {
		ref.Kind = RefFuncAddr
	}
	ref.Offset = (int64(slot) + 1 + ins.Constant) * slotSize
	if name != "" && ins.Constant == -1 {
		ref.Func = s.funcs[name]
		ref.Offset = int64(ref.Func.Offset)
	} else if f := owner(s.list, uint64(ref.Offset)); f != nil && f.Offset == uint64(ref.Offset) {
		ref.Func = f
	}
}

// resolveJump gives a jump to a label its distance.
func (s *specStream) resolveJump(f *Function, i, slot int, label string) {
	to, ok := s.symbols[label]
	if !ok {
		return
	}
	insn := &f.Insns[i]
	switch {
	case insn.Op == 0x06 && insn.Imm == -1: // gotol
		insn.Imm = int32(to - slot - 1)
	case insn.Off == -1:
		insn.Off = int16(to - slot - 1)
	}
}

// extern finds or adds the extern that an instruction uses. What it is says
// the DATASEC that lists its name, its binding the instruction's metadata. A
// name that nothing lists is an undefined symbol too.
func (s *specStream) extern(ins *asm.Instruction, name string) *Extern {
	if e := s.externs[name]; e != nil {
		return e
	}
	e := &Extern{Name: name, Linkage: btfgraph.LinkageExtern}
	if l, ok := s.listed[name]; ok {
		e.describe(s.o.Types, l.id, l.datasec)
	} else if id := btfgraph.First(s.o.Types, btfgraph.KindFunc, name); id != btfgraph.Void {
		e.describe(s.o.Types, id, "")
	}
	if e.Kind != ExternKconfig { // cilium/ebpf takes only strong ones
		var known bool
		e.Weak, known = weakExtern(ins)
		e.WeakUnknown = !known
	}
	s.externs[name] = e
	s.o.Externs = append(s.o.Externs, e)
	return e
}
