package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

const manifestHeader = "# Written by \"go run ./testdata/build\"; tests compare it with the tree.\n" +
	"# clang VERSION | file PATH SHA256 | object PATH SHA256 SOURCE SHA256 HEADERS FLAGS, tabs between\n"

// entry is what the manifest says of one object.
type entry struct {
	object, objectSum string
	source, sourceSum string
	headers           map[string]string // path → sum
	flags             string
}

// manifest is the content of testdata/MANIFEST.
type manifest struct {
	clang   string
	entries map[string]entry // by object
}

func newEntry(object, source string, headers, flags []string) (entry, error) {
	e := entry{object: object, source: source, headers: map[string]string{}, flags: strings.Join(flags, " ")}
	var err error
	if e.objectSum, err = sum(object); err != nil {
		return entry{}, err
	}
	if e.sourceSum, err = sum(source); err != nil {
		return entry{}, err
	}
	for _, h := range headers {
		if e.headers[h], err = sum(h); err != nil {
			return entry{}, err
		}
	}
	return e, nil
}

func sum(path string) (string, error) {
	b, err := os.ReadFile(path)
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:]), err
}

// readManifest reads the file; one that does not exist is empty.
func readManifest(path string) (*manifest, error) {
	m := &manifest{entries: map[string]entry{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "file" && len(f) == 3:
			files[f[1]] = f[2]
		case f[0] == "object" && len(f) == 7:
			e := entry{object: f[1], objectSum: f[2], source: f[3], sourceSum: f[4], headers: map[string]string{}, flags: f[6]}
			for _, h := range strings.Fields(f[5]) {
				e.headers[h] = files[h]
			}
			m.entries[e.object] = e
		}
	}
	return m, nil
}

func (m *manifest) add(entries []entry) {
	for _, e := range entries {
		m.entries[e.object] = e
	}
}

// retain drops the entries whose source is not in the list.
func (m *manifest) retain(sources []string) {
	maps.DeleteFunc(m.entries, func(_ string, e entry) bool { return !slices.Contains(sources, e.source) })
}

// write replaces the file. A header has one line: objects that were built
// before it changed are stale, which the tests will say.
func (m *manifest) write(path string) error {
	files := map[string]string{}
	for _, e := range m.entries {
		for h := range e.headers {
			s, err := sum(h)
			if err != nil {
				return err
			}
			if e.headers[h] != s {
				s = "stale: run make testdata"
			}
			if files[h] == "" || strings.HasPrefix(s, "stale") {
				files[h] = s
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(manifestHeader)
	fmt.Fprintf(&b, "clang\t%s\n", m.clang)
	for _, h := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "file\t%s\t%s\n", h, files[h])
	}
	for _, o := range slices.Sorted(maps.Keys(m.entries)) {
		e := m.entries[o]
		headers := strings.Join(slices.Sorted(maps.Keys(e.headers)), " ")
		fmt.Fprintf(&b, "object\t%s\t%s\t%s\t%s\t%s\t%s\n", o, e.objectSum, e.source, e.sourceSum, headers, e.flags)
	}
	return replace(path, b.Bytes())
}
