package kernel

import (
	"os"
	"syscall"
)

// mapFile maps a part of a file for reading. Its pages come with the first
// access, 16 or more at a time where they are cached (mm/memory.c,
// do_fault_around), which costs less than to ask for all of them or to copy
// them. The mapping is private because sysfs refuses shared ones
// (kernel/bpf/sysfs_btf.c, btf_sysfs_vmlinux_mmap).
//
// A file that shrinks while it is mapped ends the process with SIGBUS.
func mapFile(f *os.File, offset, length int64) (data []byte, unmap func() error, err error) {
	start := offset &^ int64(os.Getpagesize()-1)
	skip := int(offset - start)
	mapping, err := syscall.Mmap(int(f.Fd()), start, int(length)+skip, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	return mapping[skip:], func() error { return syscall.Munmap(mapping) }, nil
}
