package report

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer/plan"
)

// writePlansText writes the plans for people, one after the other, in the
// loader's own order.
func writePlansText(w *bufio.Writer, docs []planDoc, plans *Plans, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	for i := range docs {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.plan(&docs[i], plans.Verbose)
	}
	return nil
}

func (p *printer) plan(d *planDoc, verbose bool) {
	kernel := cmp.Or(d.Kernel.Name, "no kernel")
	if r := d.Kernel.Release; r != "" && r != kernel {
		kernel += " (" + r + ")"
	}
	loader := d.Loader.Name
	if !strings.Contains(loader, "@") {
		loader += " " + d.Loader.Version
	}
	p.sgr(sgrBold, clean(d.Object.Name+" on "+kernel+" with "+loader))
	p.WriteByte('\n')
	if len(d.Kernel.Unknown) > 0 {
		p.WriteString("unknown of the kernel: " + strings.Join(d.Kernel.Unknown, ", ") + "\n")
	}
	for _, note := range d.Kernel.Notes {
		p.WriteString(clean("note: "+note) + "\n")
	}
	p.table("sections", sectionRows(d.Sections))
	license := commonLicense(d.Programs)
	heading := "programs"
	if license != "" {
		heading += " (" + license + ")"
	}
	p.table(heading, programRows(d.Programs, license))
	p.table("externs", externRows(d.Externs))
	p.planStructOps(d.StructOps, verbose)
	p.planCORE(d, verbose)
	p.table("maps", mapRows(d.Maps))
	p.table("baked into the skeleton", bakedRows(d.Baked))
	p.table("helpers that the kernel does not know", helperRows(d.Helpers))
	p.table("instructions that the kernel does not know", instructionRows(d.Instructions))
	p.table("refused", refusalRows(d.Refusals, sgrRed))
	p.table("not noticed by the loader", refusalRows(d.Oddities, sgrYellow))
	p.planTotals(d)
}

// cell is a piece of text in a colour, "" for none.
type cell struct{ color, text string }

// tableRow is a line of a table, and the lines below it that are no part of its
// columns.
type tableRow struct {
	cells []cell
	below []cell
}

// maxPlanCell is the number of columns to which a cell is padded at most.
const maxPlanCell = 44

// put writes clean text, coloured unless color is "".
func (p *printer) put(color, text string) {
	if color == "" {
		p.WriteString(text)
		return
	}
	p.sgr(color, text)
}

// some are the first names of a list: "a, b, c and 5 more".
func some(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:n], ", ") + " and " + itoa(len(names)-n) + " more"
}

// table writes a heading and rows, unless there are none.
func (p *printer) table(heading string, rows []tableRow) {
	if len(rows) == 0 {
		return
	}
	p.heading(heading)
	p.rows("  ", rows)
}

func (p *printer) heading(text string) {
	p.WriteByte('\n')
	p.sgr(sgrCyan, clean(text))
	p.WriteByte('\n')
}

// rows writes aligned columns. The last cell of a row is not padded.
func (p *printer) rows(indent string, rows []tableRow) {
	var widths []int
	for i := range rows {
		for c := range rows[i].cells {
			rows[i].cells[c].text = clean(rows[i].cells[c].text)
			if c == len(widths) {
				widths = append(widths, 0)
			}
			if c < len(rows[i].cells)-1 {
				widths[c] = max(widths[c], min(utf8.RuneCountInString(rows[i].cells[c].text), maxPlanCell))
			}
		}
	}
	for i := range rows {
		cells := rows[i].cells
		for len(cells) > 0 && cells[len(cells)-1].text == "" {
			cells = cells[:len(cells)-1]
		}
		p.WriteString(indent)
		for c := range cells {
			p.put(cells[c].color, cells[c].text)
			if c < len(cells)-1 && widths[c] > 0 {
				p.WriteString(strings.Repeat(" ", max(widths[c]-utf8.RuneCountInString(cells[c].text), 0)+2))
			}
		}
		p.WriteByte('\n')
		for _, line := range rows[i].below {
			p.WriteString(indent + "    ")
			p.put(line.color, clean(line.text))
			p.WriteByte('\n')
		}
	}
}

