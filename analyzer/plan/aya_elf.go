package plan

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// ayaKind is what aya makes of a section.
type ayaKind uint8

const (
	ayaUndefined ayaKind = iota
	ayaLicense
	ayaVersion
	ayaLegacyMaps
	ayaMaps
	ayaText
	ayaData
	ayaProgram
)

// ayaKindOf classifies a section, by its name first (aya-obj src/obj.rs,
// EbpfSectionKind::from_name and Section::try_from).
func ayaKindOf(s *bpfobj.Section) ayaKind {
	for _, k := range [...]struct {
		prefix string
		kind   ayaKind
	}{
		{"license", ayaLicense}, {"version", ayaVersion}, {"maps", ayaLegacyMaps}, {".maps", ayaMaps}, {".text", ayaText},
		{".bss", ayaData}, {".data", ayaData}, {".rodata", ayaData},
	} {
		if strings.HasPrefix(s.Name, k.prefix) {
			return k.kind
		}
	}
	const alloc = 2 // SHF_ALLOC
	if s.Executable() && s.Flags&alloc != 0 && s.Size > 0 && s.Name != ".BTF" && s.Name != ".BTF.ext" {
		return ayaProgram
	}
	return ayaUndefined
}

// checkAyaELF follows aya-obj src/obj.rs, Object::parse, and src/relocation.rs
// through the things that they refuse. It stops at the first of each sort: any
// of them keeps aya from loading the object.
func checkAyaELF(p *Plan) {
	a := ayaELF{p: p, kinds: make([]ayaKind, len(p.Object.Sections)), mapsOf: make(map[int]int), maps: make(map[place]bool)}
	for i := range p.Object.Sections {
		a.kinds[i] = ayaKindOf(&p.Object.Sections[i])
	}
	for _, m := range p.Object.Maps {
		if m.Kind == bpfobj.MapBTF || m.Kind == bpfobj.MapLegacy {
			a.mapsOf[m.Section]++
			a.maps[place{m.Section, m.Name}] = true
		}
	}
	a.checkLicense()
	a.checkTypes()
	a.checkMapSections()
	a.checkProgramSections()
	a.checkText()
	a.checkSymbols()
	a.checkOffsets()
	a.checkExternSections()
	a.checkReferences()
	a.checkCalls()
	a.checkPlaces()
	a.checkNames()
	a.checkProgramNames()
}

// ayaELF is one run of [checkAyaELF].
type ayaELF struct {
	p     *Plan
	kinds []ayaKind // by section index
	// mapsOf is the number of maps that a section defines, maps are their names.
	mapsOf map[int]int
	maps   map[place]bool
}

// refuse notes that the whole object is refused.
func (a *ayaELF) refuse(code Code, r Refusal) {
	r.Code, r.Scope = code, ScopeObject
	a.p.refuse(r)
}

// kind is that of a section by index, [ayaUndefined] of what is none.
func (a *ayaELF) kind(section int) ayaKind {
	if section < 0 || section >= len(a.kinds) {
		return ayaUndefined
	}
	return a.kinds[section]
}

func (a *ayaELF) section(i int) *bpfobj.Section { return &a.p.Object.Sections[i] }

// checkLicense: the section holds one text and its final NUL (parse_license).
func (a *ayaELF) checkLicense() {
	s := a.p.Object.Section("license")
	if s == nil {
		return
	}
	why := ""
	switch end := bytes.IndexByte(s.Data, 0); {
	case len(s.Data) < 2:
		why = "holds no text"
	case end < 0:
		why = "does not end with a NUL"
	case end < len(s.Data)-1:
		why = "holds more than one text"
	default:
		return
	}
	a.refuse(RefuseLicense, Refusal{Section: s.Index, Symbol: "section license", Detail: why})
}

// checkTypes: BTF that the kernel refuses is fatal for some programs. What aya
// itself cannot read always is, but it reads .BTF more leniently than this
// package. Without .BTF nobody looks at .BTF.ext.
func (a *ayaELF) checkTypes() {
	o := a.p.Object
	err, what := o.TypesErr, ".BTF"
	if err == nil && o.Types != nil {
		err, what = o.ExtErr, ".BTF.ext"
	}
	if err == nil {
		return
	}
	r := Refusal{Symbol: "section " + what, Detail: "is malformed: " + err.Error()}
	switch {
	case o.TypesErr == nil:
		a.refuse(RefuseBTF, r)
	case a.p.NeedsBTF():
		r.Stage = StageLoad
		a.refuse(RefuseBTF, r)
	default:
		r.Code = RefuseBTF
		a.p.note(r)
	}
}

