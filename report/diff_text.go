package report

import (
	"bufio"
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/btfdiff"
)

// gradeMarks are the marks before details, by grade.
var gradeMarks = [...]string{
	btfdiff.GradeAddition: "+", btfdiff.GradeRelocatable: "~", btfdiff.GradeSemantic: "?", btfdiff.GradeBreaks: "!",
}

func gradeColor(g btfdiff.Grade) string {
	switch g {
	case btfdiff.GradeBreaks:
		return sgrRed
	case btfdiff.GradeSemantic:
		return sgrYellow
	case btfdiff.GradeRelocatable:
		return sgrCyan
	default:
		return sgrGreen
	}
}

const (
	// maxNameColumn is the number of columns to which names are padded at most.
	maxNameColumn = 36
	// maxMoved is how many members that only moved have lines of their own.
	maxMoved = 2
)

// writeDiffText writes the changes by grade, the worst first, and by kind, each
// with what it does to the objects; then what the changes do not explain, what
// was not compared, and the counts.
func writeDiffText(w *bufio.Writer, d *Diff, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	grade := btfdiff.Grade(len(gradeMarks))
	all, kinds := d.count()
	for _, run := range d.runs(kinds) {
		if run.grade != grade {
			grade = run.grade
			p.gradeHeading(grade, all.grades[grade])
		}
		p.diffRun(d, &run, opts)
	}
	p.otherFindings(d, opts)
	p.diffUnchecked(d)
	p.diffCounts(d, &all, kinds)
	return nil
}

func (p *printer) gradeHeading(g btfdiff.Grade, n int) {
	p.sgr(gradeColor(g), g.String())
	p.WriteString(": ")
	p.wrapped(plural(n, "change")+"; "+gradeMeanings[g], 2)
}

// diffRun writes the changes of one grade and kind.
func (p *printer) diffRun(d *Diff, run *gradeRun, opts *Options) {
	p.WriteString("  ")
	p.sgr(sgrBold, run.kind.String()+" ("+itoa(len(run.changes))+")")
	p.WriteByte('\n')
	column := 0
	for _, c := range run.changes {
		if column == maxNameColumn {
			break
		}
		if column < min(len(c.Name), maxNameColumn) { // else it has no more characters either
			column = max(column, min(utf8.RuneCountInString(c.Name), maxNameColumn))
		}
	}
	w := lineWriter{printer: p, column: column}
	for _, c := range run.changes {
		w.change(d, c)
		if len(c.UsedBy) == 0 {
			continue
		}
		for _, u := range worstFirst(c.UsedBy) {
			p.diffUse(d, u, opts)
		}
	}
	p.WriteByte('\n')
}

// lineWriter writes changes, beside each name a line per detail. There are tens
// of thousands: it spells them where they stay.
type lineWriter struct {
	*printer
	column int    // width of names
	buf    []byte // lines of a change that are not written yet
	pad    int    // blanks before the next line
}

// maxPiece is how many bytes of a change are collected before they are written.
const maxPiece = 2 << 10

// blanks are what pads.
const blanks = "                                                                "

func (w *lineWriter) change(d *Diff, c *DiffChange) {
	name, width := c.Name, len(c.Name)
	if !isClean(name) {
		name = clean(name)
		width = utf8.RuneCountInString(name)
	}
	w.buf = w.appendSGR(append(w.room(), blanks[:4]...), sgrBold, name)
	w.pad = max(w.column-width, 0) + 1
	if len(c.Details) == 0 && c.Modules == nil && w.width == 0 { // as most have
		w.Write(append(append(w.marked(c.Grade), c.Change.Change.String()...), '\n'))
		return
	}
	eachLine(c, d.Verbose, w.line)
	w.Write(w.buf)
}

// room is where lines are spelled: what is left of the buffer of the writer, which most fit in.
func (w *lineWriter) room() []byte {
	if w.Available() < 2*maxPiece {
		w.Flush()
	}
	return w.AvailableBuffer()
}

// marked starts a line with the mark of a grade.
func (w *lineWriter) marked(g btfdiff.Grade) []byte {
	b := append(w.buf, blanks[:w.pad]...)
	if !w.color {
		return append(b, gradeMarks[g][0], ' ')
	}
	return append(w.appendSGR(b, gradeColor(g), gradeMarks[g]), ' ')
}

// line writes a line, and is followed by others below it.
func (w *lineWriter) line(g btfdiff.Grade, x *btfdiff.Detail, text string) {
	b := w.marked(g)
	from := len(b)
	if x != nil {
		b = x.Append(b)
	} else {
		b = append(b, text...)
	}
	if line := b[from:]; w.width > 0 || !isCleanBytes(line) {
		text = clean(string(line))
		w.Write(b[:from])
		w.wrapped(text, w.column+7)
		w.buf = w.room()
	} else if w.buf = append(b, '\n'); len(w.buf) > maxPiece {
		w.Write(w.buf)
		w.buf = w.room()
	}
	w.pad = w.column + 5
}

