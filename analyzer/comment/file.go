package comment

import (
	"sort"
	"strings"
)

// maxStatement bounds the lines of a statement: what is longer is no statement
// but a source that the scan does not understand.
const maxStatement = 64

// File is a C source with the comments that are meant for btflint.
type File struct {
	// Lines are the source's lines without their ends; Lines[0] is line 1.
	Lines []string
	// Ignores are in the source's order.
	Ignores []Ignore
}

// Line is the text of a line, from 1; false if there is none.
func (f *File) Line(n int) (string, bool) {
	if n < 1 || n > len(f.Lines) {
		return "", false
	}
	return f.Lines[n-1], true
}

// Parse reads a source. A comment beside code is about the statement on its
// line, one that stands alone about the next statement, unless a blank line
// comes between. A statement ends where a line of code ends in ";", "{", "}",
// ":" or ",", outside of parentheses, so that a comment above the SEC() of a
// program is about the line with its name too.
func Parse(source []byte) *File {
	text := string(source)
	f := &File{Lines: strings.Split(text, "\n")}
	for i, l := range f.Lines {
		f.Lines[i] = strings.TrimSuffix(l, "\r")
	}
	if !strings.Contains(text, Marker) {
		return f
	}
	s := scan(text)
	list := statements(s.lines)
	for _, c := range s.spans {
		ignore, at, ok := parse(c.text)
		if !ok {
			continue
		}
		before := c.text[:at]
		ignore.Line = c.line + strings.Count(before, "\n")
		ignore.Column = c.column + at
		if n := strings.LastIndexByte(before, '\n'); n >= 0 {
			ignore.Column = at - n
		}
		if target := about(&c, s.lines); target > 0 {
			n := sort.Search(len(list), func(i int) bool { return list[i].to >= target })
			ignore.From, ignore.To = list[n].from, list[n].to
		}
		f.Ignores = append(f.Ignores, ignore)
	}
	return f
}

// about is a line of code of the statement that a comment is about, 0 if there is none.
func about(c *span, lines []lineFacts) int {
	if lines[c.line-1].code {
		return c.line
	}
	for n := c.endLine; n <= len(lines); n++ {
		switch {
		case lines[n-1].code:
			return n
		case n > c.endLine && !lines[n-1].comment:
			return 0
		}
	}
	return 0
}

// statement are the lines of code of a statement, from 1.
type statement struct{ from, to int }

// statements are the statements of a source, ascending. Every line of code is
// part of one.
func statements(lines []lineFacts) []statement {
	var list []statement
	open := 0 // lines of code of the statement that is not at its end
	for i := range lines {
		l := &lines[i]
		if !l.code {
			continue
		}
		if open == 0 {
			list = append(list, statement{from: i + 1})
		}
		list[len(list)-1].to = i + 1
		open++
		ends := l.depth == 0 && strings.IndexByte(";{}:,", l.last) >= 0
		if l.macro {
			ends = l.last != '\\'
		}
		if ends || open >= maxStatement {
			open = 0
		}
	}
	return list
}
