package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

const (
	// gutterWidth is the width of the line number in an excerpt.
	gutterWidth = 5
	// tabWidth is the distance of tab stops in an excerpt.
	tabWidth = 4
	// defaultExcerpt is the width of an excerpt if the terminal's is unknown:
	// a line of generated code can be very long.
	defaultExcerpt = 200
	minExcerpt     = 20
)

func itoa(n int) string { return strconv.Itoa(n) }

// excerpt writes the source line that the object's line information holds, and
// below it the caret, if the column is known, and what the place is. The line
// number of a position that another instruction's record lent is marked by "~".
func (p *printer) excerpt(src *bpfobj.Source, what string) {
	text, caret := display(src)
	width := defaultExcerpt
	if p.width > 0 {
		width = max(p.width-gutterWidth-3, minExcerpt)
	}
	text, caret = crop(text, caret, width)

	line := itoa(src.Line)
	if src.Line == 0 {
		line = ""
	}
	if src.Origin == bpfobj.OriginNext || src.Origin == bpfobj.OriginPrevious {
		line = "~" + line
	}
	p.gutter(line)
	p.WriteString(" " + text + "\n")
	p.gutter("")
	if caret >= 0 {
		p.WriteString(strings.Repeat(" ", caret+1))
		p.sgr(sgrGreen, "^")
	}
	p.WriteString(" " + what + "\n")
}

func (p *printer) gutter(line string) {
	pad := strings.Repeat(" ", max(gutterWidth-len(line), 0))
	p.sgr(sgrDim, pad+line+" |")
}

// display is the line as it is shown, tabs expanded, and the index of the
// caret's cell, -1 if the column is unknown or beyond the line. Columns count
// bytes, as clang does.
func display(src *bpfobj.Source) (text string, caret int) {
	raw := strings.TrimRight(src.Text, " \t\r\n")
	caret = -1
	if 0 < src.Column && src.Column <= len(raw) {
		caret = utf8.RuneCountInString(expand(raw[:src.Column-1]))
	}
	return expand(raw), caret
}

// expand replaces tabs by spaces up to the next tab stop and cleans the rest.
func expand(s string) string {
	if !strings.Contains(s, "\t") {
		return clean(s)
	}
	var b strings.Builder
	column := 0
	for i, field := range strings.Split(s, "\t") {
		if i > 0 {
			n := tabWidth - column%tabWidth
			b.WriteString("        "[:n])
			column += n
		}
		field = clean(field)
		b.WriteString(field)
		column += utf8.RuneCountInString(field)
	}
	return b.String()
}

// crop cuts a line to the width, around the caret if there is one.
func crop(text string, caret, width int) (string, int) {
	if len(text) <= width {
		return text, caret
	}
	cells := []rune(text)
	if len(cells) <= width {
		return text, caret
	}
	start := 0
	if caret > width-2 {
		start = min(caret-width/2, len(cells)-width)
		caret -= start
	}
	cells = cells[start : start+width]
	if start > 0 {
		cells[0] = '…'
	}
	if start+width < utf8.RuneCountInString(text) {
		cells[width-1] = '…'
	}
	return string(cells), caret
}
