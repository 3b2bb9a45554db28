package plan

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/flow"
	"github.com/btflint/btflint/analyzer/kernel"
)

// TestKconfigMemory has externs of .kconfig and what the verifier reads there.
func TestKconfigMemory(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	types := map[string]btfgraph.ID{
		"int": b.Int("int", 4, btfgraph.IntSigned), "char": b.Int("char", 1, 0), "bool": b.Int("_Bool", 1, btfgraph.IntBool),
		"long": b.Int("long", 8, btfgraph.IntSigned),
	}
	types["tristate"] = b.Enum("libbpf_tristate", btftest.Value{Name: "TRI_NO"}, btftest.Value{Name: "TRI_YES", Value: 1}, btftest.Value{Name: "TRI_MODULE", Value: 2})
	types["text"] = b.Array(types["char"], types["int"], 8)
	g := b.Graph(t)
	fixed := func(depends string) flow.Memory { return flow.Memory{Kind: flow.MemoryFixed, Depends: depends} }
	known := func(n uint64) flow.Memory { return flow.Memory{Kind: flow.MemoryKnown, Value: n} }
	tests := []struct {
		name, extern, typ string
		binding           ExternBinding
		order             binary.ByteOrder
		offset            int64
		size              int
		want              flow.Memory
	}{
		{name: "yes", typ: "bool", binding: ExternBinding{Status: ExternFound, Value: "y"}, size: 1, want: known(1)},
		{name: "module", typ: "tristate", binding: ExternBinding{Status: ExternFound, Value: "m"}, size: 4, want: known(2)},
		{name: "letter", typ: "char", binding: ExternBinding{Status: ExternFound, Value: "m"}, size: 1, want: known('m')},
		{name: "number", typ: "int", binding: ExternBinding{Status: ExternFound, Value: "0x10"}, size: 4, want: known(16)},
		{name: "negative number", typ: "long", binding: ExternBinding{Status: ExternFound, Value: "-1"}, size: 8, want: known(^uint64(0))},
		{name: "number on a big-endian machine", typ: "int", binding: ExternBinding{Status: ExternFound, Value: "16"}, order: binary.BigEndian, size: 4, want: known(16)},
		{name: "low byte on a big-endian machine", typ: "int", binding: ExternBinding{Status: ExternFound, Value: "16"}, order: binary.BigEndian, offset: 3, size: 1, want: known(16)},
		{name: "text", typ: "text", binding: ExternBinding{Status: ExternFound, Value: `"abc"`}, offset: 2, size: 1, want: known('c')},
		{name: "text that is cut", typ: "text", binding: ExternBinding{Status: ExternFound, Value: `"abcdefghij"`}, offset: 7, size: 1, want: known(0)},
		{name: "weak and not set", typ: "int", binding: ExternBinding{Status: ExternMissing}, size: 4, want: known(0)},
		{name: "configuration unknown", extern: "CONFIG_X", typ: "int", binding: ExternBinding{Unknown: "config"}, size: 4, want: fixed("config option CONFIG_X")},
		{name: "beyond its end", typ: "bool", binding: ExternBinding{Status: ExternFound, Value: "y"}, offset: 1, size: 1, want: fixed("")},
		{name: "version", extern: "LINUX_KERNEL_VERSION", typ: "int", binding: ExternBinding{Status: ExternFound, Virtual: true}, size: 4, want: known(6<<16 + 1<<8 + 7)},
		{name: "unknown virtual extern", extern: "LINUX_NEW", typ: "int", binding: ExternBinding{Status: ExternFound, Virtual: true}, size: 4, want: known(0)},
		{name: "cookies", extern: "LINUX_HAS_BPF_COOKIE", typ: "bool", binding: ExternBinding{Status: ExternFound, Virtual: true}, size: 1, want: fixed("LINUX_HAS_BPF_COOKIE")},
		{name: "system call wrapper", extern: "LINUX_HAS_SYSCALL_WRAPPER", typ: "bool", binding: ExternBinding{Status: ExternFound, Virtual: true}, size: 1, want: fixed("LINUX_HAS_SYSCALL_WRAPPER")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &bpfobj.Extern{Name: tt.extern, Kind: bpfobj.ExternKconfig, Type: types[tt.typ]}
			tt.binding.Extern, tt.binding.Name = e, e.Name
			k := &kernel.Kernel{Release: "6.1.7", Types: new(btftest.Builder).Graph(t)}
			p := &Plan{Object: &bpfobj.Object{Types: g, ByteOrder: tt.order}, Kernel: k, flows: &flows{
				externs: map[*bpfobj.Extern]*ExternBinding{e: &tt.binding},
			}}
			assert.Equal(t, tt.want, p.memory(flow.Place{Extern: e, Offset: tt.offset, Size: tt.size}))
		})
	}
}

