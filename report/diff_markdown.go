package report

import (
	"bufio"
	"strings"

	"github.com/btflint/btflint/btfdiff"
)

// maxMarkdown bounds the markdown format in bytes: GitHub refuses a comment
// above 65,536 characters, and a step summary above 1 MiB.
const maxMarkdown = 60_000

// markdownEnd is what is kept free for ends of tables and the last line.
const markdownEnd = 256

// markdownPage collects what fits into a page and counts what does not.
type markdownPage struct {
	strings.Builder
	left int
}

// entry writes text if it fits, and nothing behind what did not.
func (m *markdownPage) entry(text string) {
	if !m.fits(text) {
		m.left++
		return
	}
	m.WriteString(text)
}

func (m *markdownPage) fits(text string) bool {
	return m.left == 0 && m.Len()+len(text) <= maxMarkdown-markdownEnd
}

// writeDiffMarkdown writes counts, and a table per grade, the worst first, for
// step summaries and comments. What does not fit is counted in the last line.
func writeDiffMarkdown(w *bufio.Writer, d *Diff, opts *Options) error {
	all, kinds := d.count()
	var m markdownPage
	m.entry("## Kernel changes: " + markdownText(d.Old.Name) + " → " + markdownText(d.New.Name) + "\n\n")
	m.entry(markdownText(diffSummary(d, &all)) + ".\n\n")
	for i := range d.Errors {
		m.entry("**could not be read:** " + markdownText(d.Errors[i].Error()) + "\n\n")
	}
	if all.total > 0 {
		m.entry(markdownCounts(&all, kinds))
	}
	markdownChanges(&m, d, opts)
	markdownFindings(&m, d, opts)
	for _, line := range d.notChecked() {
		m.entry("- " + markdownText(line) + "\n")
	}
	if m.left > 0 {
		m.WriteString("\n" + itoa(m.left) + " entries are left out here: the formats text, html and json have all.\n")
	}
	_, err := w.WriteString(m.String())
	return err
}

// markdownCounts is the table of counts.
func markdownCounts(all *diffCount, kinds []diffCount) string {
	var b strings.Builder
	heads := countHeads()
	markdownRow(&b, heads)
	b.WriteString("|---" + strings.Repeat("|---:", len(heads)-1) + "|\n")
	for i := range kinds {
		markdownRow(&b, countCells(kinds[i].kind.String(), &kinds[i]))
	}
	markdownRow(&b, countCells("all", all))
	b.WriteByte('\n')
	return b.String()
}

// markdownRow writes a row of a table.
func markdownRow(b *strings.Builder, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// markdownChanges writes the changes that fit.
func markdownChanges(m *markdownPage, d *Diff, opts *Options) {
	used := len(d.Objects) > 0
	grade, end := btfdiff.Grade(len(gradeMarks)), ""
	for _, run := range d.byGrade() {
		start := ""
		if run.grade != grade {
			m.WriteString(end)
			grade, end = run.grade, ""
			start = markdownGrade(d, grade, used)
		}
		for _, c := range run.changes {
			row := start + markdownChange(d, c, used, opts)
			if start != "" && m.fits(row) {
				start, end = "", gradeEnd(grade)
			}
			m.entry(row)
		}
	}
	m.WriteString(end)
}

// isFolded tells grades that nobody has to act upon.
func isFolded(g btfdiff.Grade) bool {
	return g != btfdiff.GradeBreaks && g != btfdiff.GradeSemantic
}

// markdownGrade is what starts the table of a grade.
func markdownGrade(d *Diff, g btfdiff.Grade, used bool) string {
	var b strings.Builder
	title := g.String() + " (" + itoa(d.Count(g)) + ")"
	if isFolded(g) {
		b.WriteString("<details><summary>" + title + ": " + gradeMeanings[g] + "</summary>\n\n")
	} else {
		b.WriteString("### " + title + "\n\n" + gradeMeanings[g] + "\n\n")
	}
	heads, line := []string{"kind", "name", "change"}, "|---|---|---|"
	if used {
		heads, line = append(heads, "used by"), line+"---|"
	}
	markdownRow(&b, heads)
	b.WriteString(line + "\n")
	return b.String()
}

// gradeEnd ends the table of a grade.
func gradeEnd(g btfdiff.Grade) string {
	if isFolded(g) {
		return "\n</details>\n\n"
	}
	return "\n"
}

// markdownChange is the row of a change.
func markdownChange(d *Diff, c *DiffChange, used bool, opts *Options) string {
	lines := diffLines(c, false)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = markdownText(l.text)
	}
	cells := []string{c.Kind.String(), "**" + markdownText(c.Name) + "**", strings.Join(texts, "<br>")}
	if used {
		cells = append(cells, markdownUses(d, c, opts))
	}
	var b strings.Builder
	markdownRow(&b, cells)
	return b.String()
}

// markdownUses says who uses a change, and what findings it causes.
func markdownUses(d *Diff, c *DiffChange, opts *Options) string {
	var lines []string
	for _, u := range worstFirst(c.UsedBy) {
		text := markdownText(useWhere(d, u)) + " (" + markdownText(useOf(u.Dep)) + ")"
		if at := depPlace(u.Dep); at != "" {
			text += ", " + markdownText(at)
		}
		lines = append(lines, text)
		for _, f := range d.together(u.Findings, opts) {
			lines = append(lines, "**"+f.Weight().String()+" "+markdownText(d.findingOn(f.Finding))+"**: "+markdownText(f.Message+f.at()))
		}
	}
	return strings.Join(lines, "<br>")
}

// markdownFindings writes the findings that no change explains, as far as they fit.
func markdownFindings(m *markdownPage, d *Diff, opts *Options) {
	rest := d.unexplained(opts)
	if len(rest) == 0 {
		return
	}
	start := "### Findings that differ for another reason (" + itoa(len(rest)) + ")\n\n"
	for _, f := range d.together(rest, opts) {
		m.entry(start + "- " + f.Weight().String() + " " + markdownText(d.findingOn(f.Finding)) + ": " + markdownText(f.Message+f.at()) + "\n")
		start = ""
	}
	m.WriteByte('\n')
}
