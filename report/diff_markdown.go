package report

import (
	"bufio"
	"strings"

	"github.com/btflint/btflint/btfdiff"
)

// maxMarkdown bounds the markdown format in bytes: GitHub refuses a comment
// above 65,536 characters, and a step summary above 1 MiB.
const maxMarkdown = 60_000

// writeDiffMarkdown writes counts, and a table per grade, the worst first, for
// step summaries and comments. What does not fit is counted in the last line.
func writeDiffMarkdown(w *bufio.Writer, d *Diff, opts *Options) error {
	all, kinds := d.count()
	var b strings.Builder
	b.WriteString("## Kernel changes: " + markdownText(d.Old.Name) + " → " + markdownText(d.New.Name) + "\n\n")
	b.WriteString(markdownText(diffSummary(d, &all)) + ".\n\n")
	for i := range d.Errors {
		b.WriteString("**could not be read:** " + markdownText(d.Errors[i].Error()) + "\n\n")
	}
	if all.total > 0 {
		heads := countHeads()
		markdownRow(&b, heads)
		b.WriteString("|---" + strings.Repeat("|---:", len(heads)-1) + "|\n")
		for i := range kinds {
			markdownRow(&b, countCells(kinds[i].kind.String(), &kinds[i]))
		}
		markdownRow(&b, countCells("all", &all))
		b.WriteByte('\n')
	}
	left := markdownChanges(&b, d, opts)
	left += markdownFindings(&b, d, opts)
	for _, line := range d.notChecked() {
		b.WriteString("- " + markdownText(line) + "\n")
	}
	if left > 0 {
		b.WriteString("\n" + itoa(left) + " entries are left out here: the formats text, html and json have all.\n")
	}
	_, err := w.WriteString(b.String())
	return err
}

// markdownRow writes a row of a table.
func markdownRow(b *strings.Builder, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// markdownChanges writes the changes that fit and returns how many do not.
func markdownChanges(b *strings.Builder, d *Diff, opts *Options) (left int) {
	used := len(d.Objects) > 0
	grade, open := btfdiff.Grade(len(gradeMarks)), ""
	for _, run := range d.byGrade() {
		if run.grade != grade {
			b.WriteString(open)
			grade = run.grade
			open = markdownGrade(b, d, grade, used)
		}
		for _, c := range run.changes {
			row := markdownChange(d, c, used, opts)
			if left > 0 || b.Len()+len(row) > maxMarkdown {
				left++
				continue
			}
			b.WriteString(row)
		}
	}
	b.WriteString(open)
	return left
}

// markdownGrade starts the table of a grade and returns what ends it. What
// nobody has to act upon is folded.
func markdownGrade(b *strings.Builder, d *Diff, g btfdiff.Grade, used bool) (end string) {
	title := g.String() + " (" + itoa(d.Count(g)) + ")"
	end = "\n"
	if g == btfdiff.GradeBreaks || g == btfdiff.GradeSemantic {
		b.WriteString("### " + title + "\n\n" + gradeMeanings[g] + "\n\n")
	} else {
		b.WriteString("<details><summary>" + title + ": " + gradeMeanings[g] + "</summary>\n\n")
		end = "\n</details>\n\n"
	}
	heads, line := []string{"kind", "name", "change"}, "|---|---|---|"
	if used {
		heads, line = append(heads, "used by"), line+"---|"
	}
	markdownRow(b, heads)
	b.WriteString(line + "\n")
	return end
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

// markdownFindings writes the findings that no change explains, as far as they
// fit, and returns how many do not.
func markdownFindings(b *strings.Builder, d *Diff, opts *Options) (left int) {
	rest := d.unexplained(opts)
	if len(rest) == 0 {
		return 0
	}
	b.WriteString("### Findings that differ for another reason (" + itoa(len(rest)) + ")\n\n")
	for _, f := range d.together(rest, opts) {
		row := "- " + f.Weight().String() + " " + markdownText(d.findingOn(f.Finding)) + ": " + markdownText(f.Message+f.at()) + "\n"
		if left > 0 || b.Len()+len(row) > maxMarkdown {
			left++
			continue
		}
		b.WriteString(row)
	}
	b.WriteByte('\n')
	return left
}
