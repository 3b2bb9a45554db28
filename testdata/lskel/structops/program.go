// Package structops writes light skeletons of objects with struct_ops maps, as
// no released generator does: libbpf has no kernel BTF when it generates one,
// and crashes. A series of patches would change that (Siddharth Nayyar,
// "[PATCH v4 0/3] libbpf: support STRUCT_OPS in light skeletons", 27 May 2026):
//
//   - vmlinux BTF is loaded, so that the value type, its size, the type that
//     programs attach to and the indexes of members are those of the machine
//     that generates the skeleton;
//   - btf_key_type_id of a struct_ops map is 0, as btf_value_type_id is already;
//   - btf_vmlinux_value_type_id is written into the attributes of the map;
//   - btf_fd is set while the loader runs if either value type is.
//
// The bytes here follow that description and the form of released loaders. They
// are written by this package alone: one map and its programs, without CO-RE and
// externs.
package structops

import (
	"encoding/binary"
	"math"
)

// Registers, opcodes and helpers of loader programs.
const (
	r0, r1, r2, r3, r6, r7, r9, r10 = 0, 1, 2, 3, 6, 7, 9, 10

	movReg, movImm, addImm           = 0xbf, 0xb7, 0x07
	ldImm64                          = 0x18
	loadWord, loadDouble             = 0x61, 0x79
	storeWord, storeDouble           = 0x63, 0x7b
	jump, jumpSLE, jumpSLT, jumpZero = 0x05, 0xd5, 0xc5, 0x15
	callOp, exitOp                   = 0x85, 0x95

	mapIdxValue = 6

	probeReadKernel, sysBPF, sysClose = 113, 166, 168
)

// Places that every loader has: the stack holds the descriptor of BTF, that of an
// inner map and those of 32 programs; the blob begins with room for the
// descriptors of 64 maps and of the BTF of 256 kfuncs.
const (
	stackBytes   = 4 * (2 + 32)
	stackBTF     = -stackBytes
	stackProgram = -stackBytes + 8
	fdArrayBytes = 4 * (64 + 256)

	ctxBytes, mapDescBytes = 24, 16
	ctxLogLevel            = 8
	ctxLogSize             = 12
	ctxLogBuf              = 16
)

// program is a loader program under construction with its blob.
type program struct {
	blob    []byte
	insns   []byte
	cleanup int // slot
}

// data appends bytes to the blob, aligned, and returns where they are.
func (p *program) data(b []byte) int {
	at := len(p.blob)
	p.blob = append(p.blob, b...)
	for len(p.blob)%8 != 0 {
		p.blob = append(p.blob, 0)
	}
	return at
}

func (p *program) slots() int { return len(p.insns) / 8 }

func (p *program) emit(op, dst, src uint8, off int, imm int) {
	p.insns = append(p.insns, op, src<<4|dst)
	p.insns = binary.LittleEndian.AppendUint16(p.insns, uint16(int16(off)))
	p.insns = binary.LittleEndian.AppendUint32(p.insns, uint32(int32(imm)))
}

// address loads the address of a byte of the blob.
func (p *program) address(reg uint8, at int) {
	p.emit(ldImm64, reg, mapIdxValue, 0, 0)
	p.emit(0, 0, 0, 0, at)
}

// begin writes what comes before the first command: the stack is cleared, and
// the cleanup stands where errors jump back to.
func (p *program) begin(programs, maps int) {
	p.data(make([]byte, fdArrayBytes))
	p.emit(movReg, r6, r1, 0, 0)
	p.emit(movReg, r1, r10, 0, 0)
	p.emit(addImm, r1, 0, 0, -stackBytes)
	p.emit(movImm, r2, 0, 0, stackBytes)
	p.emit(movImm, r3, 0, 0, 0)
	p.emit(callOp, 0, 0, 0, probeReadKernel)
	words := 2 + programs
	p.emit(jump, 0, 0, 3*words+6*maps+2, 0)
	p.cleanup = p.slots()
	for i := range words {
		p.emit(loadWord, r1, r10, stackBTF+4*i, 0)
		p.emit(jumpSLE, r1, 0, 1, 0)
		p.emit(callOp, 0, 0, 0, sysClose)
	}
	for i := range maps {
		p.address(r0, 4*i)
		p.emit(loadWord, r1, r0, 0, 0)
		p.close()
	}
	p.emit(movReg, r0, r7, 0, 0)
	p.emit(exitOp, 0, 0, 0, 0)
}

// close closes the descriptor in r1 if there is one.
func (p *program) close() {
	p.emit(jumpSLE, r1, 0, 2, 0)
	p.emit(movReg, r9, r1, 0, 0)
	p.emit(callOp, 0, 0, 0, sysClose)
}

// pointer stores the address of a byte of the blob in the blob.
func (p *program) pointer(field, to int) {
	p.address(r0, to)
	p.address(r1, field)
	p.emit(storeDouble, r1, r0, 0, 0)
}

// fromCtx copies a field of the context into the blob, unless it is 0 and optional.
func (p *program) fromCtx(load, store uint8, field, from int, optional bool) {
	p.emit(load, r0, r6, from, 0)
	if optional {
		p.emit(jumpZero, r0, 0, 3, 0)
	}
	p.address(r1, field)
	p.emit(store, r1, r0, 0, 0)
}

// fromStack copies a word of the stack into the blob.
func (p *program) fromStack(field, from int) {
	p.emit(loadWord, r0, r10, from, 0)
	p.address(r1, field)
	p.emit(storeWord, r1, r0, 0, 0)
}

// command calls bpf_sys_bpf and gives up if it fails.
func (p *program) command(cmd, attr, size int) {
	p.emit(movImm, r1, 0, 0, cmd)
	p.address(r2, attr)
	p.emit(movImm, r3, 0, 0, size)
	p.emit(callOp, 0, 0, 0, sysBPF)
	p.emit(movReg, r7, r0, 0, 0)
	back := p.cleanup - p.slots() - 1
	if back < math.MinInt16 {
		panic("the program is too long for its jumps")
	}
	p.emit(jumpSLT, r7, 0, back, 0)
}

// finish hands the descriptors out and ends the program.
func (p *program) finish(programs, maps int) {
	p.emit(loadWord, r1, r10, stackBTF, 0)
	p.close()
	for i := range programs {
		p.emit(loadWord, r0, r10, stackProgram+4*i, 0)
		p.emit(storeWord, r6, r0, ctxBytes+mapDescBytes*maps+4*i, 0)
	}
	for i := range maps {
		p.address(r1, 4*i)
		p.emit(loadWord, r0, r1, 0, 0)
		p.emit(storeWord, r6, r0, ctxBytes+mapDescBytes*i, 0)
	}
	p.emit(movImm, r0, 0, 0, 0)
	p.emit(exitOp, 0, 0, 0, 0)
}
