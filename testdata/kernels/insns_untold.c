// A kernel like 5.10 whose types say nothing of the verifier: what came with which instructions is missing, no more.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(TRACEPOINT, 5), P(XDP, 6) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2) };
enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_XDP = 37 };
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(get_smp_processor_id, 8), H(probe_read_kernel, 113), H(per_cpu_ptr, 153) };
ENUMS()
