package btfgraph

// Records is the whole of a [Raw], without its base, for algorithms that pass
// over all types: a question for one id at a time costs several times as much.
type Records struct {
	// Types are the records one after the other, in little endian, as in
	// include/uapi/linux/btf.h: struct btf_type and what follows it.
	Types []byte
	// Offsets tell where in Types the records start; the first is that of the
	// type [Graph.FirstOwn]. One more is the end of the last.
	Offsets []uint32
	// Strings are the names, each ends with NUL. Offsets of names below
	// StringBase lie in the strings of the base.
	Strings    []byte
	StringBase uint32
}

// Records returns the graph's own types, up to the record that cannot be
// skipped if there is one, see [Raw.Err]. None of it may be modified.
//
// If it is the first question, the offsets are those of the one walk over the
// records; else another pass finds them.
func (r *Raw) Records() Records {
	if !r.walked.Load() {
		r.walkOnce.Do(func() { r.firstWalk(0) })
	}
	offsets := r.index
	if r.shift == 0 {
		offsets = offsets[:r.count+1]
	} else {
		offsets = r.offsets()
	}
	return Records{Types: r.types, Offsets: offsets, Strings: r.strs, StringBase: r.strBase}
}

// offsets finds all records by those that the index knows.
func (r *Raw) offsets() []uint32 {
	offsets := make([]uint32, r.count+1)
	types, shift := r.types, r.shift&31
	for i := uint32(0); i < r.count; {
		off, last := uint64(r.index[i>>shift]), min(i|(1<<shift-1), r.count-1)
		for ; i <= last; i++ {
			offsets[i] = uint32(off)
			size, _ := r.recordBytes(u32(types[off+4 : off+8 : off+8]))
			off += size
		}
		offsets[i] = uint32(off)
	}
	return offsets
}
