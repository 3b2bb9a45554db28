package btflint

import (
	"reflect"

	"github.com/cilium/ebpf"
)

// reduce is the part of spec that LoadAndAssign loads for to: the programs and
// maps that tagged fields name, and what those refer to (cilium/ebpf
// collection.go, LoadAndAssign and loadProgram). It is a shallow copy; spec
// stays as it is. A to that LoadAndAssign itself refuses names nothing.
func reduce(spec *ebpf.CollectionSpec, to any) *ebpf.CollectionSpec {
	if spec == nil {
		return nil
	}
	part := *spec
	part.Programs = make(map[string]*ebpf.ProgramSpec)
	part.Maps = make(map[string]*ebpf.MapSpec)

	programs, maps := assigned(reflect.ValueOf(to))
	for len(programs)+len(maps) > 0 {
		if n := len(programs); n > 0 {
			name := programs[n-1]
			programs = programs[:n-1]
			prog := spec.Programs[name]
			if prog == nil || part.Programs[name] != nil {
				continue
			}
			part.Programs[name] = prog
			for i := range prog.Instructions {
				if ref := prog.Instructions[i].Reference(); ref != "" {
					programs, maps = append(programs, ref), append(maps, ref)
				}
			}
			continue
		}
		name := maps[len(maps)-1]
		maps = maps[:len(maps)-1]
		m := spec.Maps[name]
		if m == nil || part.Maps[name] != nil {
			continue
		}
		part.Maps[name] = m
		for _, kv := range m.Contents {
			if ref, ok := kv.Value.(string); ok { // a program or an inner map by name
				programs, maps = append(programs, ref), append(maps, ref)
			}
		}
	}
	return &part
}

// assigned lists the programs and maps that the fields of the struct behind v
// are tagged with, by the rules of cilium/ebpf's ebpfFields.
func assigned(v reflect.Value) (programs, maps []string) {
	seen := make(map[reflect.Type]bool)
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return
			}
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || seen[v.Type()] {
			return
		}
		seen[v.Type()] = true
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("ebpf")
			switch {
			case name == "":
				visit(v.Field(i))
			case v.Field(i).Type() == reflect.TypeFor[*ebpf.Program]():
				programs = append(programs, name)
			case v.Field(i).Type() == reflect.TypeFor[*ebpf.Map]():
				maps = append(maps, name)
			}
		}
	}
	if v.IsValid() {
		visit(v)
	}
	return programs, maps
}
