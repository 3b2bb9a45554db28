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
// skipped if there is one, see [Raw.Err]. Types and Strings must not be
// modified; Offsets belong to the caller.
func (r *Raw) Records() Records {
	r.walk()
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
	return Records{Types: types, Offsets: offsets, Strings: r.strs, StringBase: r.strBase}
}
