package analyzer

import (
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
)

// parts are the parts of a kernel that rules may need.
var parts = [...]struct {
	need Needs
	name kernel.Part
}{{NeedsTypes, kernel.PartTypes}, {NeedsSymbols, kernel.PartSymbols}, {NeedsConfig, kernel.PartConfig}}

// addSkips notes what was not checked: one entry per light skeleton that is not
// understood, one per kernel and unknown part for the rules that need it and would
// have had something to look at.
func (r *run) addSkips(rep *Report) {
	r.addUnattributed(rep)
	for k, kern := range r.kernels {
		skipped := r.skippedOn(k)
		if kern == nil {
			if len(skipped) > 0 {
				rep.Skips = append(rep.Skips, r.skipRules("", reasonNoKernel, skipped))
			}
			continue
		}
		for _, part := range parts {
			if missing(kern)&part.need == 0 {
				continue
			}
			need := func(i int) bool { return r.rules[i].Needs&part.need != 0 }
			if rules := slices.DeleteFunc(slices.Clone(skipped), func(i int) bool { return !need(i) }); len(rules) > 0 {
				rep.Skips = append(rep.Skips, r.skipRules(kern.Name, string(part.name)+" unknown", rules))
			}
		}
	}
}

// addUnattributed notes the light skeletons whose loader programs are not
// understood.
func (r *run) addUnattributed(rep *Report) {
	for _, obj := range r.objects {
		s := lskel.Of(obj)
		if s == nil || len(s.Trace.Unattributed) == 0 {
			continue
		}
		rep.Skips = append(rep.Skips, Skip{
			Object: obj.Name, Reason: strconv.Itoa(len(s.Trace.Unattributed)) + " instructions of the loader program are not understood",
		})
	}
}

// skippedOn are the rules that were not run for some object on the kernel of
// that index, ascending.
func (r *run) skippedOn(k int) []int {
	var rules []int
	for _, out := range r.results[r.index(k, 0, 0):r.index(k+1, 0, 0)] {
		if len(out.skipped) > 0 && !slices.Equal(rules, out.skipped) {
			rules = append(rules, out.skipped...)
			slices.Sort(rules)
			rules = slices.Compact(rules)
		}
	}
	return rules
}

// skipRules is the entry for rules, which are indexes, on a kernel.
func (r *run) skipRules(kernel, reason string, rules []int) Skip {
	s := Skip{Kernel: kernel}
	for _, i := range rules {
		s.Rules = append(s.Rules, r.rules[i].Name)
	}
	s.Reason = reason + ": " + strconv.Itoa(len(rules)) + " rules not run"
	if len(rules) == 1 {
		s.Rule, s.Reason = s.Rules[0], reason+": 1 rule not run"
	}
	return s
}
