// Command counts is a second opinion on package btfdiff: it counts the structs,
// enums and functions that two kernels have added, removed and changed, from
// what "bpftool btf dump -j" prints. It shares no code with the package, holds
// whole definitions against each other as texts, and counts what the package counts
// without grading it.
//
//	go run ./testdata/btfdiff/counts [-v] OLD.json NEW.json
//
// A definition that a kernel has several of under one name counts as changed if
// the sets of texts differ.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// record is a type as bpftool prints it.
type record struct {
	ID         int     `json:"id"`
	Kind       string  `json:"kind"`
	Name       string  `json:"name"`
	Size       int     `json:"size"`
	TypeID     int     `json:"type_id"`
	RetTypeID  int     `json:"ret_type_id"`
	NrElems    int     `json:"nr_elems"`
	Encoding   string  `json:"encoding"`
	Bits       int     `json:"nr_bits"`
	BitsOffset int     `json:"bits_offset"`
	FwdKind    string  `json:"fwd_kind"`
	Linkage    string  `json:"linkage"`
	Component  int     `json:"component_idx"`
	Members    []entry `json:"members"`
	Values     []entry `json:"values"`
	Params     []entry `json:"params"`
}

// entry is a member, enumerator or parameter.
type entry struct {
	Name     string      `json:"name"`
	TypeID   int         `json:"type_id"`
	Offset   int         `json:"bits_offset"`
	Bitfield int         `json:"bitfield_size"`
	Val      json.Number `json:"val"`
}

type dump struct {
	types []record
	tags  map[int][]string
}

const anonymous = "(anon)"

func main() {
	verbose := flag.Bool("v", false, "list the names")
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *verbose); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(oldPath, newPath string, verbose bool) error {
	a, err := read(oldPath)
	if err != nil {
		return err
	}
	b, err := read(newPath)
	if err != nil {
		return err
	}
	signs := a.signedEnums() && b.signedEnums()
	for _, kind := range []string{"STRUCT", "UNION", "ENUM", "TYPEDEF", "FUNC"} {
		olds, news := a.definitions(kind, signs), b.definitions(kind, signs)
		var added, removed, changed []string
		for name, texts := range news {
			switch was, ok := olds[name]; {
			case !ok:
				added = append(added, name)
			case !maps.Equal(was, texts):
				changed = append(changed, name)
			}
		}
		for name := range olds {
			if _, ok := news[name]; !ok {
				removed = append(removed, name)
			}
		}
		fmt.Printf("%-8s added %d removed %d changed %d\n", strings.ToLower(kind), len(added), len(removed), len(changed))
		if verbose {
			for what, names := range map[string][]string{"added": added, "removed": removed, "changed": changed} {
				for _, n := range names {
					fmt.Printf("  %s %s %s\n", strings.ToLower(kind), n, what)
				}
			}
		}
	}
	return nil
}

