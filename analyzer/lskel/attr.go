package lskel

import "bytes"

// Commands of bpf(2) that loaders give (include/uapi/linux/bpf.h, enum bpf_cmd).
const (
	cmdMapCreate     = 0
	cmdMapUpdateElem = 2
	cmdProgLoad      = 5
	cmdBTFLoad       = 18
	cmdMapFreeze     = 22
)

// place is a field of union bpf_attr.
type place struct{ offset, size int64 }

// Fields of union bpf_attr (include/uapi/linux/bpf.h). They keep their places
// from version to version; how many of them a loader sets is up to its generator.
var (
	fieldMapType       = place{0, 4}
	fieldKeySize       = place{4, 4}
	fieldValueSize     = place{8, 4}
	fieldMaxEntries    = place{12, 4}
	fieldMapFlags      = place{16, 4}
	fieldInnerMapFD    = place{20, 4}
	fieldNumaNode      = place{24, 4}
	fieldMapName       = place{28, 16}
	fieldMapBTFFD      = place{48, 4}
	fieldKeyTypeID     = place{52, 4}
	fieldValueTypeID   = place{56, 4}
	fieldVmlinuxTypeID = place{60, 4}
	fieldMapExtra      = place{64, 8}

	fieldElemMapFD = place{0, 4}
	fieldElemKey   = place{8, 8}
	fieldElemValue = place{16, 8}

	fieldFreezeMapFD = place{0, 4}

	fieldBTF     = place{0, 8}
	fieldBTFSize = place{16, 4}

	fieldProgType           = place{0, 4}
	fieldInsnCnt            = place{4, 4}
	fieldInsns              = place{8, 8}
	fieldLicense            = place{16, 8}
	fieldProgFlags          = place{44, 4}
	fieldProgName           = place{48, 16}
	fieldExpectedAttachType = place{68, 4}
	fieldProgBTFFD          = place{72, 4}
	fieldFuncInfoRecSize    = place{76, 4}
	fieldFuncInfo           = place{80, 8}
	fieldFuncInfoCnt        = place{88, 4}
	fieldLineInfoRecSize    = place{92, 4}
	fieldLineInfo           = place{96, 8}
	fieldLineInfoCnt        = place{104, 4}
	fieldAttachBTFID        = place{108, 4}
	fieldAttachBTFObj       = place{112, 4}
	fieldCORECnt            = place{116, 4}
	fieldFDArray            = place{120, 8}
	fieldCORE               = place{128, 8}
	fieldCORERecSize        = place{136, 4}
)

// Attr is a union bpf_attr in the blob, as it is when bpf_sys_bpf gets it.
type Attr struct {
	// Offset is where it lies in the blob, Size how much of it there is, in bytes.
	Offset, Size int64

	trace *Trace
	insn  int // of the call
}

// Field is a field of an attr.
type Field struct {
	// Offset is where it lies in the blob, in bytes; -1 if the attr ends before.
	Offset int64
	// Number is the number that it holds if nothing is stored to it while the
	// loader runs: that of the generator.
	Number uint64
	// Stores are the stores to it before the call, in their order. Nothing is
	// baked in then.
	Stores []*Store
}

// Set reports whether the loader sets the field while it runs.
func (f *Field) Set() bool { return len(f.Stores) > 0 }

// Baked reports whether the generator has written a number other than 0.
func (f *Field) Baked() bool { return f.Number != 0 && !f.Set() }

// Last is the value that the field surely has, unknown if several are possible
// or none is stored.
func (f *Field) Last() Value {
	if n := len(f.Stores); n > 0 && !f.Stores[n-1].Conditional {
		return f.Stores[n-1].Value
	}
	return Value{}
}

// field returns a field; one beyond the attr's size is 0, as the kernel takes it.
func (a *Attr) field(p place) Field {
	if p.offset+p.size > a.Size {
		return Field{Offset: -1}
	}
	at := a.Offset + p.offset
	f := Field{Offset: at, Stores: a.trace.storesTo(at, p.size, a.insn)}
	if p.size <= maxStore {
		f.Number = a.trace.number(at, int(p.size))
	}
	return f
}

// u32 is the number in a field as the generator wrote it.
func (a *Attr) u32(p place) uint32 {
	if p.offset+p.size > a.Size {
		return 0
	}
	return uint32(a.trace.number(a.Offset+p.offset, int(p.size)))
}

func (a *Attr) u64(p place) uint64 {
	if p.offset+p.size > a.Size {
		return 0
	}
	return a.trace.number(a.Offset+p.offset, int(p.size))
}

// name is the text in a field of characters.
func (a *Attr) name(p place) string {
	if p.offset+p.size > a.Size {
		return ""
	}
	return text(a.trace.bytes(a.Offset+p.offset, p.size))
}

// target is where the pointer in a field points to in the blob, -1 if it does
// not surely point there.
func (a *Attr) target(p place) int64 {
	f := a.field(p)
	if v := f.Last(); v.Kind == Pointer && v.Region == RegionBlob {
		return v.Num
	}
	return -1
}

// records are count records of size bytes that a field points to, nil if they
// do not lie in the blob.
func (a *Attr) records(pointer, count, size place) Records {
	n, each := int64(a.u32(count)), int64(a.u32(size))
	at := a.target(pointer)
	if n == 0 || each == 0 || at < 0 {
		return Records{}
	}
	data := a.trace.bytes(at, n*each)
	if data == nil {
		return Records{}
	}
	return Records{Data: data, Size: int(each), Offset: at}
}

// Records are the func_info, line_info or core_relos of a program.
type Records struct {
	Data   []byte
	Size   int   // of one record, bytes
	Offset int64 // of the first in the blob
}

// maxText bounds a string of the blob, in bytes: many calls can name one that is
// as long as the blob. The longest that loaders have are names of symbols, of
// which the kernel has 512 characters (include/linux/kallsyms.h, KSYM_NAME_LEN).
const maxText = 4096

// text is a string up to its NUL.
func text(b []byte) string {
	b = b[:min(len(b), maxText)]
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b)
}
