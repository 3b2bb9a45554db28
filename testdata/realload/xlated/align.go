package xlated

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// unit is an instruction: one slot, or the two of a ld_imm64.
type unit struct {
	op, dst, src uint8
	off          int16
	imm          int64
	line         line
	slot         int // in the function of the object
}

// line is the line record of an instruction, the zero value without one.
type line struct {
	file, text string
	number     int
}

// Classes and sizes of instructions (include/uapi/linux/bpf_common.h).
const (
	classMask = 0x07
	classST   = 0x02
	classSTX  = 0x03
	classLDX  = 0x01
	sizeMask  = 0x18
	modeMask  = 0xe0
	opExit    = 0x95
)

func (u *unit) memory() bool {
	c := u.op & classMask
	return c == classLDX || c == classST || c == classSTX
}

func (u *unit) jump() bool {
	c := u.op & classMask
	return (c == 0x05 || c == 0x06) && u.op != opExit
}

// unitsOf are the instructions of a function as the object has them.
func unitsOf(obj *bpfobj.Object, f *bpfobj.Function) []unit {
	list := make([]unit, 0, len(f.Insns))
	for i := 0; i < len(f.Insns); i++ {
		insn := f.Insns[i]
		u := unit{op: insn.Op, dst: insn.Dst, src: insn.Src, off: insn.Off, imm: int64(insn.Imm), slot: i}
		if src := obj.Locate(f, i).Source; src.Origin == bpfobj.OriginOwn {
			u.line = line{src.File, src.Text, src.Line}
		}
		if insn.Op == bpfobj.LdImm64 && i+1 < len(f.Insns) {
			i++
			u.imm = int64(uint64(uint32(insn.Imm)) | uint64(uint32(f.Insns[i].Imm))<<32)
		}
		list = append(list, u)
	}
	return list
}

// maxCells bounds the table of an alignment.
const maxCells = 1 << 26

// align finds for each instruction as submitted the translated one, -1 for one
// that the kernel removed or rewrote; nil if the function is too large. It is a
// global alignment that weighs how much two instructions have in common.
func align(submitted, translated []unit) []int {
	partner := make([]int, len(submitted))
	for i := range partner {
		partner[i] = -1
	}
	head := 0
	for head < min(len(submitted), len(translated)) && same(&submitted[head], &translated[head]) {
		partner[head] = head
		head++
	}
	a, b := submitted[head:], translated[head:]
	width := len(b) + 1
	if (len(a)+1)*width > maxCells {
		return nil
	}
	const diagonal, up, left = 0, 1, 2
	way := make([]uint8, (len(a)+1)*width)
	above, row := make([]int32, width), make([]int32, width)
	for i := len(a) - 1; i >= 0; i-- {
		above, row = row, above
		row[len(b)] = 0
		for k := len(b) - 1; k >= 0; k-- {
			best, how := above[k], uint8(up)
			if row[k+1] > best {
				best, how = row[k+1], left
			}
			if w := likeness(&a[i], &b[k]); w > 0 && above[k+1]+w >= best {
				best, how = above[k+1]+w, diagonal
			}
			row[k], way[i*width+k] = best, how
		}
	}
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch way[i*width+k] {
		case diagonal:
			partner[head+i] = head + k
			i++
			k++
		case up:
			i++
		default:
			k++
		}
	}
	return partner
}

// same reports whether nothing of an instruction was changed.
func same(a, b *unit) bool {
	return a.op == b.op && a.dst == b.dst && a.src == b.src && a.off == b.off && a.imm == b.imm && !a.jump() && sameLine(a, b)
}

// sameLine reports whether line records do not contradict: the kernel moves the
// record of a removed instruction to the next one, if that has none.
func sameLine(a, b *unit) bool {
	return a.line == (line{}) || b.line == (line{}) || a.line == b.line
}

// likeness weighs what two instructions have in common, 0 if one cannot have
// been made of the other. Values count little: they are what is compared.
func likeness(a, b *unit) int32 {
	if a.op&^sizeMask != b.op&^sizeMask && !(a.jump() && b.jump()) || !sameLine(a, b) {
		return 0
	}
	if !a.memory() && !a.jump() && a.op != b.op {
		return 0
	}
	if !a.jump() && (a.dst != b.dst || a.memory() && a.src != b.src) {
		return 0
	}
	w := int32(4)
	if a.op == b.op {
		w += 2
	}
	if a.line != (line{}) && a.line == b.line {
		w += 8
	}
	if a.off == b.off {
		w++
	}
	if a.imm == b.imm {
		w += 2
	}
	return w
}

// functionsOf cuts translated instructions at the functions' names.
func functionsOf(list []unit, starts map[int]string) map[string][]unit {
	at := make([]int, 0, len(starts))
	for i := range starts {
		at = append(at, i)
	}
	slices.Sort(at)
	out := make(map[string][]unit, len(at))
	for n, i := range at {
		end := len(list)
		if n+1 < len(at) {
			end = at[n+1]
		}
		out[starts[i]] = list[i:end]
	}
	return out
}
