package shadow

import (
	"bytes"
	"fmt"
	"go/format"
	"io"
	"strconv"
	"strings"
)

// tagKey is the key of the struct tags by which a generated Go file says what a
// field is in the object.
const tagKey = "shadow"

// structKey is the key for the name of the struct, beside that of the map.
const structKey = "struct"

// WriteGo writes a Go file for use with cilium/ebpf: for every type a struct of
// its layout, and a function that puts it in the place of the map's contents in
// a CollectionSpec, so that what is set in the struct is loaded. It asserts the
// offset of every field and the size of every struct. The types have to be of
// the default style: the others are bpftool's, for C.
func WriteGo(w io.Writer, object string, types []Type, opts Options) error {
	if opts.Package == "" {
		opts.Package = "main"
	}
	if err := opts.Check(); err != nil {
		return err
	}
	if len(types) == 0 {
		return ErrNoShadow
	}
	if opts.Ident == "" {
		opts.Ident = objectIdent(object)
	}
	g := &goWriter{names: unique{}, object: camel(opts.Ident)}
	g.printf("// %s%s; DO NOT EDIT.\n\npackage %s\n\n", generated, objectIdent(object), opts.Package)
	g.printf("import (\n\t\"encoding/binary\"\n\t\"errors\"\n\t\"fmt\"\n\t\"reflect\"\n\t\"strings\"\n\t\"structs\"\n\t\"unsafe\"\n\n" +
		"\t\"github.com/cilium/ebpf\"\n\t\"github.com/cilium/ebpf/btf\"\n)\n")
	for i := range types {
		g.typ(&types[i])
	}
	g.b.WriteString(strings.ReplaceAll(goShared, "OBJECT", g.object))
	source, err := format.Source(g.b.Bytes())
	if err != nil {
		return fmt.Errorf("internal error: generated Go: %w, please report", err)
	}
	_, err = w.Write(source)
	return err
}

// goWriter writes one Go file.
type goWriter struct {
	b     bytes.Buffer
	names unique // at package level
	// object is the object's name in names.
	object string
}

func (g *goWriter) printf(format string, args ...any) { fmt.Fprintf(&g.b, format, args...) }

// goField is a member that Go has: all but those of no size, which would make
// Go add padding at the end.
type goField struct {
	*Member
	name, typ string
	setter    string // of a Program
}

// typ writes what a map needs.
func (g *goWriter) typ(t *Type) {
	name := g.names.name(camel(t.Map))
	values, open := g.names.name(name+"Values"), g.names.name("Open"+name)
	fields := goFields(t, values)
	g.printf("\n// %s are the values of struct_ops map %q, struct %s, as the object has them.\n", values, t.Map, identifier(t.TypeName))
	g.printf("type %s struct {\n\t_ structs.HostLayout %s\n", values, goTag(tagKey, t.Map, structKey, t.TypeName))
	for _, f := range fields {
		comment := ""
		switch {
		case f.Kind == Program:
			comment = " // a program: see " + f.setter
		case f.Kind == Unsupported && isIdentifier(f.Of):
			comment = " // bytes of " + f.Of
		case isIdentifier(f.Num.EnumName):
			comment = " // enum " + f.Num.EnumName
		}
		tag := ""
		if f.Kind != Padding {
			tag = goTag(tagKey, f.Kind.String()+" "+f.Name)
		}
		g.printf("\t%s %s %s%s\n", f.name, f.typ, tag, comment)
	}
	g.printf("}\n\n// The struct has to be that of the object, byte by byte.\nconst (\n")
	for _, f := range fields {
		if f.name != "_" {
			g.printf("\t_ = uint(unsafe.Offsetof(%s{}.%s)-%d) + uint(%d-unsafe.Offsetof(%s{}.%s))\n",
				values, f.name, f.OffsetBytes, f.OffsetBytes, values, f.name)
		}
	}
	g.printf("\t_ = uint(unsafe.Sizeof(%s{})-%d) + uint(%d-unsafe.Sizeof(%s{}))\n)\n", values, t.SizeBytes, t.SizeBytes, values)
	g.open(t, name, values, open, fields)
}

// open writes the handle of a map and its methods.
func (g *goWriter) open(t *Type, name, values, open string, fields []goField) {
	g.printf("\n// %s is struct_ops map %q of a spec before it is loaded. Setting a field sets the value\n"+
		"// that is loaded.\ntype %s struct {\n\t*%s\n\tspec *ebpf.CollectionSpec\n}\n", name, t.Map, name, values)
	g.printf("\n// %s returns the map's values. They take the place of the map's contents in the spec: what is\n"+
		"// set in them until the spec is loaded is loaded, once. It fails if the spec has no such map, or\n"+
		"// one of another layout than this file was generated for.\n", open)
	g.printf("func %s(spec *ebpf.CollectionSpec) (*%s, error) {\n\tvalues := new(%s)\n"+
		"\terr := open%s(spec, %q, reflect.TypeFor[%s](), unsafe.Slice((*byte)(unsafe.Pointer(values)), unsafe.Sizeof(*values)))\n"+
		"\tif err != nil {\n\t\treturn nil, err\n\t}\n\treturn &%s{values, spec}, nil\n}\n", open, name, values, g.object, t.Map, values, name)
	for _, f := range fields {
		if f.Kind != Program {
			continue
		}
		g.printf("\n// %s puts a program of the spec into %s, in all maps of the struct; \"\" for none. The\n"+
			"// program that was there is taken out of the spec, and the new one out of its former place.\n", f.setter, f.Of)
		g.printf("func (m *%s) %s(program string) error {\n\treturn set%sProgram(m.spec, %q, program)\n}\n",
			name, f.setter, g.object, t.TypeName+":"+f.Of)
	}
}

// goFields are the fields of a type, with names that are no other's. Setters
// and fields of the embedding struct share a name space with them.
func goFields(t *Type, values string) []goField {
	names := unique{"spec": true, values: true}
	var fields []goField
	for i := range t.Members {
		m := &t.Members[i]
		if m.SizeBytes == 0 {
			continue
		}
		f := goField{Member: m, name: "_", typ: "[" + strconv.FormatUint(m.SizeBytes, 10) + "]byte"}
		switch m.Kind {
		case Scalar:
			f.name = names.name(camel(m.Name))
			if n := goNumber(m.Num); n != "" && m.OffsetBytes%m.Num.SizeBytes == 0 && t.SizeBytes%m.Num.SizeBytes == 0 {
				f.typ = n
			}
		case Program:
			f.name, f.setter = names.name("program"+camel(m.Name)), names.name("Set"+camel(m.Name))
		case Unsupported:
			f.name = names.name("Unsupported" + strconv.Itoa(m.Index))
		}
		fields = append(fields, f)
	}
	return fields
}

// goNumber is a number's type in Go, "" if there is none.
func goNumber(n Number) string {
	bits := strconv.FormatUint(8*n.SizeBytes, 10)
	switch {
	case n.SizeBytes > 8 || n.Class == NumFloat && n.SizeBytes < 4:
		return ""
	case n.Class == NumBool:
		return "bool"
	case n.Class == NumFloat:
		return "float" + bits
	case n.Class == NumInt:
		return "int" + bits
	}
	return "uint" + bits
}

// goTag is the struct tag of keys and their values, as a literal of Go.
func goTag(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+":"+strconv.Quote(pairs[i+1]))
	}
	tag := strings.Join(parts, " ")
	if strconv.CanBackquote(tag) {
		return "`" + tag + "`"
	}
	return strconv.Quote(tag)
}