// checkMapSections: definitions in .maps need BTF (parse_btf_maps), those in
// maps symbols, all of which are definitions (parse_maps_section); an empty data
// section becomes a map of no bytes, which the kernel refuses
// (parse_data_map_section).
func (a *ayaELF) checkMapSections() {
	symbols := a.sectionsWithSymbols()
	for i, kind := range a.kinds {
		s := a.section(i)
		switch {
		case kind == ayaMaps && a.p.Object.Types == nil && a.p.Object.TypesErr == nil:
			a.refuse(RefuseBTF, Refusal{Section: i, Symbol: "section " + s.Name, Detail: "has no BTF that describes it"})
			return
		case (kind == ayaMaps || kind == ayaLegacyMaps) && !symbols[i]:
			a.refuse(RefuseMapSection, Refusal{Section: i, Symbol: "section " + s.Name, Detail: "has no symbols"})
			return
		case kind == ayaData && s.Size == 0 && i > 0:
			a.refuse(RefuseEmptyData, Refusal{
				Stage: StageLoad, Section: i, Symbol: "section " + s.Name,
				Detail: "is empty, and {loader} makes a map of no bytes of it",
			})
			return
		}
	}
}

// sectionsWithSymbols tells by section index whether a symbol lies there.
func (a *ayaELF) sectionsWithSymbols() []bool {
	symbols := make([]bool, len(a.kinds))
	for i := range a.p.Object.Symbols {
		if s := a.p.Object.Symbols[i].Section; s > 0 && s < len(symbols) {
			symbols[s] = true
		}
	}
	return symbols
}

// checkProgramSections: a section of instructions has a name that stands for a
// program type, see rule section-unknown for those with functions; and a
// symbol (parse_programs).
func (a *ayaELF) checkProgramSections() {
	symbols, functions := a.sectionsWithSymbols(), make([]bool, len(a.kinds))
	for _, f := range a.p.Object.Functions {
		if a.kind(f.Section) == ayaProgram {
			functions[f.Section] = true
		}
	}
	for i, kind := range a.kinds {
		if kind != ayaProgram {
			continue
		}
		s, why := a.section(i), ""
		switch {
		case !functions[i] && a.p.Loader.matchSection(s.Name) == nil:
			why = "has instructions, no function and a name that stands for no program type"
		case !symbols[i]:
			why = "has instructions and no symbol"
		default:
			continue
		}
		a.refuse(RefuseProgram, Refusal{Section: i, Symbol: "section " + s.Name, Detail: why})
		return
	}
	for _, f := range a.p.Object.Functions {
		if a.kind(f.Section) != ayaProgram {
			continue
		}
		s := a.section(f.Section)
		if f.Offset <= s.Size && f.SizeBytes <= s.Size-f.Offset && f.SizeBytes%insnBytes == 0 {
			continue
		}
		a.refuse(RefuseProgram, Refusal{
			Section: f.Section, Offset: f.Offset, Symbol: "func " + f.Name,
			Detail: fmt.Sprintf("of %d bytes at offset %d is not made of whole instructions of section %q", f.SizeBytes, f.Offset, s.Name),
		})
		return
	}
}

// checkText: functions fill .text without a gap, one at each place
// (parse_text_section).
func (a *ayaELF) checkText() {
	for i, kind := range a.kinds {
		if kind != ayaText {
			continue
		}
		s := a.section(i)
		at := make(map[uint64]*bpfobj.Symbol)
		for k := range a.p.Object.Symbols {
			sym := &a.p.Object.Symbols[k]
			if sym.Section != i || sym.Type != sttFunction {
				continue
			}
			if other := at[sym.Value]; other != nil {
				a.refuse(RefuseProgram, Refusal{
					Section: i, Offset: sym.Value, Symbol: "func " + sym.Name,
					Detail: fmt.Sprintf("is at the place of function %q in section %q", other.Name, s.Name),
				})
				return
			}
			at[sym.Value] = sym
		}
		for offset := uint64(0); offset < uint64(len(s.Data)); {
			sym := at[offset]
			why := ""
			switch {
			case sym == nil:
				why = fmt.Sprintf("has instructions at offset %d bytes that belong to no function", offset)
			case sym.Size == 0 || sym.Size%insnBytes != 0 || sym.Size > uint64(len(s.Data))-offset:
				why = fmt.Sprintf("has function %q of %d bytes at offset %d bytes", sym.Name, sym.Size, offset)
			}
			if why != "" {
				a.refuse(RefuseProgram, Refusal{Section: i, Offset: offset, Symbol: "section " + s.Name, Detail: why})
				return
			}
			offset += sym.Size
		}
	}
}

