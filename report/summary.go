package report

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// maxVerdicts is the number of kernels whose verdicts are spelled out; beyond
// it they are counted.
const maxVerdicts = 8

// verdicts writes a line for every object and loader: how the object fares,
// loaded as it is, on each kernel; and where that is not how its programs fare,
// a line about these.
func (p *printer) verdicts(r *analyzer.Report) {
	rows := map[row][]*fate{}
	list := fates(r)
	for i := range list {
		key := row{list[i].whole.Object, list[i].whole.Loader}
		rows[key] = append(rows[key], &list[i])
	}
	for i := range r.Objects {
		for _, loader := range r.Loaders {
			key := row{r.Objects[i].Name, loader}
			list := rows[key]
			if len(list) == 0 {
				continue
			}
			p.sgr(sgrBold, clean(key.object))
			p.WriteString("  " + clean(loader) + ": ")
			p.verdictList(list)
			p.WriteString(" (" + plural(len(list[0].programs), "program") + ")\n")
			var lines folded
			for _, f := range list {
				for _, text := range f.asides() {
					lines.add("", text, f.whole.Kernel)
				}
			}
			for _, l := range lines {
				p.WriteString("   ")
				p.wrapped(clean(l.about()), 3)
			}
		}
	}
}

func (p *printer) verdictList(list []*fate) {
	if len(list) > maxVerdicts {
		first := true
		for _, word := range words {
			var on []string
			for _, f := range list {
				if f.word() == word {
					on = append(on, f.whole.Kernel)
				}
			}
			if len(on) == 0 {
				continue
			}
			if !first {
				p.WriteString("; ")
			}
			first = false
			p.sgr(verdictColor(word), word)
			p.WriteString(" on " + clean(analyzer.Enumerate(on)))
		}
		return
	}
	for i, f := range list {
		v := f.whole
		if i > 0 {
			p.WriteString(", ")
		}
		if v.Kernel != "" {
			p.WriteString(clean(v.Kernel) + " ")
		}
		p.sgr(verdictColor(f.word()), f.word())
	}
}

// totals counts what was looked at and what was found.
func (p *printer) totals(r *analyzer.Report, opts *Options) {
	c := r.Count()
	p.WriteString(plural(len(r.Objects), "object") + ", " + plural(len(r.Kernels), "kernel") + ": ")
	if len(r.Objects) == 0 {
		p.WriteString("nothing was checked\n")
		return
	}
	p.count(c.Errors, "error", sgrRed)
	p.WriteString(", ")
	p.count(c.Warnings, "warning", sgrYellow)
	p.WriteString(", " + plural(c.Notes, "note"))
	if c.Notes > 0 && !opts.ShowNotes {
		p.WriteString(" (not shown)")
	}
	if c.Suppressed > 0 {
		p.WriteString(", " + itoa(c.Suppressed) + " suppressed")
	}
	p.WriteByte('\n')
}

func (p *printer) count(n int, noun, color string) {
	if n == 0 {
		p.WriteString(plural(n, noun))
		return
	}
	p.sgr(color, plural(n, noun))
}

// unchecked says what was not checked, so that it is not taken for clean.
func (p *printer) unchecked(r *analyzer.Report) {
	for _, l := range unchecked(r) {
		label := l.label + ": "
		p.sgr(sgrYellow, label)
		p.wrapped(clean(l.about()), len(label))
	}
	if n := len(r.Errors); n > 0 {
		p.sgr(sgrRed, "incomplete: ")
		p.wrapped(plural(n, "error")+" kept something from being analysed", len("incomplete: "))
	}
}

// unchecked are the skips of a report, the unknown parts of its kernels that
// findings depend on and no skip names, and what opening the kernels noted.
func unchecked(r *analyzer.Report) folded {
	var lines folded
	for i := range r.Skips {
		s := &r.Skips[i]
		lines.add("not checked", skipText(s), s.Object, s.Kernel, s.Loader)
	}
	for i := range r.Kernels {
		k := &r.Kernels[i]
		if parts := decisive(r, k); len(parts) > 0 {
			lines.add("unknown", strings.Join(parts, ", "), k.Name)
		}
	}
	for i := range r.Kernels {
		for _, note := range r.Kernels[i].Notes {
			lines.add("kernel", note, r.Kernels[i].Name)
		}
	}
	return lines
}

// skipText is what was not checked, without its object and kernel.
func skipText(s *analyzer.Skip) string {
	if len(s.Rules) == 0 {
		return s.Reason
	}
	return s.Reason + " (" + analyzer.Enumerate(s.Rules) + ")"
}

// decisive are the unknown parts of a kernel that a finding depends on, without
// those that a skip names.
func decisive(r *analyzer.Report, k *analyzer.KernelInfo) []string {
	var parts []string
	for _, part := range k.Unknown {
		named := slices.ContainsFunc(r.Skips, func(s analyzer.Skip) bool {
			return s.Kernel == k.Name && strings.HasPrefix(s.Reason, part+" unknown")
		})
		if !named && slices.ContainsFunc(r.Findings, func(f analyzer.Finding) bool {
			return f.DependsOn == part && slices.Contains(f.Kernels, k.Name)
		}) {
			parts = append(parts, part)
		}
	}
	return parts
}

// folded are lines that say the same about several subjects.
type folded []foldedLine

type foldedLine struct {
	label, text string
	subjects    []string
}

// add joins the subject to the line of that label and text. Empty parts of
// the subject are left out.
func (f *folded) add(label, text string, subject ...string) {
	var parts []string
	for _, s := range subject {
		if s != "" {
			parts = append(parts, s)
		}
	}
	name := strings.Join(parts, " ")
	for i := range *f {
		if l := &(*f)[i]; l.label == label && l.text == text {
			if name != "" {
				l.subjects = append(l.subjects, name)
			}
			return
		}
	}
	line := foldedLine{label: label, text: text}
	if name != "" {
		line.subjects = []string{name}
	}
	*f = append(*f, line)
}

// about is the line without its label: "6.1 and 6.12: modules".
func (l *foldedLine) about() string {
	if len(l.subjects) == 0 {
		return l.text
	}
	return analyzer.Enumerate(l.subjects) + ": " + l.text
}
