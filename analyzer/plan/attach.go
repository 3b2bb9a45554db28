package plan

// AttachBinding is the outcome of looking an attach target up in kernel BTF.
type AttachBinding struct{}

func (p *Plan) checkAttach() {}
