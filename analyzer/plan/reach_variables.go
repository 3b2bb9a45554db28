package plan

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// dataVariable is a variable of a data section, or a part of one.
type dataVariable struct {
	name         string // "settings.table[2]"; "" if none is known
	offset, size int64  // in bytes
}

// variableAt is what lies at an offset of a data section: the innermost member or
// element of the variable there.
func (p *Plan) variableAt(m *bpfobj.Map, at int64) dataVariable {
	v := p.symbolAt(m, at)
	for _, ds := range p.Object.Datasecs() {
		if m.Var == btfgraph.Void || ds.ID != m.Var {
			continue
		}
		for i := range ds.Vars {
			entry := &ds.Vars[i]
			// BTF has no offsets of static variables before the object is
			// linked, symbols have.
			if v.name == "" && at >= int64(entry.Offset) && uint64(at)-entry.Offset < entry.SizeBytes {
				v = dataVariable{entry.Name, int64(entry.Offset), int64(entry.SizeBytes)}
			}
			if v.name != "" && v.name == entry.Name {
				return part(p.Object.Types, v, p.Object.Types.Ref(entry.Var), at)
			}
		}
	}
	return v
}

// symbolAt is the variable that has a symbol for an offset of a data section.
func (p *Plan) symbolAt(m *bpfobj.Map, at int64) dataVariable {
	for i := range p.Object.Symbols {
		s := &p.Object.Symbols[i]
		if s.Type == sttObject && m.Section != 0 && s.Section == m.Section && at >= int64(s.Value) && uint64(at)-s.Value < s.Size {
			return dataVariable{s.Name, int64(s.Value), int64(s.Size)}
		}
	}
	return dataVariable{}
}

// part is the innermost member or element of a variable of that type at an
// offset of its section; as far as it can be told, which it cannot for bitfields
// and unions.
func part(g btfgraph.Graph, v dataVariable, id btfgraph.ID, at int64) dataVariable {
	for range maxTypedefs {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		switch g.Kind(id) {
		case btfgraph.KindStruct:
			m, ok := memberAt(g, id, at-v.offset)
			if !ok {
				return v
			}
			if m.Name != "" {
				v.name += "." + m.Name
			}
			size, _ := btfgraph.SizeOf(g, m.Type)
			v.offset, v.size, id = v.offset+int64(m.BitOffset/8), int64(size), m.Type
		case btfgraph.KindArray:
			elem := g.Array(id).Elem
			size, ok := btfgraph.SizeOf(g, elem)
			if !ok || size == 0 || size > maxElementBytes {
				return v
			}
			n := (at - v.offset) / int64(size)
			v = dataVariable{v.name + "[" + strconv.FormatInt(n, 10) + "]", v.offset + n*int64(size), int64(size)}
			id = elem
		default:
			return v
		}
	}
	return v
}

// maxElementBytes bounds the size of an array's element in read-only data.
const maxElementBytes = 1 << 30

// memberAt is the member of a struct that holds a byte, false for a bitfield
// and for padding.
func memberAt(g btfgraph.Graph, id btfgraph.ID, at int64) (btfgraph.Member, bool) {
	for i := range g.Vlen(id) {
		m := g.Member(id, i)
		size, ok := btfgraph.SizeOf(g, m.Type)
		if from := int64(m.BitOffset / 8); ok && at >= from && uint64(at-from) < size {
			return m, m.BitfieldSize == 0 && m.BitOffset%8 == 0
		}
	}
	return btfgraph.Member{}, false
}

// ReadOnlyVariable finds what [Rodata.Values] may name in an object: a variable of
// read-only data, or a member or element of one. It returns its size in bytes; 0
// if it holds no number.
func ReadOnlyVariable(obj *bpfobj.Object, name string) (sizeBytes int, ok bool) {
	base := name
	if i := strings.IndexAny(name, ".["); i > 0 {
		base = name[:i]
	}
	for _, m := range obj.Maps {
		if m.Def.Flags&flagRdonlyProg == 0 || m.Kind == bpfobj.MapKconfig {
			continue
		}
		for _, ds := range obj.Datasecs() {
			if m.Var == btfgraph.Void || ds.ID != m.Var {
				continue
			}
			for i := range ds.Vars {
				if v := &ds.Vars[i]; v.Name == base && obj.Types.Kind(v.Var) == btfgraph.KindVar {
					return sizeOfPart(obj.Types, obj.Types.Ref(v.Var), name[len(base):])
				}
			}
		}
	}
	return 0, false
}

// sizeOfPart is the size of the number at a path into a type: ".member[3]".
func sizeOfPart(g btfgraph.Graph, id btfgraph.ID, path string) (sizeBytes int, ok bool) {
	for path != "" {
		id = btfgraph.SkipModsAndTypedefs(g, id)
		end := 1 + strings.IndexAny(path[1:], ".[")
		if end == 0 {
			end = len(path)
		}
		step, rest := path[:end], path[end:]
		switch {
		case step[0] == '.':
			if id, ok = memberNamed(g, id, step[1:]); !ok {
				return 0, false
			}
		default:
			n, err := strconv.ParseUint(strings.TrimSuffix(step[1:], "]"), 10, 32)
			if err != nil || g.Kind(id) != btfgraph.KindArray || n >= uint64(g.Array(id).Nelems) {
				return 0, false
			}
			id = g.Array(id).Elem
		}
		path = rest
	}
	id = btfgraph.SkipModsAndTypedefs(g, id)
	switch g.Kind(id) {
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindPtr:
		size, _ := btfgraph.SizeOf(g, id)
		return int(min(size, 8)), true
	}
	return 0, true
}

// memberNamed is the type of a struct's member, in anonymous members too.
func memberNamed(g btfgraph.Graph, id btfgraph.ID, name string) (btfgraph.ID, bool) {
	todo := []btfgraph.ID{id}
	for budget := 1 << 16; len(todo) > 0 && budget > 0; {
		id, todo = btfgraph.SkipModsAndTypedefs(g, todo[0]), todo[1:]
		if k := g.Kind(id); k != btfgraph.KindStruct && k != btfgraph.KindUnion {
			continue
		}
		for i := range g.Vlen(id) {
			budget--
			m := g.Member(id, i)
			if m.Name == name {
				return m.Type, true
			}
			if m.Name == "" {
				todo = append(todo, m.Type)
			}
		}
	}
	return btfgraph.Void, false
}