// worstFirst orders uses by what the change does to them.
func worstFirst(uses []DiffUse) []*DiffUse {
	list := make([]*DiffUse, 0, len(uses))
	for _, g := range Grades() {
		for i := range uses {
			if uses[i].Grade == g {
				list = append(list, &uses[i])
			}
		}
	}
	return list
}

// diffLine is a line about a change.
type diffLine struct {
	grade btfdiff.Grade
	text  string
}

// diffLines are the lines about a change.
func diffLines(c *DiffChange, all bool) []diffLine {
	var lines []diffLine
	eachLine(c, all, func(g btfdiff.Grade, x *btfdiff.Detail, text string) {
		if x != nil {
			text = x.Text()
		}
		lines = append(lines, diffLine{g, text})
	})
	return lines
}

// eachLine calls yield for each line about a change, with the detail that it is
// about or, if there is none, its text: what happened to the thing, then the
// details, the worst first. Members that only moved share a line, unless all is
// set or they are few.
func eachLine(c *DiffChange, all bool, yield func(btfdiff.Grade, *btfdiff.Detail, string)) {
	if c.Change.Change != btfdiff.Changed || len(c.Details) == 0 {
		text := c.Change.Change.String()
		if m := moduleOf(c); m != "" {
			text += ", " + m
		}
		yield(c.Grade, nil, text)
	}
	if len(c.Details) == 0 {
		return
	}
	var has [len(gradeMarks)]bool
	moved := 0
	for i := range c.Details {
		has[c.Details[i].Grade] = true
		if onlyMoved(&c.Details[i]) {
			moved++
		}
	}
	join := !all && moved > maxMoved
	for g := btfdiff.GradeBreaks + 1; g > 0; {
		g--
		if !has[g] {
			continue
		}
		for i := range c.Details {
			if x := &c.Details[i]; x.Grade == g && !(join && onlyMoved(x)) {
				yield(g, x, "")
			}
		}
		if g == btfdiff.GradeRelocatable && join {
			yield(g, nil, itoa(moved)+" members moved: "+movedNames(c, moved))
		}
	}
}

// movedNames names the first of n members that only moved.
func movedNames(c *DiffChange, n int) string {
	const most = 32 // more do not fit
	names := make([]string, 0, most)
	for i := range c.Details {
		if onlyMoved(&c.Details[i]) && len(names) < most {
			names = append(names, c.Details[i].Subject)
		}
	}
	text := shortList(names)
	if n == len(names) {
		return text
	}
	if head, _, cut := strings.Cut(text, " +"); cut {
		text = head
		n -= strings.Count(head, ", ") + 1
	} else {
		n -= len(names)
	}
	return text + " +" + itoa(n)
}

// onlyMoved tells a member whose offset CO-RE looks up.
func onlyMoved(x *btfdiff.Detail) bool {
	return x.What == btfdiff.WhatMoved && x.Grade == btfdiff.GradeRelocatable && x.Subject != ""
}

// moduleOf says in which module a thing is, "" for vmlinux.
func moduleOf(c *DiffChange) string {
	old, new := c.Modules.Both()
	if m := cmp.Or(new, old); m != "" {
		return "module " + m
	}
	return ""
}

// diffUse writes who uses a change, where, and what findings it causes.
func (p *printer) diffUse(d *Diff, u *DiffUse, opts *Options) {
	p.WriteString("      ")
	p.sgr(gradeColor(u.Grade), gradeMarks[u.Grade])
	p.sgr(sgrDim, " used by ")
	text := useWhere(d, u) + " as " + useOf(u.Dep)
	if place := depPlace(u.Dep); place != "" {
		text += ", " + place
	}
	p.wrapped(text, 10)
	for _, f := range d.together(u.Findings, opts) {
		p.diffFinding(d, &f, "        ")
	}
}

// useWhere is the object and the programs of a use; of a single object, the
// programs alone.
func useWhere(d *Diff, u *DiffUse) string {
	switch {
	case len(u.Dep.Programs) == 0:
		return clean(u.Object)
	case len(d.Objects) == 1:
		return shortList(u.Dep.Programs)
	}
	return clean(u.Object) + ": " + shortList(u.Dep.Programs)
}

// diffFinding writes findings that say the same in one line.
func (p *printer) diffFinding(d *Diff, f *alike, indent string) {
	p.WriteString(indent)
	color := severityColor(f.Weight())
	if !d.isNew(f.Finding) {
		color = sgrGreen
	}
	p.sgr(color, f.Weight().String()+" "+d.findingOn(f.Finding))
	text := ": " + clean(f.Message) + " [" + clean(f.Rule) + "]" + f.at()
	p.wrapped(text, len(indent)+2)
}