// TestRodataMemory has what is assumed of a data section.
func TestRodataMemory(t *testing.T) {
	t.Parallel()
	symbols := []bpfobj.Symbol{{}, {Name: "a", Section: 1, Type: sttObject, Size: 4}, {Name: "b", Section: 1, Type: sttObject, Value: 4, Size: 2}}
	rodata := &bpfobj.Map{Name: ".rodata", Kind: bpfobj.MapRodata, Section: 1, Data: []byte{1, 2, 3, 4, 5, 6, 7, 8}, Def: bpfobj.MapDef{Flags: flagRdonlyProg}}
	writable := &bpfobj.Map{Name: ".data", Kind: bpfobj.MapData, Section: 1, Data: rodata.Data}
	fixed := func(name string) flow.Memory {
		return flow.Memory{Kind: flow.MemoryFixed, Depends: "variable " + quote(name)}
	}
	known := func(n uint64) flow.Memory { return flow.Memory{Kind: flow.MemoryKnown, Value: n} }
	tests := []struct {
		name   string
		rodata Rodata
		spec   bool
		order  binary.ByteOrder
		at     flow.Place
		want   flow.Memory
	}{
		{name: "nothing assumed", at: flow.Place{Map: rodata, Size: 4}, want: fixed("a")},
		{name: "no variable", at: flow.Place{Map: rodata, Offset: 6, Size: 1}, want: fixed(".rodata")},
		{name: "file", rodata: Rodata{File: true}, at: flow.Place{Map: rodata, Size: 4}, want: known(0x04030201)},
		{name: "file on a big-endian machine", rodata: Rodata{File: true}, order: binary.BigEndian, at: flow.Place{Map: rodata, Size: 4}, want: known(0x01020304)},
		{name: "beyond the section", rodata: Rodata{File: true}, at: flow.Place{Map: rodata, Offset: 6, Size: 4}, want: flow.Memory{Kind: flow.MemoryFixed}},
		{name: "value", rodata: Rodata{Values: map[string]int64{"b": -2}}, at: flow.Place{Map: rodata, Offset: 4, Size: 2}, want: known(0xfffe)},
		{name: "second byte of a value", rodata: Rodata{Values: map[string]int64{"b": 0x0102}}, at: flow.Place{Map: rodata, Offset: 5, Size: 1}, want: known(1)},
		{name: "second byte on a big-endian machine", rodata: Rodata{Values: map[string]int64{"b": 0x0102}}, order: binary.BigEndian, at: flow.Place{Map: rodata, Offset: 5, Size: 1}, want: known(2)},
		{name: "value of another variable", rodata: Rodata{Values: map[string]int64{"b": 1}}, at: flow.Place{Map: rodata, Size: 4}, want: fixed("a")},
		{name: "spec", spec: true, at: flow.Place{Map: rodata, Offset: 7, Size: 1}, want: known(8)},
		{name: "writable", rodata: Rodata{File: true}, at: flow.Place{Map: writable, Size: 4}, want: flow.Memory{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Plan{Object: &bpfobj.Object{Symbols: symbols, FromSpec: tt.spec, ByteOrder: tt.order}, opts: Options{Rodata: tt.rodata}}
			assert.Equal(t, tt.want, p.memory(tt.at))
		})
	}
}

// TestSyscallWrapper needs symbols and the configuration to tell.
func TestSyscallWrapper(t *testing.T) {
	t.Parallel()
	symbols, err := kernel.NewSymbols([]byte("ffffffff81000000 T __x64_sys_bpf\n"))
	require.NoError(t, err)
	others, err := kernel.NewSymbols([]byte("ffffffff81000000 T sys_bpf\n"))
	require.NoError(t, err)
	on, err := kernel.NewConfig([]byte("CONFIG_KPROBE_EVENTS=y\n"))
	require.NoError(t, err)
	off, err := kernel.NewConfig([]byte("# CONFIG_KPROBE_EVENTS is not set\nCONFIG_BPF=y\n"))
	require.NoError(t, err)
	tests := []struct {
		name   string
		kernel *kernel.Kernel
		value  uint64
		known  bool
	}{
		{"there", &kernel.Kernel{Arch: "amd64", Symbols: symbols, Config: on}, 1, true},
		{"without kprobes", &kernel.Kernel{Arch: "amd64", Symbols: symbols, Config: off}, 1, false},
		{"absent", &kernel.Kernel{Arch: "amd64", Symbols: others, Config: on}, 0, true},
		{"another architecture", &kernel.Kernel{Arch: "loong64", Symbols: symbols, Config: on}, 0, false},
		{"symbols unknown", &kernel.Kernel{Arch: "amd64", Config: on}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			value, known := (&Plan{Kernel: tt.kernel}).syscallWrapper()
			assert.Equal(t, tt.known, known)
			if known {
				assert.Equal(t, tt.value, value)
			}
		})
	}
}
