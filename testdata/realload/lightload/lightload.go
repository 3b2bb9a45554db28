//go:build linux

// Package lightload loads light skeletons on the running kernel, for tests: it
// does what the bpf_load_and_run of libbpf's skel_internal.h does.
package lightload

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/btflint/btflint/analyzer/lskel"
)

// Stages of a load at which it can end.
const (
	// StageBlob: the map of the blob is created, filled and frozen.
	StageBlob = "blob"
	// StageLoader: the kernel verifies the loader program.
	StageLoader = "loader"
	// StageRun: the loader program runs.
	StageRun = "run"
)

// Refusal is a load that the kernel refused.
type Refusal struct {
	Stage string
	Err   error
	// Log is what the verifier, or BPF_BTF_LOAD, wrote last.
	Log string
}

func (r *Refusal) Error() string { return r.Stage + ": " + r.Err.Error() }

// Unwrap is the errno.
func (r *Refusal) Unwrap() error { return r.Err }

// Sizes of struct bpf_loader_ctx, bpf_map_desc and bpf_prog_desc (libbpf
// skel_internal.h), in bytes.
const (
	ctxBytes      = 24
	mapDescBytes  = 16
	progDescBytes = 4
)

// logBytes is the size of the log that the kernel writes.
const logBytes = 1 << 20

// Options change a load.
type Options struct {
	// MaxEntries are those of maps by index, for maps that leave them to the
	// application. The default is what the skeleton holds.
	MaxEntries map[int]uint32
	// Verbose asks for the verifier's log.
	Verbose bool
}

// Load loads a skeleton and releases what was loaded. The error is a
// [*Refusal] if the kernel says no.
func Load(s *lskel.Skeleton, opts Options) error {
	log := make([]byte, logBytes)
	ctx := make([]byte, ctxBytes+mapDescBytes*s.MapCount+progDescBytes*s.ProgramCount)
	le := binary.NativeEndian
	le.PutUint32(ctx, uint32(len(ctx)))
	if opts.Verbose {
		le.PutUint32(ctx[8:], 1)
		le.PutUint32(ctx[12:], uint32(len(log)))
		le.PutUint64(ctx[16:], address(log))
	}
	for i, n := range opts.MaxEntries {
		if i < s.MapCount {
			le.PutUint32(ctx[ctxBytes+mapDescBytes*i+4:], n)
		}
	}
	var pins runtime.Pinner
	defer pins.Unpin()
	pins.Pin(&log[0])
	pins.Pin(&ctx[0])

	mapFD, err := blob(s.Trace.Blob)
	if err != nil {
		return &Refusal{Stage: StageBlob, Err: err}
	}
	defer unix.Close(mapFD)
	insns := rawInsns(s)
	progFD, loaderLog, err := loader(insns, mapFD)
	if err != nil {
		return &Refusal{Stage: StageLoader, Err: err, Log: lastLine(loaderLog)}
	}
	defer unix.Close(progFD)
	retval, err := testRun(progFD, ctx)
	defer closeAll(s, ctx)
	switch {
	case err != nil:
		return &Refusal{Stage: StageRun, Err: err}
	case retval < 0:
		return &Refusal{Stage: StageRun, Err: unix.Errno(-retval), Log: lastLine(log)}
	}
	return nil
}

// closeAll closes what the loader program has handed out.
func closeAll(s *lskel.Skeleton, ctx []byte) {
	for i := range s.MapCount {
		if fd := int32(binary.NativeEndian.Uint32(ctx[ctxBytes+mapDescBytes*i:])); fd > 0 {
			unix.Close(int(fd))
		}
	}
	for i := range s.ProgramCount {
		if fd := int32(binary.NativeEndian.Uint32(ctx[ctxBytes+mapDescBytes*s.MapCount+progDescBytes*i:])); fd > 0 {
			unix.Close(int(fd))
		}
	}
}

