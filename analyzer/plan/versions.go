package plan

import (
	"slices"
	"strconv"
	"strings"
)

// olderVersion is a version of a loader that behaves differently from the next
// newer one that is known.
type olderVersion struct {
	// version is without the number of the bug fix release: "1.5".
	version string
	// undo takes back what came with the next newer version.
	undo func(*Loader)
}

// Versions are the versions of the loader whose differences are known, without
// the numbers of bug fix releases, the newest first: "1.8", "1.7".
func (l *Loader) Versions() []string {
	versions := []string{minor(l.Version)}
	for _, o := range l.older {
		versions = append(versions, o.version)
	}
	return versions
}

// At returns the loader as it is in a version ("1.5", "v0.20.0"), as a value of
// its own whose name is "libbpf@1.5". A version that is not known counts as the
// known one before it; bug fix releases do not count. It returns nil for what is
// no version, for one that is newer than all that are known, and for one that
// is older.
func (l *Loader) At(version string) *Loader {
	want, ok := parseVersion(version)
	versions := l.Versions()
	newest, _ := parseVersion(versions[0])
	if !ok || slices.Compare(want, newest) > 0 {
		return nil
	}
	at := *l
	at.Name, at.older = l.Name+"@"+version, nil
	at.Version = l.Version
	for _, o := range l.older {
		known, _ := parseVersion(at.Version)
		if slices.Compare(want, known) >= 0 {
			return &at
		}
		o.undo(&at)
		at.Version = o.version
	}
	if oldest, _ := parseVersion(at.Version); slices.Compare(want, oldest) < 0 {
		return nil
	}
	return &at
}

// parseVersion reads the first two numbers of a version: "1.5", "v0.20.0".
func parseVersion(text string) (numbers []int, ok bool) {
	parts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, false
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, int(n))
	}
	return numbers[:2], true
}

// minor is a version without the number of the bug fix release.
func minor(version string) string {
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		return parts[0] + "." + parts[1]
	}
	return version
}

// without is a table of sections without some rows, named as they are there.
func without(table []SectionDef, names ...string) []SectionDef {
	return slices.DeleteFunc(slices.Clone(table), func(d SectionDef) bool { return slices.Contains(names, d.Name) })
}

// unattached is a table of sections in which some rows have no attach type.
func unattached(table []SectionDef, names ...string) []SectionDef {
	table = slices.Clone(table)
	for i := range table {
		if slices.Contains(names, table[i].Name) {
			table[i].AttachType = ""
		}
	}
	return table
}
