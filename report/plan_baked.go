package report

import "github.com/btflint/btflint/analyzer/plan"

// baked is what a light skeleton has of the machine that generated it: struct_ops
// maps, the targets of programs, and options; nil for another object.
func (b *planBuilder) baked() []planBaked {
	s := b.Skeleton
	if s == nil {
		return nil
	}
	all := []planBaked{}
	for i := range s.StructOps {
		if m := &s.StructOps[i]; b.only == "" && (m.Fault != plan.BakedFits || m.ID != 0) {
			all = append(all, planBaked{"struct_ops map", m.Map.Name, m.Fault.String(), m.Detail})
		}
	}
	for i := range s.Targets {
		t := &s.Targets[i]
		if name := b.Programs[t.Program].Program.Name; b.only == "" || b.only == name {
			all = append(all, planBaked{"program", name, t.Fault.String(), t.Detail})
		}
	}
	for i := range s.Options {
		if b.only == "" {
			all = append(all, b.bakedOption(&s.Options[i]))
		}
	}
	return all
}

// bakedOption is an extern of .kconfig.
func (b *planBuilder) bakedOption(o *plan.BakedOption) planBaked {
	row := planBaked{"option", o.Name, plan.BakedFits.String(), "is " + b.OptionText(o.Baked)}
	switch {
	case o.Want == nil:
		row.Status = plan.BakedUnchecked.String()
	case o.Differs():
		row.Status, row.Detail = plan.BakedOtherOps.String(), row.Detail+", "+b.OptionText(o.Want)+" on the kernel"
	}
	return row
}

// bakedRows are the rows of the table of what is baked in.
func bakedRows(list []planBaked) []tableRow {
	var rows []tableRow
	for i := range list {
		b, color := &list[i], ""
		switch b.Status {
		case plan.BakedUnchecked.String(), plan.BakedOtherOps.String():
			color = sgrYellow
		case plan.BakedNone.String():
			color = sgrRed
		}
		rows = append(rows, tableRow{cells: []cell{{sgrDim, b.Kind}, {"", b.Name}, {color, b.Status}, {color, b.Detail}}})
	}
	return rows
}