// otherFindings writes the findings that no change explains.
func (p *printer) otherFindings(d *Diff, opts *Options) {
	rest := d.unexplained(opts)
	if len(rest) == 0 {
		return
	}
	p.sgr(sgrBold, "findings that differ for another reason")
	p.WriteString(" (" + itoa(len(rest)) + ")\n")
	for _, f := range d.together(rest, opts) {
		p.diffFinding(d, &f, "  ")
	}
	p.WriteByte('\n')
}

// diffUnchecked writes what was not compared or not checked.
func (p *printer) diffUnchecked(d *Diff) {
	lines := d.notChecked()
	for _, line := range lines {
		label, text, _ := strings.Cut(line, ": ")
		p.sgr(sgrYellow, label+": ")
		p.wrapped(text, 2)
	}
	if n := len(d.Errors); n > 0 {
		p.sgr(sgrRed, "incomplete: ")
		p.wrapped(plural(n, "error")+" kept something from being compared", 2)
	}
	if len(lines)+len(d.Errors) > 0 {
		p.WriteByte('\n')
	}
}

// diffCounts writes the table of counts and a line about the kernels.
func (p *printer) diffCounts(d *Diff, all *diffCount, kinds []diffCount) {
	if all.total > 0 {
		rows := [][]string{countHeads()}
		for i := range kinds {
			rows = append(rows, countCells(kinds[i].kind.String(), &kinds[i]))
		}
		p.countTable(append(rows, countCells("all", all)))
		p.WriteByte('\n')
	}
	p.wrapped(clean(diffSummary(d, all)), 0)
}

// countHeads are the columns of the table of counts.
func countHeads() []string {
	heads := []string{"kind"}
	for _, g := range Grades() {
		heads = append(heads, g.String())
	}
	return append(heads, "added", "removed", "changed", "all")
}

func countCells(name string, n *diffCount) []string {
	cells := []string{name}
	for _, g := range Grades() {
		cells = append(cells, itoa(n.grades[g]))
	}
	return append(cells, itoa(n.added), itoa(n.removed), itoa(n.changed), itoa(n.total))
}

func (p *printer) countTable(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], len(cell))
		}
	}
	for r, row := range rows {
		for c, cell := range row {
			pad := strings.Repeat(" ", widths[c]-len(cell))
			switch {
			case c == 0 && r == 0:
				p.sgr(sgrBold, cell)
				p.WriteString(pad)
			case c == 0:
				p.WriteString(cell + pad)
			case r == 0:
				p.WriteString("  " + pad)
				p.sgr(headColor(c), cell)
			default:
				p.WriteString("  " + pad + cell)
			}
		}
		p.WriteByte('\n')
	}
}

// headColor is that of the grade of a column of the table of counts.
func headColor(column int) string {
	if column <= len(gradeMarks) {
		return gradeColor(Grades()[column-1])
	}
	return sgrBold
}

// diffSummary is one line: the kernels, how many changes, for which objects.
func diffSummary(d *Diff, all *diffCount) string {
	text := d.Old.Name + " → " + d.New.Name + ": "
	if all.total == 0 {
		text += "no changes"
	} else {
		text += plural(all.total, "change")
		if n := all.grades[btfdiff.GradeBreaks]; n > 0 {
			text += ", " + itoa(n) + " of grade breaks"
		}
	}
	if d.Filter != "" {
		text += " (" + d.Filter + ")"
	}
	if len(d.Objects) > 0 {
		text += " in what " + plural(len(d.Objects), "object") + " use"
		if len(d.Objects) == 1 {
			text += "s"
		}
		text += "; " + newFindings(d)
	}
	return text
}

// newFindings counts the findings that the new kernel has and the old one had.
func newFindings(d *Diff) string {
	var n, gone analyzer.Counts
	for i := range d.Findings {
		f := &d.Findings[i]
		c := &gone
		if d.isNew(f) {
			c = &n
		}
		switch f.Weight() {
		case analyzer.Error:
			c.Errors++
		case analyzer.Warning:
			c.Warnings++
		default:
			c.Notes++
		}
	}
	text := plural(n.Errors, "new error") + " and " + plural(n.Warnings, "new warning")
	if gone.Errors+gone.Warnings > 0 {
		text += ", " + itoa(gone.Errors+gone.Warnings) + " no more"
	}
	return text + " on " + d.New.Name
}

// lineOf is the source line of a location without its indent, "" if unknown.
func lineOf(l *bpfobj.Location) string { return strings.TrimSpace(expand(l.Source.Text)) }
