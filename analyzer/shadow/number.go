package shadow

import (
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// NumberClass is the sort of a [Number].
type NumberClass uint8

// Sorts of numbers. NumOther is one that C has no type for.
const (
	NumOther NumberClass = iota
	NumInt
	NumUint
	NumBool
	NumFloat
)

// Number is the type of a scalar member.
type Number struct {
	Class     NumberClass
	SizeBytes uint64
	// C is the type in C; "enum" if Enumerators are to follow.
	C string
	// Enumerators are those of an anonymous enum that is spelled out.
	Enumerators []btfgraph.Enumerator
	// Attribute follows the enumerators, "" if none. Suffix follows each value.
	Attribute, Suffix string
	// EnumName is the name of the enum that an integer stands for, "" if none.
	EnumName string
}

// cNumber is a type of C in the LP64 model.
type cNumber struct {
	size  uint64
	class NumberClass
}

// cNumbers are the types that C and C++ have without any header but stdbool.h
// and stdint.h, by their words in alphabetical order.
var cNumbers = map[string]cNumber{
	"_Bool": {1, NumBool}, "bool": {1, NumBool},
	"char": {1, NumInt}, "char signed": {1, NumInt}, "char unsigned": {1, NumUint},
	"short": {2, NumInt}, "int short": {2, NumInt}, "short signed": {2, NumInt}, "int short signed": {2, NumInt},
	"short unsigned": {2, NumUint}, "int short unsigned": {2, NumUint},
	"int": {4, NumInt}, "signed": {4, NumInt}, "int signed": {4, NumInt},
	"unsigned": {4, NumUint}, "int unsigned": {4, NumUint},
	"long": {8, NumInt}, "int long": {8, NumInt}, "long signed": {8, NumInt}, "int long signed": {8, NumInt},
	"long unsigned": {8, NumUint}, "int long unsigned": {8, NumUint},
	"long long": {8, NumInt}, "int long long": {8, NumInt}, "long long signed": {8, NumInt}, "int long long signed": {8, NumInt},
	"long long unsigned": {8, NumUint}, "int long long unsigned": {8, NumUint},
	"__int128": {16, NumInt}, "__int128 signed": {16, NumInt}, "__int128 unsigned": {16, NumUint},
	"float": {4, NumFloat}, "double": {8, NumFloat}, "double long": {16, NumFloat},
	"int8_t": {1, NumInt}, "int16_t": {2, NumInt}, "int32_t": {4, NumInt}, "int64_t": {8, NumInt},
	"uint8_t": {1, NumUint}, "uint16_t": {2, NumUint}, "uint32_t": {4, NumUint}, "uint64_t": {8, NumUint},
}

// number is the type of an INT, FLOAT, ENUM or ENUM64, and why bpftool's would
// not do.
func (b *builder) number(id btfgraph.ID) (n Number, reason FixReason, fixed bool) {
	size, name := uint64(b.g.Size(id)), b.g.Name(id)
	switch b.g.Kind(id) {
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		return b.enum(id)
	case btfgraph.KindFloat:
		n = Number{Class: NumFloat, SizeBytes: size, C: name}
	default:
		n = Number{Class: NumUint, SizeBytes: size, C: name}
		if e := b.g.Int(id).Encoding; e&btfgraph.IntBool != 0 {
			n.Class = NumBool
		} else if e&btfgraph.IntSigned != 0 {
			n.Class = NumInt
		}
	}
	if c, ok := cNumbers[wordKey(name)]; ok && c.size == size && (c.class == NumFloat) == (n.Class == NumFloat) {
		return n, 0, false
	}
	return plain(n.Class, size), ForeignNumber, true
}

// plain is the type of C for a size in bytes.
func plain(class NumberClass, size uint64) Number {
	n := Number{Class: class, SizeBytes: size}
	switch {
	case class == NumBool && size == 1:
		n.C = "_Bool"
	case class == NumFloat && size == 4:
		n.C = "float"
	case class == NumFloat && size == 8:
		n.C = "double"
	case class == NumFloat:
		return Number{}
	default:
		if class == NumBool {
			n.Class = NumUint
		}
		switch size {
		case 1:
			n.C = "char"
		case 2:
			n.C = "short"
		case 4:
			n.C = "int"
		case 8:
			n.C = "long long"
		case 16:
			n.C = "__int128"
		default:
			return Number{}
		}
		if n.Class == NumUint {
			n.C = "unsigned " + n.C
		} else if size == 1 {
			n.C = "signed char"
		}
	}
	return n
}

// enum is the type of an enum: spelled out if it is anonymous, as bpftool has
// it, and if C can have it so here.
func (b *builder) enum(id btfgraph.ID) (n Number, reason FixReason, fixed bool) {
	class := NumUint
	if b.g.KindFlag(id) {
		class = NumInt
	}
	n = plain(class, uint64(b.g.Size(id)))
	if n.EnumName = b.g.Name(id); n.EnumName != "" {
		return n, NamedEnum, true
	}
	if b.enums[id] {
		return n, RepeatedEnum, true
	}
	b.enums[id] = true // once: an object may name one large enum many times
	list := make([]btfgraph.Enumerator, b.g.Vlen(id))
	for i := range list {
		list[i] = b.g.Enumerator(id, i)
	}
	switch {
	case !sized(n, list):
		return n, EnumSize, true
	case !b.define(list):
		return n, RepeatedEnum, true
	}
	n.C, n.Enumerators = "enum", list
	n.spell(b.g.Kind(id))
	return n, 0, false
}

// sized reports whether compilers give an enum with these enumerators the size
// that n has, with the attribute that [Number.spell] adds.
func sized(n Number, list []btfgraph.Enumerator) bool {
	fits := func(e btfgraph.Enumerator, bits uint) bool {
		if n.Class == NumInt {
			v := int64(e.Value)
			return v >= -1<<(bits-1) && v < 1<<(bits-1)
		}
		return e.Value>>bits == 0
	}
	for _, e := range list {
		if n.SizeBytes == 1 && !fits(e, 8) || n.SizeBytes == 4 && !fits(e, 32) {
			return false
		}
	}
	return len(list) > 0 && (n.SizeBytes == 1 || n.SizeBytes == 4 || n.SizeBytes == 8)
}

// define reserves the names of enumerators, all or none.
func (b *builder) define(list []btfgraph.Enumerator) bool {
	own := make(map[string]bool, len(list))
	for _, e := range list {
		if !isIdentifier(e.Name) || cKeyword(e.Name) || cppKeyword(e.Name) || b.enumerators[e.Name] || own[e.Name] {
			return false
		}
		own[e.Name] = true
	}
	for name := range own {
		b.enumerators[name] = true
	}
	return true
}

// spell sets how the enum is written (libbpf btf_dump.c, btf_dump_emit_enum_def).
func (n *Number) spell(kind btfgraph.Kind) {
	if kind == btfgraph.KindEnum64 {
		n.Suffix = "ULL"
		if n.Class == NumInt {
			n.Suffix = "LL"
		}
	}
	switch n.SizeBytes {
	case 1:
		n.Attribute = " __attribute__((mode(byte)))"
	case 8:
		for _, e := range n.Enumerators {
			if kind == btfgraph.KindEnum64 && e.Value>>32 != 0 {
				return // the value makes it wide
			}
		}
		n.Attribute = " __attribute__((mode(word)))"
	}
}

// wordKey puts the words of a type into alphabetical order.
func wordKey(name string) string {
	words := strings.Fields(name)
	if len(words) > 4 {
		return ""
	}
	for i := range words { // at most four
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return strings.Join(words, " ")
}
