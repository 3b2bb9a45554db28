package report

import (
	"cmp"
	"strings"

	"github.com/btflint/btflint/analyzer/plan"
)

// planStructOps writes for each struct_ops map where its members go.
func (p *printer) planStructOps(maps []planStructOps, verbose bool) {
	if len(maps) == 0 {
		return
	}
	p.heading("struct_ops")
	for i := range maps {
		m := &maps[i]
		state := onOff(m.Create)
		p.WriteString("  ")
		p.put(state.color, state.text)
		p.WriteString(clean("  " + m.Name + " (" + m.Section + "), struct " + m.Type + ": "))
		if m.Status == plan.StructOpsBound.String() {
			p.WriteString(typePlace(m.Module, m.KernelType) + ", value type id " + utoa(uint64(m.ValueType)) + ", data at " + utoa(m.DataOffset))
		} else {
			p.structOpsStatus(m)
		}
		p.WriteByte('\n')
		rows, zero := memberRows(m.Members, verbose)
		p.rows("    ", rows)
		if zero > 0 {
			p.WriteString("    ")
			p.sgr(sgrDim, plural(zero, "other member")+" without a value")
			p.WriteByte('\n')
		}
	}
}

// structOpsStatus says why a map is not bound.
func (p *printer) structOpsStatus(m *planStructOps) {
	switch {
	case m.DependsOn != "":
		p.sgr(sgrYellow, m.Status+", "+m.DependsOn+" are unknown")
	case m.Status == plan.StructOpsUnchecked.String(), m.Status == plan.StructOpsIgnored.String():
		p.sgr(sgrYellow, m.Status)
	default:
		p.sgr(sgrRed, m.Status)
	}
}

// memberRows are the members with a value; zero counts those left out.
func memberRows(members []planMember, verbose bool) (rows []tableRow, zero int) {
	for i := range members {
		m := &members[i]
		plain := m.Outcome == plan.MemberEmpty.String() || m.Outcome == plan.MemberSkipped.String() || m.Outcome == plan.MemberCopied.String()
		if plain && !m.nonZero && m.Detail == "" && !verbose {
			zero++
			continue
		}
		offsets := utoa(m.Offset) + " -> "
		if m.KernelOffset != nil {
			offsets += utoa(*m.KernelOffset)
		} else {
			offsets += "none"
		}
		color, what := "", m.Outcome
		if m.refused {
			color = sgrRed
		}
		if m.Program != "" {
			what = strings.TrimPrefix(what+" "+m.Program, "program program ")
		}
		if m.KernelOffset != nil && m.Bytes != m.KernelBytes {
			what += ", " + utoa(m.Bytes) + " bytes, " + utoa(m.KernelBytes) + " in the kernel"
		}
		if m.Detail != "" {
			what += ": " + m.Detail
			color = cmp.Or(color, sgrYellow)
		}
		rows = append(rows, tableRow{cells: []cell{{"", m.Name}, {"", offsets}, {color, what}}})
	}
	return rows, zero
}

// planCORE writes the CO-RE relocations, a table per function.
func (p *printer) planCORE(d *planDoc, verbose bool) {
	if d.Unplanned > 0 {
		p.heading("CO-RE relocations")
		p.WriteString("  " + plural(d.Unplanned, "relocation") + " undecided: types are unknown\n")
		return
	}
	if len(d.CORE) == 0 {
		return
	}
	p.heading("CO-RE relocations")
	for from := 0; from < len(d.CORE); {
		to := from + 1
		for to < len(d.CORE) && d.CORE[to].Function == d.CORE[from].Function && d.CORE[to].Section == d.CORE[from].Section {
			to++
		}
		p.coreFunction(d.CORE[from:to], verbose)
		from = to
	}
}

// coreFunction writes the relocations of one function.
func (p *printer) coreFunction(list []planCORE, verbose bool) {
	first := &list[0]
	head := "no function"
	if first.Function != "" {
		head = "function " + first.Function
		if first.entry {
			head = "program " + first.Function
		}
	}
	if first.Section != "" { // light skeletons have none
		head += " (" + first.Section + ")"
	}
	if !first.entry && len(first.Programs) > 0 {
		head += ", part of " + some(first.Programs, 5)
	}
	p.WriteString("  ")
	p.sgr(sgrBold, clean(head))
	p.WriteByte('\n')
	rows := make([]tableRow, len(list))
	for i := range list {
		c := &list[i]
		color, text := outcomeText(&c.planOutcome)
		if c.Reach != nil && c.Status == plan.COREPoisoned.String() {
			color, text = reachColor(c.Reach), text+"; "+reachText(c.Reach)
		}
		rows[i] = tableRow{cells: []cell{{sgrDim, sourcePlace(&c.Location)}, {"", c.Path}, {sgrDim, c.Kind}, {color, text}}, below: coreBelow(c, verbose)}
	}
	p.rows("    ", rows)
}

// outcomeText is what becomes of the instruction.
func outcomeText(o *planOutcome) (color, text string) {
	reason := o.Reason
	if reason != "" && o.DependsOn != "" && o.Status != plan.COREUnused.String() {
		reason += ", unless a module has it"
		color = sgrYellow
	}
	switch {
	case o.Value != nil:
		text = utoa(*o.Value)
		if *o.Value != o.Original {
			text = utoa(o.Original) + " -> " + text
		}
		if o.Size != o.OriginalSize {
			text += ", " + utoa(o.OriginalSize) + " -> " + plural(int(o.Size), "byte")
			color = sgrYellow
		}
	case o.Status == plan.CORERefused.String():
		text, color = "refused at "+o.Stage, sgrRed
	case o.Status == plan.COREPoisoned.String():
		text, color = "poison", sgrYellow
	default:
		text, color = o.Status, sgrDim
	}
	if reason != "" {
		text += ": " + reason
	}
	return color, text
}

