package report

import (
	"bufio"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// GitHub takes a step summary of at most 1 MiB and drops a larger one whole.
// The three parts of ours are cut where they reach their share.
const (
	maxSummary      = 1 << 20
	summaryVerdicts = maxSummary / 4
	summaryOpen     = maxSummary / 8
	summaryFindings = maxSummary / 2
	// maxSummaryName bounds a name or a text: a finding must fit.
	maxSummaryName = 4 << 10
)

// maxColumns is the number of kernels that a table of verdicts has columns
// for; of more it names those of each verdict.
const maxColumns = 10

// writeMarkdown writes the report for a step summary or a comment: how each
// object fares, what was found, and what was not checked.
func writeMarkdown(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	c := r.Count()
	w.WriteString("## btflint: " + markdownTitle(r, c) + "\n\n")
	m := summaryWriter{w: w}
	m.verdicts(r)
	m.rows(findingBlocks(r, opts), summaryFindings, "finding")
	if c.Notes > 0 && !opts.ShowNotes {
		w.WriteString(plural(c.Notes, "note") + " not shown.\n\n")
	}
	if c.Suppressed > 0 && !opts.ShowSuppressed {
		w.WriteString(plural(c.Suppressed, "finding") + " suppressed.\n\n")
	}
	m.open(r)
	return nil
}

func markdownTitle(r *analyzer.Report, c analyzer.Counts) string {
	switch {
	case len(r.Errors) > 0:
		return "incomplete; " + plural(c.Errors, "error") + ", " + plural(c.Warnings, "warning")
	case len(r.Objects) == 0:
		return "nothing was checked"
	case c.Errors+c.Warnings == 0 && r.HasUndecided() && c.Suppressed > 0:
		return "nothing found that is not suppressed, and not everything is decided"
	case c.Errors+c.Warnings == 0 && r.HasUndecided():
		return "nothing found, and not everything is decided"
	case c.Errors+c.Warnings == 0 && c.Suppressed > 0:
		return "nothing found that is not suppressed"
	case c.Errors+c.Warnings == 0:
		return "nothing found"
	}
	return plural(c.Errors, "error") + ", " + plural(c.Warnings, "warning")
}

// summaryWriter writes parts within their shares of the size.
type summaryWriter struct{ w *bufio.Writer }

// rows writes as many rows as fit into the size, and how many did not.
func (m *summaryWriter) rows(rows []string, size int, noun string) {
	for i, row := range rows {
		if size -= len(row); size < 0 {
			m.w.WriteString("\n" + plural(len(rows)-i, "more "+noun) + " left out: the summary would be too large.\n\n")
			return
		}
		m.w.WriteString(row)
	}
}

// verdicts writes a table with a row for every object and loader.
func (m *summaryWriter) verdicts(r *analyzer.Report) {
	list := fates(r)
	if len(list) == 0 {
		return
	}
	kernels := make([]string, 0, len(r.Kernels))
	for i := range r.Kernels {
		kernels = append(kernels, r.Kernels[i].Name)
	}
	wide := len(kernels) > maxColumns
	columns := slices.Clone(kernels)
	switch {
	case wide:
		columns = []string{analyzer.Fails, analyzer.Undecided, analyzer.Loads}
	case len(kernels) == 0:
		columns = []string{"verdict"}
	}
	head, rule := "| object | loader |", "|---|---|"
	for _, c := range columns {
		head += " " + markdownText(c) + " |"
		rule += "---|"
	}
	var rows []string
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].whole.Object == list[0].whole.Object && list[n].whole.Kernel == list[0].whole.Kernel {
			n++ // the loaders of the first kernel
		}
		end := n
		for end < len(list) && list[end].whole.Object == list[0].whole.Object {
			end++
		}
		for l := range n {
			row := "| " + markdownCode(list[l].whole.Object) + " | " + markdownText(list[l].whole.Loader) + " |"
			rows = append(rows, row+markdownCells(every(list[l:end], n), wide)+"\n")
		}
		list = list[end:]
	}
	m.w.WriteString(head + "\n" + rule + "\n")
	m.rows(rows, summaryVerdicts, "row")
	m.w.WriteString("\n")
}

// every is each n-th element, the first included.
func every(list []fate, n int) []fate {
	var some []fate
	for i := 0; i < len(list); i += n {
		some = append(some, list[i])
	}
	return some
}

// markdownCells are the cells of an object and loader: a verdict per kernel, or
// the kernels of each verdict.
func markdownCells(list []fate, wide bool) string {
	var b strings.Builder
	if !wide {
		for i := range list {
			if list[i].unattachable {
				b.WriteString(" " + verdictSign(analyzer.Fails) + " loads, attaching fails |")
				continue
			}
			b.WriteString(" " + verdictSign(list[i].word()) + " " + list[i].word() + " |")
		}
		return b.String()
	}
	for _, verdict := range [...]string{analyzer.Fails, analyzer.Undecided, analyzer.Loads} {
		for _, word := range [...]string{verdict, verdict + knownMark} {
			var on []string
			for i := range list {
				if list[i].word() == word {
					on = append(on, list[i].whole.Kernel)
				}
			}
			if len(on) > 0 {
				b.WriteString(" " + verdictSign(word) + " " + markdownText(analyzer.Enumerate(on)) + strings.TrimPrefix(word, verdict))
			}
		}
		b.WriteString(" |")
	}
	return b.String()
}

