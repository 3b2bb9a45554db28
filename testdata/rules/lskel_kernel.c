// kernels: ancient modern
// loaders: libbpf lskel
#include "rule.h"

// example
// want[ancient,lskel] object: `error: the loader program has type BPF_PROG_TYPE_SYSCALL, unknown in ancient: it takes 5.14`
SEC("tc")
int clean(void *ctx)
{
	return 0;
}
// end example
