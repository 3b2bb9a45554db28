package report

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// writeCompact writes one line per finding, which editors and problem matchers
// read as they read a compiler's. Findings that differ in nothing that the line
// says, as in the stage or the loaders, share one. Lines about what could not be checked follow:
//
//	x.o: undecided: REASON; REASON (KERNEL, LOADER)
//	x.o: undecided: 1 of 8 programs when loaded alone: foo (KERNEL, LOADER)
//	KERNEL: not checked: REASON (RULE, ...)
func writeCompact(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	p := printer{Writer: w, color: opts.Color}
	written := map[headlineKey]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !opts.shown(f) {
			continue
		}
		key := headlineKey{place(&f.Location), f.Message, f.Rule, f.Weight(), f.Suppressed != ""}
		if !written[key] {
			written[key] = true
			p.headline(f)
		}
	}
	if opts.Quiet {
		return nil
	}
	list := fates(r)
	for i := range list {
		p.undecided(&list[i])
	}
	for i := range r.Skips {
		p.skip(&r.Skips[i])
	}
	return nil
}

// undecided writes that an object is undecided on a kernel with a loader, or,
// if the object is not, that programs of it are.
func (p *printer) undecided(f *fate) {
	text := strings.Join(f.whole.Reasons, "; ")
	if f.whole.Verdict != analyzer.Undecided {
		names := f.with(analyzer.Undecided)
		if len(names) == 0 {
			return
		}
		text = itoa(len(names)) + " of " + plural(len(f.programs), "program") + " when loaded alone" + listed(names)
	}
	target := f.whole.Loader
	if f.whole.Kernel != "" {
		target = f.whole.Kernel + ", " + target
	}
	p.open(f.whole.Object, analyzer.Undecided, text+" ("+target+")")
}

// skip writes what was not checked.
func (p *printer) skip(s *analyzer.Skip) {
	var subject []string
	for _, name := range [...]string{s.Object, s.Kernel, s.Loader} {
		if name != "" {
			subject = append(subject, name)
		}
	}
	if len(subject) == 0 {
		subject = []string{"btflint"}
	}
	p.open(strings.Join(subject, " "), "not checked", skipText(s))
}

// open writes a line about something that is open.
func (p *printer) open(subject, label, text string) {
	p.sgr(sgrBold, clean(subject))
	p.WriteString(": ")
	p.sgr(sgrYellow, label)
	p.WriteString(": " + clean(text) + "\n")
}

// headlineKey is what a headline says.
type headlineKey struct {
	place, message, rule string
	weight               analyzer.Severity
	suppressed           bool
}

// headline is the first line of a finding: file:line:col: severity: message [rule].
func (p *printer) headline(f *analyzer.Finding) {
	p.sgr(sgrBold, place(&f.Location))
	p.WriteString(": ")
	p.sgr(severityColor(f.Weight()), f.Weight().String())
	p.WriteString(": ")
	p.WriteString(clean(f.Message))
	p.WriteString(" [")
	p.WriteString(clean(f.Rule))
	p.WriteByte(']')
	if f.Suppressed != "" {
		p.WriteString(" (suppressed)")
	}
	p.WriteByte('\n')
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
