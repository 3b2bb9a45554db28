package plan

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// mapFlags are the flags of maps by bit (include/uapi/linux/bpf.h, Linux 7.3).
// Of the bits beyond nothing is known.
var mapFlags = [...]string{
	"BPF_F_NO_PREALLOC", "BPF_F_NO_COMMON_LRU", "BPF_F_NUMA_NODE", "BPF_F_RDONLY", "BPF_F_WRONLY", "BPF_F_STACK_BUILD_ID",
	"BPF_F_ZERO_SEED", "BPF_F_RDONLY_PROG", "BPF_F_WRONLY_PROG", "BPF_F_CLONE", "BPF_F_MMAPABLE", "BPF_F_PRESERVE_ELEMS",
	"BPF_F_INNER_MAP", "BPF_F_LINK", "BPF_F_PATH_FD", "BPF_F_VTYPE_BTF_OBJ_FD", "BPF_F_TOKEN_FD", "BPF_F_SEGV_ON_FAULT",
	"BPF_F_NO_USER_CONV", "BPF_F_RB_OVERWRITE",
}

// Flags of maps in include/uapi/linux/bpf.h.
const (
	flagNoPrealloc  = 1 << 0  // BPF_F_NO_PREALLOC
	flagNoCommonLRU = 1 << 1  // BPF_F_NO_COMMON_LRU
	flagNUMA        = 1 << 2  // BPF_F_NUMA_NODE
	flagReadOnly    = 1 << 3  // BPF_F_RDONLY, of the file descriptor
	flagWriteOnly   = 1 << 4  // BPF_F_WRONLY, of the file descriptor
	flagBuildID     = 1 << 5  // BPF_F_STACK_BUILD_ID
	flagZeroSeed    = 1 << 6  // BPF_F_ZERO_SEED
	flagReadProg    = 1 << 7  // BPF_F_RDONLY_PROG
	flagWriteProg   = 1 << 8  // BPF_F_WRONLY_PROG
	flagClone       = 1 << 9  // BPF_F_CLONE
	flagMmapable    = 1 << 10 // BPF_F_MMAPABLE
	flagPreserve    = 1 << 11 // BPF_F_PRESERVE_ELEMS
	// flagInnerMap is BPF_F_INNER_MAP: maps of other sizes may stand for the inner map.
	flagInnerMap   = 1 << 12
	flagTokenFD    = 1 << 16 // BPF_F_TOKEN_FD
	flagSegv       = 1 << 17 // BPF_F_SEGV_ON_FAULT
	flagNoUserConv = 1 << 18 // BPF_F_NO_USER_CONV
	flagOverwrite  = 1 << 19 // BPF_F_RB_OVERWRITE

	// flagsOfFile are those that a map does not keep.
	flagsOfFile = flagReadOnly | flagWriteOnly | flagTokenFD
	// flagsAccess is BPF_F_ACCESS_MASK.
	flagsAccess = flagReadOnly | flagWriteOnly | flagReadProg | flagWriteProg
	// flagsCommon are those that most types take.
	flagsCommon = flagNUMA | flagReadOnly | flagWriteOnly
)

// flagFault says which flags a map type does not take on any version, "" for
// none.
func flagFault(d *bpfobj.MapDef, shape *mapShape) string {
	const known = 1<<len(mapFlags) - 1
	if odd := d.Flags & known &^ (shape.takes | flagTokenFD); odd != 0 {
		return fmt.Sprintf("has %s, which %s does not take", flagNames(odd), shape.what)
	}
	for _, pair := range [...]uint32{flagReadOnly | flagWriteOnly, flagReadProg | flagWriteProg} {
		if d.Flags&pair == pair { // kernel/bpf/syscall.c, bpf_get_file_flag; include/linux/bpf.h, bpf_map_flags_access_ok
			return "has both " + strings.ReplaceAll(flagNames(pair), ", ", " and ")
		}
	}
	return ""
}

// flagNames are the names of known flags, by bit.
func flagNames(flags uint32) string {
	var names []string
	for bit, name := range mapFlags {
		if flags>>bit&1 == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
