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

// bareKinds is the set of kinds without extra and elem. Branching on it lets
// the processor guess the next record before the current one is read.
const bareKinds uint64 = 1<<KindPtr | 1<<KindFwd | 1<<KindTypedef | 1<<KindVolatile | 1<<KindConst |
	1<<KindRestrict | 1<<KindFunc | 1<<KindFloat | 1<<KindTypeTag

// plainKinds is the set of known kinds that the walk keeps no list of.
const plainKinds uint64 = bareKinds | 1<<KindInt | 1<<KindArray | 1<<KindStruct | 1<<KindUnion | 1<<KindEnum |
	1<<KindFuncProto | 1<<KindVar | 1<<KindDatasec | 1<<KindEnum64

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

// record is one decoded struct btf_type and what follows it. The zero value
// is void.
type record struct {
	owner *Raw // the graph whose section holds it
	name  uint32
	info  uint32
	word  uint32 // size or type
	body  []byte // extra and elements, no further than the record
}

func (rec *record) kind() Kind { return Kind(rec.info >> 24 & (kindCount - 1)) }

func (rec *record) vlen() uint32 { return rec.info & vlenMask }

// ref is an id as stored, [Void] if it leads out of the graph.
func (rec *record) ref(id uint32) ID {
	if uint64(id) >= uint64(rec.owner.firstOwn)+uint64(rec.owner.count) {
		return Void
	}
	return ID(id)
}

// at finds the record of a type.
func (r *Raw) at(id ID) (record, bool) {
	r.walk()
	for id < r.firstOwn {
		if r.base == nil {
			return record{}, false
		}
		r = r.base
	}
	i := uint32(id - r.firstOwn)
	if i >= r.count {
		return record{}, false
	}
	b := r.types[r.index[i/indexStep]:]
	for range i % indexStep {
		n, _ := r.recordBytes(r.u32(b[4:]))
		b = b[n:]
	}
	info := r.u32(b[4:])
	n, _ := r.recordBytes(info)
	return record{r, r.u32(b), info, r.u32(b[8:]), b[recordLen:n:n]}, true
}

// bodyWord is word i of the body, 0 beyond its end.
func (rec *record) bodyWord(i int) uint32 {
	if i < 0 || len(rec.body)/4 <= i {
		return 0
	}
	return rec.owner.u32(rec.body[4*i:])
}

// entry is the body from word n*i on, where n is the number of words of an
// entry; false unless the record has an entry i.
func (rec *record) entry(n, i int) ([]byte, bool) {
	if i < 0 || i >= int(rec.vlen()) || len(rec.body) < 4*n*(i+1) {
		return nil, false
	}
	return rec.body[4*n*i:], true
}
