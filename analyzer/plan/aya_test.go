package plan

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/stretchr/testify/assert"
)

// TestAyaSectionNames follows aya-obj src/obj.rs, ProgramSection::from_str and
// EbpfSectionKind::from_name. All of it was compared with the functions.
func TestAyaSectionNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		section, row, attachTo string
		why                    string
		sleepable              bool
	}{
		{section: "kprobe", row: "kprobe"},
		{section: "kprobe/do_unlinkat", row: "kprobe", attachTo: "do_unlinkat"},
		{section: "kprobe.multi/x"},
		{section: "uprobe.multi/x"}, // main has it, no release
		{section: "uprobe.s/x", row: "uprobe.s", attachTo: "x", sleepable: true},
		{section: "?kprobe/x"},
		{section: "kprobes"},
		{section: "tc"},
		{section: "classifier/ingress", row: "classifier", attachTo: "ingress"},
		{section: "action"},
		{section: "xdp", row: "xdp"},
		{section: "xdp/"},
		{section: "xdp/main"},
		{section: "xdp_main"},
		{section: "xdp/devmap", row: "xdp/devmap"},
		{section: "xdp/devmap/x", row: "xdp/devmap", attachTo: "x"},
		{section: "xdp.frags", row: "xdp.frags"},
		{section: "sk_skb"},
		{section: "sk_skb/verdict"},
		{section: "sk_skb/stream_parser/x", row: "sk_skb/stream_parser", attachTo: "x"},
		{section: "sk_reuseport", row: "sk_reuseport"},
		{section: "sk_reuseport/migrate", row: "sk_reuseport/migrate"},
		{section: "sk_reuseport/x"},
		{section: "socket/tail", row: "socket", attachTo: "tail"},
		{section: "cgroup"},
		{section: "cgroup/connect_unix"},
		{section: "cgroup/connect4/x", row: "cgroup/connect4", attachTo: "x"},
		{section: "fentry.s/f", row: "fentry.s", attachTo: "f", sleepable: true},
		{section: "fmod_ret/f"},
		{section: "iter/task", row: "iter", attachTo: "task"},
		{section: "struct_ops/init"},
		{section: "syscall"},
		{section: ".text.hot", why: WhySubprogram},
	}
	for _, tt := range tests {
		t.Run(tt.section, func(t *testing.T) {
			t.Parallel()
			p := NewPlanner(program(tt.section, nil), Options{}).Plan(nil, Aya)
			pp := &p.Programs[0]
			row := ""
			if pp.Def != nil {
				row = pp.Def.Name
			}
			assert.Equal(t, tt.row, row)
			assert.Equal(t, tt.attachTo, pp.AttachTo)
			assert.Equal(t, tt.why, pp.Why)
			assert.Equal(t, tt.sleepable, pp.Sleepable)
			assert.Equal(t, tt.why == "", pp.Autoload)
			assert.Equal(t, "GPL", pp.License)
		})
	}
}

