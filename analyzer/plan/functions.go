package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// FunctionPlan is what the kernel makes of a function's BTF.
type FunctionPlan struct {
	Func *bpfobj.Function
}

func (p *Plan) checkFunctions() {}
