package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxDepName is the length in bytes of the longest name of a dependency. The
// kernel allows 512 bytes for a symbol (KSYM_NAME_LEN), and fields have several.
const maxDepName = 4096

var errDepName = fmt.Errorf("the name is longer than %d bytes", maxDepName)

// addCORE adds what the CO-RE records ask for. The error counts those that
// cannot be read.
func (s *depSet) addCORE() error {
	if s.p.Object.Types == nil {
		return nil
	}
	run := newCORERun(s.p)
	unread, first := 0, error(nil)
	for i := range s.p.Object.CORE {
		rec := &s.p.Object.CORE[i]
		if COREKind(rec.Kind) == CORELocalTypeID {
			continue // asks for nothing
		}
		if err := s.addRecord(run, rec); err != nil {
			if unread++; first == nil {
				first = fmt.Errorf("that at offset %d bytes of section %q: %w", rec.Offset, s.sectionName(rec.Section), err)
			}
		}
		if s.budget < 0 {
			return nil
		}
	}
	if unread > 0 {
		return fmt.Errorf("%d of %s cannot be read, first %w", unread, countOf(len(s.p.Object.CORE), "CO-RE record"), first)
	}
	return nil
}

func (s *depSet) sectionName(idx int) string {
	if idx < 0 || idx >= len(s.p.Object.Sections) {
		return ""
	}
	return s.p.Object.Sections[idx].Name
}

// addRecord adds the type of a record and its field or enumerator.
func (s *depSet) addRecord(run *coreRun, rec *bpfobj.CORERecord) error {
	g, kind := run.local, COREKind(rec.Kind)
	name := g.Name(rec.Type)
	switch {
	case !kind.Known():
		return fmt.Errorf("unknown relocation kind %d", rec.Kind)
	case int(rec.Type) >= g.Len():
		return fmt.Errorf("no type has the id %d", rec.Type)
	case name == "":
		return errors.New("the type has no name")
	}
	spec, err := run.parseCORE(rec.Type, rec.Access, kind)
	if err == nil && !run.spend(1) {
		err = errCOREBudget
	}
	if err != nil {
		return err
	}
	stem, flavor := s.flavor(name)
	sub, subFlavor, steps, err := s.member(spec, kind, stem)
	if err != nil {
		return err
	}
	root := s.add(depKey{kind: depKindOf(g, rec.Type), name: stem})
	s.addUse(root, rec, flavor, sub == "")
	if sub == "" {
		return nil
	}
	key := depKey{kind: DepField, name: stem + "." + sub, parent: stem}
	if kind.EnumvalBased() {
		key.kind, key.name = DepEnumerator, sub
	}
	e := s.add(key)
	s.addUse(e, rec, flavor, true)
	if e != nil {
		if subFlavor != "" {
			e.Flavors = s.insert(e.Flavors, subFlavor)
		}
		for _, step := range steps {
			e.Steps = s.insert(e.Steps, step)
		}
	}
	return nil
}

// addUse notes the use of a record; asked tells that it is about the dependency
// itself and not only about a part of it.
func (s *depSet) addUse(e *depEntry, rec *bpfobj.CORERecord, flavor string, asked bool) {
	if e == nil {
		return
	}
	kind := COREKind(rec.Kind)
	if asked {
		e.As = s.insert(e.As, kind.String())
	}
	if flavor != "" {
		e.Flavors = s.insert(e.Flavors, flavor)
	}
	if rec.Func != nil {
		s.useInsn(e, rec.Func, rec.Insn, kind.Exists())
		return
	}
	s.use(e, nil, s.p.Object.LocateSection(rec.Section, rec.Offset), kind.Exists())
}

// flavor divides a name as the loader does; stem is empty only if name is.
func (s *depSet) flavor(name string) (stem, flavor string) {
	if stem = s.p.Loader.EssentialName(name); stem == "" {
		return name, ""
	}
	return stem, strings.TrimPrefix(name[len(stem):], btfgraph.FlavorSep)
}

// member is the field or enumerator that a record leads to, "" if it is about
// its type: the path without array indexes, or the enumerator without its
// flavor. steps are the members of a path, unless it has only one.
func (s *depSet) member(spec *coreSpec, kind COREKind, root string) (name, flavor string, steps []string, err error) {
	if kind.EnumvalBased() {
		name, flavor = s.flavor(spec.accessors[0].name)
		if len(name) > maxDepName {
			err = errDepName
		}
		return name, flavor, nil, err
	}
	g, in, step, length := spec.graph, spec.root, root, len(root)
	for i, a := range spec.accessors {
		if i == 0 || a.name == "" {
			in = a.typ // one of several, or an element of an array
			continue
		}
		declared, _ := s.flavor(g.Name(in))
		in = btfgraph.SkipModsAndTypedefs(g, g.Member(a.typ, a.idx).Type)
		if length += len(declared) + len(a.name) + 1; length > maxDepName {
			return "", "", nil, errDepName
		}
		if declared != "" && name != "" {
			steps = append(steps, step)
			step = declared
		}
		step += "." + a.name
		if name != "" {
			name += "."
		}
		name += a.name
	}
	if len(steps) > 0 {
		steps = append(steps, step)
	}
	return name, "", steps, nil
}

// depKindOf is the kind of dependency that a named type is.
func depKindOf(g btfgraph.Graph, id btfgraph.ID) DepKind {
	switch g.Kind(id) {
	case btfgraph.KindStruct:
		return DepStruct
	case btfgraph.KindUnion:
		return DepUnion
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return DepEnum
	case btfgraph.KindFwd:
		if g.KindFlag(id) {
			return DepUnion
		}
		return DepStruct
	}
	return DepType
}
