package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

const (
	// fieldsMax is how many special fields a struct may have (BTF_FIELDS_MAX).
	fieldsMax = 11
	// fieldDepth is how deep structs and arrays may nest (MAX_RESOLVE_DEPTH).
	fieldDepth = 32
	// fieldTags bounds the qualifiers of a pointee.
	fieldTags = 64
	// fieldSteps bounds the members that one search looks at.
	fieldSteps = 1 << 16
)

// structFields searches the structs of BTF for special fields as the kernel
// does when it takes BTF (kernel/bpf/btf.c, btf_parse_struct_metas): those that
// have one as a member itself it refuses where anything about one of theirs is
// wrong. What depends on more than BTF is left out: the destructor of a kptr,
// how deep structs own each other.
type structFields struct {
	g     btfgraph.Graph
	rules *fieldRules
	// in tells which types belong to the BTF; nil for all.
	in map[btfgraph.ID]bool
	// contains are the values of the "contains:" tags of members.
	contains map[memberOf][]string

	// Of the struct that is judged:
	top   btfgraph.ID
	steps int
	// unsure tells that the kernel's version decides.
	unsure bool
}

// memberOf is a member of a struct.
type memberOf struct {
	owner btfgraph.ID
	index int
}

// foundField is a special field of a struct.
type foundField struct {
	kind fieldKind
	memberOf
}

// containsTags are the DECL_TAGs that name what a list or tree holds.
func containsTags(g btfgraph.Graph) map[memberOf][]string {
	tags := make(map[memberOf][]string)
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		if g.Kind(id) != btfgraph.KindDeclTag {
			continue
		}
		if value, ok := strings.CutPrefix(g.Name(id), "contains:"); ok {
			m := memberOf{g.Ref(id), g.ComponentIndex(id)}
			tags[m] = append(tags[m], value)
		}
	}
	return tags
}

// structFault is a struct for which the kernel refuses BTF.
type structFault struct {
	id     btfgraph.ID
	detail string
}

// fault finds the first struct for which the kernel certainly refuses the BTF;
// the zero value is none.
func (s *structFields) fault() structFault {
	wanted := s.wanted()
	if len(wanted) == 0 {
		return structFault{}
	}
	for id := s.g.FirstOwn(); int(id) < s.g.Len(); id++ {
		if s.g.Kind(id) != btfgraph.KindStruct || !s.holds(id) || !s.hasMember(id, wanted) {
			continue
		}
		if detail := s.judge(id); detail != "" && !s.unsure {
			return structFault{id, detail}
		}
	}
	return structFault{}
}

func (s *structFields) holds(id btfgraph.ID) bool { return s.in == nil || s.in[id] }

// wanted are the types that make a struct one to be searched if a member is of
// exactly such a type: kptrs and alloc_obj_fields, which lacks bpf_res_spin_lock.
func (s *structFields) wanted() map[btfgraph.ID]bool {
	wanted := make(map[btfgraph.ID]bool)
	var found fieldKind
	for id := s.g.FirstOwn(); int(id) < s.g.Len(); id++ {
		if !s.holds(id) {
			continue
		}
		switch s.g.Kind(id) {
		case btfgraph.KindStruct:
			// The first of a name counts, in an order that the loader may change.
			if f := s.special(id); f != nil && f.kind != fieldResSpinLock {
				if found&f.kind != 0 {
					return nil
				}
				found |= f.kind
				wanted[id] = true
			}
		case btfgraph.KindPtr, btfgraph.KindVolatile:
			if kptr, detail := s.kptr(id); s.rules.known&fieldKptr != 0 && kptr && detail == "" {
				wanted[id] = true
			}
		}
	}
	return wanted
}

func (s *structFields) hasMember(id btfgraph.ID, types map[btfgraph.ID]bool) bool {
	for i := range s.g.Vlen(id) {
		if types[s.g.Member(id, i).Type] {
			return true
		}
	}
	return false
}

// judge says why the kernel refuses a struct, "" if it does not (btf_parse_fields).
func (s *structFields) judge(id btfgraph.ID) string {
	s.top, s.steps, s.unsure = id, 0, false
	fields, detail := s.collect(nil, id, 0)
	if detail != "" {
		return detail
	}
	var kinds fieldKind
	for _, f := range fields {
		kinds |= f.kind
		if f.kind&fieldRoots == 0 {
			continue
		}
		if detail := s.judgeRoot(f); detail != "" {
			return detail
		}
	}
	switch {
	case len(fields) == 0:
		return "its special fields are not laid out as the kernel's"
	case kinds&fieldLocks == fieldLocks:
		return "it has a bpf_spin_lock and a bpf_res_spin_lock"
	case kinds&fieldRoots != 0 && kinds&fieldLocks == 0:
		return "it has a list or tree and no lock for it"
	case kinds&fieldListNode != 0 && kinds&fieldRBNode != 0 && kinds&fieldRefcount == 0:
		return "it is an element of lists and trees and has no bpf_refcount"
	}
	return ""
}

