package shadow

// goShared is what the maps of a Go file share. OBJECT stands for the name of the
// object, so that a package can hold several files.
const goShared = `
// openOBJECT checks that a spec has a struct_ops map with the layout of a type,
// and makes values, the bytes of one, its contents.
func openOBJECT(spec *ebpf.CollectionSpec, name string, typ reflect.Type, values []byte) error {
	m := spec.Maps[name]
	if m == nil || m.Type != ebpf.StructOpsMap {
		return fmt.Errorf("struct_ops map %q: not in the spec", name)
	}
	if spec.ByteOrder != nil && spec.ByteOrder.Uint16([]byte{1, 0}) != binary.NativeEndian.Uint16([]byte{1, 0}) {
		return fmt.Errorf("struct_ops map %q: the object's byte order is not the host's", name)
	}
	if err := checkOBJECT(m, typ); err != nil {
		return fmt.Errorf("struct_ops map %q: %w", name, err)
	}
	if len(m.Contents) != 1 {
		return fmt.Errorf("struct_ops map %q: no contents, the spec was loaded already", name)
	}
	contents, ok := m.Contents[0].Value.([]byte)
	if !ok || len(contents) != len(values) {
		return fmt.Errorf("struct_ops map %q: contents are not %d bytes", name, len(values))
	}
	copy(values, contents)
	m.Contents = []ebpf.MapKV{{Key: uint32(0), Value: values}}
	return nil
}

// checkOBJECT compares the fields of a type with the members of the map's struct.
func checkOBJECT(m *ebpf.MapSpec, typ reflect.Type) error {
	s, ok := btf.As[*btf.Struct](m.Value)
	if !ok {
		return errors.New("no struct")
	}
	if uintptr(s.Size) != typ.Size() {
		return fmt.Errorf("struct %s has %d bytes, %d when this was generated", s.Name, s.Size, typ.Size())
	}
	if name := typ.Field(0).Tag.Get("struct"); s.Name != name {
		return fmt.Errorf("struct %s, %s when this was generated", s.Name, name)
	}
	members := make(map[string]btf.Member, len(s.Members))
	for _, member := range s.Members {
		members[member.Name] = member
	}
	for i := range typ.NumField() {
		field := typ.Field(i)
		kind, name, _ := strings.Cut(field.Tag.Get("shadow"), " ")
		if kind != "scalar" && kind != "program" {
			continue
		}
		member, ok := members[name]
		if !ok {
			return fmt.Errorf("struct %s has no member %q any more", s.Name, name)
		}
		size, err := btf.Sizeof(member.Type)
		if err != nil {
			return fmt.Errorf("member %q: %w", name, err)
		}
		if uintptr(member.Offset.Bytes()) != field.Offset || uintptr(size) != field.Type.Size() {
			return fmt.Errorf("member %q has %d bytes at offset %d, %d at %d when this was generated",
				name, size, member.Offset.Bytes(), field.Type.Size(), field.Offset)
		}
	}
	return nil
}

// setOBJECTProgram makes program the one that attaches to target, "STRUCT:MEMBER".
func setOBJECTProgram(spec *ebpf.CollectionSpec, target, program string) error {
	next := spec.Programs[program]
	if program != "" && (next == nil || next.Type != ebpf.StructOps) {
		return fmt.Errorf("%s: no struct_ops program %q in the spec", target, program)
	}
	for name, p := range spec.Programs {
		if p.Type == ebpf.StructOps && p.AttachTo == target && p != next {
			delete(spec.Programs, name)
		}
	}
	if next != nil {
		next.AttachTo = target
	}
	return nil
}
`
