package btfgraph

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/cilium/ebpf/btf"
)

// FromSpec returns the graph of a BTF that cilium/ebpf has loaded, for
// callers that hold one already; [Open] is faster and tells more. The spec
// must not be split BTF, for which see [FromSplitSpec].
//
// The graph works on a copy of the spec: it sees modifications of types made
// before the call and never modifies the spec itself. A type that was added
// to a modified type has no id and reads as void.
//
// A Spec is not the BTF as stored. Compared with [Raw]:
//   - DATASECs of an object have the sizes and offsets of the ELF, and
//     .kconfig those of a layout that cilium/ebpf made up. The variables of
//     .kconfig are EXTERN here nevertheless.
//   - An INT spans all bits of its size, and a bitfield that old BTF keeps in
//     the INT is in the member.
//   - KindFlag of a STRUCT or UNION means that it has a bitfield, that of a
//     TYPE_TAG is false.
//   - An ENUM of more than 4 bytes, as pahole wrote it before ENUM64 existed,
//     reads as ENUM64, and an ENUM64 of 4 bytes as ENUM.
//   - A type that refers, at any distance, to an id that does not exist reads
//     as void, and so do the types that refer to it.
//   - ByName finds no TYPE_TAG or DECL_TAG, nor a name that starts with "___".
//   - Len and HasTag inflate many types, up to all of them.
func FromSpec(spec *btf.Spec) (Graph, error) {
	if spec == nil {
		return nil, errors.New("btf spec: nil")
	}
	first, err := firstOfSpec(spec)
	if err != nil {
		return nil, err
	}
	if first != Void {
		return nil, errors.New("btf spec: split BTF without its base")
	}
	return &specGraph{spec: spec.Copy(), first: 1}, nil
}

// FromSplitSpec is [FromSpec] for split BTF, as of a kernel module. The base
// must have the ids of the Spec that split was loaded over; it need not be
// made from a Spec.
//
// Following a reference into the base may inflate the whole base once,
// because a Spec does not tell the ids of types of its base.
func FromSplitSpec(split *btf.Spec, base Graph) (Graph, error) {
	if split == nil || base == nil {
		return nil, errors.New("split btf spec: nil")
	}
	first, err := firstOfSpec(split)
	if err != nil {
		return nil, err
	}
	if first < ID(base.Len()) {
		return nil, fmt.Errorf("split btf spec: type id %d: belongs to the base of %d", first, base.Len())
	}
	return &specGraph{spec: split.Copy(), base: base, first: ID(base.Len())}, nil
}

// firstOfSpec is the id of the first type that iteration yields: void unless
// the spec is split.
func firstOfSpec(spec *btf.Spec) (ID, error) {
	for typ, err := range spec.All() {
		if err != nil {
			return Void, fmt.Errorf("btf spec: %w", err)
		}
		id, err := spec.TypeID(typ)
		if err != nil {
			return Void, fmt.Errorf("btf spec: %w", err)
		}
		return ID(id), nil
	}
	return Void, errors.New("btf spec: no types")
}

// specGraph adapts a *btf.Spec.
type specGraph struct {
	base  Graph
	first ID

	// mu guards the calls of spec: a Spec locks its cache of types, but not
	// the fix-ups of DATASECs nor the types of its base.
	mu        sync.Mutex
	spec      *btf.Spec
	allOfBase bool // the spec knows the ids of all types of its base

	lenOnce     sync.Once
	count       int
	kconfigOnce sync.Once
	kconfig     map[ID]bool
	tagOnce     sync.Once
	tags        map[string]bool
}

// typ inflates a type of the graph's own, nil if there is none.
func (g *specGraph) typ(id ID) btf.Type {
	if id == Void || id < g.first {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t, err := g.spec.TypeByID(btf.TypeID(id))
	if err != nil {
		return nil
	}
	return t
}

// id is the id of an inflated type.
func (g *specGraph) id(t btf.Type) ID {
	if t == nil {
		return Void
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	id, err := g.spec.TypeID(t)
	if err == nil {
		return ID(id)
	}
	if g.base == nil || g.allOfBase {
		return Void
	}
	for i := Void; i < g.first; i++ {
		// A type that does not inflate has nobody who refers to it.
		_, _ = g.spec.TypeByID(btf.TypeID(i))
	}
	g.allOfBase = true
	id, err = g.spec.TypeID(t)
	if err != nil {
		return Void
	}
	return ID(id)
}

// maxLen is more than the ids of any graph: BTF is smaller than 4 GiB, and a
// type takes 12 bytes of it.
const maxLen = 1 << 30

// Len implements [Graph] by bisection: a Spec does not tell how many types it has.
func (g *specGraph) Len() int {
	g.lenOnce.Do(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		exists := func(id int) bool {
			_, err := g.spec.TypeByID(btf.TypeID(id))
			return !errors.Is(err, btf.ErrNotFound)
		}
		low := int(g.first) // valid ids end at low or above
		step := 1
		for low <= maxLen-step && exists(low+step-1) {
			low += step
			step *= 2
		}
		for step > 1 {
			step /= 2
			if exists(low + step - 1) {
				low += step
			}
		}
		g.count = low
	})
	return g.count
}

// FirstOwn implements [Graph].
func (g *specGraph) FirstOwn() ID { return g.first }

// Base implements [Graph].
func (g *specGraph) Base() Graph { return g.base }

// byName returns the graph's own ids of a name, ascending.
func (g *specGraph) byName(name string) []ID {
	if name == "" {
		return nil
	}
	g.mu.Lock()
	stem, flavors := strings.CutSuffix(name, FlavorSep)
	find := g.spec.AnyTypesByName
	if flavors {
		find = func(string) ([]btf.Type, error) { return typesByStem(g.spec.TypesByName, stem) }
	}
	types, err := find(name)
	g.mu.Unlock()
	if err != nil {
		return nil
	}
	var ids []ID
	for _, t := range types {
		// AnyTypesByName lets a type of another flavor through now and then.
		if typ := t.TypeName(); typ == name || flavors && strings.HasPrefix(typ, name) {
			ids = append(ids, g.id(t))
		}
	}
	slices.Sort(ids)
	return ids
}

// typesByStem calls a method of btf.Spec whose parameter has an unexported type.
func typesByStem[S ~string](find func(S) ([]btf.Type, error), stem string) ([]btf.Type, error) {
	return find(S(stem))
}

// inKconfig reports whether a VAR is an entry of .kconfig. Its linkage there
// is EXTERN, which cilium/ebpf overwrites (btf.go, fixupDatasec).
func (g *specGraph) inKconfig(id ID) bool {
	g.kconfigOnce.Do(func() {
		g.kconfig = make(map[ID]bool)
		for _, ds := range g.byName(".kconfig") {
			for i := range g.Vlen(ds) {
				g.kconfig[g.VarSecinfo(ds, i).Type] = true
			}
		}
	})
	return g.kconfig[id]
}

// declTagOf reads a DECL_TAG, whose type cilium/ebpf does not export; false
// if t is something else.
func declTagOf(t btf.Type) (target btf.Type, name string, index int, ok bool) {
	v := reflect.ValueOf(t)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, "", 0, false
	}
	typ, value, idx := v.Elem().FieldByName("Type"), v.Elem().FieldByName("Value"), v.Elem().FieldByName("Index")
	if !typ.IsValid() || !value.IsValid() || !idx.IsValid() || value.Kind() != reflect.String || !idx.CanInt() {
		return nil, "", 0, false
	}
	target, _ = typ.Interface().(btf.Type)
	return target, value.String(), int(idx.Int()), true
}
