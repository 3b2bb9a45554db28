package plan

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// elfKind is what cilium/ebpf makes of a section.
type elfKind uint8

const (
	elfUnread elfKind = iota
	elfUndef
	elfLegacyMaps
	elfMaps
	elfProgram
	elfData
	elfStructOps
)

// checkCiliumELF follows elf_reader.go, LoadCollectionSpecFromReader, through
// the things that it refuses. It stops at the first of each sort, as the loader
// does: any of them keeps it from opening the object.
func checkCiliumELF(p *Plan) {
	c := ciliumELF{
		p: p, kinds: make([]elfKind, len(p.Object.Sections)), functions: make(map[codePlace]bool, len(p.Object.Functions)),
		ksyms: p.namesIn(".ksyms"), kconfig: p.namesIn(".kconfig"),
	}
	for _, f := range p.Object.Functions {
		c.functions[codePlace{f.Section, int64(f.Offset)}] = true
	}
	for i := range p.Object.Sections {
		c.kinds[i] = ciliumKind(&p.Object.Sections[i])
		if c.kinds[i] == elfStructOps && len(p.Loader.StructOps.Sections) == 0 {
			c.kinds[i] = elfUnread
		}
	}
	if len(c.kinds) > 0 {
		c.kinds[0] = elfUndef
	}
	c.checkTypes()
	c.checkReferences()
	if !p.Loader.Object.OldReader {
		c.checkMapSection()
	}
	c.checkLegacySections()
	c.checkKsyms()
	c.checkPrograms()
	if p.Loader.Object.OldReader {
		c.checkLabels()
	}
	c.checkLicense()
	c.checkNames()
	for _, f := range p.Object.Functions {
		if c.checkInsns(f) {
			break
		}
	}
}

// ciliumELF is one run of [checkCiliumELF].
type ciliumELF struct {
	p     *Plan
	kinds []elfKind // by section index
	// functions are where functions start.
	functions map[codePlace]bool
	// ksyms and kconfig are the names that the virtual sections list, nil
	// without the section.
	ksyms, kconfig map[string]bool
}

// codePlace is an offset in bytes into a section.
type codePlace struct {
	section int
	offset  int64
}

// namesIn are the names that the object's DATASEC of that name lists, nil if it
// has none.
func (p *Plan) namesIn(datasec string) map[string]bool {
	g := p.Object.Types
	ds := btfgraph.First(g, btfgraph.KindDatasec, datasec)
	if ds == btfgraph.Void {
		return nil
	}
	names := make(map[string]bool)
	for i := range g.Vlen(ds) {
		names[g.Name(g.VarSecinfo(ds, i).Type)] = true
	}
	return names
}

// ciliumKind classifies a section by name and type (elf_reader.go,
// LoadCollectionSpecFromReader, the switch over f.Sections).
func ciliumKind(s *bpfobj.Section) elfKind {
	switch {
	case strings.HasPrefix(s.Name, "license"), strings.HasPrefix(s.Name, "version"):
		return elfUnread
	case strings.HasPrefix(s.Name, "maps"):
		return elfLegacyMaps
	case s.Name == ".maps":
		return elfMaps
	case s.Name == ".bss", strings.HasPrefix(s.Name, ".data"), strings.HasPrefix(s.Name, ".rodata"):
		return elfData
	case s.Type != shtProgbits || s.Size == 0:
		return elfUnread
	case s.Executable():
		return elfProgram
	case s.Name == ".struct_ops.link":
		return elfStructOps
	}
	return elfUnread
}

func (c *ciliumELF) kind(section int) elfKind {
	if section < 0 || section >= len(c.kinds) {
		return elfUnread
	}
	return c.kinds[section]
}

// refuse notes that the whole object cannot be opened.
func (c *ciliumELF) refuse(code Code, r Refusal) {
	r.Code, r.Stage, r.Scope = code, StageOpen, ScopeObject
	c.p.refuse(r)
}

// checkTypes: BTF that cannot be read is an error, not a reason to go without.
func (c *ciliumELF) checkTypes() {
	err := c.p.Object.TypesErr
	what := ".BTF"
	if err == nil {
		err, what = c.p.Object.ExtErr, ".BTF.ext"
	}
	if err != nil {
		c.refuse(RefuseBTF, Refusal{Symbol: "section " + what, Detail: "is malformed: " + err.Error()})
		return
	}
	if c.p.losesExt() {
		c.p.note(Refusal{
			Code: RefuseBTF, Symbol: "section .BTF.ext",
			Detail: "names a type that does not exist: {loader} goes without all its records, those of CO-RE too",
		})
	}
}

// checkReferences follows loadRelocations: the target of every relocation has
// to be in a section that the loader reads.
func (c *ciliumELF) checkReferences() {
	for i := range c.p.Object.Sections {
		s := &c.p.Object.Sections[i]
		if c.kinds[i] == elfUnread || c.kinds[i] == elfUndef {
			continue
		}
		for _, r := range s.Relocs {
			if r.Symbol <= 0 || r.Symbol >= len(c.p.Object.Symbols) {
				continue
			}
			sym := &c.p.Object.Symbols[r.Symbol]
			if c.kind(sym.Section) != elfUnread {
				continue
			}
			ref := Refusal{Section: i, Offset: r.Offset, Detail: "is in " + c.p.sectionWord(sym.Section) + ", which is not loaded"}
			at := uint64(math.MaxUint64) // an offset that nothing lies at
			if f := c.p.ownerOf(i, r.Offset); f != nil {
				ref.Func, ref.Insn, ref.Section = f, int(r.Offset-f.Offset)/insnBytes, 0
				at = target(f.Insns[ref.Insn])
			}
			c.p.blame(&ref, sym, at)
			c.refuse(RefuseReference, ref)
			return
		}
	}
}

