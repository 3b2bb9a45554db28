package shadow

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// DriftKind says how a file differs from an object.
type DriftKind uint8

// Differences.
const (
	// MapMissing: the object has no struct_ops map for a type of the file.
	MapMissing DriftKind = iota
	// TypeMissing: the file has no type for a struct_ops map of the object.
	TypeMissing
	// MemberMissing: the object has no such member.
	MemberMissing
	// MemberNew: the file has no such member.
	MemberNew
	// KindDiffers: one is a program, the other is not, or is not shown.
	KindDiffers
	// OffsetDiffers: the member lies elsewhere.
	OffsetDiffers
	// SizeDiffers: the member, or the whole type, has another size.
	SizeDiffers
	// NumberDiffers: the member has the same size and holds another sort of
	// number: signed or not, floating, or a truth value.
	NumberDiffers
	// StructDiffers: the map is of another struct, whose name programs name.
	StructDiffers
)

// Drift is one difference between the layout that a file has and that of an
// object.
type Drift struct {
	Kind DriftKind
	// Map is the name of the map; for MapMissing the file's name for it.
	Map string
	// Member is the name of the member in C, "" for a difference of types.
	Member string
	// Position is where the file has the type or member. For TypeMissing it is
	// the file's start.
	Position Position
	// FileType and FileMember are what the file has, Type and Own what the
	// object has; nil if it has none.
	FileType   *FileType
	FileMember *FileMember
	Type       *Type
	Own        *Member
}

// Compare lists where the layouts of the file are not those of the object's
// struct_ops maps, in the order of the file; what the file lacks comes last.
// Padding counts only for what it moves. Errors are those of [Of].
func (f *File) Compare(obj *bpfobj.Object) ([]Drift, error) {
	types, err := Of(obj, f.Style)
	if err != nil {
		return nil, err
	}
	var drifts []Drift
	seen := make([]bool, len(types))
	for i := range f.Types {
		ft := &f.Types[i]
		k := ft.find(types, seen)
		if k < 0 {
			name := ft.Map
			if name == "" {
				name = ft.Name
			}
			drifts = append(drifts, Drift{Kind: MapMissing, Map: name, Position: ft.Position, FileType: ft})
			continue
		}
		seen[k] = true
		drifts = append(drifts, compareTypes(ft.completed(&types[k]), &types[k])...)
	}
	for k := range types {
		if !seen[k] {
			drifts = append(drifts, Drift{Kind: TypeMissing, Map: types[k].Map, Type: &types[k], Position: Position{Line: 1, Column: 1}})
		}
	}
	return drifts, nil
}

// find is the index of the map that a type of the file is that of, -1 if it is
// none's: of those whose names fit the one whose name fits best, and one that no
// other type is that of, if there is one.
func (ft *FileType) find(types []Type, seen []bool) int {
	found, best := -1, 0
	for k := range types {
		n := 2 * ft.fits(&types[k])
		if n > 0 && !seen[k] {
			n++
		}
		if n > best {
			found, best = k, n
		}
	}
	return found
}

// fits says how well the names of a type of the file are those of a map: 0 not
// at all. "x__a__b__t" is "b" of "x__a", or better "a__b" of "x".
func (ft *FileType) fits(t *Type) int {
	switch {
	case ft.Map == "" && strings.HasSuffix(ft.Name, "__"+t.ident):
		return len(t.ident)
	case ft.Map != "" && ft.Map == t.Map:
		return 2
	case ft.Map != "" && ft.Map == identifier(t.Map):
		return 1
	}
	return 0
}

// completed is the type with the sizes that the object's enums have in place of
// those that the file does not define: who compiles it has to define them.
func (ft *FileType) completed(t *Type) *FileType {
	if !slices.ContainsFunc(ft.Members, func(m FileMember) bool { return m.Enum != "" }) {
		return ft
	}
	c := *ft
	c.Members = slices.Clone(ft.Members)
	sizes := make(map[string]uint64)
	for _, m := range t.Members {
		if m.Num.EnumName != "" {
			sizes[m.Num.EnumName] = m.SizeBytes
		}
	}
	for i := range c.Members {
		m := &c.Members[i]
		if size := sizes[m.Enum]; m.Enum != "" && size != 0 {
			m.SizeBytes, m.align = size, size
		}
	}
	c.place()
	return &c
}

// compareTypes compares the layouts of one map.
func compareTypes(ft *FileType, t *Type) []Drift {
	var drifts []Drift
	own := make(map[string]*Member, len(t.Members))
	for i := range t.Members {
		own[t.Members[i].Name] = &t.Members[i]
	}
	seen := make(map[string]bool, len(ft.Members))
	for i := range ft.Members {
		fm := &ft.Members[i]
		if fm.Kind == Padding {
			continue
		}
		seen[fm.Name] = true
		d := Drift{Map: t.Map, Member: fm.Name, Position: fm.Position, FileType: ft, FileMember: fm, Type: t, Own: own[fm.Name]}
		if d.Own == nil {
			d.Own = t.of(fm.Name)
		}
		if kind, differs := compareMembers(fm, d.Own); differs {
			d.Kind = kind
			drifts = append(drifts, d)
		}
	}
	for i := range t.Members {
		m := &t.Members[i]
		if m.Kind <= Program && !seen[m.Name] {
			drifts = append(drifts, Drift{
				Kind: MemberNew, Map: t.Map, Member: m.Name, Position: ft.Position, FileType: ft, Type: t, Own: m,
			})
		}
	}
	if ft.TypeName != "" && ft.TypeName != t.TypeName {
		drifts = append(drifts, Drift{Kind: StructDiffers, Map: t.Map, Position: ft.Position, FileType: ft, Type: t})
	}
	if ft.SizeBytes != t.SizeBytes {
		drifts = append(drifts, Drift{Kind: SizeDiffers, Map: t.Map, Position: ft.Position, FileType: ft, Type: t})
	}
	return drifts
}

// of is the member that stands for the object's member of that name, nil if
// none does.
func (t *Type) of(name string) *Member {
	for i := range t.Members {
		if t.Members[i].Of == name {
			return &t.Members[i]
		}
	}
	return nil
}

// compareMembers says how a member differs from the object's.
func compareMembers(fm *FileMember, own *Member) (DriftKind, bool) {
	switch {
	case own == nil:
		return MemberMissing, true
	case fm.Kind != own.Kind:
		return KindDiffers, true
	case fm.OffsetBytes != own.OffsetBytes:
		return OffsetDiffers, true
	case fm.SizeBytes != own.SizeBytes:
		return SizeDiffers, true
	case fm.Num.Class != NumOther && fm.Num.Class != own.Num.spelled():
		return NumberDiffers, true
	}
	return 0, false
}

// spelled is the sort of number that the type has as it is written: a "char" is
// taken for one with a sign, whatever the object's is.
func (n *Number) spelled() NumberClass {
	if c, ok := cNumbers[wordKey(n.C)]; ok {
		return c.class
	}
	return n.Class
}
