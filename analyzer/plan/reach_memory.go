package plan

import (
	"cmp"
	"encoding/binary"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/flow"
)

// flagRdonlyProg is BPF_F_RDONLY_PROG: programs cannot write to the map
// (include/uapi/linux/bpf.h).
const flagRdonlyProg = 1 << 7

// Rodata says what is assumed of read-only data ("const volatile" variables),
// which an application may change until the object is loaded. The data of a
// CollectionSpec is final and needs no assumption, and so is .kconfig of a light
// skeleton.
type Rodata struct {
	// File: the variables keep the values that they have in the object.
	File bool
	// Values are the values of variables by name, those of members and elements
	// by "name.member" and "name[3]"; they count before File.
	Values map[string]int64
}

// memory is what the verifier knows of a data section's map or of an extern of
// .kconfig. It knows the content of a map that programs cannot write and that is
// frozen, which loaders do with the maps that have the flag BPF_F_RDONLY_PROG
// (kernel/bpf/verifier.c, bpf_map_is_rdonly, since 5.5, which brought
// bpf_probe_read_kernel too; libbpf.c, bpf_object__populate_internal_map;
// cilium/ebpf map.go, finalize).
func (p *Plan) memory(at flow.Place) flow.Memory {
	if p.enumerator("bpf_func_id", "BPF_FUNC_probe_read_kernel") == Unsupported {
		return flow.Memory{}
	}
	if at.Extern != nil {
		return p.kconfigMemory(at)
	}
	m := at.Map
	if m == nil || m.Def.Flags&flagRdonlyProg == 0 {
		return flow.Memory{}
	}
	v := p.variableAt(m, at.Offset)
	if value, ok := p.opts.Rodata.Values[v.name]; ok && v.name != "" {
		return p.slice(p.number(uint64(value), v.size), at.Offset-v.offset, at.Size)
	}
	if p.opts.Rodata.File || p.Object.FromSpec && (p.Object.Carrier == nil || m.Kind == bpfobj.MapKconfig) {
		return p.slice(m.Data, at.Offset, at.Size)
	}
	return flow.Memory{Kind: flow.MemoryFixed, Depends: "variable " + quote(cmp.Or(v.name, m.Name))}
}

// order is the byte order of the object.
func (p *Plan) order() binary.ByteOrder {
	if p.Object.ByteOrder != nil {
		return p.Object.ByteOrder
	}
	return binary.LittleEndian
}

// slice is size bytes at an offset of known data.
func (p *Plan) slice(data []byte, offset int64, size int) flow.Memory {
	if offset < 0 || offset > int64(len(data)) || int64(size) > int64(len(data))-offset {
		return flow.Memory{Kind: flow.MemoryFixed}
	}
	data = data[offset:][:size]
	known := flow.Memory{Kind: flow.MemoryKnown}
	switch size {
	case 1:
		known.Value = uint64(data[0])
	case 2:
		known.Value = uint64(p.order().Uint16(data))
	case 4:
		known.Value = uint64(p.order().Uint32(data))
	case 8:
		known.Value = p.order().Uint64(data)
	default:
		return flow.Memory{Kind: flow.MemoryFixed}
	}
	return known
}

// number is a number as it lies in size bytes of memory; nil for sizes that no
// number has.
func (p *Plan) number(n uint64, size int64) []byte {
	data := make([]byte, 8)
	switch size {
	case 1:
		data[0] = byte(n)
	case 2:
		p.order().PutUint16(data, uint16(n))
	case 4:
		p.order().PutUint32(data, uint32(n))
	case 8:
		p.order().PutUint64(data, n)
	default:
		return nil
	}
	return data[:size]
}

