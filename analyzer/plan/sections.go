package plan

// Code tells refusals apart.
type Code string

func (p *Plan) checkSections() {}
