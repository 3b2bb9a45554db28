package btfdiff

import (
	"math/bits"
	"strconv"
	"unsafe"

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
	// p is the table that the value is of, or the bytes of a text. There are many
	// values, and none needs both.
	p unsafe.Pointer
	// num is what form says: the id of a type, bits, bytes, a value, the length of
	// a text. The upper half of that of a member is its type.
	num    uint64
	around uint16 // see field
	form   form
}

// table is the table of a value that is not a text or a number.
func (v Value) table() *table { return (*table)(v.p) }

// text is the text of a value of formText.
func (v Value) text() string { return unsafe.String((*byte)(v.p), v.num) }

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

func countValue(n uint64, thing string) Value { return textValue(string(appendCount(nil, n, thing))) }
func bytesValue(n uint64) Value               { return Value{num: n, form: formBytes} }
func widthValue(bits uint32) Value            { return Value{num: uint64(bits), form: formBits} }
func positionValue(i int) Value               { return Value{num: uint64(i), form: formPosition} }
func (f *field) place() Value                 { return Value{num: uint64(f.off), around: f.around, form: formPlace} }
func (e enumerator) signed() Value            { return Value{num: e.value, form: formSigned} }
func (e enumerator) natural() Value           { return Value{num: e.value, form: formUnsigned} }

func (y typ) function() Value {
	return Value{p: unsafe.Pointer(y.t), num: uint64(y.id), form: formFunc}
}

func textValue(s string) Value {
	if s == "" {
		return Value{} // see empty
	}
	return Value{p: unsafe.Pointer(unsafe.StringData(s)), num: uint64(len(s))}
}

func (f *field) value() Value {
	return Value{p: unsafe.Pointer(f.t), num: uint64(f.typ)<<32 | uint64(f.off), around: f.around, form: formMember}
}

// String spells the value: a type in C, "offset 24 bytes", "offset 24 bytes 3 bits",
// "16 bytes", a number, a word; "" if there is none.
func (v Value) String() string {
	if v.form == formText {
		return v.text()
	}
	return string(v.Append(nil))
}

// MarshalText implements [encoding.TextMarshaler] with [Value.String].
func (v Value) MarshalText() ([]byte, error) { return v.Append(nil), nil }

// Append appends what String returns.
func (v Value) Append(b []byte) []byte {
	switch v.form {
	case formType:
		return btfgraph.AppendType(b, v.table().g, btfgraph.ID(v.num))
	case formMember:
		b = btfgraph.AppendType(b, v.table().g, btfgraph.ID(v.num>>32))
		return appendPlace(append(b, ", "...), v.num&(1<<32-1), v.around)
	case formPlace:
		return appendPlace(b, v.num, v.around)
	case formBytes:
		return appendCount(b, v.num, "byte")
	case formBits:
		if v.num == 0 {
			return append(b, "no bitfield"...)
		}
		return appendCount(b, v.num, "bit")
	case formSigned:
		return strconv.AppendInt(b, int64(v.num), 10)
	case formUnsigned:
		return strconv.AppendUint(b, v.num, 10)
	case formPosition:
		return strconv.AppendUint(append(b, "position "...), v.num+1, 10)
	case formFunc:
		id := btfgraph.ID(v.num)
		return btfgraph.AppendProto(b, v.table().g, v.table().g.Name(id), v.table().g.Ref(id))
	}
	return append(b, v.text()...)
}

// appendPlace spells an offset in bits and the anonymous types around it.
func appendPlace(b []byte, off uint64, around uint16) []byte {
	b = appendCount(append(b, "offset "...), off/8, "byte")
	if off%8 != 0 {
		b = appendCount(append(b, ' '), off%8, "bit")
	}
	if around == 0 {
		return b
	}
	if depth := (bits.Len16(around) + 1) / 2; depth > maxAround {
		b = append(append(b, " in an anonymous "...), aroundNames[around&1]...)
		return append(strconv.AppendInt(append(b, ", "...), int64(depth), 10), " deep"...)
	}
	word := " in an anonymous "
	for ; around != 0; around >>= 2 {
		b = append(append(b, word...), aroundNames[around&1]...)
		word = " in a "
	}
	return b
}

// maxAround is how many anonymous types around a member are spelled.
const maxAround = 3

// aroundNames are by the lower bit of the two that field.around has for a type.
var aroundNames = [2]string{"union", "struct"}

// appendCount spells a number of things.
func appendCount(b []byte, n uint64, thing string) []byte {
	b = append(append(strconv.AppendUint(b, n, 10), ' '), thing...)
	if n != 1 {
		b = append(b, 's')
	}
	return b
}

// Text says in one line what happened, without the grade:
// `"state" renamed to "__state"`, `"se" moved: offset 128 bytes, was offset 120 bytes`.
func (d *Detail) Text() string { return string(d.Append(nil)) }

// whatTexts are how the text of a detail goes on behind its subject.
var whatTexts = [whatEnd]string{
	WhatAdded: "added", WhatRemoved: "removed", WhatRenamed: "renamed to ", WhatMoved: "moved: ", WhatType: "type: ",
	WhatSize: "size: ", WhatBitfield: "bitfield: ", WhatSign: "sign: ", WhatValue: "value: ", WhatEncoding: "encoding: ",
	WhatLinkage: "linkage: ", WhatTag: "tag ", WhatLayout: "further layout ", WhatImplicit: "implicit arguments: ",
	WhatCompiled: "", WhatModule: "moved to ",
}

// Append appends what Text returns.
func (d *Detail) Append(b []byte) []byte {
	if d.Subject != "" {
		b = append(appendQuoted(b, d.Subject), ' ')
	}
	if d.What < whatEnd {
		b = append(b, whatTexts[d.What]...)
	}
	switch d.What {
	case WhatAdded:
		return appendAfter(b, d.New)
	case WhatRemoved:
		return appendAfter(b, d.Old)
	case WhatRenamed:
		return appendQuoted(b, d.New.String())
	case WhatTag, WhatLayout:
		if d.Old.empty() {
			return appendAfter(append(b, "added"...), d.New)
		}
		return appendAfter(append(b, "removed"...), d.Old)
	case WhatModule:
		return d.Old.Append(append(d.New.Append(b), ", was in "...))
	}
	b = d.New.Append(b)
	if d.Old == d.New { // what moved in a section is only counted
		return b
	}
	return d.Old.Append(append(b, ", was "...))
}

func (v Value) empty() bool { return v == Value{} }

// appendAfter appends a colon and a value, if there is one.
func appendAfter(b []byte, v Value) []byte {
	if v.empty() {
		return b
	}
	return v.Append(append(b, ": "...))
}

// appendQuoted appends a name as strconv.Quote writes it. Those that compilers
// write need no escapes.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return strconv.AppendQuote(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
