package btfdiff

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// What is what happened to the subject of a detail.
type What uint8

// What happens to members, parameters, enumerators and the things themselves.
// In parentheses: what Old and New hold.
const (
	WhatAdded    What = iota // (New: the type or value)
	WhatRemoved              // (Old: the type or value)
	WhatRenamed              // same place and type (names)
	WhatMoved                // another offset, position, or anonymous member around it (offsets, positions)
	WhatType                 // (types in C spelling)
	WhatSize                 // of a struct, enum, section, or of a type that is spelled as before (bytes)
	WhatBitfield             // became one, is none any more, or has another width (widths)
	WhatSign                 // signed or unsigned (types or words)
	WhatValue                // of an enumerator, a helper's number, a config option (values)
	WhatEncoding             // ENUM or ENUM64
	WhatLinkage              // static, global or extern
	WhatTag                  // a declaration tag came or went (its name on the side that has it)
	WhatLayout               // a further type of the same name came or went (what it is)
	WhatImplicit             // arguments that programs do not pass any more, or pass again (prototypes)
	WhatCompiled             // a program type is compiled in or not
	WhatModule               // it is in another module, or in vmlinux (names)
	whatEnd
)

var whatNames = [whatEnd]string{
	"added", "removed", "renamed", "moved", "type", "size", "bitfield", "sign", "value", "encoding", "linkage", "tag",
	"layout", "implicit", "compiled", "module",
}

// String is a word for JSON.
func (w What) String() string {
	if w < whatEnd {
		return whatNames[w]
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler] with [What.String].
func (w What) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Value is one side of a detail. It is spelled only when somebody asks.
type Value struct {
	text string
	t    *table
	// num is what form says: the id of a type, bits, bytes, a value. The upper
	// half of that of a member is its type.
	num    uint64
	around uint64 // see field
	form   form
}

// form says how a value is spelled.
type form uint8

const (
	formText   form = iota
	formType        // a type
	formMember      // a type at an offset
	formPlace       // an offset
	formBytes
	formBits
	formSigned
	formUnsigned
	formPosition // 0-based
	formFunc     // a FUNC with its prototype
)

func textValue(s string) Value      { return Value{text: s} }
func bytesValue(n uint64) Value     { return Value{num: n, form: formBytes} }
func widthValue(bits uint32) Value  { return Value{num: uint64(bits), form: formBits} }
func positionValue(i int) Value     { return Value{num: uint64(i), form: formPosition} }
func (y typ) function() Value       { return Value{t: y.t, num: uint64(y.id), form: formFunc} }
func (f *field) place() Value       { return Value{num: uint64(f.off), around: f.around, form: formPlace} }
func (e enumerator) signed() Value  { return Value{num: e.value, form: formSigned} }
func (e enumerator) natural() Value { return Value{num: e.value, form: formUnsigned} }

func (f *field) value() Value {
	return Value{t: f.t, num: uint64(f.typ)<<32 | uint64(f.off), around: f.around, form: formMember}
}

// String spells the value: a type in C, "offset 24 bytes", "offset 24 bytes 3 bits",
// "16 bytes", a number, a word; "" if there is none.
func (v Value) String() string {
	switch v.form {
	case formType:
		return btfgraph.FormatType(v.t.g, btfgraph.ID(v.num))
	case formMember:
		return btfgraph.FormatType(v.t.g, btfgraph.ID(v.num>>32)) + ", " + spellPlace(v.num&(1<<32-1), v.around)
	case formPlace:
		return spellPlace(v.num, v.around)
	case formBytes:
		return count(v.num, "byte")
	case formBits:
		if v.num == 0 {
			return "no bitfield"
		}
		return count(v.num, "bit")
	case formSigned:
		return strconv.FormatInt(int64(v.num), 10)
	case formUnsigned:
		return strconv.FormatUint(v.num, 10)
	case formPosition:
		return "position " + strconv.FormatUint(v.num+1, 10)
	case formFunc:
		return btfgraph.FormatProto(v.t.g, v.t.g.Name(btfgraph.ID(v.num)), v.t.g.Ref(btfgraph.ID(v.num)))
	}
	return v.text
}

// MarshalText implements [encoding.TextMarshaler] with [Value.String].
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// spellPlace spells an offset in bits and the anonymous types around it.
func spellPlace(off, around uint64) string {
	s := "offset " + count(off/8, "byte")
	if off%8 != 0 {
		s += " " + count(off%8, "bit")
	}
	if around == 0 {
		return s
	}
	var words []string
	for ; around != 0; around >>= 2 {
		if around&3 == 1 {
			words = append(words, "struct")
		} else {
			words = append(words, "union")
		}
	}
	return s + " in an anonymous " + strings.Join(words, " in a ")
}

// count spells a number of things.
func count(n uint64, thing string) string {
	s := strconv.FormatUint(n, 10) + " " + thing
	if n != 1 {
		s += "s"
	}
	return s
}

// Text says in one line what happened, without the grade:
// `"state" renamed to "__state"`, `"se" moved: offset 128 bytes, was offset 120 bytes`.
func (d *Detail) Text() string {
	subject := ""
	if d.Subject != "" {
		subject = strconv.Quote(d.Subject) + " "
	}
	o, n := d.Old.String(), d.New.String()
	text := ""
	switch d.What {
	case WhatAdded:
		text = subject + colon("added", n)
	case WhatRemoved:
		text = subject + colon("removed", o)
	case WhatRenamed:
		text = subject + "renamed to " + strconv.Quote(n)
	case WhatMoved:
		text = subject + "moved: " + n
		if o != n { // those of a section are only counted
			text += ", was " + o
		}
	case WhatLayout, WhatTag:
		what := map[What]string{WhatLayout: "further layout ", WhatTag: "tag "}[d.What]
		if o == "" {
			text = subject + what + "added: " + n
		} else {
			text = subject + what + "removed: " + o
		}
	case WhatImplicit:
		text = subject + "implicit arguments: " + n + ", was " + o
	case WhatCompiled:
		text = subject + n + ", was " + o
	case WhatModule:
		text = subject + "moved to " + n + ", was in " + o
	default:
		text = subject + d.What.String() + ": " + n + ", was " + o
	}
	return text
}

func colon(word, rest string) string {
	if rest == "" {
		return word
	}
	return word + ": " + rest
}