// kconfigMemory is the value that the loader gives an extern of .kconfig.
func (p *Plan) kconfigMemory(at flow.Place) flow.Memory {
	b := p.flows.externs[at.Extern]
	if b == nil || p.Kernel == nil {
		return flow.Memory{Kind: flow.MemoryFixed, Depends: "config"}
	}
	size, ok := btfgraph.SizeOf(p.Object.Types, b.Extern.Type)
	if !ok || size > maxKconfigBytes {
		return flow.Memory{Kind: flow.MemoryFixed}
	}
	data, depends := p.kconfigBytes(b, int64(size))
	if data == nil {
		return flow.Memory{Kind: flow.MemoryFixed, Depends: depends}
	}
	return p.slice(data, at.Offset, at.Size)
}

// maxKconfigBytes bounds the size of an extern whose value is computed.
const maxKconfigBytes = 4096

// kconfigBytes is the content of an extern of .kconfig, nil if it is not known;
// depends says then on what it depends (libbpf.c, set_kcfg_value_tri,
// set_kcfg_value_str and set_kcfg_value_num; cilium/ebpf
// internal/kconfig/kconfig.go, PutValue).
func (p *Plan) kconfigBytes(b *ExternBinding, size int64) (data []byte, depends string) {
	switch {
	case b.Status == ExternMissing:
		return make([]byte, size), ""
	case b.Unknown == "config":
		return nil, "config option " + b.Name
	case b.Status != ExternFound:
		return nil, cmp.Or(b.Unknown, "extern "+quote(b.Name))
	case b.Virtual:
		n, ok := p.virtualValue(b.Name)
		if !ok {
			return nil, b.Name
		}
		return p.number(n, size), b.Name
	}
	g, typ := p.Object.Types, btfgraph.SkipModsAndTypedefs(p.Object.Types, b.Extern.Type)
	switch value := b.Value; {
	case value == "y" || value == "n" || value == "m":
		if kcfgTypeOf(g, typ) == kcfgChar {
			return []byte(value), ""
		}
		return p.number(uint64(strings.Index("nym", value)), size), b.Name
	case strings.HasPrefix(value, `"`):
		data := make([]byte, size)
		copy(data[:max(size-1, 0)], strings.Trim(value, `"`))
		return data, ""
	default:
		n, ok := parseUnsigned(value)
		if !ok {
			return nil, b.Name
		}
		return p.number(n, size), b.Name
	}
}

// virtualValue is the value of an extern that the loader provides itself, false
// if what is known of the kernel does not tell.
func (p *Plan) virtualValue(name string) (uint64, bool) {
	switch name {
	case "LINUX_KERNEL_VERSION":
		return p.Kernel.VersionCode()
	case "LINUX_HAS_BPF_COOKIE": // features.c, probe_kern_bpf_cookie
		support := p.enumerator("bpf_func_id", "BPF_FUNC_get_attach_cookie")
		return b2u(support == Supported), support != SupportUnknown
	case "LINUX_HAS_SYSCALL_WRAPPER":
		return p.syscallWrapper()
	}
	return 0, strings.HasPrefix(name, "LINUX_")
}

// syscallWrapper tells whether a kprobe can be set on the wrapper of bpf(2), which
// loaders try (libbpf.c, probe_kern_syscall_wrapper; cilium/ebpf syscalls.go,
// haveSyscallWrapper).
func (p *Plan) syscallWrapper() (value uint64, known bool) {
	prefix := syscallWrappers[p.Kernel.Arch]
	if prefix == "" || p.Kernel.Symbols == nil || p.Kernel.Config == nil {
		return 0, false
	}
	if len(p.Kernel.Symbols.Lookup(prefix+"bpf")) == 0 {
		return 0, true
	}
	setting, ok := p.Kernel.Config.Lookup("CONFIG_KPROBE_EVENTS")
	return 1, ok && setting == "y"
}

// syscallWrappers are the prefixes of system calls by architecture, where a
// wrapper stands in front of them (libbpf.c, arch_specific_syscall_pfx).
var syscallWrappers = map[string]string{
	"amd64": "__x64_sys_", "386": "__ia32_sys_", "arm64": "__arm64_sys_", "s390x": "__s390x_sys_", "riscv64": "__riscv_sys_",
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
