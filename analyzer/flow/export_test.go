package flow

// Endless reports whether the verifier surely refuses the program for a path
// that does not end.
func (r *Result) Endless() bool {
	if r.graph == nil {
		return false
	}
	r.graph.mustReach(nil)
	return r.graph.must.endless
}
