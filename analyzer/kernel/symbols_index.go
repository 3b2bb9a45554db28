package kernel

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"slices"
)

// symbolIndex finds the lines of a symbol table by the stem of their names. It
// is a hash table with chains.
type symbolIndex struct {
	text []byte
	seed maphash.Seed
	// heads are the last line of each chain + 1, 0 for none; their number is
	// a power of two.
	heads []uint32
	lines []indexedLine
}

type indexedLine struct {
	offset uint32 // bytes from the start of the text
	next   uint32 // the line before it in the chain + 1
}

func newSymbolIndex(text []byte) *symbolIndex {
	const typicalLine = 45 // bytes
	n := len(text) / typicalLine
	x := &symbolIndex{
		text: text, seed: maphash.MakeSeed(),
		heads: make([]uint32, 1<<bits.Len(uint(n))), lines: make([]indexedLine, 0, n),
	}
	pos := 0
	for line := range bytes.Lines(text) {
		if l, ok := parseSymbol(line); ok {
			head := x.head(l.name[:stemLen(l.name)])
			x.lines = append(x.lines, indexedLine{offset: uint32(pos), next: *head})
			*head = uint32(len(x.lines))
		}
		pos += len(line)
	}
	return x
}

func (x *symbolIndex) head(stem []byte) *uint32 {
	return &x.heads[maphash.Bytes(x.seed, stem)&uint64(len(x.heads)-1)]
}

// find adds to e the symbols of a name and the names of its clones.
func (x *symbolIndex) find(name string, e *symbolEntry) {
	want := map[string]*symbolEntry{name: e}
	stem := []byte(name)
	for i := *x.head(stem[:stemLen(stem)]); i != 0; i = x.lines[i-1].next {
		line := x.text[x.lines[i-1].offset:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		addSymbol(line, bytes.IndexByte(line, ' ')+3, want)
	}
	slices.Reverse(e.symbols) // a chain runs from the end of the file to its start
	slices.Sort(e.clones)
	e.clones = slices.Compact(e.clones)
}