func verdictSign(verdict string) string {
	switch verdict {
	case analyzer.Loads:
		return "✅"
	case analyzer.Fails:
		return "❌"
	case analyzer.Fails + knownMark, analyzer.Undecided + knownMark:
		return "🔕"
	}
	return "❔"
}

// findingBlocks are the findings, each a block.
func findingBlocks(r *analyzer.Report, opts *Options) []string {
	var blocks []string
	programs := entryPrograms(r)
	for _, f := range ranked(r, opts) {
		blocks = append(blocks, findingBlock(f, programs, opts))
	}
	return blocks
}

func findingBlock(f *analyzer.Finding, programs map[entry]bool, opts *Options) string {
	var b strings.Builder
	b.WriteString("#### " + f.Weight().String() + ": " + markdownText(f.Message) + "\n\n")
	file, line := sourcePath(&f.Location, opts.SourceRoot)
	if line > 0 {
		file += ":" + itoa(line)
	}
	b.WriteString(markdownCode(file) + " (" + markdownText(whereabouts(f, programs)) + "), rule " + markdownCode(f.Rule) + ", on " + markdownText(onTargets(f)) + "\n\n")
	if text, caret := display(&f.Location.Source); text != "" {
		b.WriteString(markdownExcerpt(text, caret))
	}
	for i := range f.Related {
		rel := &f.Related[i]
		b.WriteString("- see " + markdownCode(place(&rel.Location)) + ": " + markdownText(rel.Message) + "\n")
	}
	if f.DependsOn != "" {
		b.WriteString("- undecided, " + markdownText(dependence(f.DependsOn)) + "\n")
	}
	if f.Optional {
		b.WriteString("- not loaded unless it is switched on; it is refused then\n")
	}
	if f.Hint != "" {
		b.WriteString("- hint: " + markdownText(f.Hint) + "\n")
	}
	if f.Suppressed != "" {
		b.WriteString("- suppressed: " + markdownText(f.Suppressed) + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n\n"
}

// markdownExcerpt is a source line as a code block, with a caret.
func markdownExcerpt(text string, caret int) string {
	text, caret = crop(text, caret, defaultExcerpt)
	if caret >= 0 {
		text += "\n" + strings.Repeat(" ", caret) + "^"
	}
	fence := strings.Repeat("`", max(longestRun(text, '`')+1, 3))
	return fence + "c\n" + text + "\n" + fence + "\n\n"
}

// open writes what was not checked and what could not be.
func (m *summaryWriter) open(r *analyzer.Report) {
	var rows []string
	for _, e := range r.Errors {
		rows = append(rows, "- **could not be checked:** "+markdownText(e.Error())+"\n")
	}
	for _, line := range openMatters(r) {
		rows = append(rows, "- "+markdownText(line)+"\n")
	}
	if len(rows) > 0 {
		m.w.WriteString("#### Open\n\n")
		m.rows(rows, summaryOpen, "line")
	}
}

// markdownText escapes what Markdown or HTML would obey, and keeps "@name"
// from being taken for a mention.
func markdownText(s string) string {
	s = clean(cut(s))
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '@':
			b.WriteString("@<!-- -->")
		case '\\', '`', '*', '_', '{', '}', '[', ']', '(', ')', '#', '+', '-', '.', '!', '|', '~', '>', '$', ':':
			if escapedInText(s, i) {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapedInText reports whether the punctuation at s[i] has to be escaped
// within a paragraph: an underscore within a word or a dot is plain text there.
func escapedInText(s string, i int) bool {
	switch s[i] {
	case '_':
		return i == 0 || i == len(s)-1 || !isWord(s[i-1]) || !isWord(s[i+1])
	case '.':
		return i == 0 || i >= 3 && strings.EqualFold(s[i-3:i], "www") // no host becomes a link either
	case '(', ')', '{', '}', '!':
		return i == 0
	case '+', '-':
		return i == 0
	case ':':
		return strings.HasPrefix(s[i:], "://") // no address becomes a link
	}
	return true
}

// markdownCode is a code span, also in a table.
func markdownCode(s string) string {
	s = strings.ReplaceAll(clean(cut(s)), "|", `\|`)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cut bounds a text, at a rune.
func cut(s string) string {
	if len(s) <= maxSummaryName {
		return s
	}
	return strings.ToValidUTF8(s[:maxSummaryName], "") + "…"
}

// longestRun is the length of the longest run of c.
func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}
