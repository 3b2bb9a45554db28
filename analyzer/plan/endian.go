package plan

import (
	"encoding/binary"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// RefuseByteOrder: the object is built for machines of the other byte order.
const RefuseByteOrder Code = "byte-order"

// checkByteOrder compares the byte orders of object and kernel (libbpf.c,
// bpf_object_load: "loading non-native endianness is unsupported"; cilium/ebpf
// prog.go, newProgramWithOptions: "can't load %s program on %s").
func (p *Plan) checkByteOrder() {
	if !p.foreign() {
		return
	}
	scope := ScopeObject
	if p.Loader.ByteOrderPerProgram {
		var funcs []*bpfobj.Function
		for _, prog := range p.Object.Programs {
			funcs = append(funcs, prog.Function)
		}
		scope = p.ScopeOfFunctions(funcs...)
	}
	p.refuse(Refusal{
		Code: RefuseByteOrder, Stage: StageLoad, Scope: scope,
		Subject: "object", Detail: "is " + endianness(p.Object.ByteOrder),
	})
}

// foreign reports whether the object is for machines of the other byte order.
func (p *Plan) foreign() bool {
	return p.Kernel != nil && p.Kernel.ByteOrder != nil && p.Object.ByteOrder != nil && p.Kernel.ByteOrder != p.Object.ByteOrder
}

// endianness is the byte order in words.
func endianness(order binary.ByteOrder) string {
	if order == binary.BigEndian {
		return "big endian"
	}
	return "little endian"
}