// checkSymbols: names are texts, and the first symbol, which is none, is the
// target of no relocation, whatever its section (Section::try_from).
func (a *ayaELF) checkSymbols() {
	for i := range a.p.Object.Symbols {
		if sym := &a.p.Object.Symbols[i]; !utf8.ValidString(sym.Name) {
			a.refuse(RefuseBinding, Refusal{Section: knownSection(a.p.Object, sym.Section), Symbol: "symbol " + sym.Name, Detail: "is not UTF-8"})
			return
		}
	}
	for i := range a.p.Object.Sections {
		for _, r := range a.section(i).Relocs {
			if r.Symbol == 0 {
				a.refuse(RefuseRelocTable, Refusal{
					Section: i, Offset: r.Offset, Symbol: "section " + a.section(i).Name,
					Subject: fmt.Sprintf("relocation at offset %d bytes of section %q", r.Offset, a.section(i).Name), Detail: "refers to no symbol",
				})
				return
			}
		}
	}
}

// knownSection is a section index, 0 for those that stand for no section.
func knownSection(o *bpfobj.Object, section int) int {
	if section < 0 || section >= len(o.Sections) {
		return 0
	}
	return section
}

// checkExternSections: a DATASEC without a size needs a section of its name, so
// that externs keep the object from being loaded (aya-obj src/btf/btf.rs,
// fixup_and_sanitize). Others are looked at by checkDatasecs.
func (a *ayaELF) checkExternSections() {
	for _, ds := range a.p.Object.Datasecs() {
		if ds.Name != ksymsSection && ds.Name != kconfigSection || ds.SizeBytes != 0 || ds.Section != 0 {
			continue
		}
		r := Refusal{Symbol: "section " + ds.Name, Detail: "lists externs, which {loader} does not resolve"}
		for _, e := range a.p.Object.Externs {
			if e.Datasec != ds.Name {
				continue
			}
			r.Symbol = a.p.ExternNoun(e) + " " + e.Name
			r.Detail = fmt.Sprintf("is in %q, and {loader} resolves no externs", ds.Name)
			if len(e.Refs) > 0 {
				r.Func, r.Insn = e.Refs[0].Func, e.Refs[0].Insn
				break
			}
		}
		a.refuse(RefuseExterns, r)
		return
	}
}

// checkNames: of functions of one name one becomes the program, which one is
// the last in the symbol table.
func (a *ayaELF) checkNames() {
	seen := make(map[string]*bpfobj.Function, len(a.p.Object.Functions))
	for _, f := range a.p.Object.Functions {
		if a.kind(f.Section) != ayaProgram {
			continue
		}
		if first := seen[f.Name]; first != nil {
			a.p.note(Refusal{
				Code: RefuseDuplicate, Func: f, Symbol: "func " + f.Name,
				Detail: fmt.Sprintf("is also in section %q: {loader} keeps one program of a name", first.SectionName),
			})
			return
		}
		seen[f.Name] = f
	}
}

// checkProgramNames: a program goes to the kernel under the name of its symbol
// (aya src/programs/mod.rs, load_program).
func (a *ayaELF) checkProgramNames() {
	for i, prog := range a.p.Object.Programs {
		why := nameFault(prog.Name)
		if why == "" || a.p.leftOut(i) {
			continue
		}
		a.p.refuse(Refusal{
			Code: RefuseProgram, Stage: StageLoad, Scope: Scope{Programs: []string{prog.Name}}, Func: prog.Function, Insn: -1,
			Symbol: "func " + prog.Name, Subject: fmt.Sprintf("name of program %q", prog.Name), Detail: why,
		})
	}
}
