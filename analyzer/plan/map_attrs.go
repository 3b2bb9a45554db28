package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// mapShape is what the kernel asks of a map type's attributes on every version
// that has the type. Conditions that changed between versions are left out.
type mapShape struct {
	what       string // how findings call the type
	key, value sizeRule
	// noEntries: max_entries must be 0; otherwise it must not.
	noEntries bool
	// flags must be set.
	flags uint32
	// types: key and value need BTF types.
	types bool
	// sizes are the values allowed for value with oneOf.
	sizes [2]uint32
}

// sizeRule is what the kernel asks of a size.
type sizeRule uint8

const (
	sizeAny   sizeRule = iota // anything but 0
	sizeZero                  // nothing but 0
	sizeFour                  // 4 bytes
	sizeOneOf                 // one of mapShape.sizes
	sizeWords                 // a multiple of 8 bytes
)

// shapeOf returns what the kernel asks of a map type, false if nothing that
// holds on every version. The sources are the map_alloc_check functions of
// kernel/bpf: arraymap.c, hashtab.c, stackmap.c, lpm_trie.c, queue_stack_maps.c,
// bpf_local_storage.c, ringbuf.c, bloom_filter.c, arena.c, cpumap.c, devmap.c,
// and net/xdp/xskmap.c.
func shapeOf(mapType uint32) (mapShape, bool) {
	switch mapType {
	case 1, 5, 9, 10:
		return mapShape{what: "a hash"}, true
	case mapArray, mapPercpuArray:
		return mapShape{what: "an array", key: sizeFour}, true
	case mapProgArray, mapCgroupArray, mapArrayOfMaps, mapPerfEventArray, mapXSKMap:
		return mapShape{what: "an array of file descriptors", key: sizeFour, value: sizeFour}, true
	case mapHashOfMaps:
		return mapShape{what: "a hash of maps", value: sizeFour}, true
	case mapStackTrace:
		return mapShape{what: "a stack trace map", key: sizeFour, value: sizeWords}, true
	case mapLPMTrie:
		return mapShape{what: "an LPM trie", flags: flagNoPrealloc}, true
	case mapCPUMap, mapDevmap, mapSockmap:
		return mapShape{what: "this type", key: sizeFour, value: sizeOneOf, sizes: [2]uint32{4, 8}}, true
	case mapQueue, mapStack, mapBloomFilter:
		return mapShape{what: "this type", key: sizeZero}, true
	case mapSKStorage, mapInodeStorage, mapTaskStorage, mapCgrpStorage:
		return mapShape{what: "local storage", key: sizeFour, noEntries: true, flags: flagNoPrealloc, types: true}, true
	case mapRingbuf, mapUserRingbuf:
		return mapShape{what: "a ring buffer", key: sizeZero, value: sizeZero}, true
	case mapArena:
		return mapShape{what: "an arena", key: sizeZero, value: sizeZero, flags: flagMmapable}, true
	}
	return mapShape{}, false
}

// mapProblems compares attributes with what the kernel asks of the type.
func mapProblems(d *bpfobj.MapDef) []MapProblem {
	shape, ok := shapeOf(d.Type)
	if !ok {
		return nil
	}
	var list []MapProblem
	add := func(attribute, want string, setup bool, format string, args ...any) {
		list = append(list, MapProblem{Attribute: attribute, Want: want, Setup: setup, Detail: fmt.Sprintf(format, args...)})
	}
	if want, bad := shape.key.check(d.KeySize, &shape); bad {
		add("key_size", want, d.KeySize == 0, "is %d bytes, %s has %s", d.KeySize, shape.what, orNone(want))
	}
	if want, bad := shape.value.check(d.ValueSize, &shape); bad {
		add("value_size", want, d.ValueSize == 0, "is %d bytes, %s has %s", d.ValueSize, shape.what, orNone(want))
	}
	switch {
	case shape.noEntries && d.MaxEntries != 0:
		add("max_entries", "", false, "is %d, %s has 0", d.MaxEntries, shape.what)
	case !shape.noEntries && d.MaxEntries == 0:
		add("max_entries", "the number of entries", true, "is 0")
	}
	if missing := shape.flags &^ d.Flags; missing != 0 {
		add("map_flags", flagName(missing), false, "lacks %s, which %s needs", flagName(missing), shape.what)
	}
	if shape.types && (d.KeyType == 0 || d.ValueType == 0) && d.KeySize != 0 && d.ValueSize != 0 {
		add("key and value", "", false, "have sizes and no types, %s needs both types", shape.what)
		list[len(list)-1].Types = true
	}
	if ring := d.Type == mapRingbuf || d.Type == mapUserRingbuf; ring && d.MaxEntries != 0 &&
		(d.MaxEntries < pageBytes || d.MaxEntries&(d.MaxEntries-1) != 0) {
		add("max_entries", "a power of two of pages", false, "is %d bytes, a ring buffer has a power of two of pages", d.MaxEntries)
	}
	return list
}

// check says what a size has to be, "" for nothing, if it is not.
func (r sizeRule) check(size uint32, shape *mapShape) (want string, bad bool) {
	switch {
	case r == sizeZero:
		return "", size != 0
	case r == sizeFour:
		return "4", size != 4
	case r == sizeOneOf:
		return fmt.Sprintf("%d or %d", shape.sizes[0], shape.sizes[1]), size != shape.sizes[0] && size != shape.sizes[1]
	case r == sizeWords:
		return "a multiple of 8", size == 0 || size%8 != 0
	}
	return "a size", size == 0
}

// orNone is what a size has to be in a complaint.
func orNone(want string) string {
	if want == "" {
		return "none"
	}
	return want
}

func flagName(flag uint32) string {
	switch flag {
	case flagNoPrealloc:
		return "BPF_F_NO_PREALLOC"
	case flagMmapable:
		return "BPF_F_MMAPABLE"
	}
	return fmt.Sprintf("flags %#x", flag)
}
