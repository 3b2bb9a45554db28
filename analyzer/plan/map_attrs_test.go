package plan

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/assert"
)

// attributes are the attributes with problems, those that the application is
// left to set in parentheses.
func attributes(problems []MapProblem) []string {
	var names []string
	for _, p := range problems {
		name := p.Attribute
		if p.Setup {
			name = "(" + name + ")"
		}
		names = append(names, name)
	}
	return names
}

func TestMapProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		def            bpfobj.MapDef
		libbpf, cilium []string
	}{
		{"hash", bpfobj.MapDef{Type: 1, KeySize: 3, ValueSize: 5, MaxEntries: 1}, nil, nil},
		{"hash of nothing", bpfobj.MapDef{Type: 1}, []string{"(key_size)", "(value_size)", "(max_entries)"}, []string{"(key_size)", "(value_size)", "(max_entries)"}},
		{"array", bpfobj.MapDef{Type: mapArray, KeySize: 8, ValueSize: 8, MaxEntries: 1}, []string{"key_size"}, []string{"key_size"}},
		{"perf event array", bpfobj.MapDef{Type: mapPerfEventArray}, []string{"(key_size)", "(value_size)"}, nil},
		{
			"perf event array of a type", bpfobj.MapDef{Type: mapPerfEventArray, KeySize: 4, ValueSize: 64, ValueType: 7},
			[]string{"value_size"}, nil, // mapSpecFromBTF drops the size
		},
		{"ring buffer", bpfobj.MapDef{Type: mapRingbuf, MaxEntries: 1000}, nil, []string{"max_entries"}},
		{"ring buffer of bytes", bpfobj.MapDef{Type: mapRingbuf, MaxEntries: 2}, nil, []string{"max_entries"}},
		{"ring buffer of pages", bpfobj.MapDef{Type: mapRingbuf, MaxEntries: 3 * 4096}, nil, []string{"max_entries"}},
		{"ring buffer of nothing", bpfobj.MapDef{Type: mapRingbuf}, []string{"(max_entries)"}, []string{"(max_entries)"}},
		{"ring buffer of a type", bpfobj.MapDef{Type: mapRingbuf, MaxEntries: 4096, ValueSize: 8, ValueType: 7}, []string{"value_size"}, nil},
		{"ring buffer of values", bpfobj.MapDef{Type: mapRingbuf, MaxEntries: 4096, ValueSize: 8}, []string{"value_size"}, []string{"value_size"}},
		{"user ring buffer of a type", bpfobj.MapDef{Type: mapUserRingbuf, MaxEntries: 4096, ValueSize: 8, ValueType: 7}, []string{"value_size"}, []string{"value_size"}},
		{"trie", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 8, ValueSize: 1, MaxEntries: 1}, []string{"map_flags"}, []string{"map_flags"}},
		{"sound trie", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 8, ValueSize: 1, MaxEntries: 1, Flags: 1}, nil, nil},
		{
			"storage", bpfobj.MapDef{Type: mapTaskStorage, KeySize: 4, ValueSize: 1, MaxEntries: 1},
			[]string{"max_entries", "map_flags", "key and value"}, []string{"max_entries", "map_flags", "key and value"},
		},
		{"sound storage", bpfobj.MapDef{Type: mapTaskStorage, KeySize: 4, ValueSize: 1, Flags: 1, KeyType: 1, ValueType: 2}, nil, nil},
		{"CPU map", bpfobj.MapDef{Type: mapCPUMap, KeySize: 4, ValueSize: 8}, []string{"(max_entries)"}, nil},
		{"array of maps", bpfobj.MapDef{Type: mapArrayOfMaps, KeySize: 4, MaxEntries: 1}, []string{"(value_size)"}, nil},
		{"stack traces", bpfobj.MapDef{Type: mapStackTrace, KeySize: 4, ValueSize: 12, MaxEntries: 1}, []string{"value_size"}, []string{"value_size"}},
		{"queue", bpfobj.MapDef{Type: mapQueue, KeySize: 4, ValueSize: 8, MaxEntries: 1}, []string{"key_size"}, []string{"key_size"}},
		{"arena", bpfobj.MapDef{Type: mapArena, MaxEntries: 1}, []string{"map_flags"}, []string{"map_flags"}},
		{"LRU hash with flags of a hash", bpfobj.MapDef{Type: mapLRUHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Flags: flagNoPrealloc}, []string{"map_flags"}, []string{"map_flags"}},
		{"hash with flags of an LRU hash", bpfobj.MapDef{Type: mapHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Flags: flagNoCommonLRU}, []string{"map_flags"}, []string{"map_flags"}},
		{"hash for nobody", bpfobj.MapDef{Type: mapHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Flags: flagReadProg | flagWriteProg}, []string{"map_flags"}, []string{"map_flags"}},
		{"hash with a flag of the future", bpfobj.MapDef{Type: mapHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Flags: 1 << len(mapFlags)}, nil, nil},
		{"hash with a token", bpfobj.MapDef{Type: mapHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Flags: flagTokenFD}, nil, nil},
		{"hash with more", bpfobj.MapDef{Type: mapHash, KeySize: 4, ValueSize: 4, MaxEntries: 1, Extra: 1}, []string{"map_extra"}, []string{"map_extra"}},
		{"bloom filter", bpfobj.MapDef{Type: mapBloomFilter, ValueSize: 4, MaxEntries: 1, Extra: 15}, nil, nil},
		{"bloom filter of many hashes", bpfobj.MapDef{Type: mapBloomFilter, ValueSize: 4, MaxEntries: 1, Extra: 16}, []string{"map_extra"}, []string{"map_extra"}},
		{"arena at an address", bpfobj.MapDef{Type: mapArena, MaxEntries: 1, Flags: flagMmapable, Extra: 1 << 44}, nil, nil},
		{"arena at no page", bpfobj.MapDef{Type: mapArena, MaxEntries: 1, Flags: flagMmapable, Extra: 8}, []string{"map_extra"}, []string{"map_extra"}},
		{"trie without data", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 4, ValueSize: 1, MaxEntries: 1, Flags: 1}, []string{"key_size"}, []string{"key_size"}},
		{"trie of long keys", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 261, ValueSize: 1, MaxEntries: 1, Flags: 1}, []string{"key_size"}, []string{"key_size"}},
		{"build ids", bpfobj.MapDef{Type: mapStackTrace, KeySize: 4, ValueSize: 64, MaxEntries: 1, Flags: flagBuildID}, nil, nil},
		{"build ids of odd size", bpfobj.MapDef{Type: mapStackTrace, KeySize: 4, ValueSize: 40, MaxEntries: 1, Flags: flagBuildID}, []string{"value_size"}, []string{"value_size"}},
		{"cgroup storage", bpfobj.MapDef{Type: mapCgroupStorage, KeySize: 16, ValueSize: 4}, nil, nil},
		{"cgroup storage of entries", bpfobj.MapDef{Type: mapCgroupStorage2, KeySize: 4, ValueSize: 4, MaxEntries: 1}, []string{"key_size", "max_entries"}, []string{"key_size", "max_entries"}},
		{"hash of devices", bpfobj.MapDef{Type: mapDevmapHash, KeySize: 4, ValueSize: 8, MaxEntries: 1}, nil, nil},
		{"hash of sockets", bpfobj.MapDef{Type: mapSockhash, KeySize: 40, ValueSize: 16, MaxEntries: 1}, []string{"value_size"}, []string{"value_size"}},
		{"array of sockets", bpfobj.MapDef{Type: mapSockarray, KeySize: 4, ValueSize: 8, MaxEntries: 1}, nil, nil},
		{"unknown type", bpfobj.MapDef{Type: 4000}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for loader, want := range map[*Loader][]string{Libbpf: tt.libbpf, Cilium: tt.cilium} {
				def := loader.Maps.fix(tt.def)
				assert.Equal(t, want, attributes(mapProblems(&def)), loader.Name)
			}
		})
	}
}

func TestRoundRingbuf(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint32]uint32{1: 4096, 4096: 4096, 4097: 8192, 12288: 16384, 1<<31 + 1: 1 << 31} {
		assert.Equal(t, want, roundRingbuf(n))
	}
}
