package analyzer

import (
	"cmp"
	"slices"
	"strings"
)

// report puts the results of all targets together.
func (r *run) report() *Report {
	rep := &Report{Rules: r.rules}
	for _, l := range r.loaders {
		rep.Loaders = append(rep.Loaders, l.Name)
	}
	for _, k := range r.kernels {
		if k != nil {
			rep.Kernels = append(rep.Kernels, KernelInfo{
				Name: k.Name, Release: k.Release, Arch: k.Arch, Unknown: k.Unknown(), Notes: k.Remarks(), kern: k,
			})
		}
	}
	all := make([]merged, len(r.objects))
	Each(len(all), func(o int) { all[o] = r.merge(o) })
	findings, verdicts := 0, 0
	for o, obj := range r.objects {
		rep.Objects = append(rep.Objects, ObjectInfo{Name: obj.Name, obj: obj})
		all[o].first, all[o].firstVerdict = findings, verdicts
		findings += len(all[o].pieces)
		for k := range r.kernels {
			for l := range r.loaders {
				verdicts += len(r.results[r.index(k, o, l)].verdicts)
			}
		}
	}
	if findings > 0 {
		rep.Findings = make([]Finding, findings)
	}
	if verdicts > 0 {
		rep.Verdicts = make([]Verdict, verdicts)
	}
	Each(len(all), func(o int) { r.addObject(rep, o, &all[o]) })
	rep.Findings = append(rep.Findings, r.ownFindings(all)...)
	r.addSkips(rep)
	rep.Errors = r.allErrors()
	return rep
}

// addObject puts the findings and verdicts of object o where they belong.
func (r *run) addObject(rep *Report, o int, m *merged) {
	for i, p := range m.pieces {
		rep.Findings[m.first+i] = p.Finding
	}
	obj := r.objects[o]
	verdicts := rep.Verdicts[m.firstVerdict:]
	var led []int // the findings of all verdicts
	for k, kern := range r.kernels {
		name := ""
		if kern != nil {
			name = kern.Name
		}
		for l, loader := range r.loaders {
			groups := m.groups[k*len(r.loaders)+l]
			judged := r.results[r.index(k, o, l)].verdicts
			for i, v := range judged {
				verdict := &verdicts[i]
				*verdict = Verdict{Object: obj.Name, Kernel: name, Loader: loader.Name, Verdict: v.verdict, Omitted: v.omitted, Reasons: v.reasons}
				if i < len(obj.Programs) {
					verdict.Program = obj.Programs[i].Name
				}
				switch start := len(led); {
				case len(v.findings) == 0:
				case i > 0 && len(judged[i-1].findings) == len(v.findings) && &judged[i-1].findings[0] == &v.findings[0]:
					verdict.Findings = verdicts[i-1].Findings // the same list
				default:
					for _, f := range v.findings {
						led = append(led, m.first+groups[f].pieceOn(k))
					}
					slices.Sort(led[start:])
					led = led[:start+len(slices.Compact(led[start:]))]
					verdict.Findings = led[start:len(led):len(led)]
				}
			}
			verdicts = verdicts[len(judged):]
		}
	}
}

// pieceOn is the index of the group's piece that holds on a kernel.
func (g *group) pieceOn(kernel int) int {
	i, _ := slices.BinarySearchFunc(g.cells, kernel, func(c cell, k int) int { return cmp.Compare(c.kernel, k) })
	return g.pieces[slices.IndexFunc(g.pieces, func(p groupPiece) bool { return p.loaders == g.cells[i].loaders })].index
}

// allErrors are the errors of the input and of all targets, each once.
func (r *run) allErrors() []RuleError {
	errs := r.errors
	for i := range r.results {
		errs = append(errs, r.results[i].errors...)
	}
	slices.SortFunc(errs, func(a, b RuleError) int {
		return cmp.Or(
			naturalCompare(a.Object, b.Object),
			naturalCompare(a.Kernel, b.Kernel),
			strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(errs)
}
