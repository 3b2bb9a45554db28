package rules

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

// concerns tells which objects rules look at that need the kernel's symbols or
// configuration: a rule is not missed where it would have looked at nothing.
func concerns(kind bpfobj.ExternKind) func(*plan.Plan) bool {
	return func(p *plan.Plan) bool {
		return slices.ContainsFunc(p.Object.Externs, func(e *bpfobj.Extern) bool { return e.Kind == kind })
	}
}

// concernsTargets tells that a program attaches to a function of the kernel.
func concernsTargets(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Programs, func(pp plan.ProgramPlan) bool {
		return pp.Target.Status == plan.AttachFound && pp.Target.Kind == btfgraph.KindFunc
	})
}
