package shadow

import (
	"encoding/json"
	"io"
)

// jsonFile is the JSON form of an object's shadow types, version 1. It grows
// and never changes meaning.
type jsonFile struct {
	Version int        `json:"version"`
	Object  string     `json:"object"`
	Style   string     `json:"style"`
	Types   []jsonType `json:"types"`
}

type jsonType struct {
	Map     string       `json:"map"`
	Type    string       `json:"type"` // in the object
	Name    string       `json:"name"` // in C
	Size    uint64       `json:"size"` // bytes
	Packed  bool         `json:"packed"`
	Members []jsonMember `json:"members"`
	Fixes   []jsonFix    `json:"fixes"`
}

type jsonMember struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Offset uint64 `json:"offset"`         // bytes
	Size   uint64 `json:"size"`           // bytes
	Of     string `json:"of,omitempty"`   // member of the object
	Type   string `json:"type,omitempty"` // in C, of a scalar
	Enum   string `json:"enum,omitempty"`
}

type jsonFix struct {
	Reason string `json:"reason"`
	Member string `json:"member,omitempty"`
}

// WriteJSON writes the layout of the types.
func WriteJSON(w io.Writer, object string, types []Type, opts Options) error {
	if opts.Ident == "" {
		opts.Ident = objectIdent(object)
	}
	if opts.Style.Name == "" {
		opts.Style = Styles[0]
	}
	f := jsonFile{Version: 1, Object: object, Style: opts.Style.Name, Types: []jsonType{}}
	for i := range types {
		t := &types[i]
		j := jsonType{
			Map: t.Map, Type: t.TypeName, Name: t.cName(opts.Ident), Size: t.SizeBytes, Packed: t.Packed,
			Members: []jsonMember{}, Fixes: []jsonFix{},
		}
		for k := range t.Members {
			m := &t.Members[k]
			j.Members = append(j.Members, jsonMember{
				Name: m.Name, Kind: m.Kind.String(), Offset: m.OffsetBytes, Size: m.SizeBytes, Of: m.Of,
				Type: m.Num.C, Enum: m.Num.EnumName,
			})
		}
		for _, fix := range t.Fixes {
			j.Fixes = append(j.Fixes, jsonFix{fix.Reason.String(), fix.Member})
		}
		f.Types = append(f.Types, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(f)
}

// String is the reason in lower case, as in JSON.
func (r FixReason) String() string {
	return [...]string{
		"named enum", "repeated enum", "enum size", "foreign number", "bitfield", "misaligned", "name", "keyword",
	}[r&7]
}
