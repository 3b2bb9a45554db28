package plan

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/lskel"
)

// SkeletonPlan is what a light skeleton does on the kernel beyond what every
// object does.
type SkeletonPlan struct {
	*lskel.Skeleton
	// StructOps are the struct_ops maps that it creates, in order.
	StructOps []BakedMap
	// Targets are the programs whose attach_btf_id is baked in, in order.
	Targets []BakedTarget
	// Options are the externs of .kconfig with the values that are baked in, in
	// the order of their section.
	Options []BakedOption
}

// LoaderProgram is what a light skeleton's own loader program needs of the
// kernel.
type LoaderProgram struct {
	// Type tells whether the kernel runs programs of type SYSCALL (since 5.14).
	Type Support
	// Helpers are the helpers that it calls and the kernel lacks, ascending, of
	// those that are younger than the type.
	Helpers []int32
}

// BTFKindUse is a kind of types that the kernel does not know, or a type that
// none takes.
type BTFKindUse struct {
	Kind btfgraph.Kind
	ID   btfgraph.ID // the first type of the kind
	// Since is the first version of Linux that knows it; "" for an ENUM of a
	// size that no kernel takes: one that is only declared.
	Since string
}

// planSkeleton sets the loader program, and for an object that was read from a
// light skeleton what is baked into it, against the kernel.
func (p *Plan) planSkeleton() {
	s := lskel.Of(p.Object)
	p.checkBTFKinds()
	p.checkLoaderProgram(s)
	if s == nil {
		return
	}
	sp := &SkeletonPlan{Skeleton: s}
	for _, m := range s.Maps {
		if m.IsStructOps() {
			sp.StructOps = append(sp.StructOps, p.bakedMap(m))
		}
	}
	for i, prog := range s.Programs {
		if t, ok := p.bakedTarget(i, prog); ok {
			sp.Targets = append(sp.Targets, t)
		}
	}
	sp.Options = p.bakedOptions()
	p.Skeleton = sp
}

// Helpers that loader programs call: the last of those that came with programs of
// type SYSCALL, bpf_sys_close, and the one that asks kallsyms.
const (
	helperSysClose       = 168
	helperKallsymsLookup = 179
)

// checkLoaderProgram asks the kernel for what the loader program is made of.
func (p *Plan) checkLoaderProgram(s *lskel.Skeleton) {
	if p.Kernel == nil {
		return
	}
	p.LoaderProgram.Type = p.enumerator("bpf_prog_type", "BPF_PROG_TYPE_SYSCALL")
	for _, id := range p.helpersOfLoader(s) {
		if ok, known := p.Kernel.HasHelper(id); known && !ok {
			p.LoaderProgram.Helpers = append(p.LoaderProgram.Helpers, id)
		}
	}
}

