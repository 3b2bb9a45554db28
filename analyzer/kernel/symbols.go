package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ErrStub says that a System.map is the one line that Debian installs instead
// of the symbols ("The real System.map is in ..."): it tells nothing.
var ErrStub = errors.New("a stub that holds no symbols")

// Symbols is a symbol table in the text form of /proc/kallsyms and System.map:
// lines of an address in hex, a type letter of nm, a name and, for modules, the
// module in brackets. A name may have several addresses.
//
// Nothing is read before the first question. It is safe for concurrent use. The
// zero value is an empty table.
type Symbols struct {
	open func() ([]byte, error)

	mu     sync.Mutex
	opened bool
	data   []byte
	err    error
	// names are the names looked for so far; those in pending await a scan.
	names   map[string]*symbolEntry
	pending []string
	scans   int
	index   *symbolIndex
	stats   *symbolStats
}

// symbolEntry is what a scan found for one name.
type symbolEntry struct {
	symbols []Symbol
	clones  []string
}

// Symbol is one entry of kallsyms.
type Symbol struct {
	Name    string
	Address uint64 // 0 if hidden
	Type    byte   // nm type letter: 't', 'T', 'd', 'A', ...
	Module  string // "" for vmlinux
}

// maxScans is how many scans serve unannounced names before a full index of
// the table is built. A scan costs about half of the index.
const maxScans = 2

// NewSymbols is the table of that text. The bytes must not change while it is
// in use.
//
// It returns an error if the text is empty, binary or does not start with
// symbol lines, and [ErrStub] if it is Debian's stub. Malformed lines further
// on are skipped, see [Symbols.Malformed].
func NewSymbols(data []byte) (*Symbols, error) {
	if err := checkSymbols(data, true); err != nil {
		return nil, err
	}
	return &Symbols{opened: true, data: data}, nil
}

// lazySymbols is a table whose text is read when it is first needed.
func lazySymbols(path string, open func() ([]byte, error)) *Symbols {
	return &Symbols{open: func() ([]byte, error) {
		text, err := open()
		if err == nil {
			err = checkSymbols(text, true)
		}
		if err != nil {
			return nil, partError(PartSymbols, path, err)
		}
		return text, nil
	}}
}

// Err reads the table if that has not been done, and says why it cannot be
// read, nil if it can. A table that cannot be read has no symbols.
func (s *Symbols) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text()
	return s.err
}

// failed is Err without reading anything.
func (s *Symbols) failed() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// HasAddresses is false if every address is zero (kptr_restrict), so that only
// names can be relied on.
func (s *Symbols) HasAddresses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return hasAddress(s.text())
}

// HasData tells that the table lists data symbols, not only functions
// (CONFIG_KALLSYMS_ALL): without it the absence of a variable is no proof. At
// least one symbol in a hundred must be data: kernels built without that
// option list some thirty, those built with it 13 to 29 in a hundred.
func (s *Symbols) HasData() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stats == nil {
		s.scan()
	}
	return s.stats.data > 0 && s.stats.data*100 >= s.stats.symbols
}

// Malformed is the number of lines that are not symbols and were skipped.
// Empty lines do not count.
func (s *Symbols) Malformed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for line := range bytes.Lines(s.text()) {
		if _, ok := parseSymbol(line); !ok && len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}

// Prefetch announces names that will be looked up: one scan of the table then
// serves all of them.
func (s *Symbols) Prefetch(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.announce(name)
	}
}

// Lookup returns all entries of that exact name, in file order. The result
// belongs to the table and must not be changed.
func (s *Symbols) Lookup(name string) []Symbol { return s.entry(name).symbols }

// HasFunc reports whether a text symbol of that exact name exists, in vmlinux
// or a module: type 't', 'T', 'w' or 'W'.
func (s *Symbols) HasFunc(name string) bool {
	return slices.ContainsFunc(s.Lookup(name), func(sym Symbol) bool {
		return strings.IndexByte("tTwW", sym.Type) >= 0
	})
}

// Similar returns the names that compilers derive from a function's name when
// they change or split it, ascending and each once: name.isra.N,
// name.constprop.N, name.part.N, name.cold, name.llvm.HASH and combinations.
// A function that exists under such names only cannot be attached to.
func (s *Symbols) Similar(name string) []string { return slices.Clone(s.entry(name).clones) }

// entry is what the table has for a name.
func (s *Symbols) entry(name string) *symbolEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.names[name]; e != nil && !slices.Contains(s.pending, name) {
		return e
	}
	s.announce(name)
	if s.scans < maxScans {
		s.scans++
		s.scan()
		return s.names[name]
	}
	if s.index == nil {
		s.index = newSymbolIndex(s.text())
	}
	for _, name := range s.pending {
		s.index.find(name, s.names[name])
	}
	s.pending = s.pending[:0]
	return s.names[name]
}

// announce puts a name that is not known yet on the list of the next scan.
func (s *Symbols) announce(name string) {
	if s.names == nil {
		s.names = make(map[string]*symbolEntry)
	}
	if s.names[name] == nil {
		name = strings.Clone(name) // it may be a piece of a mapped file
		s.names[name] = &symbolEntry{}
		s.pending = append(s.pending, name)
	}
}

// scan finds all pending names.
func (s *Symbols) scan() {
	want := make(map[string]*symbolEntry, len(s.pending))
	for _, name := range s.pending {
		want[name] = s.names[name]
	}
	stats := scanSymbols(s.text(), want)
	s.stats = &stats
	s.pending = s.pending[:0]
}

// text is the table's text, nil if it cannot be read.
func (s *Symbols) text() []byte {
	if s.opened || s.open == nil {
		return s.data
	}
	s.opened = true
	s.data, s.err = s.open()
	return s.data
}

// headSize is how much of a text file is looked at to tell what it is, in bytes.
const headSize = 4096

// checkSymbols tells whether text looks like a symbol table. whole says that
// the text is complete, so that its last line is too.
func checkSymbols(text []byte, whole bool) error {
	if len(text) == 0 {
		return errEmpty
	}
	if len(text) > maxText {
		return errTooLarge
	}
	head := text[:min(len(text), headSize)]
	whole = whole && len(head) == len(text)
	if bytes.IndexByte(head, 0) >= 0 {
		return errBinary
	}
	if bytes.Contains(head, []byte(" The real System.map is in ")) {
		return ErrStub
	}
	first := ""
	for line := range bytes.Lines(head) {
		if _, ok := parseSymbol(line); ok && (whole || line[len(line)-1] == '\n') {
			return nil
		}
		if first == "" {
			first = string(bytes.TrimSpace(line[:min(len(line), 60)]))
		}
	}
	return fmt.Errorf("not a symbol table: starts with %q", first)
}

// hasAddress reports whether a line of text has an address other than zero.
func hasAddress(text []byte) bool {
	for line := range bytes.Lines(text) {
		if l, ok := parseSymbol(line); ok && l.address != 0 {
			return true
		}
	}
	return false
}
