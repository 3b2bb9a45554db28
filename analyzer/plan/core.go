package plan

// COREBinding is the outcome of a CO-RE relocation. Nothing computes it yet:
// [Plan.CORE] is empty, and a program that holds CO-RE records is undecided as
// far as they are concerned.
type COREBinding struct{}

func (p *Plan) relocateCORE() {}
