package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// TargetFault says why a loader finds no place for a struct_ops program whose
// spec names one, as "TYPE:MEMBER" (cilium/ebpf prog.go, newProgramWithOptions).
type TargetFault uint8

// Faults of the place that a program names.
const (
	// TargetSound: there is nothing wrong with it, or nothing is known.
	TargetSound TargetFault = iota
	// TargetMalformed: it is not of the form TYPE:MEMBER.
	TargetMalformed
	// TargetTypeMissing: the kernel has no such struct.
	TargetTypeMissing
	// TargetMemberMissing: the kernel's struct has no such member.
	TargetMemberMissing
)

// targetFault checks the place that a program names which no map of the object
// has; for the others the members of the maps tell.
func (p *Plan) targetFault(target string) TargetFault {
	typ, member, _ := strings.Cut(target, ":")
	if member == "" {
		return TargetMalformed
	}
	if p.Kernel == nil || p.Kernel.Types == nil {
		return TargetSound
	}
	g, _, id := p.Kernel.Find(btfgraph.KindStruct, typ)
	if id == btfgraph.Void {
		if p.Kernel.Modules == nil {
			return TargetSound // a module may have it
		}
		return TargetTypeMissing
	}
	for i := range g.Vlen(id) {
		if g.Member(id, i).Name == member {
			return TargetSound
		}
	}
	return TargetMemberMissing
}
