package bpfobj

import (
	"debug/elf"
	"sort"
)

// addRefs classifies the relocations of all executable sections and the calls
// that need none (libbpf.c, bpf_program__record_reloc and
// bpf_object__reloc_code; cilium/ebpf elf_reader.go, relocateInstruction).
func (r *reader) addRefs() {
	n := 0
	for i := range r.spans {
		if r.spans[i].hi > r.spans[i].lo {
			n += len(r.o.Sections[i].Relocs)
		}
	}
	r.refs = make([]Ref, 0, n+n/4+8)
	for i := range r.spans {
		if r.spans[i].hi > r.spans[i].lo {
			r.addSectionRefs(i)
		}
	}
	r.o.linkRefs()
}

// addSectionRefs visits the functions of a section in order, with the
// relocations of each. A relocation belongs to one function only.
func (r *reader) addSectionRefs(section int) {
	s := &r.o.Sections[section]
	funcs := r.o.Functions[r.spans[section].lo:r.spans[section].hi]
	for i, f := range funcs {
		end := f.Offset + uint64(len(f.Insns))*slotSize
		if i+1 < len(funcs) && funcs[i+1].Offset < end {
			end = funcs[i+1].Offset
		}
		lo := sort.Search(len(s.Relocs), func(k int) bool { return s.Relocs[k].Offset >= f.Offset })
		hi := lo
		for hi < len(s.Relocs) && s.Relocs[hi].Offset < end {
			hi++
		}
		r.addFunctionRefs(f, end, s.Relocs[lo:hi])
	}
}

// addFunctionRefs walks the slots of a function up to the section offset end.
func (r *reader) addFunctionRefs(f *Function, end uint64, relocs []Reloc) {
	start := len(r.refs)
	for i := 0; f.Offset+uint64(i)*slotSize < end; i++ {
		off := f.Offset + uint64(i)*slotSize
		relocated := false
		for len(relocs) > 0 && relocs[0].Offset < off+slotSize {
			// An offset inside of a slot is for no loader (collect_prog_relos).
			if relocs[0].Offset == off {
				r.refs = append(r.refs, r.classify(f, i, relocs[0].Symbol))
				relocated = true
			}
			relocs = relocs[1:]
		}
		if insn := f.Insns[i]; !relocated && insn.IsCall() && insn.Src == PseudoCall {
			to := int64(off) + (int64(insn.Imm)+1)*slotSize
			r.refs = append(r.refs, Ref{Insn: i, Kind: RefCall, Symbol: -1, Offset: to, Func: r.at(f.Section, uint64(to))})
		}
	}
	if end := len(r.refs); end > start {
		f.Refs = r.refs[start:end:end]
	}
}

// classify says what the relocated slot i of f refers to.
func (r *reader) classify(f *Function, i, symbol int) Ref {
	ref := Ref{Insn: i, Symbol: symbol}
	insn := f.Insns[i]
	if symbol >= len(r.o.Symbols) || !insn.IsCall() && insn.Op != LdImm64 {
		return ref
	}
	sym := &r.o.Symbols[symbol]
	if sym.extern() {
		if ref.Extern = r.externBySym[symbol]; ref.Extern != nil {
			ref.Kind = RefExtern
		}
		return ref
	}
	if sym.Section <= 0 || sym.Section >= len(r.o.Sections) {
		return ref
	}
	target := &r.o.Sections[sym.Section]
	switch {
	case target.Executable() && insn.IsCall():
		if insn.Src == PseudoCall {
			ref.Kind = RefCall
			ref.Offset = int64(sym.Value) + (int64(insn.Imm)+1)*slotSize
			ref.Func = r.at(sym.Section, uint64(ref.Offset))
		}
	case insn.IsCall():
	case target.Executable():
		ref.Kind = RefFuncAddr
		ref.Offset = int64(sym.Value) + int64(insn.Imm)
		ref.Func = r.at(sym.Section, uint64(ref.Offset))
	case r.mapAt[place{sym.Section, sym.Value}] != nil:
		ref.Kind = RefMap
		ref.Map = r.mapAt[place{sym.Section, sym.Value}]
	case r.dataMaps != nil && r.dataMaps[sym.Section] != nil:
		ref.Kind = RefData
		ref.Map = r.dataMaps[sym.Section]
		ref.Offset = int64(sym.Value) + int64(insn.Imm)
	}
	return ref
}

// extern reports what libbpf resolves as an extern (libbpf.c, sym_is_extern).
func (s *Symbol) extern() bool {
	return s.Section == int(elf.SHN_UNDEF) && s.Type == uint8(elf.STT_NOTYPE) &&
		(s.Binding == BindGlobal || s.Binding == BindWeak)
}

// linkRefs records at maps and externs which functions use them.
func (o *Object) linkRefs() {
	var kconfig *Map
	for _, m := range o.Maps {
		if m.Kind == MapKconfig {
			kconfig = m
		}
	}
	for _, f := range o.Functions {
		for i := range f.Refs {
			ref := &f.Refs[i]
			m := ref.Map
			if e := ref.Extern; e != nil {
				e.Refs = append(e.Refs, ExternRef{Func: f, Insn: ref.Insn, Call: f.Insns[ref.Insn].IsCall()})
				if e.Kind == ExternKconfig {
					m = kconfig
				}
			}
			if m != nil && (len(m.Refs) == 0 || m.Refs[len(m.Refs)-1] != f) {
				m.Refs = append(m.Refs, f)
			}
		}
	}
}
