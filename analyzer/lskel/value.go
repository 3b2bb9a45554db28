package lskel

import "fmt"

// Region is a piece of memory that the loader program reads or writes.
type Region uint8

// Regions of memory.
const (
	RegionNone  Region = iota
	RegionBlob         // the value of the loader's map
	RegionCtx          // struct bpf_loader_ctx and what follows it
	RegionStack        // offsets are negative, from R10
	RegionMap          // struct bpf_map of the loader's map, in the kernel
)

// String is the region in one word.
func (r Region) String() string {
	return [...]string{"none", "blob", "ctx", "stack", "map"}[min(int(r), int(RegionMap))]
}

// Kind says what is known of a value.
type Kind uint8

// Kinds of values.
const (
	// Unknown: nothing. A loader whose stores hold such values is not understood.
	Unknown Kind = iota
	// Const: a number, [Value.Num].
	Const
	// Pointer: the address of the byte at offset Num of Region.
	Pointer
	// Result: what call number Call returned, shifted right by Shift bits.
	Result
	// Output: what call number Call wrote to memory: the address of a symbol.
	Output
	// Memory: what Size bytes at offset Num of Region held when they were read.
	Memory
)

// Value is what a register or a place in memory holds: nothing more is known
// of it than where it comes from.
type Value struct {
	Kind   Kind
	Region Region // Pointer, Memory
	Size   uint8  // Memory: bytes
	Shift  uint8  // Result, Output: bits
	Call   int    // Result, Output: index into [Trace.Calls]
	Num    int64  // Const: the number; Pointer, Memory: bytes from the region's start
}

// String is the value in a few words: "3", "&blob+16", "call 2 >> 32", "ctx+8 (4 bytes)".
func (v Value) String() string {
	switch v.Kind {
	case Const:
		return fmt.Sprint(v.Num)
	case Pointer:
		return fmt.Sprintf("&%s%+d", v.Region, v.Num)
	case Result:
		if v.Shift != 0 {
			return fmt.Sprintf("call %d >> %d", v.Call, v.Shift)
		}
		return fmt.Sprintf("call %d", v.Call)
	case Output:
		return fmt.Sprintf("output of call %d >> %d", v.Call, v.Shift)
	case Memory:
		return fmt.Sprintf("%s%+d (%d bytes)", v.Region, v.Num, v.Size)
	}
	return "unknown"
}

func constant(n int64) Value { return Value{Kind: Const, Num: n} }

func pointer(r Region, offset int64) Value { return Value{Kind: Pointer, Region: r, Num: offset} }

// join is what is known where two ways meet.
func join(a, b Value) Value {
	if a == b {
		return a
	}
	return Value{}
}

// alu64 and alu32 compute what the loaders compute: sums of pointers and
// numbers, numbers, and the upper half of a result.
func alu64(op uint8, dst, src Value) Value {
	switch {
	case op == aluMov:
		return src
	case dst.Kind == Const && src.Kind == Const:
		n, ok := fold(op, uint64(dst.Num), uint64(src.Num), 63)
		if !ok {
			return Value{}
		}
		return constant(int64(n))
	case dst.Kind == Pointer && src.Kind == Const && op == aluAdd:
		dst.Num += src.Num
		return dst
	case dst.Kind == Pointer && src.Kind == Const && op == aluSub:
		dst.Num -= src.Num
		return dst
	case dst.Kind == Const && src.Kind == Pointer && op == aluAdd:
		src.Num += dst.Num
		return src
	case (dst.Kind == Result || dst.Kind == Output) && op == aluRsh && src.Kind == Const && src.Num >= 0 && src.Num+int64(dst.Shift) < 64:
		dst.Shift += uint8(src.Num)
		return dst
	}
	return Value{}
}

func alu32(op uint8, dst, src Value) Value {
	if src.Kind != Const || op != aluMov && dst.Kind != Const {
		return Value{}
	}
	n := uint64(uint32(src.Num))
	if op != aluMov {
		var ok bool
		if n, ok = fold(op, uint64(uint32(dst.Num)), n, 31); !ok {
			return Value{}
		}
	}
	return constant(int64(uint32(n)))
}

// fold computes with numbers; shift is the largest distance of a shift.
func fold(op uint8, a, b, shift uint64) (uint64, bool) {
	switch op {
	case aluAdd:
		return a + b, true
	case aluSub:
		return a - b, true
	case aluAnd:
		return a & b, true
	case aluOr:
		return a | b, true
	case aluXor:
		return a ^ b, true
	case aluLsh:
		return a << (b & shift), true
	case aluRsh:
		return a >> (b & shift), true
	}
	return 0, false
}
