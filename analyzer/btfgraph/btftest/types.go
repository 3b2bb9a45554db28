package btftest

import "github.com/btflint/btflint/analyzer/btfgraph"

// Member is a member of a STRUCT or UNION. A width makes it a bitfield.
type Member struct {
	Name      string
	Type      ID
	BitOffset uint32
	Width     uint32 // bits, 0 for none
}

// Param is a parameter of a FUNC_PROTO; the zero value means variadic.
type Param struct {
	Name string
	Type ID
}

// Value is an enumerator.
type Value struct {
	Name  string
	Value uint64
}

// Secinfo is an entry of a DATASEC.
type Secinfo struct {
	Type         ID
	Offset, Size uint32
}

// Int adds an INT of size bytes that uses all its bits.
func (b *Builder) Int(name string, size uint32, enc btfgraph.IntEncoding) ID {
	return b.Add(name, Info(btfgraph.KindInt, 0, false), size, uint32(enc)<<24|8*size)
}

// Float adds a FLOAT of size bytes.
func (b *Builder) Float(name string, size uint32) ID {
	return b.Add(name, Info(btfgraph.KindFloat, 0, false), size)
}

// Ptr adds a PTR to a type, 0 for void.
func (b *Builder) Ptr(to ID) ID { return b.Add("", Info(btfgraph.KindPtr, 0, false), uint32(to)) }

// Const adds a CONST of a type.
func (b *Builder) Const(of ID) ID { return b.Add("", Info(btfgraph.KindConst, 0, false), uint32(of)) }

// Volatile adds a VOLATILE of a type.
func (b *Builder) Volatile(of ID) ID {
	return b.Add("", Info(btfgraph.KindVolatile, 0, false), uint32(of))
}

// Restrict adds a RESTRICT of a type.
func (b *Builder) Restrict(of ID) ID {
	return b.Add("", Info(btfgraph.KindRestrict, 0, false), uint32(of))
}

// Typedef adds a TYPEDEF of a type.
func (b *Builder) Typedef(name string, of ID) ID {
	return b.Add(name, Info(btfgraph.KindTypedef, 0, false), uint32(of))
}

// TypeTag adds a TYPE_TAG on a type.
func (b *Builder) TypeTag(tag string, of ID) ID {
	return b.Add(tag, Info(btfgraph.KindTypeTag, 0, false), uint32(of))
}

// DeclTag adds a DECL_TAG on a type, or on its member or parameter if
// component is not -1.
func (b *Builder) DeclTag(tag string, on ID, component int) ID {
	return b.Add(tag, Info(btfgraph.KindDeclTag, 0, false), uint32(on), uint32(int32(component)))
}

// Fwd adds a FWD of a struct or union.
func (b *Builder) Fwd(name string, union bool) ID {
	return b.Add(name, Info(btfgraph.KindFwd, 0, union), 0)
}

// Array adds an ARRAY.
func (b *Builder) Array(elem, index ID, nelems uint32) ID {
	return b.Add("", Info(btfgraph.KindArray, 0, false), 0, uint32(elem), uint32(index), nelems)
}

// Struct adds a STRUCT of size bytes.
func (b *Builder) Struct(name string, size uint32, members ...Member) ID {
	return b.composite(btfgraph.KindStruct, name, size, members)
}

// Union adds a UNION of size bytes.
func (b *Builder) Union(name string, size uint32, members ...Member) ID {
	return b.composite(btfgraph.KindUnion, name, size, members)
}

// composite sets the kind flag if a member is a bitfield.
func (b *Builder) composite(kind btfgraph.Kind, name string, size uint32, members []Member) ID {
	var body []uint32
	flag := false
	for _, m := range members {
		flag = flag || m.Width != 0
		body = append(body, b.String(m.Name), uint32(m.Type), m.BitOffset|m.Width<<24)
	}
	return b.Add(name, Info(kind, len(members), flag), size, body...)
}

// Enum adds an unsigned ENUM of 4 bytes.
func (b *Builder) Enum(name string, values ...Value) ID { return b.enum(name, false, values) }

// SignedEnum adds a signed ENUM of 4 bytes.
func (b *Builder) SignedEnum(name string, values ...Value) ID { return b.enum(name, true, values) }

func (b *Builder) enum(name string, signed bool, values []Value) ID {
	var body []uint32
	for _, v := range values {
		body = append(body, b.String(v.Name), uint32(v.Value))
	}
	return b.Add(name, Info(btfgraph.KindEnum, len(values), signed), 4, body...)
}

// Enum64 adds an unsigned ENUM64 of 8 bytes.
func (b *Builder) Enum64(name string, values ...Value) ID {
	var body []uint32
	for _, v := range values {
		body = append(body, b.String(v.Name), uint32(v.Value), uint32(v.Value>>32))
	}
	return b.Add(name, Info(btfgraph.KindEnum64, len(values), false), 8, body...)
}

// FuncProto adds a FUNC_PROTO.
func (b *Builder) FuncProto(ret ID, params ...Param) ID {
	var body []uint32
	for _, p := range params {
		body = append(body, b.String(p.Name), uint32(p.Type))
	}
	return b.Add("", Info(btfgraph.KindFuncProto, len(params), false), uint32(ret), body...)
}

// Func adds a FUNC of a prototype.
func (b *Builder) Func(name string, proto ID, linkage btfgraph.Linkage) ID {
	return b.Add(name, Info(btfgraph.KindFunc, int(linkage), false), uint32(proto))
}

// Var adds a VAR of a type.
func (b *Builder) Var(name string, typ ID, linkage btfgraph.Linkage) ID {
	return b.Add(name, Info(btfgraph.KindVar, 0, false), uint32(typ), uint32(linkage))
}

// Datasec adds a DATASEC of size bytes.
func (b *Builder) Datasec(name string, size uint32, entries ...Secinfo) ID {
	var body []uint32
	for _, e := range entries {
		body = append(body, uint32(e.Type), e.Offset, e.Size)
	}
	return b.Add(name, Info(btfgraph.KindDatasec, len(entries), false), size, body...)
}
