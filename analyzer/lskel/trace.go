package lskel

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Store is a write of the loader program to memory.
type Store struct {
	Insn int // slot index
	// Conditional tells that the program may jump over it. Cleanup tells that
	// it is on the way out after an error.
	Conditional, Cleanup bool
	Region               Region
	Offset               int64 // bytes from the region's start
	// Size in bytes: 1, 2, 4 or 8 for an instruction; any number for what a
	// helper writes.
	Size  int64
	Value Value
	// Helper is the helper that writes, 0 for an instruction.
	Helper int32
}

// Call is a call of a helper by the loader program.
type Call struct {
	Insn                 int // slot index
	Conditional, Cleanup bool
	Helper               int32 // bpf_func_id
	Args                 [5]Value
	// Checked tells that the program gives up if the result is negative.
	Checked bool
	// Excused tells that it goes on after the result -ENOENT all the same.
	Excused bool
}

// Trace is everything that a loader program does to the world: what it writes
// and what it calls, each in the order of the program.
type Trace struct {
	ByteOrder binary.ByteOrder
	Insns     []bpfobj.Insn
	Blob      []byte
	Stores    []Store
	Calls     []Call
	// Unattributed are the slots of instructions that are not understood:
	// stores to unknown places or of unknown values, calls of other helpers
	// than loaders use, bpf_sys_bpf with an unknown command, jumps back into
	// code that was run, loads of programs whose code is not in the blob, or is
	// shared. Ascending. A sound loader has none.
	Unattributed []int
	// Overruns are the slots of accesses beyond the stack, in the order of the
	// program: those of a loader of more programs than it has room for. The
	// kernel does not take such a loader.
	Overruns []int

	// byOffset are the indexes of the stores to the blob, ascending by offset.
	byOffset []int
}

// order is the byte order of a loader program: its first instruction is "r6 =
// r1", whose two registers stand in one byte, the halves of which change
// places (libbpf gen_loader.c, bpf_gen__init).
func order(insns []byte) binary.ByteOrder {
	if len(insns) > 1 && insns[0] == opMov64Reg && insns[1] == 0x61 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// index prepares storesTo. The stores of the program itself are in the order of
// their instructions; the cleanup is on no way to a command.
func (t *Trace) index() {
	for i := range t.Stores {
		if s := &t.Stores[i]; s.Region == RegionBlob && s.Size <= maxStore && !s.Cleanup {
			t.byOffset = append(t.byOffset, i)
		}
	}
	slices.SortStableFunc(t.byOffset, func(a, b int) int { return cmp.Compare(t.Stores[a].Offset, t.Stores[b].Offset) })
}

const (
	// maxStore is the largest store of an instruction, in bytes.
	maxStore = 8
	// maxWriters bounds the stores that are listed for one place: one of each
	// way that leads there, of which loaders have two.
	maxWriters = 16
)

// storesTo returns the stores that write to size bytes of the blob before the
// instruction of slot before, in the order of the program. It returns no more
// than a bounded number of them, the last ones, and takes no longer for many.
func (t *Trace) storesTo(offset, size int64, before int) []*Store {
	var list []*Store
	for at := offset - maxStore + 1; at < offset+size; at++ {
		lo := sort.Search(len(t.byOffset), func(i int) bool { return t.Stores[t.byOffset[i]].Offset >= at })
		rest := t.byOffset[lo:]
		n := sort.Search(len(rest), func(i int) bool {
			s := &t.Stores[rest[i]]
			return s.Offset > at || s.Insn >= before
		})
		for _, i := range rest[max(0, n-maxWriters):n] {
			if s := &t.Stores[i]; s.Offset+s.Size > offset {
				list = append(list, s)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *Store) int { return a.Insn - b.Insn })
	return list[max(0, len(list)-maxWriters):]
}

// lose adds an instruction to those that are not understood.
func (t *Trace) lose(insn int) {
	if i, found := slices.BinarySearch(t.Unattributed, insn); !found {
		t.Unattributed = slices.Insert(t.Unattributed, i, insn)
	}
}

// bytes is a part of the blob, nil if it does not lie in it.
func (t *Trace) bytes(offset, size int64) []byte {
	if offset < 0 || size < 0 || offset > int64(len(t.Blob)) || size > int64(len(t.Blob))-offset {
		return nil
	}
	return t.Blob[offset:][:size:size]
}

// number is an unsigned number in the blob, 0 if it does not lie in it.
func (t *Trace) number(offset int64, size int) uint64 {
	b := t.bytes(offset, int64(size))
	if b == nil {
		return 0
	}
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(t.ByteOrder.Uint16(b))
	case 4:
		return uint64(t.ByteOrder.Uint32(b))
	case 8:
		return t.ByteOrder.Uint64(b)
	}
	return 0
}
