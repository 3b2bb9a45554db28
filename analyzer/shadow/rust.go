package shadow

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// WriteRust writes a Rust module with the types, for Rust 1.77 and 64-bit
// targets. It asserts the offset of every field and the size of every type.
func WriteRust(w io.Writer, object string, types []Type, opts Options) error {
	if opts.Ident == "" {
		opts.Ident = objectIdent(object)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s%s; DO NOT EDIT.\n\n", generated, objectIdent(object))
	b.WriteString("#![allow(dead_code, non_camel_case_types, non_snake_case)]\n\n")
	b.WriteString("/// libbpf's `struct bpf_program`, of which nothing is known here.\n" +
		"#[repr(C)]\npub struct bpf_program {\n    _private: [u8; 0],\n}\n")
	for i := range types {
		rustType(&b, &types[i], types[i].cName(opts.Ident))
	}
	_, err := b.WriteTo(w)
	return err
}

// rustType writes one type and its assertions.
func rustType(b *bytes.Buffer, t *Type, name string) {
	fmt.Fprintf(b, "\n/// The values of struct_ops map `%s`, struct `%s`, between open and load.\n", identifier(t.Map), identifier(t.TypeName))
	repr := "C"
	if t.Packed {
		repr = "C, packed"
	}
	fmt.Fprintf(b, "#[repr(%s)]\npub struct %s {\n", repr, name)
	names := unique{}
	fields := make([]string, len(t.Members))
	for i := range t.Members {
		m := &t.Members[i]
		fields[i] = names.name(rustName(m.Name))
		switch {
		case m.Kind == Unsupported && isIdentifier(m.Of):
			fmt.Fprintf(b, "    /// Bytes of `%s`.\n", m.Of)
		case isIdentifier(m.Num.EnumName):
			fmt.Fprintf(b, "    /// An `enum %s`.\n", m.Num.EnumName)
		case m.Kind == Scalar && m.Num.Class == NumBool:
			b.WriteString("    /// A `_Bool`: 0 or 1.\n")
		}
		fmt.Fprintf(b, "    pub %s: %s,\n", fields[i], rustNumber(m))
	}
	b.WriteString("}\n\nconst _: () = {\n")
	for i := range t.Members {
		fmt.Fprintf(b, "    assert!(core::mem::offset_of!(%s, %s) == %d);\n", name, fields[i], t.Members[i].OffsetBytes)
	}
	fmt.Fprintf(b, "    assert!(core::mem::size_of::<%s>() == %d);\n};\n", name, t.SizeBytes)
}

// rustName is the name of a field.
func rustName(name string) string {
	keyword, reserved := rustKeyword(name)
	switch {
	case reserved || name == "_":
		return name + "_"
	case keyword:
		return "r#" + name
	}
	return name
}

// rustNumber is the type of a field. What may hold any bytes is no bool and no enum.
func rustNumber(m *Member) string {
	bits := strconv.FormatUint(8*m.Num.SizeBytes, 10)
	switch {
	case m.Kind == Program:
		return "*mut bpf_program"
	case m.Kind != Scalar || m.Num.Class == NumFloat && m.Num.SizeBytes != 4 && m.Num.SizeBytes != 8:
		return "[u8; " + strconv.FormatUint(m.SizeBytes, 10) + "]"
	case m.Num.Class == NumFloat:
		return "f" + bits
	case m.Num.Class == NumInt:
		return "i" + bits
	}
	return "u" + bits
}
