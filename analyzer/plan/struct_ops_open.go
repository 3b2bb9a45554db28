package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// structOpsSections are the names that some loader makes struct_ops maps of.
var structOpsSections = []string{".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link"}

// checkStructOpsSections finds sections that are meant for struct_ops maps and
// of which the loader makes none.
func (p *Plan) checkStructOpsSections(unsound map[int]bool) {
	for i := range p.Object.Sections {
		s := &p.Object.Sections[i]
		if !strings.HasPrefix(strings.TrimPrefix(s.Name, "?"), ".struct_ops") {
			continue
		}
		r := Refusal{Code: RefuseStructOpsSection, Section: i, Scope: ScopeObject, Symbol: "section " + s.Name}
		switch {
		case p.isStructOpsSection(s):
			p.checkStructOpsDatasec(s, unsound)
		case slices.Contains(p.Loader.StructOps.Refused, s.Name) && s.Type == shtProgbits && s.Size > 0 && !s.Executable():
			r.Detail = "is not supported"
			p.refuse(r)
		case !slices.Contains(structOpsSections, s.Name):
			r.Detail = "is no struct_ops section and is dropped"
			p.note(r)
		case !slices.Contains(p.Loader.StructOps.Sections, s.Name):
			r.Detail = "is dropped"
			p.note(r)
		case s.Executable():
			r.Detail = "is executable and is dropped"
			p.note(r)
		default:
			r.Detail = "has no bytes in the object and is dropped"
			p.note(r)
		}
	}
}

// checkStructOpsDatasec checks that BTF describes a struct_ops section
// (libbpf.c, init_struct_ops_maps; cilium/ebpf elf_reader.go,
// associateStructOpsRelocs).
func (p *Plan) checkStructOpsDatasec(s *bpfobj.Section, unsound map[int]bool) {
	r := Refusal{Code: RefuseDatasecMissing, Section: s.Index, Scope: ScopeObject, Symbol: "section " + s.Name}
	switch {
	case p.Object.TypesErr != nil:
		r.Detail = "needs BTF, and the object's is malformed: " + p.Object.TypesErr.Error()
	case p.Object.Types == nil:
		r.Detail = "needs BTF, and the object has none"
	case btfgraph.First(p.Object.Types, btfgraph.KindDatasec, s.Name) == btfgraph.Void:
		r.Detail = "has no DATASEC in the object's BTF"
	default:
		return
	}
	unsound[s.Index] = true
	p.refuse(r)
}

// checkStructOpsVariables checks the variables of the struct_ops sections.
func (p *Plan) checkStructOpsVariables(unsound map[int]bool) {
	var refused []int
	for _, m := range p.Object.StructOps {
		if !unsound[m.Section] && !p.checkStructOpsVariable(m) {
			refused = append(refused, m.Section)
		}
	}
	for _, section := range refused {
		unsound[section] = true
	}
}

// checkStructOpsVariable checks a variable that becomes a struct_ops map
// (libbpf.c, init_struct_ops_maps; cilium/ebpf elf_reader.go, createStructOpsMap).
func (p *Plan) checkStructOpsVariable(m *bpfobj.StructOpsMap) (sound bool) {
	if p.Object.Types == nil || m.Section >= len(p.Object.Sections) {
		return true
	}
	s := &p.Object.Sections[m.Section]
	if !p.isStructOpsSection(s) {
		return true
	}
	g := p.Object.Types
	r := Refusal{
		Code: RefuseStructOpsVariable, Section: m.Section, Offset: m.Offset, Scope: ScopeObject,
		Symbol: "variable " + m.Name,
	}
	kind := g.Kind(m.Type)
	size := uint64(g.Size(m.Type))
	switch {
	case g.Kind(m.Var) != btfgraph.KindVar:
		r.Detail = fmt.Sprintf("of section %q is a %s, not a VAR", s.Name, g.Kind(m.Var))
	case kind != btfgraph.KindStruct:
		r.Detail = fmt.Sprintf("of section %q is of kind %s, not a struct", s.Name, kind)
	case g.Name(m.Type) == "" && p.Loader.StructOps.NamedTypes:
		r.Detail = fmt.Sprintf("of section %q is of an anonymous struct", s.Name)
	case m.Offset > s.Size || size > s.Size-m.Offset:
		r.Code = RefuseVariable
		r.Detail = fmt.Sprintf("at offset %d bytes ends beyond the %d bytes of section %q", m.Offset, s.Size, s.Name)
	default:
		return true
	}
	p.refuse(r)
	return false
}

// checkStructOpsRelocs checks the relocations of the struct_ops sections whose
// variables are where they should be.
func (p *Plan) checkStructOpsRelocs(unsound map[int]bool) {
	if p.Object.Types == nil {
		return
	}
	for _, r := range p.Object.StrayStructOpsRelocs() {
		if unsound[r.Section] {
			continue
		}
		p.checkStructOpsReloc(&structOpsReloc{Reloc: r.Reloc, section: r.Section, target: r.Target})
	}
	for _, m := range p.Object.StructOps {
		if unsound[m.Section] {
			continue
		}
		for _, r := range m.Relocs {
			sr := &structOpsReloc{Reloc: r.Reloc, section: m.Section, target: r.Target, variable: m}
			if r.Member >= 0 {
				sr.member = &m.Members[r.Member]
			}
			p.checkStructOpsReloc(sr)
		}
	}
}

