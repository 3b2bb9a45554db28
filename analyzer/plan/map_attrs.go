package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// mapShape is what the kernel asks of a map type's attributes on every version
// that has the type. Conditions that changed between versions are left out.
type mapShape struct {
	what       string // how findings call the type
	key, value sizeRule
	// noEntries: max_entries must be 0; otherwise it must not.
	noEntries bool
	// flags must be set, no others than takes may be: those of the newest kernel
	// known, as types learn flags and forget none.
	flags, takes uint32
	// types: key and value need BTF types.
	types bool
	// extra are the bits of map_extra that may be set.
	extra uint64
}

// sizeRule is what the kernel asks of a size.
type sizeRule uint8

const (
	sizeAny    sizeRule = iota // anything but 0
	sizeZero                   // nothing but 0
	sizeFour                   // 4 bytes
	sizeFD                     // 4 bytes, or 8
	sizeWords                  // a multiple of 8 bytes
	sizeCgroup                 // 8 bytes, or 16 of struct bpf_cgroup_storage_key
	sizePrefix                 // 4 bytes of prefix length, and 1 to 256 of data
)

// shapeOf returns what the kernel asks of a map type, false if nothing that
// holds on every version. The sources are the map_alloc_check functions of
// kernel/bpf: arraymap.c, hashtab.c, stackmap.c, lpm_trie.c, queue_stack_maps.c,
// local_storage.c, bpf_local_storage.c, ringbuf.c, bloom_filter.c, arena.c,
// cpumap.c, devmap.c, reuseport_array.c, and net/core/sock_map.c and
// net/xdp/xskmap.c, in Linux 6.1, 6.12, 7.2 and 7.3.
func shapeOf(mapType uint32) (mapShape, bool) {
	switch mapType {
	case mapHash, mapPercpuHash:
		return mapShape{what: "a hash", takes: flagNoPrealloc | flagNUMA | flagZeroSeed | flagsAccess}, true
	case mapLRUHash, mapLRUPercpuHash:
		return mapShape{what: "an LRU hash", takes: flagNoCommonLRU | flagNUMA | flagZeroSeed | flagsAccess}, true
	case mapArray:
		return mapShape{what: "an array", key: sizeFour, takes: flagNUMA | flagMmapable | flagInnerMap | flagsAccess}, true
	case mapPercpuArray:
		return mapShape{what: "a per-CPU array", key: sizeFour, takes: flagsAccess}, true
	case mapProgArray, mapCgroupArray, mapArrayOfMaps:
		return mapShape{what: "an array of file descriptors", key: sizeFour, value: sizeFour, takes: flagsCommon}, true
	case mapPerfEventArray:
		return mapShape{what: "an array of file descriptors", key: sizeFour, value: sizeFour, takes: flagsCommon | flagPreserve}, true
	case mapXSKMap:
		return mapShape{what: "a map of sockets", key: sizeFour, value: sizeFour, takes: flagsCommon}, true
	case mapHashOfMaps:
		return mapShape{what: "a hash of maps", value: sizeFour, takes: flagNoPrealloc | flagNUMA | flagZeroSeed | flagsAccess}, true
	case mapStackTrace:
		return mapShape{what: "a stack trace map", key: sizeFour, value: sizeWords, takes: flagsCommon | flagBuildID}, true
	case mapLPMTrie:
		return mapShape{what: "an LPM trie", key: sizePrefix, flags: flagNoPrealloc, takes: flagNoPrealloc | flagNUMA | flagsAccess}, true
	case mapCPUMap:
		return mapShape{what: "a map of CPUs", key: sizeFour, value: sizeFD, takes: flagNUMA}, true
	case mapDevmap, mapDevmapHash:
		return mapShape{what: "a map of devices", key: sizeFour, value: sizeFD, takes: flagsCommon}, true
	case mapSockmap:
		return mapShape{what: "a map of sockets", key: sizeFour, value: sizeFD, takes: flagsCommon}, true
	case mapSockhash:
		return mapShape{what: "a hash of sockets", value: sizeFD, takes: flagsCommon}, true
	case mapSockarray:
		return mapShape{what: "an array of sockets", key: sizeFour, value: sizeFD, takes: flagNUMA | flagsAccess}, true
	case mapQueue, mapStack:
		return mapShape{what: "a queue or stack", key: sizeZero, takes: flagNUMA | flagsAccess}, true
	case mapBloomFilter:
		return mapShape{what: "a bloom filter", key: sizeZero, takes: flagNUMA | flagZeroSeed | flagsAccess, extra: 0xf}, true
	case mapCgroupStorage, mapCgroupStorage2:
		return mapShape{what: "cgroup storage", key: sizeCgroup, noEntries: true, takes: flagNUMA | flagsAccess}, true
	case mapSKStorage, mapInodeStorage, mapTaskStorage, mapCgrpStorage:
		return mapShape{what: "local storage", key: sizeFour, noEntries: true, flags: flagNoPrealloc, takes: flagNoPrealloc | flagClone, types: true}, true
	case mapRingbuf, mapUserRingbuf:
		return mapShape{what: "a ring buffer", key: sizeZero, value: sizeZero, takes: flagNUMA | flagOverwrite}, true
	case mapArena:
		return mapShape{
			what: "an arena", key: sizeZero, value: sizeZero, flags: flagMmapable, takes: flagMmapable | flagSegv | flagNoUserConv, extra: ^uint64(pageBytes - 1),
		}, true
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
	if want, bad := shape.key.check(d.KeySize); bad {
		add("key_size", want, d.KeySize == 0, "is %d bytes, %s has %s", d.KeySize, shape.what, orNone(want))
	}
	if want, bad := shape.value.check(d.ValueSize); bad {
		add("value_size", want, d.ValueSize == 0, "is %d bytes, %s has %s", d.ValueSize, shape.what, orNone(want))
	} else if d.Type == mapStackTrace && d.Flags&flagBuildID != 0 && d.ValueSize%buildIDBytes != 0 {
		add("value_size", "a multiple of 32", false, "is %d bytes, build ids have a multiple of %d", d.ValueSize, buildIDBytes)
	}
	switch {
	case shape.noEntries && d.MaxEntries != 0:
		add("max_entries", "", false, "is %d, %s has 0", d.MaxEntries, shape.what)
	case !shape.noEntries && d.MaxEntries == 0:
		add("max_entries", "the number of entries", true, "is 0")
	}
	if missing := shape.flags &^ d.Flags; missing != 0 {
		add("map_flags", flagNames(missing), false, "lacks %s, which %s needs", flagNames(missing), shape.what)
	} else if fault := flagFault(d, &shape); fault != "" {
		add("map_flags", "", false, "%s", fault)
	}
	if d.Extra&^shape.extra != 0 {
		add("map_extra", extraWord(d.Type), false, "is %#x, %s has %s", d.Extra, shape.what, orNone(extraWord(d.Type)))
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

// buildIDBytes is the size of struct bpf_stack_build_id.
const buildIDBytes = 32

// extraWord is what map_extra of a type may be, "" for nothing.
func extraWord(mapType uint32) string {
	switch mapType {
	case mapBloomFilter:
		return "at most 15"
	case mapArena:
		return "an address of whole pages"
	}
	return ""
}

// innerProblem says why maps of a type cannot be the inner map of others, false
// if they can, by the rules since 5.10 (kernel/bpf/map_in_map.c,
// bpf_map_meta_alloc: types without map_meta_equal, and one level alone).
func innerProblem(d *bpfobj.MapDef) (MapProblem, bool) {
	switch d.Type {
	case mapProgArray, mapCgroupStorage, mapCgroupStorage2, mapStructOps, mapArrayOfMaps, mapHashOfMaps:
		return MapProblem{Attribute: "type", Want: "one that maps can hold", Detail: "is " + nameOf(mapTypes[:], d.Type) + ", which no map can hold"}, true
	}
	return MapProblem{}, false
}

// check says what a size has to be, "" for nothing, if it is not.
func (r sizeRule) check(size uint32) (want string, bad bool) {
	switch r {
	case sizeZero:
		return "", size != 0
	case sizeFour:
		return "4", size != 4
	case sizeFD:
		return "4 or 8", size != 4 && size != 8
	case sizeWords:
		return "a multiple of 8", size == 0 || size%8 != 0
	case sizeCgroup:
		return "8 or 16", size != 8 && size != 16
	case sizePrefix:
		return "5 to 260", size < 5 || size > 260
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

// storageKeyProblem says that the key of local storage is no integer
// (kernel/bpf/bpf_local_storage.c, bpf_local_storage_map_check_btf).
func (p *Plan) storageKeyProblem(d *bpfobj.MapDef) (MapProblem, bool) {
	shape, _ := shapeOf(d.Type)
	g := p.Object.Types
	if !shape.types || g == nil || d.KeyType == btfgraph.Void || d.KeySize != 4 {
		return MapProblem{}, false
	}
	if g.Kind(btfgraph.SkipModsAndTypedefs(g, d.KeyType)) == btfgraph.KindInt {
		return MapProblem{}, false
	}
	return MapProblem{Attribute: "key", Want: "an int", Detail: fmt.Sprintf("is of type %s, %s has int", quote(spell(g, d.KeyType)), shape.what)}, true
}