// helpersOfLoader are the helpers that the loader program calls, ascending, as
// far as they are younger than its type; those of one that is still to be
// generated follow from the object.
func (p *Plan) helpersOfLoader(s *lskel.Skeleton) []int32 {
	var ids []int32
	if s == nil {
		if slices.ContainsFunc(p.Object.Externs, func(e *bpfobj.Extern) bool { return e.Typeless() && len(e.Refs) > 0 }) {
			ids = append(ids, helperKallsymsLookup)
		}
		return ids
	}
	for i := range s.Trace.Calls {
		if id := s.Trace.Calls[i].Helper; id > helperSysClose {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// youngKinds are the kinds of types that came after light skeletons, each with a
// type that kernels have in their own BTF since they know it
// (include/uapi/linux/btf.h; kernel/bpf/btf.c, kind_ops). struct bpf_core_relo came
// with the same version as TYPE_TAG.
var youngKinds = [...]struct {
	kind          btfgraph.Kind
	marker, since string
}{
	{btfgraph.KindDeclTag, "btf_decl_tag", "5.16"},
	{btfgraph.KindTypeTag, "bpf_core_relo", "5.17"},
	{btfgraph.KindEnum64, "btf_enum64", "6.0"},
}

// checkBTFKinds finds kinds of types that the kernel does not know. A loader that
// cannot ask the kernel hands them over (libbpf.c,
// bpf_object__sanitize_btf, which takes every feature for supported then).
func (p *Plan) checkBTFKinds() {
	g := p.Object.Types
	if g == nil || p.Kernel == nil || p.Kernel.Types == nil {
		return
	}
	// struct btf_type is in every BTF of a kernel that reads BTF.
	if !p.has(btfgraph.KindStruct, "btf_type") {
		return
	}
	var first [btfgraph.MaxKind + 1]btfgraph.ID
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		k := g.Kind(id)
		if first[k] == btfgraph.Void {
			first[k] = id
		}
		if size := g.Size(id); k == btfgraph.KindEnum && (size == 0 || size > 8 || size&(size-1) != 0) {
			// kernel/bpf/btf.c, btf_enum_check_meta, "Unexpected size".
			p.BTFKinds = append(p.BTFKinds, BTFKindUse{Kind: k, ID: id})
		}
	}
	for _, young := range youngKinds {
		if id := first[young.kind]; id != btfgraph.Void && !p.has(btfgraph.KindStruct, young.marker) {
			p.BTFKinds = append(p.BTFKinds, BTFKindUse{Kind: young.kind, ID: id, Since: young.since})
		}
	}
}

// BakedOption is an extern of .kconfig with the value that a light skeleton has
// for it.
type BakedOption struct {
	Name string
	Map  *bpfobj.Map
	// Offset is where the value lies in the map, in bytes.
	Offset int64
	// Baked and Want are the bytes of the value in the skeleton and on the
	// kernel; Want is nil if it is not known.
	Baked, Want []byte
}

// Differs reports whether the kernel certainly has another value.
func (o *BakedOption) Differs() bool { return o.Want != nil && !bytes.Equal(o.Baked, o.Want) }

// OptionText is the value of an option in words: a number, or quoted text.
func (p *Plan) OptionText(data []byte) string {
	order := p.Object.ByteOrder
	switch len(data) {
	case 1:
		return strconv.Itoa(int(data[0]))
	case 2:
		return strconv.Itoa(int(order.Uint16(data)))
	case 4:
		return strconv.FormatUint(uint64(order.Uint32(data)), 10)
	case 8:
		return strconv.FormatUint(order.Uint64(data), 10)
	}
	text, _, _ := bytes.Cut(data, []byte{0})
	return strconv.Quote(string(text))
}

// bakedOptions reads the externs of .kconfig out of the map that holds them.
func (p *Plan) bakedOptions() []BakedOption {
	var list []BakedOption
	for _, m := range p.Object.Maps {
		g := p.Object.Types
		if m.Kind != bpfobj.MapKconfig || g == nil {
			continue
		}
		for i := range g.Vlen(m.Var) {
			v := g.VarSecinfo(m.Var, i)
			data := bytesAt(m.Data, int64(v.Offset), int64(v.Size))
			if data == nil {
				continue
			}
			o := BakedOption{Name: g.Name(v.Type), Map: m, Offset: int64(v.Offset), Baked: data}
			if p.Kernel != nil {
				o.Want = p.optionOf(o.Name, v.Type, int64(v.Size))
			}
			list = append(list, o)
		}
	}
	return list
}

// optionOf is the value that libbpf gives an option on the kernel, nil if it is
// not known, or not to be had at all.
func (p *Plan) optionOf(name string, id btfgraph.ID, size int64) []byte {
	if size > maxKconfigBytes {
		return nil
	}
	e := &bpfobj.Extern{Name: name, Kind: bpfobj.ExternKconfig, Weak: true, ID: id, Type: p.Object.Types.Ref(id)}
	b := &ExternBinding{Extern: e, Name: name}
	p.resolveKconfig(b)
	data, _ := p.kconfigBytes(b, size)
	return data
}

// bytesAt is a part of data, nil if it does not lie in it.
func bytesAt(data []byte, offset, size int64) []byte {
	if offset < 0 || size < 0 || offset > int64(len(data)) || size > int64(len(data))-offset {
		return nil
	}
	return data[offset:][:size]
}
