// kernels: schedulers
// loaders: libbpf cilium
#include "rule.h"

struct io_uring_bpf_ops { int (*loop_step)(void *ctx, void *params); __u32 ring_fd; };

SEC(".struct_ops.link")
struct io_uring_bpf_ops ring = { .ring_fd = 1 };
// want struct_ops map ring: `error: struct_ops map "ring" has no callback "loop_step", which struct "io_uring_bpf_ops" needs`
