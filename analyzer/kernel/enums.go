package kernel

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// enumCache keeps the enumerators of the enums that were asked for. A check
// asks a few large ones for every map, program and call.
type enumCache struct {
	mu sync.Mutex // of who adds to enums
	// enums are few, and asked for very often.
	enums atomic.Pointer[[]*enumeration]

	helpersOnce sync.Once
	helpers     map[uint64]struct{} // nil if the kernel has no enum bpf_func_id
}

// enumeration is what vmlinux BTF knows about the enums of one name.
type enumeration struct {
	name        string
	found       bool
	enumerators []btfgraph.Enumerator
	values      map[string]uint64 // of the first enumerator of a name
}

// enumeration returns the enumerators of all enums of that name.
func (k *Kernel) enumeration(name string) *enumeration {
	c := &k.enums
	if e := c.find(name); e != nil {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.find(name); e != nil {
		return e
	}
	e := &enumeration{name: strings.Clone(name)} // it may be a piece of a mapped file
	if k.Types != nil && name != "" {
		for id := range k.Types.ByName(btfgraph.KindVoid, name) {
			if kind := k.Types.Kind(id); kind != btfgraph.KindEnum && kind != btfgraph.KindEnum64 {
				continue
			}
			n := k.Types.Vlen(id)
			if e.enumerators = slices.Grow(e.enumerators, n); !e.found {
				e.found, e.values = true, make(map[string]uint64, n)
			}
			for i := range n {
				e.enumerators = append(e.enumerators, k.Types.Enumerator(id, i))
			}
		}
		for i := range slices.Backward(e.enumerators) {
			e.values[e.enumerators[i].Name] = e.enumerators[i].Value
		}
	}
	list := []*enumeration{e}
	if known := c.enums.Load(); known != nil {
		list = slices.Concat(*known, list)
	}
	c.enums.Store(&list)
	return e
}

// find is the enumeration of that name if it was asked for before.
func (c *enumCache) find(name string) *enumeration {
	list := c.enums.Load()
	if list == nil {
		return nil
	}
	for _, e := range *list {
		if e.name == name {
			return e
		}
	}
	return nil
}

// Enumerator looks up a named value in the enum or enum64 of that name in
// vmlinux BTF, such as "BPF_MAP_TYPE_ARENA" in "bpf_map_type". found tells
// whether the enum itself exists: if it does not, nothing is proven. An enum
// name of "" searches nothing.
//
// The enumerators of a kernel's own BTF say which helpers, maps, programs and
// attach types it knows; version tables are wrong on distribution kernels.
func (k *Kernel) Enumerator(enum, name string) (value uint64, ok, found bool) {
	e := k.enumeration(enum)
	value, ok = e.values[name]
	return value, ok, ok || e.found
}

// HasValue reports whether the enum of that name has an enumerator of that
// value. Enumerators whose name starts with "__" do not count: they mark the
// end (__BPF_FUNC_MAX_ID, __MAX_BPF_PROG_TYPE). found is as in [Kernel.Enumerator].
func (k *Kernel) HasValue(enum string, value uint64) (ok, found bool) {
	e := k.enumeration(enum)
	for i := range e.enumerators {
		if e.enumerators[i].Value == value && !strings.HasPrefix(e.enumerators[i].Name, "__") {
			return true, true
		}
	}
	return false, e.found
}

// HasHelper reports whether the kernel has a helper of that number, by its enum
// bpf_func_id, which has been in every vmlinux BTF. known is false without it.
func (k *Kernel) HasHelper(id int32) (ok, known bool) {
	c := &k.enums
	c.helpersOnce.Do(func() {
		e := k.enumeration("bpf_func_id")
		if !e.found {
			return
		}
		c.helpers = make(map[uint64]struct{}, len(e.enumerators))
		for i := range e.enumerators {
			if e.enumerators[i].Name != "__BPF_FUNC_MAX_ID" {
				c.helpers[e.enumerators[i].Value] = struct{}{}
			}
		}
	})
	_, ok = c.helpers[uint64(int64(id))]
	return ok, c.helpers != nil
}
