package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer/plan"
)

// Plans are what loaders would do with an object, one plan per target.
type Plans struct {
	Plans []*plan.Plan
	// Program limits what is shown to what concerns the program of that name.
	// The default is everything.
	Program string
	// Verbose shows in the text format all candidates of all relocations, and
	// the members of struct_ops maps that stay zero. json has them anyway.
	Verbose bool
}

// planFormats are the formats of plans, the default first.
var planFormats = [...]struct {
	name  string
	write func(*bufio.Writer, []planDoc, *Plans, *Options) error
}{
	{"text", writePlansText},
	{"json", writePlansJSON},
}

// PlanFormats are the names of the formats of [WritePlans], the default first.
func PlanFormats() []string {
	names := make([]string, len(planFormats))
	for i := range planFormats {
		names[i] = planFormats[i].name
	}
	return names
}

// WritePlans writes plans in the format of that name. All formats show the same
// facts. It returns an error for an unknown format and the errors of w.
func WritePlans(w io.Writer, name string, p *Plans, opts Options) error {
	for i := range planFormats {
		if planFormats[i].name != name {
			continue
		}
		docs := make([]planDoc, len(p.Plans))
		for k, pl := range p.Plans {
			docs[k] = newPlanDoc(pl, p.Program)
		}
		b := bufio.NewWriterSize(w, 1<<16)
		if err := planFormats[i].write(b, docs, p, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(PlanFormats(), ", "))
}

// writePlansJSON writes version 1 of docs/plan-schema.json: one plan as it is,
// several as the array "plans".
func writePlansJSON(w *bufio.Writer, docs []planDoc, _ *Plans, opts *Options) error {
	a := arrays{w: w}
	a.enc = json.NewEncoder(&a.buf)
	a.enc.SetEscapeHTML(false)
	head := `{"version": ` + itoa(jsonVersion) + `, "tool": `
	w.WriteString(head)
	a.value(planTool{"btflint", opts.Version})
	if len(docs) == 1 {
		writePlanJSON(&a, &docs[0])
		w.WriteString("}\n")
		return a.err
	}
	w.WriteString(",\n \"plans\": [")
	for i := range docs {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString("\n" + head)
		a.value(planTool{"btflint", opts.Version})
		writePlanJSON(&a, &docs[i])
		w.WriteByte('}')
	}
	w.WriteString("]}\n")
	return a.err
}

// writePlanJSON writes the members of a plan, one line per element of its arrays.
func writePlanJSON(a *arrays, d *planDoc) {
	a.w.WriteString(",\n \"object\": ")
	a.value(d.Object)
	a.w.WriteString(",\n \"kernel\": ")
	a.value(d.Kernel)
	a.w.WriteString(",\n \"loader\": ")
	a.value(d.Loader)
	a.w.WriteString(",\n \"coreOnly\": ")
	a.value(false) // kept for readers: every loader is modelled in full by now
	each(a, "sections", d.Sections, func(s *planSection) any { return s })
	each(a, "programs", d.Programs, func(p *planProgram) any { return p })
	each(a, "externs", d.Externs, func(e *planExtern) any { return e })
	each(a, "struct_ops", d.StructOps, func(s *planStructOps) any { return s })
	each(a, "core", d.CORE, func(c *planCORE) any { return c })
	each(a, "maps", d.Maps, func(m *planMap) any { return m })
	each(a, "helpers", d.Helpers, func(h *planHelper) any { return h })
	each(a, "instructions", d.Instructions, func(i *planInstruction) any { return i })
	each(a, "refusals", d.Refusals, func(r *planRefusal) any { return r })
	each(a, "oddities", d.Oddities, func(r *planRefusal) any { return r })
	if d.Baked != nil {
		each(a, "baked", d.Baked, func(b *planBaked) any { return b })
	}
}
