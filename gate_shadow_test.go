package btflint_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint"
	"github.com/btflint/btflint/analyzer/kernel"
)

// setMember writes a number into a member of a struct_ops map of a spec, as
// generated code does.
func setMember(t *testing.T, spec *ebpf.CollectionSpec, mapName, member string, value uint32) {
	t.Helper()
	m := spec.Maps[mapName]
	require.NotNil(t, m)
	s, ok := btf.As[*btf.Struct](m.Value)
	require.True(t, ok)
	for _, field := range s.Members {
		if field.Name == member {
			data := append([]byte(nil), m.Contents[0].Value.([]byte)...)
			binary.NativeEndian.PutUint32(data[field.Offset.Bytes():], value)
			m.Contents = []ebpf.MapKV{{Key: uint32(0), Value: data}}
			return
		}
	}
	t.Fatalf("no member %q", member)
}

// TestGateJudgesValuesAsSet changes what a struct_ops map holds in front of the
// gate. In the file the member "gone", which the kernel lacks, is 1.
func TestGateJudgesValuesAsSet(t *testing.T) {
	t.Parallel()
	set := func(member string, value uint32) func(*testing.T, *ebpf.CollectionSpec) {
		return func(t *testing.T, spec *ebpf.CollectionSpec) {
			setMember(t, spec, "hooks", "gone", 0)
			setMember(t, spec, "hooks", member, value)
		}
	}
	change := func(f func(*ebpf.CollectionSpec)) func(*testing.T, *ebpf.CollectionSpec) {
		return func(t *testing.T, spec *ebpf.CollectionSpec) {
			setMember(t, spec, "hooks", "gone", 0)
			f(spec)
		}
	}
	tests := []struct {
		name   string
		change func(*testing.T, *ebpf.CollectionSpec)
		err    string
	}{
		{"values of the file", func(*testing.T, *ebpf.CollectionSpec) {}, `member "gone"`},
		{"cleared member", set("gone", 0), ""},
		{"member that the kernel lacks", set("gone", 2), `member "gone" of "hooks" (struct hook_ops) not found in toy, and it is not zero`},
		{"number", set("count", 13), ""},
		{"nested struct", set("limits", 1), `member "limits" of struct "hook_ops"`},
		{"data pointer", set("data", 1), ""}, // cilium/ebpf leaves it NULL: a warning
		{"moved program", change(func(spec *ebpf.CollectionSpec) {
			spec.Programs["stop"].AttachTo = "hook_ops:gone_hook"
		}), `member "gone_hook" of "hooks" (struct hook_ops) not found in toy`},
		{"removed program", change(func(spec *ebpf.CollectionSpec) { delete(spec.Programs, "stop") }), ""},
		{"program without a member", change(func(spec *ebpf.CollectionSpec) {
			spec.Programs["stop"].AttachTo = ""
		}), `struct_ops program "stop" is not referenced`},
		{"program of no member", change(func(spec *ebpf.CollectionSpec) {
			spec.Programs["stop"].AttachTo = "hook_ops:nothing"
		}), `member "nothing" of struct "hook_ops", for program "stop", not found in toy`},
		{"program of no struct", change(func(spec *ebpf.CollectionSpec) {
			spec.Programs["stop"].AttachTo = "other_ops:stop"
		}), `struct "other_ops" of struct_ops program "stop" not found in toy`},
		{"program of half a place", change(func(spec *ebpf.CollectionSpec) {
			spec.Programs["stop"].AttachTo = "hook_ops"
		}), `attaches to "hook_ops", which is not STRUCT:MEMBER`},
		{"spec that was loaded", change(func(spec *ebpf.CollectionSpec) { spec.Maps["hooks"].Contents = nil }), "loaded before"},
		{"short contents", change(func(spec *ebpf.CollectionSpec) {
			spec.Maps["hooks"].Contents[0].Value = make([]byte, 8)
		}), `struct_ops map "hooks" has a value of 8 bytes, 48 in struct hook_ops`},
		{"other key", change(func(spec *ebpf.CollectionSpec) { spec.Maps["hooks"].Contents[0].Key = uint32(1) }), "no value at key 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec, err := ebpf.LoadCollectionSpec("testdata/gate/shadow.o")
			require.NoError(t, err)
			tt.change(t, spec)
			err = (&btflint.Validator{Kernel: opsKernel(t)}).Check(t.Context(), spec, nil)
			if tt.err == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, new(*btflint.Error))
			assert.Contains(t, err.Error(), tt.err)
		})
	}
}

// opsKernel is a kernel with the struct_ops type of testdata/gate/shadow.c.
func opsKernel(t *testing.T) *kernel.Kernel {
	t.Helper()
	spec, err := kernel.ParseSpec("toy=testdata/kernels/ops.o,modules=none")
	require.NoError(t, err)
	k, err := kernel.Open(spec)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

// TestGateAndKernelOnValues sets values that the running kernel takes and some
// that it refuses.
func TestGateAndKernelOnValues(t *testing.T) {
	t.Parallel()
	if err := canLoad(); err != nil {
		t.Skipf("needs BPF: %v", err)
	}
	types, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skipf("needs kernel BTF: %v", err)
	}
	var ops *btf.Struct
	if err := types.TypeByName("bpf_struct_ops_tcp_congestion_ops", &ops); err != nil {
		t.Skipf("needs tcp_congestion_ops: %v", err)
	}
	tests := []struct {
		name, member string
		value        uint32
		refused      bool
	}{
		{"nothing", "flags", 0, false},
		{"flag", "flags", 2, false},
		{"unknown flag", "flags", 1 << 31, true},
		{"member that must be zero", "key", 1, true},
		{"data pointer", "owner", 1, false},
		{"nested struct", "list", 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec, err := ebpf.LoadCollectionSpec("testdata/shadow/objects/congestion.o")
			require.NoError(t, err)
			delete(spec.Programs, "ssthresh_high") // in no member
			setMember(t, spec, "my_ops", tt.member, tt.value)
			verdict := btflint.Check(t.Context(), spec)
			coll, err := ebpf.NewCollection(spec)
			if err == nil {
				coll.Close()
			}
			if os.Geteuid() != 0 && err != nil {
				t.Skipf("needs root: %v", err)
			}
			assert.Equal(t, tt.refused, err != nil, "the kernel: %v", err)
			assert.Equal(t, tt.refused, verdict != nil, "the gate: %v", verdict)
		})
	}
}
