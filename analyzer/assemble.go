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
	for o := range all {
		findings += len(all[o].pieces)
	}
	for i := range r.results {
		verdicts += len(r.results[i].verdicts)
	}
	rep.Findings, rep.Verdicts = slices.Grow(rep.Findings, findings), slices.Grow(rep.Verdicts, verdicts)
	for o, obj := range r.objects {
		rep.Objects = append(rep.Objects, ObjectInfo{Name: obj.Name, obj: obj})
		r.addObject(rep, o, &all[o])
	}
	rep.Findings = append(rep.Findings, r.ownFindings(all)...)
	r.addSkips(rep)
	rep.Errors = r.allErrors()
	return rep
}

// addObject adds the findings and verdicts of object o.
func (r *run) addObject(rep *Report, o int, m *merged) {
	first := len(rep.Findings)
	for _, p := range m.pieces {
		rep.Findings = append(rep.Findings, p.Finding)
	}
	obj := r.objects[o]
	for k, kern := range r.kernels {
		name := ""
		if kern != nil {
			name = kern.Name
		}
		for l, loader := range r.loaders {
			groups := m.groups[k*len(r.loaders)+l]
			for i, v := range r.results[r.index(k, o, l)].verdicts {
				verdict := Verdict{Object: obj.Name, Kernel: name, Loader: loader.Name, Verdict: v.verdict, Omitted: v.omitted, Reasons: v.reasons}
				if i < len(obj.Programs) {
					verdict.Program = obj.Programs[i].Name
				}
				for _, f := range v.findings {
					verdict.Findings = append(verdict.Findings, first+groups[f].pieceOn(k))
				}
				slices.Sort(verdict.Findings)
				verdict.Findings = slices.Compact(verdict.Findings)
				rep.Verdicts = append(rep.Verdicts, verdict)
			}
		}
	}
}

// pieceOn is the index of the group's piece that holds on a kernel.
func (g *group) pieceOn(kernel int) int {
	i, _ := slices.BinarySearchFunc(g.cells, kernel, func(c cell, k int) int { return cmp.Compare(c.kernel, k) })
	return g.pieces[g.cells[i].loaders]
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
