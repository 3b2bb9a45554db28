// Package ciliumcheck answers with cilium/ebpf the questions of a check that
// its exported functions can answer: CO-RE relocations, kfuncs and ksyms,
// struct_ops types.
package ciliumcheck

import (
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// HasCORE reports whether a program of the object has a CO-RE relocation.
func HasCORE(spec *ebpf.CollectionSpec) bool {
	for _, prog := range spec.Programs {
		for i := range prog.Instructions {
			if btf.CORERelocationMetadata(&prog.Instructions[i]) != nil {
				return true
			}
		}
	}
	return false
}

// Programs resolves what the programs and maps of the object refer to and
// counts what it finds and what not.
func Programs(spec *ebpf.CollectionSpec, kernel *btf.Spec) (resolved, failed int) {
	count := func(err error) {
		if err != nil {
			failed++
			return
		}
		resolved++
	}
	for _, prog := range spec.Programs {
		var relos []*btf.CORERelocation
		for i := range prog.Instructions {
			ins := &prog.Instructions[i]
			if relo := btf.CORERelocationMetadata(ins); relo != nil {
				relos = append(relos, relo)
			}
			if name := ins.Reference(); name != "" && ins.IsKfuncCall() {
				var fn *btf.Func
				count(kernel.TypeByName(name, &fn))
			}
		}
		if len(relos) > 0 {
			ids := map[btf.Type]btf.TypeID{}
			_, err := btf.CORERelocate(relos, []*btf.Spec{kernel}, spec.ByteOrder, func(t btf.Type) (btf.TypeID, error) {
				if ids[t] == 0 {
					ids[t] = btf.TypeID(len(ids) + 1)
				}
				return ids[t], nil
			})
			count(err)
		}
		attach(prog, kernel, count)
	}
	for _, m := range spec.Maps {
		if s, ok := m.Value.(*btf.Struct); ok && m.Type == ebpf.StructOpsMap {
			var target *btf.Struct
			count(kernel.TypeByName("bpf_struct_ops_"+s.Name, &target))
		}
	}
	return resolved, failed
}

// attach looks up the program's attach target.
func attach(prog *ebpf.ProgramSpec, kernel *btf.Spec, count func(error)) {
	switch prog.AttachType {
	case ebpf.AttachTraceFEntry, ebpf.AttachTraceFExit, ebpf.AttachModifyReturn:
		var fn *btf.Func
		count(kernel.TypeByName(prog.AttachTo, &fn))
	case ebpf.AttachLSMMac:
		var fn *btf.Func
		count(kernel.TypeByName("bpf_lsm_"+prog.AttachTo, &fn))
	case ebpf.AttachTraceRawTp:
		var def *btf.Typedef
		count(kernel.TypeByName("btf_trace_"+prog.AttachTo, &def))
	}
}