// collect adds the special fields of a struct to a list, or says why the kernel
// refuses them (btf_find_struct_field).
func (s *structFields) collect(fields []foundField, owner btfgraph.ID, level int) ([]foundField, string) {
	var seen fieldKind
	for i := range s.g.Vlen(owner) {
		if s.steps++; s.steps > fieldSteps {
			s.unsure = true
		}
		if s.unsure {
			return fields, ""
		}
		m := s.g.Member(owner, i)
		at := memberOf{owner, i}
		if m.BitOffset%8 != 0 && s.rules.nested {
			return fields, s.about(at) + " starts within a byte"
		}
		more, detail := s.one(fields, at, m.Type, uint64(m.BitOffset/8), level, &seen)
		if detail == "" && len(more) > fieldsMax {
			detail = fmt.Sprintf("it has more than %d special fields", fieldsMax)
		}
		if detail != "" {
			return fields, detail
		}
		fields = more
	}
	return fields, ""
}

// one judges a member (btf_find_field_one).
func (s *structFields) one(fields []foundField, at memberOf, typ btfgraph.ID, offset uint64, level int, seen *fieldKind) ([]foundField, string) {
	elem, count, detail := s.element(typ)
	inner := level > 0 || elem != typ
	typ = elem
	switch {
	case detail != "" && !s.rules.nested:
		s.unsure = true
		return fields, ""
	case detail != "":
		return fields, s.about(at) + " " + detail
	case count == 0:
		return fields, ""
	}
	structure := s.g.Kind(typ) == btfgraph.KindStruct
	special := s.special(typ)
	before := len(fields)
	switch {
	case special != nil && inner && !s.rules.nested:
		s.unsure = true // kernels before 6.11 do not look there
	case special != nil:
		if *seen&special.kind != 0 && special.unique {
			return fields, s.about(at) + " is a second " + special.name
		}
		*seen |= special.kind
		if fields, detail = s.named(fields, at, typ, offset, special); detail != "" {
			return fields, detail
		}
	case structure && level+1 >= fieldDepth && !s.rules.nested:
		s.unsure = true
	case structure:
		if level+1 >= fieldDepth {
			return fields, s.about(at) + " is nested too deep"
		}
		if fields, detail = s.collect(fields, typ, level+1); detail != "" {
			return fields, detail
		}
	case s.rules.known&fieldKptr != 0 && offset%8 == 0:
		kptr, detail := s.kptr(typ)
		if detail != "" {
			return fields, s.about(at) + " " + detail
		}
		if kptr {
			fields = append(fields, foundField{fieldKptr, at})
		}
	}
	if count == 1 || len(fields) == before {
		return fields, ""
	}
	return s.repeat(fields, before, count, at)
}

// element is the type of the elements of an array of any dimensions, and their
// number; for what is no array, itself and 1.
func (s *structFields) element(typ btfgraph.ID) (elem btfgraph.ID, count uint32, detail string) {
	count = 1
	for range fieldDepth {
		if s.g.Kind(typ) != btfgraph.KindArray {
			return typ, count, ""
		}
		a := s.g.Array(typ)
		count *= a.Nelems
		typ = a.Elem
	}
	return typ, count, "is an array of too many dimensions"
}

// special is the special field that a type is by its name, whatever its kind.
func (s *structFields) special(typ btfgraph.ID) *specialField {
	if f := specialNamed(s.g.Name(typ)); f != nil && s.rules.known&f.kind != 0 {
		return f
	}
	return nil
}

// named adds a special field that goes by its name.
func (s *structFields) named(fields []foundField, at memberOf, typ btfgraph.ID, offset uint64, f *specialField) ([]foundField, string) {
	size := s.rules.sizes[slices.IndexFunc(specialFields[:], func(o specialField) bool { return o.kind == f.kind })]
	if offset%f.align != 0 || s.g.Kind(typ) != btfgraph.KindStruct || uint64(s.g.Size(typ)) != size {
		return fields, ""
	}
	if f.kind&fieldRoots != 0 {
		if _, _, detail := s.contained(at); detail != "" {
			return fields, s.about(at) + " " + detail
		}
	}
	return append(fields, foundField{f.kind, at}), ""
}

// repeat repeats the fields of an element as often as an array has it
// (btf_repeat_fields).
func (s *structFields) repeat(fields []foundField, from int, count uint32, at memberOf) ([]foundField, string) {
	elements := fields[from:]
	for _, f := range elements {
		if f.kind&fieldRepeats == 0 {
			return fields, s.about(at) + " is an array of what cannot be in arrays"
		}
	}
	if uint64(from)+uint64(count)*uint64(len(elements)) > fieldsMax {
		return fields, fmt.Sprintf("%s makes it more than %d special fields", s.about(at), fieldsMax)
	}
	for range count - 1 {
		fields = append(fields, elements...)
	}
	return fields, ""
}

