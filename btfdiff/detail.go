package btfdiff

import "github.com/btflint/btflint/analyzer/btfgraph"

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
	WhatSign                 // signed or unsigned
	WhatValue                // of an enumerator, a helper's number, a config option (values)
	WhatEncoding             // ENUM or ENUM64
	WhatLinkage              // static, global or extern
	WhatTag                  // a declaration tag came or went (its name on the side that has it)
	WhatLayout               // a further type of the same name came or went (its size)
	WhatImplicit             // arguments that programs do not pass any more, or pass again (prototypes)
	WhatCompiled             // a program type is compiled in or not
	WhatKind                 // the name is another kind of type in the other kernel (kinds)
	whatEnd
)

var whatNames = [whatEnd]string{
	"added", "removed", "renamed", "moved", "type", "size", "bitfield", "sign", "value", "encoding", "linkage", "tag",
	"layout", "implicit", "compiled", "kind",
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
	g    btfgraph.Graph
	id   btfgraph.ID
	num  uint64
	form form
}

// form says how a value is spelled.
type form uint8

// String spells the value: a type in C, "offset 24 bytes", "offset 24 bytes, bit 3",
// "16 bytes", a number; "" if there is none.
func (v Value) String() string { return v.text }

// MarshalText implements [encoding.TextMarshaler] with [Value.String].
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Text says in one line what happened, without the grade:
// `"state" renamed to "__state"`, `"se" moved: offset 128 bytes, was 120`.
func (d *Detail) Text() string { return d.Subject }
