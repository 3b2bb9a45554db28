package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Section types (elf.h, SHT_*).
const (
	shtProgbits = 1
	shtNobits   = 8
	shtRel      = 9
)

// checkSections checks what the loader reads before it looks at a kernel:
// sections, relocation tables, DATASECs and struct_ops variables. Objects that
// come from a CollectionSpec have passed all of it, and may have been changed since.
func (p *Plan) checkSections() {
	if p.Object.FromSpec {
		p.checkStructOpsContents()
		return
	}
	p.checkVersions()
	p.checkRelocTables()
	unsound := p.checkDatasecs()
	p.checkExternVariables()
	p.checkStructOpsSections(unsound)
	p.checkStructOpsVariables(unsound)
	p.checkStructOpsRelocs(unsound)
	p.checkDataRelocs()
}

// checkDataRelocs finds pointers in data sections that programs use: no loader
// applies their relocations (libbpf.c, bpf_object__elf_collect, "skipping relo
// section").
func (p *Plan) checkDataRelocs() {
	for _, m := range p.Object.Maps {
		if m.Section <= 0 || m.Section >= len(p.Object.Sections) || len(m.Refs) == 0 {
			continue
		}
		s := &p.Object.Sections[m.Section]
		if s.Name == ".maps" || len(s.Relocs) == 0 {
			continue
		}
		what := countOf(len(s.Relocs), "relocation")
		p.note(Refusal{
			Code: OddDataReloc, Section: m.Section, Offset: s.Relocs[0].Offset, Symbol: "section " + s.Name,
			Detail: "has " + what + " that no loader applies: its pointers are not valid",
		})
	}
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
				Code: RefuseVersion, Scope: ScopeObject, Section: i, Symbol: "section " + s.Name,
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
		if p.malformedRelocs(s) {
			p.refuse(Refusal{
				Code: RefuseRelocTable, Scope: ScopeObject, Section: i,
				Symbol: "section " + s.Name, Detail: "has malformed relocations: " + s.RelocErr.Error(),
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
					Symbol:  "section " + s.Name,
					Subject: fmt.Sprintf("relocation at offset %d bytes of section %q", r.Offset, s.Name), Detail: why,
				})
				break
			}
		}
	}
}

// malformedRelocs reports whether the loader refuses a section for the header
// of its relocations. A table for no section, which keeps the error itself, or
// for section 0 is passed over: libbpf refuses numbers beyond the last, and
// cilium/ebpf reads on with entries of more than 16 bytes (libbpf.c,
// bpf_object__elf_collect; elf_reader.go, loadRelocations).
func (p *Plan) malformedRelocs(s *bpfobj.Section) bool {
	switch {
	case s.RelocErr == nil:
		return false
	case s.Type == shtRel:
		return p.Loader.Object.RelocTargets && uint64(s.Info) >= uint64(len(p.Object.Sections))
	case !s.Executable() && !p.isStructOpsSection(s) && s.Name != ".maps":
		return false
	}
	if p.Loader.Object.RelocWide {
		return slices.ContainsFunc(p.Object.Sections, func(table bpfobj.Section) bool {
			return table.Type == shtRel && int(table.Info) == s.Index && table.EntrySize < relBytes
		})
	}
	return true
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

// checkExternVariables finds externs that are listed in the DATASEC of an
// ordinary section: declarations without a definition, which only a static
// linker could resolve. libbpf does not open the object (libbpf.c,
// bpf_object__collect_externs); cilium/ebpf loads the address 0, which the
// kernel refuses where a path accesses it (elf_reader.go, relocateInstruction).
func (p *Plan) checkExternVariables() {
	for _, e := range p.Object.Externs {
		if e.Symbol == 0 || e.Datasec == "" || e.Datasec == ksymsSection || e.Datasec == kconfigSection {
			continue
		}
		r := Refusal{
			Code: RefuseExternVariable, Symbol: "variable " + e.Name, Subject: fmt.Sprintf("extern variable %q", e.Name),
			Detail: fmt.Sprintf("of section %q is defined in no object", e.Datasec),
		}
		none := p.Loader.Externs.None && !p.sizedDatasec(e.Datasec)
		if s := p.Object.Section(e.Datasec); s != nil {
			r.Section, none = s.Index, false
		}
		if len(e.Refs) > 0 {
			r.Func, r.Insn, r.Section = e.Refs[0].Func, e.Refs[0].Insn, 0
		}
		if p.Loader.Externs.Strict || none {
			r.Scope = ScopeObject
			p.refuse(r)
			continue
		}
		r.Stage = StageLoad
		for _, ref := range e.Refs {
			for _, m := range misuses(ref, accessed) {
				certain, possible := p.executedFirst(m.Func, m.Insn)
				r.Scope, r.Possible = r.Scope.union(certain), r.Possible.union(possible)
			}
		}
		switch {
		case !r.Scope.Empty() || !r.Possible.Empty():
			p.refuse(r)
		case len(e.Refs) > 0:
			r.Detail += ": its address is 0"
			p.note(r)
		}
	}
}

// sizedDatasec reports whether the DATASEC of that name has a size in BTF, so
// that no section is asked for one.
func (p *Plan) sizedDatasec(name string) bool {
	return slices.ContainsFunc(p.Object.Datasecs(), func(ds bpfobj.Datasec) bool { return ds.Name == name && ds.SizeBytes != 0 })
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