func read(path string) (*dump, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Types []record `json:"types"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &dump{types: make([]record, len(doc.Types)+1), tags: make(map[int][]string)}
	for _, r := range doc.Types {
		d.types[r.ID] = r
		if r.Kind == "DECL_TAG" {
			d.tags[r.TypeID] = append(d.tags[r.TypeID], fmt.Sprint(r.Component, r.Name))
		}
	}
	return d, nil
}

// signedEnums tells whether the encoder knew of the signs of enums.
func (d *dump) signedEnums() bool {
	return slices.ContainsFunc(d.types, func(r record) bool { return isEnum(r.Kind) && r.Encoding == "SIGNED" })
}

func isEnum(kind string) bool { return kind == "ENUM" || kind == "ENUM64" }

// definitions are the texts of all definitions of a kind by name.
func (d *dump) definitions(kind string, signs bool) map[string]map[string]bool {
	all := make(map[string]map[string]bool)
	for _, r := range d.types {
		if r.Kind != kind && !(kind == "ENUM" && r.Kind == "ENUM64") || r.Name == anonymous || r.Name == "" {
			continue
		}
		if all[r.Name] == nil {
			all[r.Name] = make(map[string]bool)
		}
		tags := slices.Clone(d.tags[r.ID])
		slices.Sort(tags)
		all[r.Name][d.definition(&r, signs)+fmt.Sprint(tags)] = true
	}
	return all
}

// definition is the text of what a type consists of.
func (d *dump) definition(r *record, signs bool) string {
	switch r.Kind {
	case "STRUCT", "UNION":
		return fmt.Sprint(r.Kind, r.Size, d.members(r.ID, 0, ""))
	case "ENUM", "ENUM64":
		var list []string
		for _, v := range r.Values {
			list = append(list, v.Name+"="+value(v.Val, r.Kind))
		}
		slices.Sort(list)
		sign := ""
		if signs {
			sign = r.Encoding
		}
		return fmt.Sprint(r.Kind, r.Size, sign, list)
	case "TYPEDEF":
		return d.value(r.TypeID)
	}
	return r.Linkage + " " + d.reference(r.TypeID)
}

// value is the number of an enumerator, in 32 bits for an ENUM.
func value(n json.Number, kind string) string {
	if kind == "ENUM64" {
		return n.String()
	}
	v, err := n.Int64()
	if err != nil { // bpftool prints the negative ones of old BTF as 64 bits without a sign
		u, _ := strconv.ParseUint(n.String(), 10, 64)
		v = int64(u)
	}
	return fmt.Sprint(uint32(v))
}

// members are the named members, sorted: those of anonymous members are as if
// they were the struct's own, but for the kinds of what is around them.
func (d *dump) members(id, offset int, around string) []string {
	var list []string
	for _, m := range d.types[id].Members {
		if m.Name == anonymous || m.Name == "" {
			inner := d.bare(m.TypeID)
			if k := d.types[inner].Kind; k == "STRUCT" || k == "UNION" {
				list = append(list, d.members(inner, offset+m.Offset, around+k)...)
			}
			continue
		}
		list = append(list, fmt.Sprint(m.Name, " ", d.value(m.TypeID), " ", offset+m.Offset, " ", m.Bitfield, around))
	}
	sort.Strings(list)
	return list
}

// bare is the type without qualifiers.
func (d *dump) bare(id int) int {
	for {
		switch d.types[id].Kind {
		case "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG":
			id = d.types[id].TypeID
		default:
			return id
		}
	}
}

// value is the text of a type by value: as it is referred to, and its size and sort.
func (d *dump) value(id int) string {
	sort, size := d.sizeOf(id)
	return fmt.Sprint(d.reference(id), "/", sort, size)
}

// sizeOf is the size of a value in bytes and what sort of value it is.
func (d *dump) sizeOf(id int) (string, int) {
	r := &d.types[id]
	switch r.Kind {
	case "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG", "TYPEDEF":
		return d.sizeOf(r.TypeID)
	case "ARRAY":
		sort, size := d.sizeOf(r.TypeID)
		return "array " + sort, size * r.NrElems
	case "PTR":
		return "pointer", 8
	case "INT":
		return integer(r), r.Size
	case "STRUCT", "UNION":
		return "composite", r.Size
	case "ENUM", "ENUM64":
		return "enum", r.Size
	case "FUNC_PROTO":
		return "function", 0
	}
	return r.Kind, r.Size
}

// integer is what counts of an INT. The sign of char does not, which depends on
// how the whole kernel was built; that of signed char is known, and old encoders
// do not tell it.
func integer(r *record) string {
	switch {
	case r.Name == "char" && r.Size == 1:
		return "char"
	case r.Name == "signed char":
		return "SIGNED"
	}
	return r.Encoding
}

// reference is a type as others refer to it.
func (d *dump) reference(id int) string {
	if id == 0 {
		return "void"
	}
	r := &d.types[id]
	named := r.Name != anonymous && r.Name != ""
	switch r.Kind {
	case "INT":
		return fmt.Sprint(integer(r), r.Size, r.Bits, r.BitsOffset)
	case "FLOAT":
		return fmt.Sprint("float", r.Size)
	case "PTR", "CONST", "VOLATILE", "RESTRICT":
		return r.Kind + " " + d.reference(r.TypeID)
	case "TYPE_TAG":
		return d.reference(r.TypeID)
	case "ARRAY":
		return fmt.Sprint("array ", r.NrElems, " ", d.reference(r.TypeID))
	case "FUNC_PROTO":
		list := []string{d.value(r.RetTypeID)}
		for _, p := range r.Params {
			list = append(list, p.Name+" "+d.value(p.TypeID))
		}
		return "function " + strings.Join(list, ", ")
	case "FWD":
		return strings.ToUpper(r.FwdKind) + " " + r.Name
	case "ENUM", "ENUM64":
		if named {
			return "ENUM " + r.Name
		}
		return d.definition(r, false)
	}
	if named {
		return r.Kind + " " + r.Name
	}
	return d.definition(r, false)
}
