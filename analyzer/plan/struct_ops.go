package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// StructOpsBinding is the outcome of binding a struct_ops map to the kernel's type.
type StructOpsBinding struct {
	Map *bpfobj.StructOpsMap
	// Autocreate tells that the loader creates the map by default.
	Autocreate bool
}

func (p *Plan) bindStructOps() {}
