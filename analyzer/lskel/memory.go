package lskel

import "github.com/btflint/btflint/analyzer/bpfobj"

// cell is a byte of memory.
type cell struct {
	region Region
	offset int64
}

// writer is the last store to a byte, as an index into [Trace.Stores].
// certain tells that the program cannot have jumped over it.
type writer struct {
	store   int
	certain bool
}

// memory is what the program has written so far.
type memory struct {
	cells map[cell]writer
	// fillLo and fillHi bound the parts of the blob that helpers write.
	fillLo, fillHi int64
}

// store is the store of a value through a pointer.
func (in *interpreter) store(to Value, offset, size int64, v Value) {
	if to.Kind != Pointer || to.Region == RegionMap || v.Kind == Unknown || !in.fits(to.Region, to.Num+offset, size) {
		in.lose()
		return
	}
	in.write(Store{Region: to.Region, Offset: to.Num + offset, Size: size, Value: v})
}

// fits reports whether the bytes lie in the region, as far as its size is known.
func (in *interpreter) fits(r Region, offset, size int64) bool {
	switch r {
	case RegionBlob:
		return in.bytes(offset, size) != nil || size == 0
	case RegionStack:
		return offset >= -stackBytes && size <= stackBytes
	}
	return offset >= 0
}

// stackBytes is the size of a program's stack.
const stackBytes = 512

// touch notes an access that ends beyond the stack. The verifier refuses it.
func (in *interpreter) touch(r Region, end int64) {
	if r == RegionStack && end > 0 {
		in.Overruns = append(in.Overruns, in.pc)
	}
}

func (in *interpreter) write(s Store) {
	s.Insn, s.Conditional, s.Cleanup = in.pc, in.conditional(), in.cleanup
	in.touch(s.Region, s.Offset+s.Size)
	in.Stores = append(in.Stores, s)
	if s.Size > maxStore {
		return
	}
	for i := range s.Size {
		in.cells[cell{s.Region, s.Offset + i}] = writer{len(in.Stores) - 1, !s.Conditional}
	}
}

// load is what a register holds after a load.
func (in *interpreter) load(from Value, offset, size int64) Value {
	if from.Kind != Pointer {
		return Value{}
	}
	at := from.Num + offset
	read := Value{Kind: Memory, Region: from.Region, Num: at, Size: uint8(size)}
	switch from.Region {
	case RegionCtx, RegionMap:
		return read
	}
	if !in.fits(from.Region, at, size) {
		return Value{}
	}
	in.touch(from.Region, at+size)
	w, written := in.cells[cell{from.Region, at}]
	for i := range size {
		other, ok := in.cells[cell{from.Region, at + i}]
		if ok != written || other != w {
			return read
		}
	}
	if written {
		if s := &in.Stores[w.store]; w.certain && s.Offset == at && s.Size == size {
			return in.truncated(s.Value, size)
		}
		return read
	}
	switch {
	case from.Region == RegionStack:
		return constant(0) // the first thing that a loader does is to clear it
	case at < in.fillHi && at+size > in.fillLo:
		return read
	}
	return constant(int64(in.number(at, int(size))))
}

// truncated is a value after it was stored in fewer bytes and loaded again.
func (in *interpreter) truncated(v Value, size int64) Value {
	if v.Kind == Const && size < 8 {
		v.Num &= 1<<(size*8) - 1
	}
	return v
}

// call is the call of a helper.
func (in *interpreter) call(insn bpfobj.Insn) {
	c := Call{Insn: in.pc, Conditional: in.conditional(), Cleanup: in.cleanup, Helper: insn.Imm}
	copy(c.Args[:], in.regs[regFirstArg:regLastArg+1])
	n := len(in.Calls)
	in.Calls = append(in.Calls, c)
	if insn.Src != 0 || !in.known(&c) {
		in.lose()
	}
	switch c.Helper {
	case helperProbeReadKernel, helperCopyFromUser:
		in.fill(&c)
	case helperKallsyms:
		if to := c.Args[3]; to.Kind == Pointer && in.fits(to.Region, to.Num, 8) {
			in.write(Store{Region: to.Region, Offset: to.Num, Size: 8, Value: Value{Kind: Output, Call: n}, Helper: c.Helper})
		}
	}
	for r := regFirstArg; r <= regLastArg; r++ {
		in.regs[r] = Value{}
	}
	in.regs[0] = Value{Kind: Result, Call: n}
}

// known reports whether a call is one that loaders make, with arguments that
// say what it does.
func (in *interpreter) known(c *Call) bool {
	a := &c.Args
	switch c.Helper {
	case helperSysClose, helperTracePrintk:
		return true
	case helperSysBPF:
		return a[0].Kind == Const && a[1].Kind == Pointer && a[1].Region == RegionBlob && a[2].Kind == Const &&
			in.bytes(a[1].Num, a[2].Num) != nil
	case helperFindByNameKind:
		return in.isName(a[0], a[1]) && a[2].Kind == Const
	case helperKallsyms:
		return in.isName(a[0], a[1]) && a[3].Kind == Pointer && a[3].Region == RegionBlob && in.fits(RegionBlob, a[3].Num, 8)
	case helperProbeReadKernel, helperCopyFromUser:
		return a[0].Kind == Pointer && a[0].Region != RegionMap && a[1].Kind == Const && a[1].Num >= 0 &&
			in.fits(a[0].Region, a[0].Num, a[1].Num) && a[2].Kind != Unknown
	}
	return false
}

// isName reports whether two arguments are a string in the blob and its size.
func (in *interpreter) isName(text, size Value) bool {
	return text.Kind == Pointer && text.Region == RegionBlob && size.Kind == Const && size.Num > 0 && in.bytes(text.Num, size.Num) != nil
}

// fill is what a helper copies into memory.
func (in *interpreter) fill(c *Call) {
	to, size := c.Args[0], c.Args[1]
	if !in.known(c) {
		return
	}
	in.write(Store{Region: to.Region, Offset: to.Num, Size: size.Num, Value: c.Args[2], Helper: c.Helper})
	if to.Region == RegionBlob && size.Num > 0 {
		if in.fillHi == 0 {
			in.fillLo = to.Num
		}
		in.fillLo, in.fillHi = min(in.fillLo, to.Num), max(in.fillHi, to.Num+size.Num)
	}
}