// ownerOf is the function that holds an offset of a section, nil if none does.
func (p *Plan) ownerOf(section int, offset uint64) *bpfobj.Function {
	for _, f := range p.Object.Functions {
		if f.Section == section && offset >= f.Offset && offset-f.Offset < uint64(len(f.Insns))*insnBytes {
			return f
		}
	}
	return nil
}

// checkMapSection follows loadBTFMaps: there have to be as many named symbols
// in .maps as VARs in its DATASEC, which has to be the only one of that name.
func (c *ciliumELF) checkMapSection() {
	section := c.p.Object.Section(".maps")
	if section == nil {
		return
	}
	g := c.p.Object.Types
	if g == nil {
		c.refuse(RefuseMapSection, Refusal{Section: section.Index, Symbol: "section .maps", Detail: "has no BTF that describes it"})
		return
	}
	symbols := make(map[uint64]string)
	for i := range c.p.Object.Symbols {
		sym := &c.p.Object.Symbols[i]
		if sym.Section == section.Index && sym.Name != "" && (sym.Type == sttNotype || sym.Type == sttObject) {
			symbols[sym.Value] = sym.Name
		}
	}
	vars, datasecs := make(map[string]bool), 0
	for id := range g.ByName(btfgraph.KindDatasec, ".maps") {
		datasecs++
		for i := range g.Vlen(id) {
			vars[g.Name(g.VarSecinfo(id, i).Type)] = true
		}
	}
	if datasecs != 1 {
		clear(vars)
	}
	if len(vars) != len(symbols) {
		c.refuse(RefuseMapSection, Refusal{
			Section: section.Index, Symbol: "section .maps",
			Detail: fmt.Sprintf("has %d symbols and %d variables in BTF", len(symbols), len(vars)),
		})
	}
}

// checkKsyms follows btf.go, fixupDatasec: a variable of .ksyms has to be of
// type void itself, "const void" is none.
func (c *ciliumELF) checkKsyms() {
	g := c.p.Object.Types
	ds := btfgraph.First(g, btfgraph.KindDatasec, ".ksyms")
	if ds == btfgraph.Void {
		return
	}
	for i := range g.Vlen(ds) {
		id := g.VarSecinfo(ds, i).Type
		if g.Kind(id) != btfgraph.KindVar || g.Ref(id) == btfgraph.Void {
			continue
		}
		r := Refusal{
			Symbol: "ksym " + g.Name(id),
			Detail: fmt.Sprintf("is of type %q, and {loader} takes only \"void\"", spell(g, g.Ref(id))),
		}
		for _, e := range c.p.Object.Externs {
			if e.ID == id && len(e.Refs) > 0 {
				r.Func, r.Insn = e.Refs[0].Func, e.Refs[0].Insn
			}
		}
		c.refuse(RefuseTypedKsym, r)
		return
	}
}

// checkPrograms follows loadProgramSections: a section of instructions has to
// have a function, or something that may be one.
func (c *ciliumELF) checkPrograms() {
	named := make([]bool, len(c.kinds))
	for i := range c.p.Object.Symbols {
		sym := &c.p.Object.Symbols[i]
		if sym.Name != "" && sym.Section >= 0 && sym.Section < len(named) &&
			(sym.Type == sttFunction || sym.Type == sttNotype && sym.Binding != bpfobj.BindLocal) {
			named[sym.Section] = true
		}
	}
	for i, kind := range c.kinds {
		if kind != elfProgram || named[i] {
			continue
		}
		c.refuse(RefuseProgram, Refusal{
			Section: i, Symbol: "section " + c.p.Object.Sections[i].Name, Detail: "has instructions and no function",
		})
		return
	}
}

// checkLicense: a text behind a NUL makes the loader hand a license of no
// address to the kernel (internal/sys, NewStringPointer), with every program.
// The last section whose name starts with "license" counts (loadCollectionSpec).
func (c *ciliumELF) checkLicense() {
	var license *bpfobj.Section
	for i := range c.p.Object.Sections {
		if s := &c.p.Object.Sections[i]; strings.HasPrefix(s.Name, "license") {
			license = s
		}
	}
	if license == nil || bytes.IndexByte(bytes.TrimRight(license.Data, "\x00"), 0) < 0 {
		return
	}
	var scope Scope
	for i, prog := range c.p.Object.Programs {
		if !c.p.leftOut(i) {
			scope.Programs = append(scope.Programs, prog.Name)
		}
	}
	if !scope.Empty() {
		c.p.refuse(Refusal{
			Code: RefuseLicense, Stage: StageLoad, Scope: scope, Section: license.Index,
			Symbol: "section " + license.Name, Detail: "holds more than one text",
		})
	}
}

// checkNames follows loadProgramSections: a function's name is its key.
func (c *ciliumELF) checkNames() {
	seen := make(map[string]*bpfobj.Function, len(c.p.Object.Functions))
	for _, f := range c.p.Object.Functions {
		if first := seen[f.Name]; first != nil {
			c.refuse(RefuseDuplicate, Refusal{
				Func: f, Insn: 0, Symbol: "func " + f.Name,
				Detail: fmt.Sprintf("is also in section %q", first.SectionName),
			})
			return
		}
		seen[f.Name] = f
	}
}
