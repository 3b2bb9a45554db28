package report

import (
	"bufio"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// writeText writes the report for people: each finding with its place, its
// targets and the way out, then the verdicts, the totals, and what was not
// checked.
func writeText(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	programs := entryPrograms(r)
	for i := range r.Findings {
		f := &r.Findings[i]
		if !opts.shown(f) {
			continue
		}
		p.finding(f, r, programs)
		p.WriteByte('\n')
	}
	if opts.Quiet {
		return nil
	}
	p.verdicts(r)
	p.totals(r, opts)
	p.unchecked(r)
	return nil
}

// entry is a function of an object.
type entry struct{ object, function string }

// entryPrograms are the functions that are entry programs.
func entryPrograms(r *analyzer.Report) map[entry]bool {
	set := map[entry]bool{}
	for i := range r.Verdicts {
		set[entry{r.Verdicts[i].Object, r.Verdicts[i].Program}] = true
	}
	return set
}

func (p *printer) finding(f *analyzer.Finding, r *analyzer.Report, programs map[entry]bool) {
	p.headline(f)
	what := whereabouts(f, programs)
	switch {
	case f.Location.Source.Text != "":
		p.excerpt(&f.Location.Source, what)
	case what != place(&f.Location):
		p.labelled("in", what)
	}
	if len(f.Loaders) > 0 { // else it is about no target
		p.labelled("on", targets(f, len(r.Kernels)))
	}
	if f.DependsOn != "" {
		p.labelled("open", "undecided, "+dependence(f.DependsOn))
	}
	if f.Optional {
		p.labelled("off", "not loaded unless it is switched on; it is refused then")
	}
	for i := range f.Related {
		rel := &f.Related[i]
		p.labelled("see", place(&rel.Location)+": "+rel.Message)
	}
	if f.Hint != "" {
		p.labelled("hint", f.Hint)
	}
	if f.Suppressed != "" {
		by := ""
		if f.SuppressedBy != "" {
			by = " by " + f.SuppressedBy
		}
		p.labelled("off", "suppressed"+by+": "+f.Suppressed)
	}
	p.labelled("help", "btflint explain "+f.Rule)
}

// dependence is a DependsOn as a clause: "it depends on the modules".
func dependence(on string) string {
	word, _, _ := strings.Cut(on, " ")
	switch word {
	case "reachability":
		return "it is not known whether a path gets there"
	case "types", "modules", "symbols", "config", "btf", "version", "variable", "type":
		return "it depends on the " + on
	}
	return "it depends on " + on
}

// whereabouts says where in the object a finding lies:
// "program foo (tc), instruction 12, x.bpf.o".
func whereabouts(f *analyzer.Finding, programs map[entry]bool) string {
	l := &f.Location
	var parts []string
	switch {
	case l.Program != "":
		kind := "function "
		if programs[entry{l.Object, l.Program}] {
			kind = "program "
		}
		parts = append(parts, kind+l.Program)
	case l.Symbol != "":
		parts = append(parts, l.Symbol)
	}
	if l.Section != "" {
		if len(parts) > 0 {
			parts[0] += " (" + l.Section + ")"
		} else {
			parts = append(parts, "section "+l.Section)
		}
	}
	if l.Program != "" && l.Insn >= 0 {
		parts = append(parts, "instruction "+itoa(l.Insn))
	}
	return clean(strings.Join(append(parts, l.Object), ", "))
}

// targets says for which kernels and loaders a finding holds, and what they refuse
// if it is not the load: one may find at the load what another finds later.
func targets(f *analyzer.Finding, kernels int) string {
	loaders := strings.Join(f.Loaders, ", ")
	if f.Stage == plan.StageAttach {
		loaders += ", when it is attached"
	}
	if len(f.Kernels) == 0 {
		return "any kernel with " + loaders
	}
	text := strings.Join(f.Kernels, ", ")
	if len(f.Kernels) > maxVerdicts {
		text = analyzer.Enumerate(f.Kernels)
	}
	if kernels > 1 {
		text += " (" + itoa(len(f.Kernels)) + " of " + itoa(kernels) + " targets)"
	}
	return text + " with " + loaders
}
