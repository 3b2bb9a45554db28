package btfgraph

// kindCount is the number of values of the 7 bits of a kind (Linux 7.2,
// include/uapi/linux/btf.h, BTF_MAX_KIND). Older kernels read 5 bits of kind
// and 16 of vlen, with the bits between required to be zero, so that the wide
// reading holds for them too.
const (
	kindCount = 128
	vlenMask  = 1<<24 - 1
)

// recordLen is the size of struct btf_type, which starts every record.
const recordLen = 12

// recordSize is what follows struct btf_type: extra bytes once, elem bytes
// per unit of vlen. The zero value with ok unset is a kind of unknown size.
type recordSize struct {
	extra, elem uint8
	ok          bool
}

// recordSizes holds the kinds of include/uapi/linux/btf.h.
var recordSizes = [kindCount]recordSize{
	KindInt:       {4, 0, true},
	KindPtr:       {0, 0, true},
	KindArray:     {12, 0, true},
	KindStruct:    {0, 12, true},
	KindUnion:     {0, 12, true},
	KindEnum:      {0, 8, true},
	KindFwd:       {0, 0, true},
	KindTypedef:   {0, 0, true},
	KindVolatile:  {0, 0, true},
	KindConst:     {0, 0, true},
	KindRestrict:  {0, 0, true},
	KindFunc:      {0, 0, true},
	KindFuncProto: {0, 8, true},
	KindVar:       {4, 0, true},
	KindDatasec:   {0, 12, true},
	KindFloat:     {0, 0, true},
	KindDeclTag:   {4, 0, true},
	KindTypeTag:   {0, 0, true},
	KindEnum64:    {0, 12, true},
}

// layoutSizes extends [recordSizes] with the unknown kinds of a layout
// section. Sizes that are not multiples of 4 are not believed (libbpf btf.c,
// btf_type_size_unknown).
func layoutSizes(layout []byte) *[kindCount]recordSize {
	sizes := recordSizes
	for k := 0; k < kindCount && (k+1)*layoutLen <= len(layout); k++ {
		l := layout[k*layoutLen:]
		if !sizes[k].ok && l[0]%4 == 0 && l[1]%4 == 0 {
			sizes[k] = recordSize{l[0], l[1], true}
		}
	}
	return &sizes
}

// recordBytes is the size in bytes of the record with that info word; false
// if its kind has no known size.
func (r *Raw) recordBytes(info uint32) (uint64, bool) {
	s := r.sizes[info>>24&(kindCount-1)]
	return recordLen + uint64(s.extra) + uint64(info&vlenMask)*uint64(s.elem), s.ok
}

// record is one struct btf_type and what follows it. The zero value is void.
type record struct {
	owner *Raw // the graph whose section holds it
	b     []byte
}

// head is struct btf_type: name, info, and size or type.
func (rec record) head() (name, info, word uint32) {
	if len(rec.b) < recordLen {
		return 0, 0, 0
	}
	h := rec.b[:recordLen:recordLen]
	return u32(h), u32(h[4:]), u32(h[8:])
}

func (rec record) name() uint32 {
	name, _, _ := rec.head()
	return name
}

func (rec record) kind() Kind {
	_, info, _ := rec.head()
	return Kind(info >> 24 & (kindCount - 1))
}

func (rec record) kindFlag() bool {
	_, info, _ := rec.head()
	return info>>31 != 0
}

func (rec record) vlen() uint32 {
	_, info, _ := rec.head()
	return info & vlenMask
}

// word is the size or the id of the type.
func (rec record) word() uint32 {
	_, _, word := rec.head()
	return word
}

// ref is an id as stored, [Void] if it leads out of the graph.
func (rec record) ref(id uint32) ID {
	if uint64(id) >= uint64(rec.owner.firstOwn)+uint64(rec.owner.count) {
		return Void
	}
	return ID(id)
}

// at finds the record of a type. What comes behind it in the section is part of
// its bytes. It has no owner if there is no such type.
func (r *Raw) at(id ID) record {
	r.walk()
	for id < r.firstOwn {
		if r.base == nil {
			return record{}
		}
		r = r.base
	}
	i := uint32(id - r.firstOwn)
	if i >= r.count {
		return record{}
	}
	shift := r.shift & 31
	if i&(1<<shift-1) == 0 {
		return record{r, r.types[r.index[i>>shift]:]}
	}
	latest := &r.latest[i%uint32(len(r.latest))]
	if l := latest.Load(); uint32(l>>32) == i {
		return record{r, r.types[uint32(l):]}
	}
	off := uint64(r.index[i>>shift])
	for range i & (1<<shift - 1) {
		info := u32(r.types[off+4 : off+8 : off+8])
		s := &r.sizes[info>>24&(kindCount-1)]
		off += recordLen + uint64(s.extra) + uint64(info&vlenMask)*uint64(s.elem)
	}
	latest.Store(uint64(i)<<32 | off)
	return record{r, r.types[off:]}
}

// first is the record at the start of b, which the walk has passed, without
// what comes behind it.
func (r *Raw) first(b []byte) record {
	n, _ := r.recordBytes(u32(b[4:8:8]))
	return record{r, b[:n:n]}
}

// bodyWord is word i behind struct btf_type, 0 beyond the end.
func (rec record) bodyWord(i int) uint32 {
	b, ok := rec.bytes(recordLen+4*i, 4)
	if !ok {
		return 0
	}
	return u32(b)
}

// entry is entry i, which has n words; false unless the record has it.
func (rec record) entry(n, i int) ([]byte, bool) {
	if i < 0 || i >= int(rec.vlen()) {
		return nil, false
	}
	return rec.bytes(recordLen+4*n*i, 4*n)
}

// bytes are size bytes at off; false if they are not there.
func (rec record) bytes(off, size int) ([]byte, bool) {
	if off < 0 || off > len(rec.b)-size {
		return nil, false
	}
	return rec.b[off : off+size : off+size], true
}

// body is what follows struct btf_type.
func (rec record) body() []byte { return rec.b[recordLen:] }
