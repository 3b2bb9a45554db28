package btfdiff

import (
	"encoding/binary"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// encode writes the own types of any graph as records, so that there is one
// set of algorithms for all of them: the types of a module, which is opened
// when it is first asked, and those that cilium/ebpf has loaded.
func encode(g btfgraph.Graph) btfgraph.Records {
	e := encoder{g: g, strs: []byte{0}, known: make(map[string]uint32)}
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		e.offs = append(e.offs, uint32(len(e.recs)))
		e.add(id)
	}
	return btfgraph.Records{Types: e.recs, Offsets: append(e.offs, uint32(len(e.recs))), Strings: e.strs}
}

type encoder struct {
	g     btfgraph.Graph
	recs  []byte
	offs  []uint32
	strs  []byte
	known map[string]uint32
}

func (e *encoder) str(s string) uint32 {
	if s == "" || strings.IndexByte(s, 0) >= 0 {
		return 0
	}
	off, ok := e.known[s]
	if !ok {
		off = uint32(len(e.strs))
		e.known[s] = off
		e.strs = append(append(e.strs, s...), 0)
	}
	return off
}

func (e *encoder) words(words ...uint32) {
	for _, w := range words {
		e.recs = binary.LittleEndian.AppendUint32(e.recs, w)
	}
}

// add writes the record of one type.
func (e *encoder) add(id btfgraph.ID) {
	g, kind, vlen := e.g, e.g.Kind(id), e.g.Vlen(id)
	flag := g.KindFlag(id)
	size := g.Size(id)
	switch kind {
	case btfgraph.KindFunc:
		vlen = int(g.Linkage(id))
	case btfgraph.KindStruct, btfgraph.KindUnion:
		flag = e.hasBitfield(id)
	}
	if size == 0 {
		size = uint32(g.Ref(id))
	}
	if kind == btfgraph.KindArray {
		size = 0
	}
	info := uint32(kind)<<24 | uint32(vlen)&vlenMask
	if flag {
		info |= 1 << 31
	}
	e.words(e.str(g.Name(id)), info, size)
	e.addBody(id, kind, vlen, flag)
}

// hasBitfield tells whether offsets have to be stored with widths.
func (e *encoder) hasBitfield(id btfgraph.ID) bool {
	for i := range e.g.Vlen(id) {
		if e.g.Member(id, i).BitfieldSize != 0 {
			return true
		}
	}
	return false
}

// addBody writes what follows struct btf_type.
func (e *encoder) addBody(id btfgraph.ID, kind btfgraph.Kind, vlen int, flag bool) {
	g := e.g
	switch kind {
	case btfgraph.KindInt:
		i := g.Int(id)
		e.words(uint32(i.Encoding)<<24 | i.Offset<<16 | i.Bits)
	case btfgraph.KindArray:
		a := g.Array(id)
		e.words(uint32(a.Elem), uint32(a.Index), a.Nelems)
	case btfgraph.KindVar:
		e.words(uint32(g.Linkage(id)))
	case btfgraph.KindDeclTag:
		e.words(uint32(int32(g.ComponentIndex(id))))
	case btfgraph.KindStruct, btfgraph.KindUnion:
		for i := range vlen {
			m := g.Member(id, i)
			off := m.BitOffset
			if flag {
				off = off&(1<<offsetBits-1) | m.BitfieldSize<<offsetBits
			}
			e.words(e.str(m.Name), uint32(m.Type), off)
		}
	case btfgraph.KindEnum:
		for i := range vlen {
			v := g.Enumerator(id, i)
			e.words(e.str(v.Name), uint32(v.Value))
		}
	case btfgraph.KindEnum64:
		for i := range vlen {
			v := g.Enumerator(id, i)
			e.words(e.str(v.Name), uint32(v.Value), uint32(v.Value>>32))
		}
	case btfgraph.KindFuncProto:
		for i := range vlen {
			p := g.Param(id, i)
			e.words(e.str(p.Name), uint32(p.Type))
		}
	case btfgraph.KindDatasec:
		for i := range vlen {
			s := g.VarSecinfo(id, i)
			e.words(uint32(s.Type), s.Offset, s.Size)
		}
	}
}
