package plan

import (
	"errors"
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// kernelCORE is how the kernel relocates the records that come with a program
// (kernel/bpf/btf.c, bpf_core_apply; it is built from libbpf's relo_core.c). The
// loader hands it those of the program and of the functions that it links
// (libbpf.c, bpf_program_record_relos).
//
// The kernel remembers candidates by name alone (check_cand_cache): if a program
// that was loaded earlier asked for a type of the same name and another kind, that
// answer counts. What is said here is what holds without such a program.
var kernelCORE = COREPolicy{
	StrictKind: true, Anew: true, TypeZero: true, Levels: kernelLevels,
	local: (*coreRun).libbpfLocal, fit: (*coreRun).libbpfFit, patch: libbpfPatch, kernel: kernelKnows,
}

// kernelLevels is how deep the kernel compares types (kernel/bpf/btf.c,
// MAX_TYPES_ARE_COMPAT_DEPTH and MAX_TYPES_MATCH_DEPTH). A struct in a struct
// is beyond it for type_matches.
const kernelLevels = 2

var errNoKernelCORE = errors.New("the kernel relocates no program (it does since 5.17)")

// KernelRelocatesNone reports whether the loader leaves relocations to the kernel,
// and the kernel does none.
func (b *COREBinding) KernelRelocatesNone() bool { return errors.Is(b.err, errNoKernelCORE) }

// kernelKnows asks the kernel's own list of kinds. A kernel that has it
// relocates, and one that has the attributes of bpf() without it does not. Of
// types that hold neither nothing is known, and nothing said.
func kernelKnows(types btfgraph.Graph, kind COREKind) error {
	types.Prefetch("bpf_core_relo_kind", "bpf_attr")
	for id := range types.ByName(btfgraph.KindEnum, "bpf_core_relo_kind") {
		for i := range types.Vlen(id) {
			if types.Enumerator(id, i).Value == uint64(kind) {
				return nil
			}
		}
		return fmt.Errorf("the kernel knows no relocation kind %s", kind)
	}
	for range types.ByName(btfgraph.KindUnion, "bpf_attr") {
		return errNoKernelCORE
	}
	return nil
}
