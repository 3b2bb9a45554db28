package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Refusal is one reason for which the form of an object is refused.
type Refusal struct {
	// Code tells refusals apart; rules select by it. See the Refuse constants.
	Code  Code
	Stage Stage
	Scope Scope
	// Possible are the programs that are refused only if a path reaches the
	// instruction.
	Possible Scope
	// Symbol names the thing in the words of [bpfobj.Location]: "variable foo",
	// "section .struct_ops".
	Symbol string
	// Subject is how a sentence about the thing begins, in C spelling:
	// `variable "foo"`, `member "init" of variable "ops"`.
	Subject string
	// Detail is the cause in one clause, with numbers and units.
	Detail string
	// Target is the name of the section that a reference leads to, "" if it
	// leads to none or if the refusal is about something else.
	Target string
	// Where the problem lies: at most one of Func (with Insn), Section.
	Func    *bpfobj.Function
	Insn    int // slot index within Func, -1 if the problem is not at an instruction
	Section int // section index, 0 if none
	Offset  uint64
}

// Code tells refusals and oddities apart.
type Code string

// What sections, symbols and relocations are refused for.
const (
	// RefuseVersion: a section "version" of the wrong size (libbpf.c,
	// bpf_object__init_kversion).
	RefuseVersion Code = "version"
	// RefuseRelocTable: relocations of the wrong entry size, for a section
	// that does not exist, or against a symbol or section that does not exist
	// (libbpf.c, bpf_object__elf_collect and bpf_object__collect_prog_relos).
	RefuseRelocTable Code = "reloc-table"
	// RefuseDatasecMissing: a struct_ops section without its DATASEC, or
	// without BTF at all.
	RefuseDatasecMissing Code = "datasec-missing"
	// RefuseDatasecName: a DATASEC whose name the kernel does not take.
	RefuseDatasecName Code = "datasec-name"
	// RefuseVariable: a VAR, its symbol and its section contradict each other.
	RefuseVariable Code = "variable"
	// RefuseExternVariable: an extern variable of a section other than .ksyms
	// and .kconfig.
	RefuseExternVariable Code = "extern-variable"
	// RefuseStructOpsSection: a struct_ops section that the loader does not
	// make maps of.
	RefuseStructOpsSection Code = "struct-ops-section"
	// RefuseStructOpsVariable: a variable of a struct_ops section that is no
	// struct.
	RefuseStructOpsVariable Code = "struct-ops-variable"
	// RefuseStructOpsContents: the contents of a struct_ops map of a
	// CollectionSpec are not those of its struct.
	RefuseStructOpsContents Code = "struct-ops-contents"
	// RefuseStructOpsReloc: a relocation of a struct_ops section that does not
	// lead from a function pointer to a program.
	RefuseStructOpsReloc Code = "struct-ops-reloc"
	// OddDataReloc: a relocation of a data section, which no loader applies.
	OddDataReloc Code = "data-reloc"
	// RefuseMapSlot: an initial entry of a map of maps or of programs that
	// cannot be placed.
	RefuseMapSlot Code = "map-slot"
)

// What is wrong with functions and references, for loaders in general.
const (
	// RefuseProgram: a program that lies beyond its section or is not made of
	// whole instructions; RefuseStaticProgram: one that is static.
	RefuseProgram       Code = "program"
	RefuseStaticProgram Code = "static-program"
	// RefuseCall: a call that does not lead to a function of .text.
	RefuseCall Code = "call"
	// RefuseInsn: a relocation of an instruction that is no call and no ld_imm64.
	RefuseInsn Code = "insn"
	// RefuseJumpTable: a jump table on a kernel that has no map type for it.
	RefuseJumpTable Code = "jump-table"
)

// What cilium/ebpf v0.22.0 cannot open although other loaders can.
const (
	// RefuseReference: a relocation against a section that the loader does
	// not read: arena globals, ".bss.X", a section of one's own.
	RefuseReference Code = "reference"
	// RefuseBinding: a reference to a symbol of a type that the loader does
	// not take there; RefuseWeak, RefuseStatic: of a binding.
	RefuseBinding Code = "binding"
	RefuseWeak    Code = "weak"
	RefuseStatic  Code = "static"
	// RefuseTypedKsym: an extern variable in .ksyms that is not plain void.
	RefuseTypedKsym Code = "typed-ksym"
	// RefuseMapSection: the symbols and the VARs of .maps do not pair up.
	RefuseMapSection Code = "map-section"
	// RefuseDuplicate: two functions of one name.
	RefuseDuplicate Code = "duplicate"
	// RefuseBTF: .BTF or .BTF.ext is malformed.
	RefuseBTF Code = "btf"
	// RefuseLicense: a license of several texts.
	RefuseLicense Code = "license"
	// RefuseLink: a call that the loader cannot connect when it loads the program.
	RefuseLink Code = "link"
	// RefuseName: a function whose name is lost, see Loader.LosesNames.
	RefuseName Code = "name"
	// RefuseHidden: a function at whose place another one hides its name, see
	// the same.
	RefuseHidden Code = "hidden"
)