// TestAyaDefinitions follows aya-obj src/obj.rs, parse_btf_map_struct.
func TestAyaDefinitions(t *testing.T) {
	t.Parallel()
	type member = btftest.Member
	tests := []struct {
		name    string
		members func(b *btftest.Builder, number func(uint32) btftest.ID, i32 btftest.ID) []member
		want    bpfobj.MapDef // without the ids of types
		why     string
	}{
		{"numbers", func(_ *btftest.Builder, n func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "type", Type: n(1)}, {Name: "key_size", Type: n(4)}, {Name: "value_size", Type: n(8)}, {Name: "max_entries", Type: n(3)}, {Name: "map_extra", Type: n(5)}}
		}, bpfobj.MapDef{Type: 1, KeySize: 4, ValueSize: 8, MaxEntries: 3, Extra: 5}, ""},
		{"last one counts", func(b *btftest.Builder, n func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "key", Type: b.Ptr(i32)}, {Name: "key_size", Type: n(16)}}
		}, bpfobj.MapDef{KeySize: 16}, ""},
		{"unknown field", func(_ *btftest.Builder, n func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "numa_node", Type: n(1)}, {Name: "colour", Type: n(1)}}
		}, bpfobj.MapDef{}, ""},
		{"unknown pinning", func(_ *btftest.Builder, n func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "pinning", Type: n(7)}}
		}, bpfobj.MapDef{}, ""},
		{"pinning", func(_ *btftest.Builder, n func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "pinning", Type: n(1)}}
		}, bpfobj.MapDef{Pinning: 1}, ""},
		{"typedef of a number", func(b *btftest.Builder, n func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "type", Type: b.Typedef("t", n(1))}}
		}, bpfobj.MapDef{}, `field "type" is no pointer to an array`},
		{"enumerator for map_extra", func(b *btftest.Builder, _ func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "map_extra", Type: b.Enum("e", btftest.Value{Name: "a", Value: 3})}}
		}, bpfobj.MapDef{}, `field "map_extra" is no pointer to an array`},
		{"key that is no pointer", func(_ *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "key", Type: i32}}
		}, bpfobj.MapDef{}, `field "key" is no pointer`},
		{"void", func(b *btftest.Builder, _ func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "value", Type: b.Ptr(0)}}
		}, bpfobj.MapDef{}, `field "value" points to a type without a size`},
		{"forward declaration", func(b *btftest.Builder, _ func(uint32) btftest.ID, _ btftest.ID) []member {
			return []member{{Name: "value", Type: b.Ptr(b.Fwd("s", false))}}
		}, bpfobj.MapDef{}, `field "value" points to a type without a size`},
		{"array of arrays", func(b *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "value", Type: b.Ptr(b.Array(b.Array(i32, i32, 3), i32, 5))}}
		}, bpfobj.MapDef{ValueSize: 12}, ""}, // 60 bytes in truth
		{"prototype", func(b *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "value", Type: b.Ptr(b.FuncProto(i32))}}
		}, bpfobj.MapDef{ValueSize: 4}, ""}, // as large as what it returns
		{"inner map", func(b *btftest.Builder, n func(uint32) btftest.ID, i32 btftest.ID) []member {
			inner := b.Struct("", 16, member{Name: "type", Type: n(2)}, member{Name: "max_entries", Type: n(1), BitOffset: 64})
			return []member{{Name: "values", Type: b.Array(b.Ptr(inner), i32, 0)}, {Name: "type", Type: n(12)}}
		}, bpfobj.MapDef{Type: 12, ValueSize: 4, Inner: &bpfobj.MapDef{Type: 2, MaxEntries: 1}}, ""},
		{"inner map of inner maps", func(b *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			inner := b.Struct("", 0, member{Name: "values", Type: b.Array(b.Ptr(i32), i32, 0)})
			return []member{{Name: "values", Type: b.Array(b.Ptr(inner), i32, 0)}}
		}, bpfobj.MapDef{}, "inner map: it cannot have inner maps"},
		{"pinned inner map", func(b *btftest.Builder, n func(uint32) btftest.ID, i32 btftest.ID) []member {
			inner := b.Struct("", 8, member{Name: "pinning", Type: n(1)})
			return []member{{Name: "values", Type: b.Array(b.Ptr(inner), i32, 0)}}
		}, bpfobj.MapDef{}, "inner map: it cannot be pinned"},
		{"programs", func(b *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "values", Type: b.Array(b.Ptr(b.FuncProto(i32)), i32, 0)}}
		}, bpfobj.MapDef{}, `field "values" holds no maps, and {loader} fills in nothing else`},
		{"values of a length", func(b *btftest.Builder, _ func(uint32) btftest.ID, i32 btftest.ID) []member {
			return []member{{Name: "values", Type: b.Array(b.Ptr(i32), i32, 1)}}
		}, bpfobj.MapDef{}, `field "values" is no array of no elements`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b btftest.Builder
			i32 := b.Int("int", 4, btfgraph.IntSigned)
			number := func(n uint32) btftest.ID { return b.Ptr(b.Array(i32, i32, n)) }
			def := b.Struct("", 64, tt.members(&b, number, i32)...)
			got, why := ayaMap{g: b.Graph(t)}.read(def, false)
			assert.Equal(t, tt.why, why)
			got.KeyType, got.ValueType = 0, 0
			if tt.why == "" {
				assert.Equal(t, tt.want, got)
			}
		})
	}
}

