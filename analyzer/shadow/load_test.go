package shadow_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const congestion = "../../testdata/shadow/objects/congestion.o"

func congestionSpec(t *testing.T) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(congestion)
	require.NoError(t, err)
	if swapped() == spec.ByteOrder {
		t.Skip("the object is built for little-endian hosts")
	}
	return spec
}

// TestGeneratedGo uses the file that WriteGo makes of congestion.o,
// congestion_gen_test.go.
func TestGeneratedGo(t *testing.T) {
	t.Parallel()
	spec := congestionSpec(t)
	before := spec.Maps["my_ops"].Contents[0].Value.([]byte)
	myOps, err := OpenMyOps(spec)
	require.NoError(t, err)
	assert.Equal(t, append([]byte("btflint_test"), 0, 0, 0, 0), myOps.Unsupported4[:], "the object's values")

	myOps.Flags = 2
	contents := spec.Maps["my_ops"].Contents[0].Value.([]byte)
	assert.Equal(t, uint32(2), binary.NativeEndian.Uint32(contents[76:]))
	assert.Zero(t, binary.NativeEndian.Uint32(before[76:]), "what others hold stays as it is")

	require.NoError(t, myOps.SetSsthresh("ssthresh_high"))
	assert.Equal(t, "tcp_congestion_ops:ssthresh", spec.Programs["ssthresh_high"].AttachTo)
	assert.NotContains(t, spec.Programs, "ssthresh", "replaced")
	require.NoError(t, myOps.SetUndoCwnd(""))
	assert.NotContains(t, spec.Programs, "undo_cwnd")
	assert.ErrorContains(t, myOps.SetInit("none"), `no struct_ops program "none"`)
}

// TestGeneratedGoRefuses opens specs of another layout than the file's.
func TestGeneratedGoRefuses(t *testing.T) {
	t.Parallel()
	member := func(spec *ebpf.CollectionSpec, name string) *btf.Member {
		s := spec.Maps["my_ops"].Value.(*btf.Struct)
		for i := range s.Members {
			if s.Members[i].Name == name {
				return &s.Members[i]
			}
		}
		t.Fatalf("no member %q", name)
		return nil
	}
	tests := []struct {
		name   string
		change func(*ebpf.CollectionSpec)
		err    string
	}{
		{"no map", func(spec *ebpf.CollectionSpec) { delete(spec.Maps, "my_ops") }, "not in the spec"},
		{"other map", func(spec *ebpf.CollectionSpec) { spec.Maps["my_ops"].Type = ebpf.Array }, "not in the spec"},
		{"loaded spec", func(spec *ebpf.CollectionSpec) { spec.Maps["my_ops"].Contents = nil }, "loaded already"},
		{"short contents", func(spec *ebpf.CollectionSpec) { spec.Maps["my_ops"].Contents[0].Value = []byte{1} }, "not 128 bytes"},
		{"larger struct", func(spec *ebpf.CollectionSpec) { spec.Maps["my_ops"].Value.(*btf.Struct).Size += 8 }, "has 136 bytes, 128"},
		{"moved member", func(spec *ebpf.CollectionSpec) { member(spec, "flags").Offset -= 32 }, `"flags" has 4 bytes at offset 72, 4 at 76`},
		{"renamed member", func(spec *ebpf.CollectionSpec) { member(spec, "flags").Name = "flag" }, `no member "flags"`},
		{"other byte order", func(spec *ebpf.CollectionSpec) { spec.ByteOrder = swapped() }, "byte order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec := congestionSpec(t)
			tt.change(spec)
			_, err := OpenMyOps(spec)
			assert.ErrorContains(t, err, tt.err)
		})
	}
}

// swapped is the byte order that the host does not have.
func swapped() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// TestGeneratedGoLoads loads values that were set, for real, and reads them
// back from the kernel.
func TestGeneratedGoLoads(t *testing.T) {
	t.Parallel()
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skipf("needs the kernel's BTF: %v", err)
	}
	var value *btf.Struct
	if err := kernel.TypeByName("bpf_struct_ops_tcp_congestion_ops", &value); err != nil {
		t.Skipf("needs tcp_congestion_ops: %v", err)
	}
	probe, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		t.Skipf("needs BPF: %v", err)
	}
	require.NoError(t, probe.Close())

	spec := congestionSpec(t)
	myOps, err := OpenMyOps(spec)
	require.NoError(t, err)
	myOps.Flags = 2 // TCP_CONG_NEEDS_ECN
	require.NoError(t, myOps.SetSsthresh("ssthresh_high"))
	coll, err := ebpf.NewCollection(spec)
	if os.Geteuid() != 0 && err != nil {
		t.Skipf("needs root: %v", err)
	}
	require.NoError(t, err)
	defer coll.Close()

	data := make([]byte, value.Size)
	require.NoError(t, coll.Maps["my_ops"].Lookup(uint32(0), &data))
	at := memberOffset(t, value, "data")
	ops, ok := btf.As[*btf.Struct](value.Members[1].Type)
	require.True(t, ok)
	flags := at + memberOffset(t, ops, "flags")
	assert.Equal(t, uint32(2), binary.NativeEndian.Uint32(data[flags:]), "as set, not as in the file")
	assert.Contains(t, coll.Programs, "ssthresh_high")

	refused := congestionSpec(t)
	delete(refused.Programs, "ssthresh_high")
	myOps, err = OpenMyOps(refused)
	require.NoError(t, err)
	myOps.Flags = 1 << 31 // beyond TCP_CONG_MASK
	_, err = ebpf.NewCollection(refused)
	assert.Error(t, err, "the value reaches the kernel")
}

// memberOffset is the offset of a member in bytes.
func memberOffset(t *testing.T, s *btf.Struct, name string) uint32 {
	t.Helper()
	for _, m := range s.Members {
		if m.Name == name {
			return m.Offset.Bytes()
		}
	}
	t.Fatalf("struct %s has no member %q", s.Name, name)
	return 0
}
