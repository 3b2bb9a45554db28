package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// maxCOREDepth is the number of accessors that a relocation may have, and that
// a match in the target may need (libbpf relo_core.h, BPF_CORE_SPEC_MAX_LEN).
const maxCOREDepth = 64

// accessor is one step of a field path that means something in C: a named
// member, or an array element. Anonymous members are not recorded.
type accessor struct {
	typ  btfgraph.ID // STRUCT or UNION of a member, element type of an array
	idx  int
	name string // "" for an array element
}

// coreSpec is a field path, an enumerator or a type, in the object or in a
// target (libbpf relo_core.h, struct bpf_core_spec).
type coreSpec struct {
	graph     btfgraph.Graph
	root      btfgraph.ID
	accessors []accessor
	depth     int    // steps including those through anonymous members
	bitOffset uint32 // of the field from the start of root, in bits, modulo 2^32
}

var (
	errCOREDepth = errors.New("more than 64 levels of nesting")
	errNoSize    = errors.New("a type on the way has no size")
)

// parseCORE turns a record's access string into a path through the object's
// types. The errors are those for which libbpf refuses the object
// (relo_core.c, bpf_core_parse_spec).
func (r *coreRun) parseCORE(root btfgraph.ID, access string, kind COREKind) (*coreSpec, error) {
	g := r.local
	if access == "" || access[0] == ':' {
		return nil, malformedAccess(access)
	}
	spec := &coreSpec{graph: g, root: root}
	if kind.TypeBased() {
		if access != "0" {
			return nil, fmt.Errorf("access string %q of a type is not \"0\"", access)
		}
		return spec, nil
	}
	var buf [maxCOREDepth]int
	path, err := parseAccess(buf[:0], access)
	if err != nil {
		return nil, err
	}
	id := btfgraph.SkipModsAndTypedefs(g, root)
	first := accessor{typ: id, idx: path[0]}
	if kind.EnumvalBased() {
		if !anyEnum(g.Kind(id)) || len(path) > 1 || path[0] >= g.Vlen(id) {
			return nil, fmt.Errorf("access string %q leads to no enumerator", access)
		}
		first.name = g.Enumerator(id, path[0]).Name
		spec.accessors = []accessor{first}
		return spec, nil
	}
	if !kind.FieldBased() {
		return nil, fmt.Errorf("unknown kind %d", kind)
	}
	size, ok := r.sizeOf(g, id)
	if !ok {
		return nil, errNoSize
	}
	spec.accessors = append(make([]accessor, 0, len(path)), first)
	spec.bitOffset = uint32(int64(path[0]) * size * 8)
	for _, idx := range path[1:] {
		if id, err = r.step(spec, id, idx); err != nil {
			return nil, err
		}
	}
	return spec, nil
}

// step follows one index of an access string from the type id.
func (r *coreRun) step(s *coreSpec, id btfgraph.ID, idx int) (btfgraph.ID, error) {
	g := s.graph
	id = btfgraph.SkipModsAndTypedefs(g, id)
	switch g.Kind(id) {
	case btfgraph.KindStruct, btfgraph.KindUnion:
		if idx >= g.Vlen(id) {
			return 0, fmt.Errorf("%s has no member %d", typeRef(g, id), idx)
		}
		m := g.Member(id, idx)
		s.bitOffset += m.BitOffset
		if m.Name != "" {
			s.accessors = append(s.accessors, accessor{id, idx, m.Name})
		}
		return m.Type, nil
	case btfgraph.KindArray:
		a := g.Array(id)
		if uint64(idx) >= uint64(a.Nelems) && !flexible(g, s.last(), a) {
			return 0, fmt.Errorf("index %d of an array of %d", idx, a.Nelems)
		}
		elem := btfgraph.SkipModsAndTypedefs(g, a.Elem)
		size, ok := r.sizeOf(g, elem)
		if !ok {
			return 0, errNoSize
		}
		s.accessors = append(s.accessors, accessor{typ: elem, idx: idx})
		s.bitOffset += uint32(int64(idx) * size * 8)
		return elem, nil
	}
	return 0, fmt.Errorf("access into %s", typeRef(g, id))
}

// flexible reports whether the array that the accessor leads to is a flexible
// array member: of length 0 and the last member of its struct (libbpf
// relo_core.c, is_flex_arr).
func flexible(g btfgraph.Graph, last accessor, a btfgraph.Array) bool {
	return last.name != "" && a.Nelems == 0 && last.idx == g.Vlen(last.typ)-1
}

// parseAccess parses "0:1:2" into path as sscanf of "%d" does, which skips
// space, takes a sign and cuts a number to 32 bits.
func parseAccess(path []int, access string) ([]int, error) {
	for rest := access; rest != ""; {
		rest = strings.TrimLeft(strings.TrimPrefix(rest, ":"), " \t\n\v\f\r")
		negative := strings.HasPrefix(rest, "-")
		if negative || strings.HasPrefix(rest, "+") {
			rest = rest[1:]
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 {
			return nil, malformedAccess(access)
		}
		n := int64(0)
		for _, c := range rest[:digits] {
			if n > (1<<63-1-int64(c-'0'))/10 {
				n = 1<<63 - 1
				break
			}
			n = 10*n + int64(c-'0')
		}
		if negative {
			n = -n
		}
		if int32(n) < 0 {
			return nil, malformedAccess(access)
		}
		if len(path) == maxCOREDepth {
			return nil, errCOREDepth
		}
		path, rest = append(path, int(int32(n))), rest[digits:]
	}
	return path, nil
}

func malformedAccess(access string) error {
	return fmt.Errorf("%w: access string %q", errRecord, access)
}

// last is the accessor of the field itself.
func (s *coreSpec) last() accessor { return s.accessors[len(s.accessors)-1] }

// path is the field in C spelling without the root: "a.b[3].c".
func (s *coreSpec) path() string {
	var b strings.Builder
	for i, a := range s.accessors {
		switch {
		case a.name != "":
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(a.name)
		case i > 0 || a.idx > 0:
			fmt.Fprintf(&b, "[%d]", a.idx)
		}
	}
	return b.String()
}

// typeRef is a type in C spelling for messages: `struct "x"`.
func typeRef(g btfgraph.Graph, id btfgraph.ID) string {
	keyword := strings.ToLower(g.Kind(id).String())
	if g.Kind(id) == btfgraph.KindEnum64 {
		keyword = "enum"
	}
	if name := g.Name(id); name != "" {
		return keyword + " " + quote(name)
	}
	return "anonymous " + keyword
}

func composite(k btfgraph.Kind) bool { return k == btfgraph.KindStruct || k == btfgraph.KindUnion }

func anyEnum(k btfgraph.Kind) bool { return k == btfgraph.KindEnum || k == btfgraph.KindEnum64 }
