package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

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
	// RefuseStructOpsReloc: a relocation of a struct_ops section that does not
	// lead from a function pointer to a program.
	RefuseStructOpsReloc Code = "struct-ops-reloc"
)

// Special section indexes of symbols (elf.h, SHN_*).
const (
	shnLoReserve = 0xff00
	shnAbs       = 0xfff1
	shnCommon    = 0xfff2
)

// Section types (elf.h, SHT_*).
const (
	shtProgbits = 1
	shtNobits   = 8
	shtRel      = 9
)

// insnBytes is the size of an instruction slot in bytes.
const insnBytes = 8

// refuse notes a refusal at a section, at stage open unless r says otherwise.
func (p *Plan) refuse(r Refusal) {
	if r.Func == nil {
		r.Insn = -1
	}
	p.Refusals = append(p.Refusals, r)
}

// note keeps an oddity that the loader does not notice.
func (p *Plan) note(r Refusal) {
	if r.Func == nil {
		r.Insn = -1
	}
	p.Oddities = append(p.Oddities, r)
}

// checkSections checks what the loader reads before it looks at a kernel:
// sections, relocation tables, DATASECs and struct_ops variables. Objects that
// come from a CollectionSpec have passed all of it.
func (p *Plan) checkSections() {
	if p.Object.FromSpec {
		return
	}
	p.checkVersions()
	p.checkRelocTables()
	unsound := p.checkDatasecs()
	p.checkExternVariables()
	p.checkStructOpsSections(unsound)
	p.checkStructOpsVariables(unsound)
	p.checkStructOpsRelocs(unsound)
}

// checkVersions checks sections that hold a kernel version.
func (p *Plan) checkVersions() {
	for i := range p.Object.Sections {
		s := &p.Object.Sections[i]
		bad := s.Name == "version" && s.Size != 4
		if !p.Loader.Object.VersionSize {
			bad = strings.HasPrefix(s.Name, "version") && s.Size < 4
		}
		if bad && i > 0 {
			p.refuse(Refusal{
				Code: RefuseVersion, Scope: ScopeObject, Section: i, Subject: fmt.Sprintf("section %q", s.Name),
				Detail: fmt.Sprintf("holds %d bytes, a kernel version has 4", s.Size),
			})
		}
	}
}

// checkRelocTables checks the relocations of every section that the loader
// relocates.
func (p *Plan) checkRelocTables() {
	for i := range p.Object.Sections {
		s := &p.Object.Sections[i]
		if s.RelocErr != nil && (s.Type == shtRel || s.Executable() || p.isStructOpsSection(s) || s.Name == ".maps") {
			p.refuse(Refusal{
				Code: RefuseRelocTable, Scope: ScopeObject, Section: i,
				Subject: fmt.Sprintf("section %q", s.Name), Detail: "has malformed relocations: " + s.RelocErr.Error(),
			})
			continue
		}
		if !s.Executable() && !p.isStructOpsSection(s) {
			continue
		}
		for _, r := range s.Relocs {
			if why := p.badReloc(s, r); why != "" {
				p.refuse(Refusal{
					Code: RefuseRelocTable, Scope: ScopeObject, Section: i, Offset: r.Offset,
					Subject: fmt.Sprintf("relocation at offset %d bytes of section %q", r.Offset, s.Name), Detail: why,
				})
				break
			}
		}
	}
}

// badReloc says why a relocation cannot be read, "" if it can.
func (p *Plan) badReloc(s *bpfobj.Section, r bpfobj.Reloc) string {
	if r.Symbol < 0 || r.Symbol >= len(p.Object.Symbols) {
		return fmt.Sprintf("refers to symbol %d of %d", r.Symbol, len(p.Object.Symbols))
	}
	if !s.Executable() || !p.Loader.Object.RelocOffsets {
		return ""
	}
	if r.Offset%insnBytes != 0 || r.Offset >= s.Size {
		return fmt.Sprintf("is no instruction of its %d bytes", s.Size)
	}
	if sym := &p.Object.Symbols[r.Symbol]; sym.Section >= len(p.Object.Sections) {
		return fmt.Sprintf("refers to %q in %s", sym.Name, p.sectionWord(sym.Section))
	}
	return ""
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

// checkExternVariables finds externs that are listed in the DATASEC of an
// ordinary section: declarations without a definition, which only a static
// linker could resolve (libbpf.c, bpf_object__collect_externs).
func (p *Plan) checkExternVariables() {
	for _, e := range p.Object.Externs {
		if e.Symbol == 0 || e.Datasec == "" || e.Datasec == ".ksyms" || e.Datasec == ".kconfig" {
			continue
		}
		var section int
		if s := p.Object.Section(e.Datasec); s != nil {
			section = s.Index
		}
		r := Refusal{
			Code: RefuseExternVariable, Scope: ScopeObject, Section: section,
			Subject: fmt.Sprintf("extern variable %q", e.Name),
			Detail:  fmt.Sprintf("of section %q is defined in no object", e.Datasec),
		}
		if len(e.Refs) > 0 {
			r.Func, r.Insn, r.Section = e.Refs[0].Func, e.Refs[0].Insn, 0
		}
		p.refuse(r)
	}
}

// isStructOpsSection reports whether the loader makes struct_ops maps of the
// section (libbpf.c, bpf_object__elf_collect).
func (p *Plan) isStructOpsSection(s *bpfobj.Section) bool {
	return s.Type == shtProgbits && s.Size > 0 && !s.Executable() && slices.Contains(p.Loader.StructOps.Sections, s.Name)
}

// hasStructOps reports whether the object has a section that makes the
// object's BTF indispensable (libbpf.c, kernel_needs_btf).
func (p *Plan) hasStructOps() bool {
	return slices.ContainsFunc(p.Object.Sections, func(s bpfobj.Section) bool { return p.isStructOpsSection(&s) })
}