func sectionRows(sections []planSection) []tableRow {
	var rows []tableRow
	for _, s := range sections {
		color := ""
		if s.Use == "not used" {
			color = sgrDim
		}
		rows = append(rows, tableRow{cells: []cell{{"", s.Name}, {sgrDim, plural(int(min(s.Bytes, 1<<40)), "byte")}, {color, s.Use}}})
	}
	return rows
}

// onOff is the first cell of what a loader may leave out.
func onOff(on bool) cell {
	if on {
		return cell{sgrGreen, "on"}
	}
	return cell{sgrDim, "off"}
}

// licenseText is a program's license, and what the kernel takes it for.
func licenseText(pp *planProgram) string {
	if pp.GPL {
		return `license "` + pp.License + `"`
	}
	return `license "` + pp.License + `", not for the GPL`
}

// commonLicense is the license of all programs, "" if they have different ones.
func commonLicense(programs []planProgram) string {
	license := ""
	for i := range programs {
		if text := licenseText(&programs[i]); i == 0 {
			license = text
		} else if text != license {
			return ""
		}
	}
	return license
}

// programRows are the programs; a license that they have in common is told before.
func programRows(programs []planProgram, license string) []tableRow {
	var rows []tableRow
	for i := range programs {
		pp := &programs[i]
		kind := cmp.Or(pp.Type, "no type")
		if pp.AttachType != "" {
			kind += " " + pp.AttachType
		}
		row := tableRow{cells: []cell{onOff(pp.Load), {"", pp.Name}, {sgrDim, pp.Section}, {"", kind}, {"", programNotes(pp, license == "")}}}
		below := func(color, text string) { row.below = append(row.below, cell{color, text}) }
		if s := pp.TypeSupport; s == plan.Unsupported.String() || s == plan.NotCompiled.String() {
			below(sgrRed, "program type "+s)
		}
		if s := pp.AttachSupport; s == plan.Unsupported.String() {
			below(sgrRed, "attach type "+s)
		}
		if text, color := targetTrouble(pp); text != "" {
			below(color, text)
		}
		if pp.Problem != "" {
			below(sgrRed, "flags refused: "+pp.Problem)
		}
		rows = append(rows, row)
	}
	return rows
}

// programNotes say why it is off, what it attaches to, and its flags and license.
func programNotes(pp *planProgram, license bool) string {
	var notes []string
	if pp.Why != "" {
		notes = append(notes, pp.Why)
	}
	switch t := &pp.Target; t.Status {
	case plan.AttachFound.String():
		notes = append(notes, "to "+t.Kind+" "+t.Name+", "+typePlace(t.Module, t.ID))
	case plan.AttachNone.String():
		if pp.AttachTo != "" {
			notes = append(notes, "to "+pp.AttachTo)
		}
	case plan.AttachProgram.String():
		notes = append(notes, "to another program, which the application names")
	}
	notes = append(notes, pp.Flags...)
	if license {
		notes = append(notes, licenseText(pp))
	}
	return strings.Join(notes, ", ")
}

// targetTrouble says why an attach target was not found, "" if it was.
func targetTrouble(pp *planProgram) (text, color string) {
	t := &pp.Target
	switch t.Status {
	case plan.AttachNone.String(), plan.AttachFound.String(), plan.AttachProgram.String():
		return "", ""
	case plan.AttachUnset.String():
		return "attach target not set: the application names it", sgrYellow
	case plan.AttachIgnored.String():
		return "attach target " + pp.AttachTo + ": the loader does not look it up", sgrRed
	}
	color = sgrRed
	if t.Status == plan.AttachUnknown.String() || t.AtAttach || t.Detail != "" {
		color = sgrYellow
	}
	text = "attach target " + cmp.Or(strings.TrimSpace(t.Kind+" "+t.Name), pp.AttachTo) + ": " + t.Status
	if t.Detail != "" {
		text += ", " + t.Detail
	}
	if t.AtAttach {
		text += ", looked up when the program attaches"
	}
	return text, color
}

// typePlace is where a type of the kernel is.
func typePlace(module string, id uint32) string {
	if module == "" {
		module = "vmlinux"
	}
	return module + " id " + utoa(uint64(id))
}

func externRows(externs []planExtern) []tableRow {
	var rows []tableRow
	for i := range externs {
		e := &externs[i]
		bond := "strong"
		if e.Weak {
			bond = "weak"
		}
		outcome, color := externOutcome(e)
		row := tableRow{cells: []cell{{"", e.Kind}, {"", e.Name}, {sgrDim, bond}, {color, outcome}}}
		if e.Reach != nil && e.Status != plan.ExternFound.String() {
			row.below = append(row.below, cell{reachColor(e.Reach), "a call is " + reachText(e.Reach)})
		}
		rows = append(rows, row)
	}
	return rows
}

