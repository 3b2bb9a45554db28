package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// docSection is a part of a rule's documentation: paragraphs of Markdown, or C.
type docSection struct {
	title, body string
	code        bool
}

// docSections is what the documentation of a rule consists of. The terminal,
// SARIF and docs/rules show the same.
func docSections(r *analyzer.Rule) []docSection {
	sections := []docSection{
		{title: "Why", body: r.Doc.Why},
		{title: "Wrong", body: r.Doc.Wrong, code: true},
		{title: "Right", body: r.Doc.Right, code: true},
		{title: "Fix", body: r.Doc.Fix},
		{title: "Sources", body: bullets(r.Doc.References)},
	}
	kept := sections[:0]
	for _, s := range sections {
		if s.body = strings.Trim(s.body, "\n"); s.body != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func bullets(items []string) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString("- " + item + "\n")
	}
	return b.String()
}

// facts is the line of a rule's properties: severity, needs, version, aliases.
func facts(r *analyzer.Rule) string {
	parts := []string{"severity: " + r.Severity.String()}
	var needs []string
	for _, n := range [...]struct {
		bit  analyzer.Needs
		name string
	}{{analyzer.NeedsTypes, "types"}, {analyzer.NeedsSymbols, "symbols"}, {analyzer.NeedsConfig, "config"}} {
		if r.Needs&n.bit != 0 {
			needs = append(needs, n.name)
		}
	}
	if len(needs) > 0 {
		parts = append(parts, "needs the kernel's "+strings.Join(needs, ", "))
	}
	if r.Since != "" {
		parts = append(parts, "since "+r.Since)
	}
	if len(r.Aliases) > 0 {
		parts = append(parts, "catalogue: "+strings.Join(r.Aliases, ", "))
	}
	return strings.Join(parts, "; ")
}

// Markdown is the documentation of a rule as a page: docs/rules holds it, SARIF
// carries it, and [Explain] prints the same parts.
func Markdown(r *analyzer.Rule) string {
	var b strings.Builder
	b.WriteString("# " + r.Name + "\n\n" + r.Doc.Title + "\n\n" + facts(r) + "\n")
	for _, s := range docSections(r) {
		b.WriteString("\n## " + s.title + "\n\n")
		if s.code {
			b.WriteString("```c\n" + s.body + "\n```\n")
			continue
		}
		b.WriteString(s.body + "\n")
	}
	return b.String()
}

// docIndent is the indent of the parts of an explanation.
const docIndent = 2

// Explain writes the documentation of a rule for the terminal. Of the options
// it uses Color and Width.
func Explain(w io.Writer, r *analyzer.Rule, opts Options) error {
	p := printer{Writer: bufio.NewWriter(w), color: opts.Color, width: opts.Width}
	p.sgr(sgrBold, r.Name)
	p.WriteString(": ")
	p.wrapped(r.Doc.Title, docIndent)
	p.WriteString("  ")
	p.wrapped(facts(r), docIndent)
	for _, s := range docSections(r) {
		p.WriteByte('\n')
		p.sgr(sgrBold, s.title)
		p.WriteByte('\n')
		p.docBody(s)
	}
	return p.Flush()
}

// docBody writes C as it is and folds the lines of a paragraph, but keeps
// fenced code and starts list items anew.
func (p *printer) docBody(s docSection) {
	if s.code {
		for line := range strings.Lines(s.body) {
			p.codeLine(strings.TrimRight(line, "\n"))
		}
		return
	}
	var words []string
	indent, fenced := docIndent, false
	flush := func() {
		if len(words) > 0 {
			p.WriteString(strings.Repeat(" ", docIndent))
			p.wrapped(strings.Join(words, " "), indent)
		}
		words, indent = nil, docIndent
	}
	for line := range strings.Lines(s.body) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			flush()
			fenced = !fenced
		case fenced:
			p.codeLine(line)
		case line == "":
			flush()
			p.WriteByte('\n')
		case strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* "):
			flush()
			indent = docIndent + 2
			words = strings.Fields(line)
		default:
			words = append(words, strings.Fields(line)...)
		}
	}
	flush()
}

func (p *printer) codeLine(line string) {
	if line != "" {
		p.WriteString("    " + line)
	}
	p.WriteByte('\n')
}
