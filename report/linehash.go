package report

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf16"
)

// Code scanning tracks an alert by primaryLocationLineHash, a hash of the
// alert's line and what follows it. Its upload step computes the hash itself
// where the file is in the checkout and complains about one that differs, so
// that it must be the very same: over the next 100 UTF-16 units from the start
// of the line, tabs and spaces left out and CR and CRLF read as LF, the file
// followed by one unit 65535 and then zeros, the polynomial with base 37 modulo
// 2^64, in hex, then a colon and how often the value has occurred so far.
// See github/codeql-action, src/fingerprints.ts.
const (
	hashUnits  = 100
	hashBase   = 37
	endOfInput = 65535
)

// maxSource bounds a source file in bytes: larger ones are not hashed.
const maxSource = 8 << 20

// lineHashes are the hashes of all lines of a file; the first is line 1.
func lineHashes(source []byte) []string {
	units, starts := hashInput(source)
	power := uint64(1)
	for range hashUnits {
		power *= hashBase
	}
	at := func(i int) uint64 {
		if i < len(units) {
			return uint64(units[i])
		}
		return 0
	}
	// The hash of a window is that of the one before, shifted by a unit.
	hash := uint64(0)
	for i := range hashUnits {
		hash = hash*hashBase + at(i)
	}
	seen := map[uint64]int{}
	hashes := make([]string, 0, len(starts))
	position := 0
	for _, start := range starts {
		for ; position < start; position++ {
			hash = hash*hashBase + at(position+hashUnits) - power*at(position)
		}
		seen[hash]++
		hashes = append(hashes, strconv.FormatUint(hash, 16)+":"+strconv.Itoa(seen[hash]))
	}
	return hashes
}

// hashInput is the text as it is hashed, and the positions at which lines start.
func hashInput(source []byte) (units []uint16, starts []int) {
	atStart, afterCR := true, false
	add := func(u uint16) {
		if atStart {
			starts = append(starts, len(units))
		}
		atStart = u == '\n'
		units = append(units, u)
	}
	for _, u := range utf16.Encode([]rune(string(source))) {
		lineFeed := u == '\n'
		switch {
		case u == ' ', u == '\t', lineFeed && afterCR:
			afterCR = false
			continue
		case u == '\r':
			u = '\n'
			afterCR = true
		default:
			afterCR = false
		}
		add(u)
	}
	add(endOfInput)
	return units, starts
}

// sources hashes the lines of source files below a root, each file once.
type sources struct {
	root  string
	open  *os.Root
	files map[string][]string
}

func newSources(root string) *sources {
	s := &sources{root: root, files: map[string][]string{}}
	if root != "" {
		// Without the directory there are no sources, which is no error:
		// objects are checked far from where they were built.
		s.open, _ = os.OpenRoot(root)
	}
	return s
}

func (s *sources) close() {
	if s.open != nil {
		s.open.Close()
	}
}

// hash is the hash of a line, "" if the file cannot be read or is shorter.
func (s *sources) hash(file string, line int) string {
	if s.open == nil || line <= 0 {
		return ""
	}
	name, ok := localPath(file, s.root)
	if !ok {
		return ""
	}
	hashes, ok := s.files[name]
	if !ok {
		if text := s.read(name); text != nil {
			hashes = lineHashes(text)
		}
		s.files[name] = hashes
	}
	if line > len(hashes) {
		return ""
	}
	return hashes[line-1]
}

// read reads a regular file of sane size, nil if it cannot. [os.Root] keeps a
// symbolic link from leading out of the tree.
func (s *sources) read(name string) []byte {
	name = filepath.FromSlash(name)
	if info, err := s.open.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return nil
	}
	f, err := s.open.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil || len(text) > maxSource {
		return nil
	}
	return text
}
