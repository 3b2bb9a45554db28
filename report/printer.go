package report

import (
	"bufio"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer"
)

// printer writes text with or without colour.
type printer struct {
	*bufio.Writer
	color bool
	width int // columns to wrap at, 0: never
}

// SGR parameters.
const (
	sgrBold   = "1"
	sgrDim    = "2"
	sgrRed    = "1;31"
	sgrGreen  = "1;32"
	sgrYellow = "1;33"
	sgrCyan   = "1;36"
)

func severityColor(s analyzer.Severity) string {
	switch s {
	case analyzer.Error:
		return sgrRed
	case analyzer.Warning:
		return sgrYellow
	default:
		return sgrCyan
	}
}

func verdictColor(verdict string) string {
	switch verdict {
	case analyzer.Fails:
		return sgrRed
	case analyzer.Loads:
		return sgrGreen
	default:
		return sgrYellow
	}
}

// sgr writes text, which must be clean, in a colour.
func (p *printer) sgr(code, text string) {
	if !p.color || text == "" {
		p.WriteString(text)
		return
	}
	p.Write(p.appendSGR(p.AvailableBuffer(), code, text))
}

// appendSGR appends what sgr writes.
func (p *printer) appendSGR(b []byte, code, text string) []byte {
	if !p.color || text == "" {
		return append(b, text...)
	}
	b = append(append(append(b, "\x1b["...), code...), 'm')
	return append(append(b, text...), "\x1b[0m"...)
}

// labelWidth is the width of the labels below an excerpt.
const labelWidth = 9

// labelled writes "   label text", wrapped with the text's indent.
func (p *printer) labelled(label, text string) {
	label = "   " + label + ":"
	p.sgr(sgrDim, label)
	p.WriteString(strings.Repeat(" ", max(labelWidth-len(label), 1)))
	p.wrapped(clean(text), labelWidth)
}

// wrapped writes words from column indent on, and ends the line. A word that
// is longer than the line is not broken: it may be something to copy.
func (p *printer) wrapped(text string, indent int) {
	if p.width <= indent+16 {
		p.WriteString(text)
		p.WriteByte('\n')
		return
	}
	column := indent
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > p.width:
			p.WriteByte('\n')
			p.WriteString(strings.Repeat(" ", indent))
			column = indent
		default:
			p.WriteByte(' ')
			column++
		}
		p.WriteString(word)
		column += n
	}
	p.WriteByte('\n')
}

// plural is "1 object", "2 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}