// externOutcome says what an extern resolves to, or why it does not.
func externOutcome(e *planExtern) (text, color string) {
	because := func(text string) string {
		if e.Reason != "" {
			text += ": " + e.Reason
		}
		return text
	}
	missing := sgrRed
	if e.Weak {
		missing = sgrYellow
	}
	switch e.Status {
	case plan.ExternFound.String():
		switch {
		case e.Kind == "kconfig" && e.Value == "":
			text = "filled in by the loader"
		case e.Kind == "kconfig":
			text = "= " + e.Value
		case e.ID != 0:
			text = typePlace(e.Module, e.ID)
			if e.PerCPU {
				text += ", per CPU"
			}
		case len(e.Addresses) > 0:
			text = fmt.Sprintf("address %#x", e.Addresses[0])
		default:
			text = "found"
		}
		if e.Reason != "" {
			return text + ", but " + e.Reason, sgrYellow
		}
		return text, ""
	case plan.ExternMissing.String():
		text = because("missing")
		if e.Weak {
			text += "; it is 0"
		}
		return text, missing
	case plan.ExternUndecided.String():
		if e.DependsOn != "" {
			return because("undecided, " + dependence(e.DependsOn)), sgrYellow
		}
		return because("undecided"), sgrYellow
	}
	return because(e.Status), sgrRed
}

func mapRows(maps []planMap) []tableRow {
	var rows []tableRow
	for i := range maps {
		m := &maps[i]
		row := tableRow{cells: []cell{onOff(m.Create), {"", m.Name}, {sgrDim, m.Section}, {"", m.Type}, {"", mapSizes(m)}}}
		if m.Support == plan.Unsupported.String() || m.Support == plan.NotCompiled.String() {
			row.below = append(row.below, cell{sgrRed, "map type " + m.Support})
		}
		if m.Inner != nil {
			row.below = append(row.below, cell{"", "inner map: " + m.Inner.Type + ", " + mapSizes(m.Inner)})
		}
		for _, problem := range m.Problems {
			row.below = append(row.below, cell{sgrRed, problem})
		}
		rows = append(rows, row)
	}
	return rows
}

// mapSizes are the attributes of a map, without units that all maps share.
func mapSizes(m *planMap) string {
	text := fmt.Sprintf("key %d, value %d bytes, entries %d", m.KeyBytes, m.ValueBytes, m.MaxEntries)
	if m.Flags != 0 {
		text += fmt.Sprintf(", flags %#x", m.Flags)
	}
	return text
}

func helperRows(helpers []planHelper) []tableRow {
	var rows []tableRow
	for i := range helpers {
		h := &helpers[i]
		rows = append(rows, tableRow{cells: []cell{
			{"", cmp.Or(h.Name, itoa(int(h.ID)))}, {sgrDim, sourcePlace(&h.Location)}, {reachColor(&h.Reach), reachText(&h.Reach)},
		}})
	}
	return rows
}

func instructionRows(instructions []planInstruction) []tableRow {
	var rows []tableRow
	for i := range instructions {
		in := &instructions[i]
		text := in.Text
		if in.Places > 1 {
			text += fmt.Sprintf(", one of %d", in.Places)
		}
		verdict := reachText(&in.Reach)
		if !in.Sure {
			verdict += ", or known: the kernel's types do not tell"
		}
		rows = append(rows, tableRow{cells: []cell{{"", text}, {sgrDim, sourcePlace(&in.Location)}, {reachColor(&in.Reach), verdict}}})
	}
	return rows
}

func refusalRows(refusals []planRefusal, color string) []tableRow {
	var rows []tableRow
	for i := range refusals {
		r := &refusals[i]
		down := strings.Join(append(r.Programs[:len(r.Programs):len(r.Programs)], r.Possible...), ", ")
		if r.Object {
			down = "the object"
		}
		rows = append(rows, tableRow{cells: []cell{
			{sgrDim, r.Stage}, {sgrDim, sourcePlace(&r.Location)}, {"", down}, {color, r.Subject + ": " + r.Detail},
		}})
	}
	return rows
}
