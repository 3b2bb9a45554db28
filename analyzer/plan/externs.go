package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// ExternBinding is the outcome of resolving an extern.
type ExternBinding struct {
	Extern *bpfobj.Extern
}

func (p *Plan) resolveExterns() {}
