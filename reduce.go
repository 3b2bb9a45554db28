package btflint

import (
	"maps"
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

	programs, names := assigned(spec, reflect.ValueOf(to))
	for len(programs)+len(names) > 0 {
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
					programs, names = append(programs, ref), append(names, ref)
				}
			}
			continue
		}
		name := names[len(names)-1]
		names = names[:len(names)-1]
		m := spec.Maps[name]
		if m == nil || part.Maps[name] != nil {
			continue
		}
		part.Maps[name] = m
		for _, kv := range m.Contents {
			if ref, ok := kv.Value.(string); ok { // a program or an inner map by name
				programs, names = append(programs, ref), append(names, ref)
			}
		}
	}
	return &part
}

// replace is spec without the creation of the maps that opts replace: in their
// place stand maps that any kernel creates. It is a shallow copy.
func replace(spec *ebpf.CollectionSpec, opts *ebpf.CollectionOptions) *ebpf.CollectionSpec {
	if spec == nil || opts == nil || len(opts.MapReplacements) == 0 {
		return spec
	}
	changed := *spec
	changed.Maps = maps.Clone(spec.Maps)
	for name := range opts.MapReplacements {
		if spec.Maps[name] != nil {
			changed.Maps[name] = &ebpf.MapSpec{Name: name, Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1}
		}
	}
	return &changed
}

// assigned lists the programs and maps that the fields of the struct behind v
// are tagged with, by the rules of cilium/ebpf's ebpfFields. A variable stands
// for the map of its section.
func assigned(spec *ebpf.CollectionSpec, v reflect.Value) (programs, maps []string) {
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
			case v.Field(i).Type() == reflect.TypeFor[*ebpf.Variable]() && spec.Variables[name] != nil:
				maps = append(maps, spec.Variables[name].SectionName)
			}
		}
	}
	if v.IsValid() {
		visit(v)
	}
	return programs, maps
}
