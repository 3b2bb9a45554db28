package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
)

// History is what became of the dependencies of objects over kernels.
type History struct {
	Kernels []analyzer.KernelInfo // in the order of time
	Objects []analyzer.ObjectInfo
	Rows    []HistoryRow // by object, then in the order of [plan.Plan.Deps]
	// Errors are the inputs, and parts of inputs, that could not be read.
	Errors []analyzer.RuleError
	// Verbose shows in the text format what is the same on all kernels too. The
	// default is to count it.
	Verbose bool
}

// HistoryRow is the timeline of one dependency of an object.
type HistoryRow struct {
	Object string
	Dep    *plan.Dep
	Cells  []HistoryCell // by kernel
}

// HistoryCell is how a dependency stands on one kernel.
type HistoryCell struct {
	State HistoryState
	// Changes are what changed since the kernel before. Empty on the first.
	Changes []btfdiff.Change
}

// HistoryState is whether a kernel has something.
type HistoryState uint8

// States of a dependency.
const (
	HistoryUnknown HistoryState = iota // the part of the kernel that tells is unknown
	HistoryAbsent
	HistoryPresent
	HistoryChanged // present, and not as on the kernel before
)

// String is the state in the words of the JSON contract.
func (s HistoryState) String() string {
	return [...]string{"unknown", "absent", "present", "changed"}[s&3]
}

// grade is the greatest grade of the cell's changes.
func (c *HistoryCell) grade() btfdiff.Grade {
	g := btfdiff.GradeAddition
	for i := range c.Changes {
		g = max(g, c.Changes[i].Grade)
	}
	return g
}

// changes reports whether the row is not the same on all kernels.
func (r *HistoryRow) changes() bool {
	return slices.ContainsFunc(r.Cells, func(c HistoryCell) bool { return len(c.Changes) > 0 || c.State != r.Cells[0].State })
}

// historyFormats are the formats of a history, the default first.
var historyFormats = [...]struct {
	name  string
	write func(*bufio.Writer, *History, *Options) error
}{
	{"text", writeHistoryText},
	{"json", writeHistoryJSON},
}

// HistoryFormats are the names of the formats of [WriteHistory], the default first.
func HistoryFormats() []string {
	names := make([]string, len(historyFormats))
	for i := range historyFormats {
		names[i] = historyFormats[i].name
	}
	return names
}