// rawInsns encodes the instructions of the loader program.
func rawInsns(s *lskel.Skeleton) []byte {
	out := make([]byte, 0, len(s.Trace.Insns)*8)
	for _, insn := range s.Trace.Insns {
		regs := insn.Src<<4 | insn.Dst
		if s.Trace.ByteOrder == binary.BigEndian {
			regs = insn.Dst<<4 | insn.Src
		}
		out = append(out, insn.Op, regs)
		out = binary.NativeEndian.AppendUint16(out, uint16(insn.Off))
		out = binary.NativeEndian.AppendUint32(out, uint32(insn.Imm))
	}
	return out
}

func lastLine(log []byte) string {
	text, _, _ := bytes.Cut(log, []byte{0})
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		if !bytes.HasPrefix(lines[i], []byte("processed ")) {
			return string(lines[i])
		}
	}
	return ""
}

// attr is a union bpf_attr.
type attr [152]byte

func (a *attr) u32(at int, v uint32) { binary.NativeEndian.PutUint32(a[at:], v) }
func (a *attr) u64(at int, v uint64) { binary.NativeEndian.PutUint64(a[at:], v) }

func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// Commands of bpf(2).
const (
	cmdMapCreate  = 0
	cmdMapUpdate  = 2
	cmdProgLoad   = 5
	cmdProgRun    = 10
	cmdMapFreeze  = 22
	mapArray      = 2
	progSyscall   = 31
	flagSleepable = 1 << 4
)

func bpf(cmd uintptr, a *attr) (int, error) {
	for {
		fd, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(a)), unsafe.Sizeof(*a))
		switch {
		case errno == unix.EAGAIN:
		case errno != 0:
			return -1, errno
		default:
			return int(fd), nil
		}
	}
}

// blob is the frozen map of the loader's data.
func blob(data []byte) (int, error) {
	if len(data) == 0 {
		return -1, errors.New("no data")
	}
	var a attr
	a.u32(0, mapArray)
	a.u32(4, 4)
	a.u32(8, uint32(len(data)))
	a.u32(12, 1)
	copy(a[28:], "__loader.map")
	fd, err := bpf(cmdMapCreate, &a)
	if err != nil {
		return -1, fmt.Errorf("create: %w", err)
	}
	key := make([]byte, 4)
	var pins runtime.Pinner
	defer pins.Unpin()
	pins.Pin(&key[0])
	pins.Pin(&data[0])
	a = attr{}
	a.u32(0, uint32(fd))
	a.u64(8, address(key))
	a.u64(16, address(data))
	if _, err := bpf(cmdMapUpdate, &a); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("update: %w", err)
	}
	a = attr{}
	a.u32(0, uint32(fd))
	if _, err := bpf(cmdMapFreeze, &a); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("freeze: %w", err)
	}
	return fd, nil
}

// loader loads the loader program.
func loader(insns []byte, mapFD int) (fd int, log []byte, err error) {
	license := []byte("Dual BSD/GPL\x00")
	fds := binary.NativeEndian.AppendUint32(nil, uint32(mapFD))
	log = make([]byte, logBytes)
	var pins runtime.Pinner
	defer pins.Unpin()
	for _, b := range [][]byte{insns, license, fds, log} {
		pins.Pin(&b[0])
	}
	for _, level := range [...]uint32{0, 1} { // once more for the log
		var a attr
		a.u32(0, progSyscall)
		a.u32(4, uint32(len(insns)/8))
		a.u64(8, address(insns))
		a.u64(16, address(license))
		a.u32(24, level)
		if level > 0 {
			a.u32(28, uint32(len(log)))
			a.u64(32, address(log))
		}
		a.u32(44, flagSleepable)
		copy(a[48:], "__loader.prog")
		a.u64(120, address(fds))
		if fd, err = bpf(cmdProgLoad, &a); err == nil {
			return fd, nil, nil
		}
	}
	return -1, log, err
}

// testRun runs the loader program.
func testRun(progFD int, ctx []byte) (retval int32, err error) {
	var a attr
	a.u32(0, uint32(progFD))
	a.u64(48, address(ctx)) // ctx_in
	a.u32(40, uint32(len(ctx)))
	_, err = bpf(cmdProgRun, &a)
	return int32(binary.NativeEndian.Uint32(a[4:])), err
}