// structOpsReloc is a relocation of a struct_ops section.
type structOpsReloc struct {
	bpfobj.Reloc
	section  int
	target   *bpfobj.Function        // nil if the symbol lies in no function
	variable *bpfobj.StructOpsMap    // nil if it lies in no variable
	member   *bpfobj.StructOpsMember // nil if it is the start of no member
}

func (p *Plan) checkStructOpsReloc(r *structOpsReloc) {
	if !p.isStructOpsSection(&p.Object.Sections[r.section]) || r.Symbol < 0 || r.Symbol >= len(p.Object.Symbols) {
		return // dropped, or a malformed table, see checkRelocTables
	}
	refusal := Refusal{
		Code: RefuseStructOpsReloc, Section: r.section, Offset: r.Offset, Scope: ScopeObject,
		Symbol: "section " + p.Object.Sections[r.section].Name, Subject: p.relocSubject(r),
	}
	if r.variable != nil {
		refusal.Symbol = "struct_ops map " + r.variable.Name
	}
	if p.Loader.StructOps.StrictRelocs {
		if refusal.Detail = p.strictReloc(r); refusal.Detail != "" {
			p.refuse(refusal)
		}
		return
	}
	if refusal.Detail = p.namedReloc(r); refusal.Detail != "" {
		p.refuse(refusal)
		return
	}
	if refusal.Detail = p.strictReloc(r); refusal.Detail != "" {
		p.note(refusal)
	}
}

// relocSubject is how findings call a relocation.
func (p *Plan) relocSubject(r *structOpsReloc) string {
	switch {
	case r.variable == nil:
		return fmt.Sprintf("relocation at offset %d bytes of section %q", r.Offset, p.Object.Sections[r.section].Name)
	case r.member == nil:
		return fmt.Sprintf("offset %d bytes of variable %q", r.Offset-r.variable.Offset, r.variable.Name)
	}
	return fmt.Sprintf("member %q of variable %q", r.member.Name, r.variable.Name)
}

// strictReloc says why libbpf refuses a relocation of a struct_ops section, ""
// if it does not (libbpf.c, bpf_object__collect_st_ops_relos). The word in the
// relocated place is not looked at: a symbol of a section stands for the
// section's first function.
func (p *Plan) strictReloc(r *structOpsReloc) string {
	sym := &p.Object.Symbols[r.Symbol]
	switch {
	case r.variable == nil:
		return "lies in no variable"
	case sym.Section >= shnLoReserve:
		return fmt.Sprintf("refers to %q in %s", sym.Name, p.sectionWord(sym.Section))
	case sym.Value%insnBytes != 0:
		return fmt.Sprintf("refers to %q at the odd offset of %d bytes", sym.Name, sym.Value)
	case r.member == nil:
		return fmt.Sprintf("is the start of no member, yet it is set to %s", p.targetWord(sym))
	case !r.member.FuncPtr:
		return fmt.Sprintf("is no function pointer, yet it is set to %s", p.targetWord(sym))
	case r.target == nil:
		return fmt.Sprintf("is set to %s, which is no function", p.targetWord(sym))
	}
	return p.notStructOps(r.target)
}

// notStructOps says that a function is no struct_ops program, "" if it is one.
func (p *Plan) notStructOps(f *bpfobj.Function) string {
	if pp := p.planOf(f); pp != nil && pp.isStructOps() {
		return ""
	}
	return fmt.Sprintf("is set to %q of section %q, which is no struct_ops program", f.Name, f.SectionName)
}

// targetWord is how findings call the target of a relocation.
func (p *Plan) targetWord(sym *bpfobj.Symbol) string {
	if sym.Name == "" {
		return p.sectionWord(sym.Section)
	}
	return fmt.Sprintf("%q", sym.Name)
}

// namedReloc says why cilium/ebpf refuses a relocation of a struct_ops section,
// "" if it does not (elf_reader.go, loadRelocations; struct_ops.go,
// structOpsSetAttachTo).
func (p *Plan) namedReloc(r *structOpsReloc) string {
	sym := &p.Object.Symbols[r.Symbol]
	if sym.Section >= len(p.Object.Sections) {
		return fmt.Sprintf("refers to %q in %s", sym.Name, p.sectionWord(sym.Section))
	}
	if r.member == nil {
		return ""
	}
	f := r.target
	if f == nil || f.Program == nil || f.Name != sym.Name {
		return fmt.Sprintf("is set to %s, which is no program", p.targetWord(sym))
	}
	return p.notStructOps(f)
}

// planOf is the plan of the program that a function is, nil if it is none.
func (p *Plan) planOf(f *bpfobj.Function) *ProgramPlan {
	if i, ok := p.facts.programOf[f]; ok {
		return &p.Programs[i]
	}
	return nil
}

// checkStructOpsContents checks the values of the struct_ops maps of a
// CollectionSpec, which its owner may have changed, and which a load takes out of
// it (cilium/ebpf collection.go, populateStructOps).
func (p *Plan) checkStructOpsContents() {
	for _, m := range p.Object.StructOps {
		r := Refusal{
			Code: RefuseStructOpsContents, Stage: StageLoad, Scope: ScopeObject, Symbol: "struct_ops map " + m.Name, Subject: "struct_ops map " + strconv.Quote(m.Name),
		}
		switch {
		case m.Data == nil:
			r.Detail = "has no value at key 0: the spec was loaded before, or its Contents were replaced"
		case uint64(len(m.Data)) < m.SizeBytes:
			r.Detail = fmt.Sprintf("has a value of %d bytes, %d in struct %s", len(m.Data), m.SizeBytes, m.TypeName)
		default:
			continue
		}
		p.refuse(r)
	}
}
