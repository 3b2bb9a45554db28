package btfdiff

import (
	"syscall"
	"unsafe"
)

// adviseLarge asks for large pages for a list of 1 MiB or more, and for what lies on the
// same large pages. It is a hint, which changes no content: that a kernel has none, or
// none of this size, is no error. See madvise(2), MADV_HUGEPAGE.
func adviseLarge[T any](list []T) {
	const least, page = 1 << 20, 2 << 20
	size := uintptr(cap(list)) * unsafe.Sizeof(*new(T))
	if size < least {
		return
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(list)))
	to := (from + size + page - 1) &^ (page - 1)
	from &^= page - 1
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_HUGEPAGE)
}