// WriteHistory writes a history in the format of that name. It returns an error
// for an unknown format and the errors of w.
func WriteHistory(w io.Writer, name string, h *History, opts Options) error {
	for i := range historyFormats {
		if historyFormats[i].name != name {
			continue
		}
		b := bufio.NewWriterSize(w, 1<<16)
		if err := historyFormats[i].write(b, h, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(HistoryFormats(), ", "))
}

type jsonCell struct {
	Kernel  string       `json:"kernel"`
	State   string       `json:"state"`
	Changes []jsonChange `json:"changes"`
}

type jsonHistoryRow struct {
	jsonDep
	Timeline []jsonCell `json:"timeline"`
}

// writeHistoryJSON writes version 1 of docs/history-schema.json, one line per
// element.
func writeHistoryJSON(w *bufio.Writer, h *History, opts *Options) error {
	a := arrays{w: w}
	a.head(opts)
	each(&a, "kernels", h.Kernels, jsonKernelOf)
	each(&a, "objects", h.Objects, func(o *analyzer.ObjectInfo) any { return jsonObject{o.Name, o.Digest()} })
	each(&a, "dependencies", h.Rows, func(r *HistoryRow) any {
		row := jsonHistoryRow{dependency(r.Object, r.Dep), make([]jsonCell, len(r.Cells))}
		for i := range r.Cells {
			cell := jsonCell{h.Kernels[i].Name, r.Cells[i].State.String(), []jsonChange{}}
			for k := range r.Cells[i].Changes {
				cell.Changes = append(cell.Changes, jsonChangeOf(&r.Cells[i].Changes[k]))
			}
			row.Timeline[i] = cell
		}
		return row
	})
	each(&a, "errors", h.Errors, func(e *analyzer.RuleError) any { return jsonError(*e) })
	w.WriteString("}\n")
	return a.err
}

// writeHistoryText writes for each object a table of what changes over the
// kernels, each with the details, and counts what stays as it is.
func writeHistoryText(w *bufio.Writer, h *History, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	for from := 0; from < len(h.Rows); {
		to := from + 1
		for to < len(h.Rows) && h.Rows[to].Object == h.Rows[from].Object {
			to++
		}
		p.historyTable(h, h.Rows[from:to])
		from = to
	}
	p.historyTotals(h)
	return nil
}

// historyTable writes the rows of one object.
func (p *printer) historyTable(h *History, rows []HistoryRow) {
	p.sgr(sgrBold, clean(rows[0].Object))
	p.WriteByte('\n')
	column, same := 0, map[HistoryState]int{}
	for i := range rows {
		if h.shows(&rows[i]) {
			column = max(column, min(utf8.RuneCountInString(historyName(&rows[i])), 2*maxNameColumn))
		} else {
			same[rows[i].Cells[0].State]++
		}
	}
	if column > 0 {
		p.WriteString(strings.Repeat(" ", column+4))
		for i := range h.Kernels {
			name := clean(h.Kernels[i].Name)
			if i > 0 {
				p.WriteString(pad(clean(h.Kernels[i-1].Name), h.width(i-1)))
			}
			p.sgr(sgrBold, name)
		}
		p.WriteByte('\n')
	}
	for i := range rows {
		if h.shows(&rows[i]) {
			p.historyRow(h, &rows[i], column)
		}
	}
	for _, s := range [...]HistoryState{HistoryPresent, HistoryAbsent, HistoryUnknown} {
		if n := same[s]; n > 0 {
			p.sgr(sgrDim, "  "+s.String()+" on all, unchanged: "+itoa(n))
			p.WriteByte('\n')
		}
		if s == HistoryAbsent && same[s] > 0 {
			p.historyAbsent(rows)
		}
	}
	p.WriteByte('\n')
}

// shows reports whether the text format has a line for the row.
func (h *History) shows(r *HistoryRow) bool { return h.Verbose || r.changes() }

// historyAbsent names what none of the kernels has.
func (p *printer) historyAbsent(rows []HistoryRow) {
	for i := range rows {
		if r := &rows[i]; !r.changes() && r.Cells[0].State == HistoryAbsent {
			p.WriteString("    " + historyName(r) + "\n")
		}
	}
}

// width is that of the column of a kernel.
func (h *History) width(i int) int {
	return max(utf8.RuneCountInString(clean(h.Kernels[i].Name)), len("unknown")) + 2
}

// pad is the spaces that bring a text to a width.
func pad(text string, width int) string {
	return strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
}

func historyName(r *HistoryRow) string { return r.Dep.Kind.String() + " " + depName(r.Dep) }

// historyRow writes the timeline of one dependency and what changed.
func (p *printer) historyRow(h *History, r *HistoryRow, column int) {
	name := historyName(r)
	p.WriteString("  " + name + pad(name, column) + "  ")
	for i := range r.Cells {
		c := &r.Cells[i]
		text, color := "yes", ""
		switch {
		case c.State == HistoryUnknown:
			text, color = "unknown", sgrYellow
		case c.State == HistoryAbsent:
			text, color = "no", sgrRed
		case c.State == HistoryChanged:
			text, color = "yes "+gradeMarks[c.grade()], gradeColor(c.grade())
		}
		p.sgr(color, text)
		if i < len(r.Cells)-1 {
			p.WriteString(pad(text, h.width(i)))
		}
	}
	p.WriteByte('\n')
	for i := range r.Cells {
		for k := range r.Cells[i].Changes {
			change := &DiffChange{Change: &r.Cells[i].Changes[k]}
			for _, line := range diffLines(change, false) {
				p.WriteString("      ")
				p.sgr(sgrDim, clean(h.Kernels[i].Name))
				p.WriteByte(' ')
				p.sgr(gradeColor(line.grade), gradeMarks[line.grade])
				p.wrapped(" "+clean(change.Kind.String()+" "+change.Name+": "+line.text), 8)
			}
		}
	}
}

// historyTotals explains the marks and counts.
func (p *printer) historyTotals(h *History) {
	changing := 0
	for i := range h.Rows {
		if h.Rows[i].changes() {
			changing++
		}
	}
	legend := []string{}
	for _, g := range Grades() {
		legend = append(legend, gradeMarks[g]+" "+g.String())
	}
	if changing > 0 {
		p.wrapped("changed since the kernel before: "+strings.Join(legend, ", "), 2)
	}
	p.wrapped(plural(len(h.Objects), "object")+", "+plural(len(h.Kernels), "kernel")+", "+
		depCount(len(h.Rows))+": "+itoa(changing)+" not the same on all", 0)
	if n := len(h.Errors); n > 0 {
		p.sgr(sgrRed, "incomplete: ")
		p.wrapped(plural(n, "error")+" kept something from being compared", 2)
	}
}
