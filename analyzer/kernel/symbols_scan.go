package kernel

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
)

// symbolLine is a parsed line, its text not copied.
type symbolLine struct {
	name, module []byte
	address      uint64
	typ          byte
}

// parseSymbol parses one line of a symbol table, with or without its end.
func parseSymbol(line []byte) (symbolLine, bool) {
	var l symbolLine
	sp := bytes.IndexByte(line, ' ')
	if sp <= 0 || sp > 16 || len(line) < sp+4 || line[sp+2] != ' ' || !isLetter(line[sp+1]) {
		return l, false
	}
	for _, c := range line[:sp] {
		digit := hexDigit(c)
		if digit > 15 {
			return l, false
		}
		l.address = l.address<<4 | uint64(digit)
	}
	l.typ = line[sp+1]
	l.name = line[sp+3:]
	n := wordLen(l.name)
	rest := bytes.TrimSpace(l.name[n:])
	l.name = l.name[:n]
	if len(rest) > 2 && rest[0] == '[' && rest[len(rest)-1] == ']' && wordLen(rest) == len(rest) {
		l.module = rest[1 : len(rest)-1]
		rest = nil
	}
	return l, n > 0 && len(rest) == 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '?' }

// hexDigit is the value of a hex digit, more than 15 if it is none.
func hexDigit(c byte) byte {
	if c >= '0' && c <= '9' {
		return c - '0'
	}
	if c |= 0x20; c >= 'a' && c <= 'f' {
		return c - 'a' + 10
	}
	return 255
}

// wordLen is the length of the text before the first blank or control character.
func wordLen(text []byte) int {
	for i, c := range text {
		if c <= ' ' {
			return i
		}
	}
	return len(text)
}

// symbolStats counts what a scan passed.
type symbolStats struct{ symbols, data int }

func (s *symbolStats) add(typ byte) {
	s.symbols++
	s.data += int(dataTypes[typ])
}

// dataTypes marks the letters of data symbols.
var dataTypes = [256]uint8{'d': 1, 'D': 1, 'b': 1, 'B': 1}

// scanSymbols walks the table once, and adds to every entry of want the
// symbols of its name and the names of its clones. Each line is tested by the
// first eight bytes of its name alone; one in some hundreds is looked at.
func scanSymbols(text []byte, want map[string]*symbolEntry) symbolStats {
	var stats symbolStats
	f := newNameFilter(want)
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		line, next := text, len(text)
		if end >= 0 {
			line, next = text[:end], end+1
		}
		text = text[next:]
		if isLongLine(line) {
			stats.add(line[17])
			if f.mayHold(cutStem(binary.LittleEndian.Uint64(line[19:]))) {
				addSymbol(line, 19, want)
			}
			continue
		}
		sp := bytes.IndexByte(line, ' ')
		if sp <= 0 || sp+3 >= len(line) {
			continue
		}
		stats.add(line[sp+1])
		if f.mayHold(namePrefix(line[sp+3:])) {
			addSymbol(line, sp+3, want)
		}
	}
	for _, e := range want {
		slices.Sort(e.clones)
		e.clones = slices.Compact(e.clones)
	}
	return stats
}

// isLongLine reports whether a line, if it is well formed at all, has an
// address of 16 digits and at least eight bytes after it: the line of nearly
// every symbol. In one with an address of 14 digits the byte at 14 is a space,
// and where a shorter line has spaces at 16 and 18 it has another at 17.
func isLongLine(line []byte) bool {
	return len(line) >= 27 && line[16] == ' ' && line[18] == ' ' && line[17] > ' ' && line[14] != ' '
}

// addSymbol adds a line, whose name starts at offset at, to the entries that it
// concerns.
func addSymbol(line []byte, at int, want map[string]*symbolEntry) {
	name := line[at : at+wordLen(line[at:])]
	entry := want[string(name)]
	var stem *symbolEntry
	if n := stemLen(name); n < len(name) && isClone(string(name[n:])) {
		stem = want[string(name[:n])]
	}
	if entry == nil && stem == nil {
		return
	}
	l, ok := parseSymbol(line)
	if !ok {
		return
	}
	if entry != nil {
		entry.symbols = append(entry.symbols, Symbol{
			Name: string(name), Address: l.address, Type: l.typ, Module: string(l.module),
		})
	}
	if stem != nil {
		stem.clones = append(stem.clones, string(name))
	}
}

// stemLen is the length of a name before its first dot, which no C identifier has.
func stemLen(name []byte) int {
	if dot := bytes.IndexByte(name, '.'); dot > 0 {
		return dot
	}
	return len(name)
}

// cloneSuffixes are what GCC and clang append to the name of a function that
// they change or split.
var cloneSuffixes = [...]string{".isra", ".constprop", ".part", ".cold", ".llvm"}

// isClone reports whether a suffix, from its dot on, starts with one of cloneSuffixes.
func isClone(suffix string) bool {
	for _, c := range cloneSuffixes {
		if rest, ok := strings.CutPrefix(suffix, c); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// nameFilter is a set of prefixes of names: a bit for each hash.
type nameFilter [1024]uint64

func newNameFilter(want map[string]*symbolEntry) *nameFilter {
	f := new(nameFilter)
	for name := range want {
		h := hashName(namePrefix([]byte(name)))
		f[h>>6] |= 1 << (h & 63)
	}
	return f
}

// mayHold reports whether a name with that prefix may be in the set.
func (f *nameFilter) mayHold(prefix uint64) bool {
	h := hashName(prefix)
	return f[h>>6]&(1<<(h&63)) != 0
}

// hashName spreads a prefix over 16 bits (multiplication by 2^64 / golden ratio).
func hashName(prefix uint64) uint64 { return prefix * 0x9e3779b97f4a7c15 >> 48 }

// namePrefix is the stem of the first word of text, cut to eight bytes, in one number.
func namePrefix(text []byte) uint64 {
	var buf [8]byte
	copy(buf[:], text)
	return cutStem(binary.LittleEndian.Uint64(buf[:]))
}

// cutStem clears the bytes from the first that is a dot or below 0x21; the
// lowest byte is the first. So a name and its clones have the same prefix.
func cutStem(w uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	// In each mask the lowest bit set marks the first such byte; bits above
	// it may be wrong, for the subtraction borrows.
	dot := w ^ '.'*ones
	if m := ((w-0x21*ones)&^w | (dot-ones)&^dot) & high; m != 0 {
		w &= 1<<(uint(bits.TrailingZeros64(m))&^7) - 1
	}
	return w
}

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
