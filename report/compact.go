package report

import (
	"bufio"
	"strconv"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// writeCompact writes one line per finding, which editors and problem matchers
// read as they read a compiler's.
func writeCompact(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	p := printer{Writer: w, color: opts.Color}
	for i := range r.Findings {
		if opts.shown(&r.Findings[i]) {
			p.headline(&r.Findings[i])
		}
	}
	return nil
}

// headline is the first line of a finding: file:line:col: severity: message [rule].
func (p *printer) headline(f *analyzer.Finding) {
	p.sgr(sgrBold, place(&f.Location))
	p.WriteString(": ")
	p.sgr(severityColor(f.Severity), f.Severity.String())
	p.WriteString(": ")
	p.WriteString(clean(f.Message))
	p.WriteString(" [")
	p.WriteString(clean(f.Rule))
	p.WriteString("]\n")
}

// place is the position that editors can jump to: the source file, or without
// one the object, as far as it is known.
func place(l *bpfobj.Location) string {
	if l.Source.File == "" {
		return clean(l.Object)
	}
	s := clean(l.Source.File)
	if l.Source.Line > 0 {
		s += ":" + strconv.Itoa(l.Source.Line)
		if l.Source.Column > 0 {
			s += ":" + strconv.Itoa(l.Source.Column)
		}
	}
	return s
}
