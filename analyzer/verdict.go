package analyzer

import (
	"cmp"
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
	reasonMore     = "depends on more than is listed"
	// dependsOn precedes the unknown input of a finding.
	dependsOn = "depends on "
)

// Bounds of a verdict. What is about the object is about every program of it, so
// that a hostile object has as many verdicts as programs, with as many findings
// and reasons each as it has findings.
const (
	maxVerdictFindings = 256
	maxVerdictReasons  = 32
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
	if len(relevant) > maxVerdictFindings { // what a verdict has no room for decides least
		slices.SortStableFunc(relevant, func(a, b int) int {
			return cmp.Compare(out.findings[a].importance(), out.findings[b].importance())
		})
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
		if i > 0 && slices.Equal(v.findings, out.verdicts[i-1].findings) {
			v.findings, led = out.verdicts[i-1].findings, led[:start] // those of the object, mostly
		}
		out.verdicts = append(out.verdicts, v)
	}
}

// certain reports whether a finding, at a stage of the load, is a certain
// refusal. One that depends on something unknown is none, whatever severity it
// was given.
func (f *Finding) certain() bool { return f.Severity >= Error && f.DependsOn == "" }

// importance orders findings by what they do to a verdict, the most important first.
func (f *Finding) importance() int {
	switch {
	case f.certain():
		return 0
	case f.DependsOn != "":
		return 1
	}
	return 2
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
	fails, start := false, len(led)
	if blind != "" {
		v.reasons = append(v.reasons, blind)
	}
	for _, i := range relevant {
		f := &out.findings[i]
		if !p.Hits(f.Scope, program) {
			continue
		}
		if f.DependsOn != "" && len(v.reasons) <= maxVerdictReasons && !slices.Contains(v.reasons, dependsOn+f.DependsOn) {
			v.reasons = append(v.reasons, dependsOn+f.DependsOn)
		}
		switch {
		case f.Severity < Warning:
		case len(led)-start == maxVerdictFindings:
			v.omitted++
		default:
			led = append(led, i)
		}
		fails = fails || f.certain()
	}
	switch {
	case fails:
		v.verdict, v.reasons = Fails, nil
	case len(v.reasons) > 0:
		v.verdict = Undecided
		if len(v.reasons) > maxVerdictReasons {
			v.reasons = append(v.reasons[:maxVerdictReasons-1], reasonMore)
		}
		slices.Sort(v.reasons)
	}
	return v, led
}
