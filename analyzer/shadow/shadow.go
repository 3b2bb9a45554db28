// Package shadow computes the shadow types of an object's struct_ops maps and
// writes them in C, Go, Rust and JSON.
//
// The shadow type of a struct_ops map is the type by which user space sees the
// map's initial value between open and load: the struct of the object, byte by
// byte, with program pointers in place of function pointers. bpftool emits
// shadow types into skeletons; a [Style] is its rules at some time. What does
// not work in its output is put right here: see [Type.Fixes].
//
// The other way round, [Read] finds the shadow types in a generated header or
// Go file, and [File.Compare] tells where they differ from an object.
package shadow

import (
	"errors"
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ErrNoTypes says that the object's BTF, which describes its struct_ops maps,
// is missing or cannot be read.
var ErrNoTypes = errors.New("object has no readable BTF")

// Kind says what a member of a shadow type is.
type Kind uint8

// Kinds of members.
const (
	// Scalar: a number under the member's own name.
	Scalar Kind = iota
	// Program: a pointer to a program under the member's own name.
	Program
	// Unsupported: bytes in place of a member that shadow types do not show.
	Unsupported
	// Padding: bytes that belong to no member.
	Padding
)

// String is the kind in lower case, as in JSON.
func (k Kind) String() string {
	return [...]string{"scalar", "program", "unsupported", "padding"}[k&3]
}

// Type is the shadow type of one struct_ops map. Its members follow each other
// without gaps and fill it, so that no compiler has to align anything.
type Type struct {
	// Map and TypeName are the names of the map and of its struct in the object.
	Map, TypeName string
	SizeBytes     uint64
	Members       []Member
	// Packed tells that a member lies, or the type ends, where the natural
	// alignment of its members does not allow it.
	Packed bool
	// Fixes says where bpftool's output for the type would not compile, or have
	// another layout than the map, in the order of the members.
	Fixes []Fix

	ops *bpfobj.StructOpsMap
	// ident is "MAP__TYPE", as identifiers that no other type of the object has.
	ident string
}

// Member is a member of a shadow type.
type Member struct {
	// Name is the name in C: the member's own or a made up one. CPPName is the
	// name in C++, if that has a keyword of the name; "" otherwise.
	Name, CPPName string
	Kind          Kind
	// Of is the name of the object's member, "" for padding; Index its index,
	// -1 for padding at the end.
	Of    string
	Index int
	// OffsetBytes is relative to the start of the type.
	OffsetBytes, SizeBytes uint64
	// Num is the type of a Scalar.
	Num Number
}

// FixReason says why bpftool's shadow type does not serve.
type FixReason uint8

// Reasons, each with what stands in the place here.
const (
	// NamedEnum: bpftool names an enum that it does not define. Here it is an
	// integer.
	NamedEnum FixReason = iota
	// RepeatedEnum: bpftool defines the enumerators of an anonymous enum once
	// more than C allows. Here all but the first are integers.
	RepeatedEnum
	// EnumSize: bpftool's enum has another size. Here it is an integer.
	EnumSize
	// ForeignNumber: bpftool names a type that C does not have, as other
	// languages put into BTF. Here it is a type of that size.
	ForeignNumber
	// Bitfield: bpftool takes the width of a bitfield for a part of its
	// offset. Here it is bytes.
	Bitfield
	// Misaligned: compilers align bpftool's members elsewhere. Here the type
	// is packed, or ends in padding.
	Misaligned
	// Name: the member's name is none in C, or two members have it.
	Name
	// Keyword: the member's name is a keyword of C++. Here it has a "_" at its
	// end in C++, or more of them if another member has that name.
	Keyword
)

// Fix is a place where a type differs from bpftool's on purpose.
type Fix struct {
	Reason FixReason
	// Member is the name of the object's member; "" for the whole type.
	Member string
}

// Style is a set of rules for names and padding.
type Style struct {
	// Name is what --style calls it.
	Name string
	// UnsupportedAsPadding: unsupported members are named like padding and
	// take the gap behind them in.
	UnsupportedAsPadding bool
	// GapAfter: a gap has the index of the member in front of it, not of the
	// one behind it.
	GapAfter bool
	// NoTail: nothing fills the end of the type.
	NoTail bool
	// ConstPrograms: program pointers are "const struct bpf_program *".
	ConstPrograms bool
}

// Styles are the known styles, the default first.
var Styles = []Style{
	// tools/bpf/bpftool/gen.c, walk_st_ops_shadow_vars, Linux 6.9 to 7.3.
	{Name: "current"},
	// The same function in the series "Create shadow types for struct_ops maps
	// in skeletons", versions 3 to 5, February 2024.
	{Name: "2024", UnsupportedAsPadding: true, GapAfter: true, NoTail: true, ConstPrograms: true},
}

// Of computes the shadow types of the struct_ops maps of an object, in the
// object's order, which is bpftool's. An object without such maps has none.
//
// It returns an error wrapping [ErrNoTypes] if the object's BTF cannot be read,
// and an error if a map is of no struct or its members overlap, which no loader
// takes.
func Of(obj *bpfobj.Object, style Style) ([]Type, error) {
	if obj.Types == nil {
		if obj.TypesErr != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoTypes, obj.TypesErr)
		}
		return nil, ErrNoTypes
	}
	b := &builder{g: obj.Types, style: style, enumerators: map[string]bool{}, enums: map[btfgraph.ID]bool{}}
	var types []Type
	idents := unique{}
	for _, m := range obj.StructOps {
		if b.g.Kind(m.Type) != btfgraph.KindStruct {
			return nil, fmt.Errorf("struct_ops map %q: of kind %s, not a struct", m.Name, b.g.Kind(m.Type))
		}
		t, err := b.build(m)
		if err != nil {
			return nil, fmt.Errorf("struct_ops map %q: %w", m.Name, err)
		}
		t.ident = idents.name(identifier(t.Map)) + "__" + identifier(t.TypeName)
		types = append(types, *t)
	}
	return types, nil
}
