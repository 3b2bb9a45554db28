package plan

import (
	"fmt"
	"sort"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// checkReferences follows relocate_maps through the relocated instructions of
// every function, used or not: what is no call and leads to no section of code
// has to lead to a section of maps.
func (a *ayaELF) checkReferences() {
	code := make(map[int]bool)
	for _, f := range a.p.Object.Functions {
		code[f.Section] = true
	}
	for _, f := range a.p.Object.Functions {
		if a.skips(f) {
			continue
		}
		for i := range f.Refs {
			ref := &f.Refs[i]
			if ref.Symbol <= 0 || ref.Symbol >= len(a.p.Object.Symbols) || ref.Insn >= len(f.Insns) {
				continue
			}
			sym := &a.p.Object.Symbols[ref.Symbol]
			if ayaCall(f.Insns[ref.Insn]) || sym.Section <= 0 || sym.Section >= len(a.kinds) || code[sym.Section] {
				continue
			}
			r := Refusal{Func: f, Insn: ref.Insn}
			a.p.blame(&r, sym, target(f.Insns[ref.Insn]))
			switch kind := a.kinds[sym.Section]; {
			case kind == ayaData, kind == ayaMaps && a.p.Object.TypesErr != nil:
			case a.mapsOf[sym.Section] == 0:
				r.Detail = "is in " + a.p.sectionWord(sym.Section) + ", which is not loaded"
				a.refuse(RefuseReference, r)
				return
			case a.mapsOf[sym.Section] > 1 && !a.maps[place{sym.Section, sym.Name}]:
				r.Code = OddStaticMap
				r.Detail = fmt.Sprintf("is static: {loader} takes any map of section %q in its place", a.section(sym.Section).Name)
				a.p.note(r)
			}
		}
	}
}

// ayaCall reports what aya takes for a call of a function (insn_is_call).
func ayaCall(insn bpfobj.Insn) bool {
	return insn.IsCall() && insn.Src == bpfobj.PseudoCall && insn.Dst == 0 && insn.Off == 0
}

// checkCalls follows relocate_calls through what programs link: every call, and
// every address of a function, leads to the start of one. A call of an
// undefined symbol is taken for one without a relocation, which leads to itself.
func (a *ayaELF) checkCalls() {
	starts := make(map[codePlace]bool, len(a.p.Object.Functions))
	for i := range a.p.Object.Symbols {
		sym := &a.p.Object.Symbols[i]
		if kind := a.kind(sym.Section); sym.Type == sttFunction && (kind == ayaText || kind == ayaProgram) {
			starts[codePlace{sym.Section, int64(sym.Value)}] = true
		}
	}
	for _, f := range a.p.Object.Functions {
		if len(a.p.facts.usedBy[f]) == 0 || a.skips(f) {
			continue
		}
		for i := range f.Refs {
			ref := &f.Refs[i]
			detail := a.callProblem(f.Insns[ref.Insn], ref, starts)
			if detail == "" {
				continue
			}
			r := Refusal{
				Stage: StageLoad, Func: f, Insn: ref.Insn, Symbol: "func " + f.Name,
				Subject: fmt.Sprintf("call in function %q", f.Name), Detail: detail,
			}
			if !f.Insns[ref.Insn].IsCall() {
				r.Subject = fmt.Sprintf("address of a function in function %q", f.Name)
			}
			a.refuse(RefuseLink, r)
			return
		}
	}
}

// callProblem says why a reference to a function is refused, "" if it is not.
// A symbol of a function stands for its start, whatever the instruction adds.
func (a *ayaELF) callProblem(insn bpfobj.Insn, ref *bpfobj.Ref, starts map[codePlace]bool) string {
	if ref.Symbol > 0 && ref.Symbol < len(a.p.Object.Symbols) {
		switch sym := &a.p.Object.Symbols[ref.Symbol]; {
		case sym.Section <= 0 || sym.Section >= len(a.kinds):
			if ref.Extern == nil && ayaCall(insn) && ref.Insn > 0 {
				return "leads to itself"
			}
			return "" // an extern, see noneFault
		case sym.Type != sttFunction && a.kind(sym.Section) != ayaText && a.kind(sym.Section) != ayaProgram:
			return ""
		case sym.Type == sttFunction:
			if !starts[codePlace{sym.Section, int64(sym.Value)}] {
				return "leads to no function"
			}
			return ""
		case ref.Func != nil && sym.Type != sttSect:
			return "leads to a label, for which {loader} panics"
		}
	}
	if (ref.Kind == bpfobj.RefCall || ref.Kind == bpfobj.RefFuncAddr) && ref.Func == nil {
		return "leads to no function"
	}
	return ""
}

// skips reports a program without a name, of which aya takes no notice.
func (a *ayaELF) skips(f *bpfobj.Function) bool {
	return f.Name == "" && a.kind(f.Section) == ayaProgram
}

// checkPlaces: what a program calls goes by its offset in a section, whichever
// the section is (FunctionLinker::link_function).
func (a *ayaELF) checkPlaces() {
	sections := make(map[int]bool) // that calls lead to
	for _, f := range a.p.Object.Functions {
		for i := range f.Refs {
			if callee := f.Refs[i].Func; callee != nil {
				sections[callee.Section] = true
			}
		}
	}
	if len(sections) < 2 {
		return
	}
	for _, prog := range a.p.Object.Programs {
		at := make(map[uint64]*bpfobj.Function)
		for _, f := range prog.Reachable()[1:] {
			other := at[f.Offset]
			if other == nil || other.Section == f.Section {
				at[f.Offset] = f
				continue
			}
			a.p.note(Refusal{
				Code: OddPlace, Stage: StageLoad, Func: f, Insn: -1, Symbol: "func " + f.Name,
				Detail: fmt.Sprintf("lies where %q does in section %q: {loader} calls one in place of the other", other.Name, other.SectionName),
			})
			return
		}
	}
}

// checkOffsets: relocations of a function start at an instruction
// (relocate_maps).
func (a *ayaELF) checkOffsets() {
	funcs := a.p.Object.Functions // by section and offset
	for i := range a.p.Object.Sections {
		s := a.section(i)
		for _, r := range s.Relocs {
			if r.Offset%insnBytes == 0 {
				continue
			}
			next := sort.Search(len(funcs), func(k int) bool {
				return funcs[k].Section > i || funcs[k].Section == i && funcs[k].Offset > r.Offset
			})
			if next == 0 || funcs[next-1].Section != i || r.Offset-funcs[next-1].Offset >= uint64(len(funcs[next-1].Insns))*insnBytes {
				continue
			}
			a.refuse(RefuseRelocTable, Refusal{
				Section: i, Offset: r.Offset, Symbol: "section " + s.Name,
				Subject: fmt.Sprintf("relocation at offset %d bytes of section %q", r.Offset, s.Name), Detail: "is within an instruction",
			})
			return
		}
	}
}
