package analyzer

import (
	"slices"

	"github.com/btflint/btflint/analyzer/plan"
)

// Reasons of an undecided verdict, beside the unknown inputs of its findings.
const (
	reasonObject   = "the object's BTF cannot be read"
	reasonFailed   = "a rule failed"
	reasonNoKernel = "no kernel given"
	reasonNoTypes  = "types unknown"
	reasonLoader   = "the loader program is not understood"
	// dependsOn precedes the unknown input of a finding.
	dependsOn = "depends on "
)

// judge derives the verdicts: of every program loaded alone, and of the object
// loaded as it is. Attaching comes later: what goes wrong then is no failed load.
func (out *outcome) judge(p *plan.Plan) {
	relevant := make([]int, 0, len(out.findings))
	for i := range out.findings {
		f := &out.findings[i]
		if f.Stage <= plan.StageLoad && (f.Severity >= Warning || f.DependsOn != "") {
			relevant = append(relevant, i)
		}
	}
	blind := out.blind(p)
	out.verdicts = make([]targetVerdict, 0, len(p.Object.Programs)+1)
	led := make([]int, 0, len(relevant)) // the findings of all verdicts
	for i := range len(p.Object.Programs) + 1 {
		name := ""
		if i < len(p.Object.Programs) {
			name = p.Object.Programs[i].Name
		}
		start := len(led)
		var v targetVerdict
		v, led = out.verdict(p, name, relevant, blind, led)
		if start < len(led) {
			v.findings = led[start:len(led):len(led)]
		}
		out.verdicts = append(out.verdicts, v)
	}
}

// blind is why something that every program needs was not computed, "" if
// everything was.
func (out *outcome) blind(p *plan.Plan) string {
	switch {
	case unreadable(p.Object) != nil:
		return reasonObject
	case len(out.errors) > 0:
		return reasonFailed
	case p.Skeleton != nil && len(p.Skeleton.Trace.Unattributed) > 0:
		return reasonLoader
	case p.Kernel == nil:
		return reasonNoKernel
	case p.Kernel.Types == nil:
		return reasonNoTypes
	}
	return ""
}

// verdict judges one program, or for "" the object. blind is a reason not to
// decide. The findings that led to it it adds to a list.
func (out *outcome) verdict(p *plan.Plan, program string, relevant []int, blind string, led []int) (targetVerdict, []int) {
	v := targetVerdict{verdict: Loads}
	fails := false
	if blind != "" {
		v.reasons = append(v.reasons, blind)
	}
	for _, i := range relevant {
		f := &out.findings[i]
		if !p.Hits(f.Scope, program) {
			continue
		}
		if f.DependsOn != "" && !slices.Contains(v.reasons, dependsOn+f.DependsOn) {
			v.reasons = append(v.reasons, dependsOn+f.DependsOn)
		}
		if f.Severity >= Warning {
			led = append(led, i)
		}
		// A finding that depends on something unknown is no certain refusal,
		// whatever severity it was given.
		fails = fails || f.Severity >= Error && f.DependsOn == ""
	}
	switch {
	case fails:
		v.verdict, v.reasons = Fails, nil
	case len(v.reasons) > 0:
		v.verdict = Undecided
		slices.Sort(v.reasons)
	}
	return v, led
}
