// Command cut makes testdata/btfdiff/*.btf: the few types of real kernels that
// the tests of package btfdiff know changes of. Of a struct that another one
// holds, or points to, only the name and size are kept.
//
// Run it from the module root with a directory that has a folder with a file
// vmlinux.btf for each kernel: go run ./testdata/btfdiff/cut DIR.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/cilium/ebpf/btf"
)

var kernels = []string{"5.10", "6.1", "6.12", "7.3"}

// roots are the types that are kept as a whole.
var roots = []string{
	"char", "task_struct", "inode", "request", "bio", "tty_driver", "tty_struct", "kprobe", "mm_struct",
	"trace_event_raw_block_rq", "btf_trace_sched_switch", "__bpf_trace_sched_switch", "bpf_lsm_inode_setxattr",
	"bpf_wq_set_callback", "bpf_wq_set_callback_impl", "bpf_obj_new", "bpf_obj_new_impl", "bpf_map_type",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cut DIR")
		os.Exit(2)
	}
	for _, k := range kernels {
		if err := cut(filepath.Join(os.Args[1], k, "vmlinux.btf"), filepath.Join("testdata/btfdiff", k+".btf")); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", k, err)
			os.Exit(1)
		}
	}
}

func cut(from, to string) error {
	spec, err := btf.LoadSpec(from)
	if err != nil {
		return err
	}
	c := cutter{done: make(map[btf.Type]btf.Type)}
	var kept []btf.Type
	for _, name := range roots {
		found, err := spec.AnyTypesByName(name)
		if errors.Is(err, btf.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, t := range found {
			if _, ok := t.(*btf.Fwd); ok {
				continue
			}
			kept = append(kept, t)
		}
	}
	b, err := btf.NewBuilder(c.roots(kept), nil)
	if err != nil {
		return err
	}
	raw, err := b.Marshal(nil, nil)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o644)
}

// cutter copies types.
type cutter struct{ done map[btf.Type]btf.Type }

// roots copies types as a whole. What refers to one of them refers to its copy.
func (c *cutter) roots(types []btf.Type) []btf.Type {
	for _, t := range types {
		switch t.(type) {
		case *btf.Struct, *btf.Union:
			c.done[t] = shallow(t)
		}
	}
	var copies []btf.Type
	for _, t := range types {
		copied := c.part(t)
		c.members(copied)
		copies = append(copies, copied)
	}
	return copies
}

// members copies what the members of a copied struct or union consist of.
func (c *cutter) members(t btf.Type) {
	var members []btf.Member
	switch t := t.(type) {
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	}
	for i := range members {
		members[i].Type = c.part(members[i].Type)
	}
}

// part copies what a type consists of or refers to.
func (c *cutter) part(t btf.Type) btf.Type {
	if done := c.done[t]; done != nil {
		return done
	}
	done := c.copy(t)
	c.done[t] = done
	return done
}

// anonymous copies a struct or union that is a part of another.
func (c *cutter) anonymous(t btf.Type) btf.Type {
	t = shallow(t)
	c.members(t)
	return t
}

// shallow copies a struct or union with a list of members of its own.
func shallow(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Struct:
		return &btf.Struct{Name: t.Name, Size: t.Size, Members: slices.Clone(t.Members), Tags: slices.Clone(t.Tags)}
	case *btf.Union:
		return &btf.Union{Name: t.Name, Size: t.Size, Members: slices.Clone(t.Members), Tags: slices.Clone(t.Tags)}
	}
	return t
}

func (c *cutter) copy(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Struct:
		if t.Name == "" {
			return c.anonymous(t)
		}
		return &btf.Struct{Name: t.Name, Size: t.Size}
	case *btf.Union:
		if t.Name == "" {
			return c.anonymous(t)
		}
		return &btf.Union{Name: t.Name, Size: t.Size}
	case *btf.Pointer:
		return &btf.Pointer{Target: c.part(t.Target)}
	case *btf.Array:
		return &btf.Array{Index: c.part(t.Index), Type: c.part(t.Type), Nelems: t.Nelems}
	case *btf.Typedef:
		return &btf.Typedef{Name: t.Name, Type: c.part(t.Type)}
	case *btf.Const:
		return &btf.Const{Type: c.part(t.Type)}
	case *btf.Volatile:
		return &btf.Volatile{Type: c.part(t.Type)}
	case *btf.Func:
		return &btf.Func{Name: t.Name, Type: c.part(t.Type), Linkage: t.Linkage, Tags: slices.Clone(t.Tags)}
	case *btf.FuncProto:
		p := &btf.FuncProto{Return: c.part(t.Return)}
		for _, q := range t.Params {
			p.Params = append(p.Params, btf.FuncParam{Name: q.Name, Type: c.part(q.Type)})
		}
		return p
	}
	return t
}