// TestAyaMapProblems: what the kernel refuses with aya, and not with loaders
// that try again or mend it. Each was tried on Linux 6.18.
func TestAyaMapProblems(t *testing.T) {
	t.Parallel()
	var b btftest.Builder
	i32 := b.Int("int", 4, btfgraph.IntSigned)
	u64 := b.Int("u64", 8, 0)
	enum := b.Enum("e", btftest.Value{Name: "a"})
	key := b.Struct("key", 8, btftest.Member{Name: "prefix", Type: i32}, btftest.Member{Name: "data", Type: i32, BitOffset: 32})
	g := b.Graph(t)
	tests := []struct {
		name string
		def  bpfobj.MapDef
		want []string
	}{
		{"types", bpfobj.MapDef{Type: 1, KeySize: 4, KeyType: i32, ValueSize: 8, ValueType: u64, MaxEntries: 1}, nil},
		{"sizes", bpfobj.MapDef{Type: 1, KeySize: 4, ValueSize: 8, MaxEntries: 1}, nil},
		{"type of the key alone", bpfobj.MapDef{Type: 1, KeySize: 4, KeyType: i32, ValueSize: 8, MaxEntries: 1}, []string{"value"}},
		{"type of the value alone", bpfobj.MapDef{Type: 1, KeySize: 4, ValueSize: 8, ValueType: u64, MaxEntries: 1}, []string{"key"}},
		{"size that contradicts the type of the key", bpfobj.MapDef{Type: mapArray, KeySize: 4, KeyType: u64, ValueSize: 8, ValueType: u64, MaxEntries: 1}, []string{"key_size"}},
		{"size that contradicts the type of the value", bpfobj.MapDef{Type: 1, KeySize: 4, KeyType: i32, ValueSize: 4, ValueType: u64, MaxEntries: 1}, []string{"value_size"}},
		{"enum for an index", bpfobj.MapDef{Type: mapArray, KeySize: 4, KeyType: enum, ValueSize: 8, ValueType: u64, MaxEntries: 1}, []string{"key"}},
		{"number for a prefix", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 8, KeyType: u64, ValueSize: 8, ValueType: u64, MaxEntries: 1, Flags: 1}, []string{"key"}},
		{"prefix", bpfobj.MapDef{Type: mapLPMTrie, KeySize: 8, KeyType: key, ValueSize: 8, ValueType: u64, MaxEntries: 1, Flags: 1}, nil},
		{"bloom filter", bpfobj.MapDef{Type: mapBloomFilter, ValueSize: 8, ValueType: u64, MaxEntries: 1}, nil},
		{"types that the kernel does not get", bpfobj.MapDef{Type: mapQueue, ValueSize: 8, ValueType: u64, MaxEntries: 1}, nil},
		{"ring buffer of a type", bpfobj.MapDef{Type: mapRingbuf, ValueSize: 8, ValueType: u64, MaxEntries: 5000}, nil},
		{"ring buffer of nothing", bpfobj.MapDef{Type: mapRingbuf}, []string{"(max_entries)"}},
		{"hash of nothing", bpfobj.MapDef{Type: 1}, []string{"key_size", "value_size", "(max_entries)"}}, // only max_entries can be set
		{"device map of 32 bytes", bpfobj.MapDef{Type: mapDevmap, KeySize: 4, ValueSize: 32, MaxEntries: 1}, nil},
		{
			"inner ring buffer", // is left alone
			bpfobj.MapDef{Type: mapArrayOfMaps, KeySize: 4, ValueSize: 4, MaxEntries: 1, Inner: &bpfobj.MapDef{Type: mapRingbuf}},
			[]string{"inner max_entries"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Plan{Object: &bpfobj.Object{Types: g}, Loader: Aya}
			mp := &MapPlan{Map: &bpfobj.Map{Kind: bpfobj.MapBTF, Name: "m"}}
			p.planMap(mp, tt.def, false)
			got := attributes(mp.Problems)
			if mp.Inner != nil {
				for _, name := range attributes(mp.Inner.Problems) {
					got = append(got, "inner "+name)
				}
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestNeedsBTF: what cannot be loaded if the kernel refuses the object's BTF.
func TestNeedsBTF(t *testing.T) {
	t.Parallel()
	typed := bpfobj.MapDef{Type: 1, KeySize: 4, KeyType: 1, ValueSize: 4, ValueType: 1, MaxEntries: 1}
	tests := []struct {
		name        string
		object      *bpfobj.Object
		maps        []MapPlan
		libbpf, aya bool
	}{
		{"probe", program("kprobe/x", nil), nil, false, false},
		{"trampoline", program("fentry/x", nil), nil, false, true},
		{"hook", program("lsm/x", nil), nil, false, true},
		{"relocation", func() *bpfobj.Object {
			o := program("kprobe/x", nil)
			o.CORE = make([]bpfobj.CORERecord, 1)
			return o
		}(), nil, false, true},
		{"typed map", program("kprobe/x", nil), []MapPlan{{Created: true, Map: &bpfobj.Map{Kind: bpfobj.MapBTF}, Def: typed}}, false, true},
		{"map of sizes", program("kprobe/x", nil), []MapPlan{{Created: true, Map: &bpfobj.Map{Kind: bpfobj.MapBTF}, Def: bpfobj.MapDef{Type: 1, KeySize: 4}}}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for l, want := range map[*Loader]bool{Libbpf: tt.libbpf, Aya: tt.aya} {
				p := &Plan{Object: tt.object, Loader: l, facts: newFacts(tt.object)}
				p.planPrograms()
				p.Maps = tt.maps
				assert.Equal(t, want, p.NeedsBTF(), l.Name)
			}
		})
	}
}