// What aya 0.14.0 cannot load although other loaders can.
const (
	// RefuseExterns: externs in .ksyms or .kconfig.
	RefuseExterns Code = "externs"
	// RefuseEmptyData: a data section without bytes.
	RefuseEmptyData Code = "empty-data"
	// OddStaticMap: a reference to a map by its section, where there are more.
	OddStaticMap Code = "static-map"
	// OddPlace: two functions at one offset of different sections.
	OddPlace Code = "place"
)

// Special section indexes of symbols (elf.h, SHN_*).
const (
	shnLoReserve = 0xff00
	shnAbs       = 0xfff1
	shnCommon    = 0xfff2
)

// Symbol types (elf.h, STT_*).
const (
	sttNotype   = 0
	sttObject   = 1
	sttFunction = 2
	sttSect     = 3
)

// refuse notes a refusal at a section, at stage open unless r says otherwise.
func (p *Plan) refuse(r Refusal) { p.Refusals = append(p.Refusals, r.complete()) }

// note keeps an oddity that the loader does not notice.
func (p *Plan) note(r Refusal) { p.Oddities = append(p.Oddities, r.complete()) }

// complete fills in what follows from the rest.
func (r Refusal) complete() Refusal {
	if r.Func == nil {
		r.Insn = -1
	}
	if r.Subject == "" {
		r.Subject = subjectOf(r.Symbol)
	}
	return r
}

// subjectOf is how a sentence about a thing begins that has a symbol in the
// words of [bpfobj.Location].
func subjectOf(symbol string) string {
	noun, name, _ := strings.Cut(symbol, " ")
	switch noun {
	case "func":
		noun = "function"
	case "kconfig":
		noun = "option"
	}
	return noun + " " + strconv.Quote(name)
}

// sectionWord is how findings call a section index.
func (p *Plan) sectionWord(i int) string {
	switch {
	case i == 0:
		return "no section"
	case i == shnAbs:
		return "section SHN_ABS"
	case i == shnCommon:
		return "section SHN_COMMON"
	case i >= len(p.Object.Sections):
		return fmt.Sprintf("section %d of %d", i, len(p.Object.Sections))
	}
	return fmt.Sprintf("section %q", p.Object.Sections[i].Name)
}

// target is the offset in bytes that an instruction adds to the symbol of its
// relocation.
func target(insn bpfobj.Insn) uint64 {
	if insn.IsCall() {
		return uint64((int64(insn.Imm) + 1) * insnBytes)
	}
	return uint64(int64(insn.Imm))
}

// blame names the symbol that a refusal is about, and the section that it lies
// in. Compilers refer to static variables and functions by the symbol of their
// section and an offset; the thing that lies there is named then.
func (p *Plan) blame(r *Refusal, sym *bpfobj.Symbol, offset uint64) {
	if sym.Section > 0 && sym.Section < len(p.Object.Sections) {
		r.Target = p.Object.Sections[sym.Section].Name
	}
	if sym.Name == "" || sym.Type == sttSect {
		at := sym.Value + offset
		i := slices.IndexFunc(p.Object.Symbols, func(s bpfobj.Symbol) bool {
			return s.Section == sym.Section && s.Name != "" && (s.Type == sttObject || s.Type == sttFunction) &&
				at >= s.Value && at-s.Value < s.Size
		})
		if i < 0 {
			r.Symbol, r.Subject = "section "+r.Target, "unnamed data"
			return
		}
		sym = &p.Object.Symbols[i]
	}
	r.Symbol = p.noun(sym) + " " + sym.Name
}

// noun is what [bpfobj.Location] calls a symbol.
func (p *Plan) noun(sym *bpfobj.Symbol) string {
	if sym.Section == 0 {
		for _, e := range p.Object.Externs {
			if e.Name == sym.Name {
				return p.ExternNoun(e)
			}
		}
	}
	if sym.Section <= 0 || sym.Section >= len(p.Object.Sections) {
		return "variable"
	}
	switch s := &p.Object.Sections[sym.Section]; {
	case s.Executable():
		return "func"
	case s.Name == ".maps", strings.HasPrefix(s.Name, "maps"):
		return "map"
	}
	return "variable"
}