// coreBelow are the lines below a relocation: whether it is reached, what was
// tried, and in which load it comes out otherwise.
func coreBelow(c *planCORE, verbose bool) []cell {
	var lines []cell
	if c.Reach != nil && c.Status != plan.COREPoisoned.String() {
		lines = append(lines, cell{reachColor(c.Reach), "poison is " + reachText(c.Reach)})
	}
	// The only candidate's mismatch is the reason already.
	failed := c.Value == nil && c.Status != plan.COREUnused.String() || c.Reason != ""
	if verbose || failed && len(c.Candidates) > 1 {
		for i := range c.Candidates {
			cand := &c.Candidates[i]
			text := "candidate " + typePlace(cand.Module, cand.ID) + " " + strings.ToLower(cand.Kind) + " " + cand.Name + ": " + cmp.Or(cand.Mismatch, "matches")
			lines = append(lines, cell{sgrDim, text})
		}
	}
	for i := range c.Others {
		o := &c.Others[i]
		color, text := outcomeText(&o.planOutcome)
		lines = append(lines, cell{color, "in a load of program " + o.Program + ": " + text})
	}
	return lines
}

// reachText says whether an instruction is reached, and what decides.
func reachText(r *planReach) string {
	guard := ""
	if r.Guard != nil {
		guard = sourcePlace(r.Guard)
	}
	names := func(programs []string) string {
		if len(r.Certain)+len(r.Possible)+len(r.Dead) > 1 {
			return " in " + some(programs, 5)
		}
		return ""
	}
	var parts []string
	if len(r.Certain) > 0 {
		parts = append(parts, "reachable"+names(r.Certain))
	}
	if len(r.Possible) > 0 {
		text := "unknown" + names(r.Possible)
		switch {
		case r.DependsOn != "" && guard != "":
			text += " (" + r.DependsOn + ", at " + guard + ")"
		case r.DependsOn != "" || guard != "":
			text += " (" + cmp.Or(r.DependsOn, "decided at "+guard) + ")"
		}
		parts = append(parts, text)
	}
	if len(r.Dead) > 0 {
		text := "dead" + names(r.Dead)
		if guard != "" && len(r.Possible) == 0 {
			verb := "guarded"
			if r.Ends {
				verb = "the program ends"
			}
			text += " (" + verb + " at " + guard + ")"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "in no program that is loaded"
	}
	return strings.Join(parts, ", ")
}

// reachColor warns of what is reached.
func reachColor(r *planReach) string {
	switch {
	case len(r.Certain) > 0:
		return sgrRed
	case len(r.Possible) > 0:
		return sgrYellow
	}
	return sgrDim
}

// sourcePlace is file and line, "~" before a line that another instruction's
// record lent, or the place in the code.
func sourcePlace(l *jsonLocation) string {
	if l.File != "" {
		file := l.File[strings.LastIndexByte(l.File, '/')+1:]
		if l.Origin == "next" || l.Origin == "previous" {
			file += ":~" + itoa(l.Line)
		} else {
			file += ":" + itoa(l.Line)
		}
		return file
	}
	if l.Insn >= 0 {
		return "insn " + itoa(l.Insn)
	}
	return l.Section
}

// planTotals counts what the plan says.
func (p *printer) planTotals(d *planDoc) {
	on := 0
	for i := range d.Programs {
		if d.Programs[i].Load {
			on++
		}
	}
	parts := []string{plural(len(d.Programs), "program") + " (" + itoa(on) + " on)", plural(len(d.Maps), "map"), plural(len(d.Externs), "extern")}
	if n := len(d.StructOps); n > 0 {
		parts = append(parts, plural(n, "struct_ops map"))
	}
	if n := len(d.CORE); n > 0 {
		parts = append(parts, plural(n, "relocation")+": "+coreCounts(d.CORE))
	}
	if n := len(d.Refusals); n > 0 {
		parts = append(parts, itoa(n)+" refused")
	}
	if len(parts) == 0 {
		return
	}
	p.WriteByte('\n')
	p.wrapped(strings.Join(parts, ", "), 0)
}

// coreCounts are the outcomes by status, those of poison by reachability.
func coreCounts(list []planCORE) string {
	byStatus, byReach := map[string]int{}, map[string]int{}
	changed := 0
	for i := range list {
		c := &list[i]
		byStatus[c.Status]++
		if c.Value != nil && *c.Value != c.Original {
			changed++
		}
		if c.Status == plan.COREPoisoned.String() && c.Reach != nil {
			byReach[c.Reach.Outcome]++
		}
	}
	var parts []string
	for _, s := range []plan.COREStatus{plan.COREPatched, plan.COREPoisoned, plan.CORERefused, plan.COREUnused, plan.COREUndecided} {
		n := byStatus[s.String()]
		if n == 0 {
			continue
		}
		text := itoa(n) + " " + s.String()
		if s == plan.COREPatched && changed > 0 {
			text += " (" + itoa(changed) + " changed)"
		}
		if s == plan.COREPoisoned {
			var how []string
			for _, r := range []string{"reachable", "unknown", "dead", "unused"} {
				if byReach[r] > 0 {
					how = append(how, itoa(byReach[r])+" "+r)
				}
			}
			if len(how) > 0 {
				text += " (" + strings.Join(how, ", ") + ")"
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
