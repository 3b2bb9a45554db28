package plan

import "github.com/btflint/btflint/analyzer/bpfobj"

// MapPlan is what the loader makes of a map.
type MapPlan struct {
	Map *bpfobj.Map
}

func (p *Plan) planMaps() {}