// kptr tells whether a type is a kptr, or why the kernel refuses it where there
// are kptrs (btf_find_kptr).
func (s *structFields) kptr(typ btfgraph.ID) (found bool, detail string) {
	if s.g.Kind(typ) == btfgraph.KindVolatile {
		typ = s.g.Ref(typ)
	}
	if s.g.Kind(typ) != btfgraph.KindPtr {
		return false, ""
	}
	tag, detail := s.tagOf(s.g.Ref(typ))
	if tag == "" || detail != "" {
		return false, detail
	}
	if s.g.Kind(btfgraph.SkipModsAndTypedefs(s.g, s.g.Ref(typ))) != btfgraph.KindStruct {
		return false, fmt.Sprintf("has type tag %q and does not point to a defined struct", tag)
	}
	return true, ""
}

// tagOf is the type tag of a pointee that makes the pointer a kptr, "" if none does.
func (s *structFields) tagOf(id btfgraph.ID) (tag, detail string) {
	if s.rules.looseTags {
		return s.walkTags(id)
	}
	if s.g.Kind(id) != btfgraph.KindTypeTag {
		return "", ""
	}
	if s.g.Kind(s.g.Ref(id)) == btfgraph.KindTypeTag {
		return "", "has two type tags"
	}
	switch tag = s.g.Name(id); {
	case slices.Contains(kptrTags[:], tag):
		return tag, ""
	case tag == tagUptr && s.rules.uptr:
		return "", ""
	}
	return "", fmt.Sprintf("has unknown type tag %q", tag)
}

// walkTags is tagOf for kernels that pass over what they do not know
// (btf_type_tag_walk).
func (s *structFields) walkTags(id btfgraph.ID) (tag, detail string) {
	for range fieldTags {
		switch s.g.Kind(id) {
		case btfgraph.KindTypeTag:
			name := s.g.Name(id)
			if s.g.KindFlag(id) || name != tagUptr && !slices.Contains(kptrTags[:], name) {
				break
			}
			if tag != "" && tag != name {
				return "", fmt.Sprintf("has type tags %q and %q", tag, name)
			}
			tag = name
		case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict, btfgraph.KindTypedef:
		default:
			if tag == tagUptr {
				tag = ""
			}
			return tag, ""
		}
		id = s.g.Ref(id)
	}
	s.unsure = true
	return "", ""
}

// contained is the struct that a list or tree holds and its member by which it
// does, or why the kernel refuses the tag (btf_find_graph_root).
func (s *structFields) contained(at memberOf) (value btfgraph.ID, node, detail string) {
	tags := s.contains[at]
	if len(tags) != 1 {
		return btfgraph.Void, "", `has no single tag "contains:", see __contains`
	}
	name, node, ok := strings.Cut(tags[0], ":")
	if !ok || node == "" {
		return btfgraph.Void, "", fmt.Sprintf("has a tag %q that names no member", "contains:"+tags[0])
	}
	for id := range s.g.ByName(btfgraph.KindStruct, name) {
		switch {
		case !s.holds(id):
		case value != btfgraph.Void:
			s.unsure = true // the loader may change their order
		default:
			value = id
		}
	}
	if value != btfgraph.Void {
		return value, node, ""
	}
	return btfgraph.Void, "", fmt.Sprintf("holds struct %q, which is not in this BTF", name)
}

// judgeRoot says what is wrong with the elements of a list or tree
// (btf_parse_graph_root).
func (s *structFields) judgeRoot(f foundField) string {
	value, node, _ := s.contained(f.memberOf)
	want := specialFields[slices.IndexFunc(specialFields[:], func(o specialField) bool { return o.kind == f.kind })].node
	found := false
	for i := range s.g.Vlen(value) {
		m := s.g.Member(value, i)
		if m.Name != node {
			continue
		}
		if found || s.g.Kind(m.Type) != btfgraph.KindStruct || s.g.Name(m.Type) != want {
			return fmt.Sprintf("%s holds %q by member %q, which is no %s", s.about(f.memberOf), s.g.Name(value), node, want)
		}
		found = true
	}
	if !found {
		return fmt.Sprintf("%s holds %q by member %q, which it lacks", s.about(f.memberOf), s.g.Name(value), node)
	}
	return ""
}

// about names a member of the struct that is judged, or of one within it.
func (s *structFields) about(at memberOf) string {
	text := "a member without a name"
	if name := s.g.Member(at.owner, at.index).Name; name != "" {
		text = "member " + quote(name)
	}
	if at.owner == s.top {
		return text
	}
	if name := s.g.Name(at.owner); name != "" {
		return text + " of its " + quote("struct "+name)
	}
	return text + " of a struct in it"
}
