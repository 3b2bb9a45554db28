package bpfobj

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// MentionsInLines reports whether text may stand in a source line of the
// object's line records: false means that no line holds it.
func (o *Object) MentionsInLines(text string) bool {
	if !o.FromSpec {
		return strings.Contains(o.ext.strs, text)
	}
	for _, lines := range o.ext.spec {
		for i := range lines {
			if strings.Contains(lines[i].src.Text, text) {
				return true
			}
		}
	}
	return false
}

// SourceFiles are the files that line records name, each once, sorted and as
// the compiler saw them.
func (o *Object) SourceFiles() []string {
	var files []string
	if o.FromSpec {
		for _, lines := range o.ext.spec {
			for i := range lines {
				files = append(files, lines[i].src.File)
			}
		}
	}
	seen := map[uint32]bool{}
	for i := range o.ext.lines {
		t, last := &o.ext.lines[i], uint32(0)
		for at := 4; at < len(t.recs); at += t.size {
			// There are many records of few files: the byte order matters only
			// where the file changes.
			raw := binary.NativeEndian.Uint32(t.recs[at:])
			if raw == last {
				continue
			}
			last = raw
			if off := t.word(t.recs[at:]); !seen[off] {
				seen[off] = true
				files = append(files, cString(o.ext.strs, uint64(off)))
			}
		}
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) > 0 && files[0] == "" {
		files = files[1:]
	}
	return files
}

// SourceLines are the lines of source that line records name, each once, by
// file, line and column. Lines of macros that expand on one line differ in
// their columns alone. Records without a file or a line are left out.
func (o *Object) SourceLines() []Source {
	var lines []Source
	for _, recs := range o.ext.spec {
		for i := range recs {
			src := recs[i].src
			src.Origin = OriginOwn
			lines = append(lines, src)
		}
	}
	for t := range o.ext.lines {
		view := lineView{n: o.ext.lines[t].len(), table: &o.ext.lines[t], strs: o.ext.strs}
		for i := range view.n {
			if i > 0 && view.table.samePlace(i-1, i) {
				continue
			}
			lines = append(lines, view.source(i, OriginOwn))
		}
	}
	slices.SortFunc(lines, func(a, b Source) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Text, b.Text),
		)
	})
	return slices.Compact(slices.DeleteFunc(lines, func(s Source) bool { return s.File == "" || s.Line == 0 }))
}

// samePlace reports whether two line records name the same file, text, line and column.
func (t *extTable) samePlace(i, j int) bool {
	return t.u32(i, 4) == t.u32(j, 4) && t.u32(i, 8) == t.u32(j, 8) && t.u32(i, 12) == t.u32(j, 12)
}
