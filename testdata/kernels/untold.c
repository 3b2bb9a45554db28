// A kernel like 5.5: it does not note the linkage of functions.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(SCHED_CLS, 3) };
enum bpf_attach_type { BPF_TRACE_RAW_TP = 23 };
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(get_smp_processor_id, 8) };
struct enums { enum bpf_prog_type p; enum bpf_attach_type a; enum bpf_func_id h; };
KEEP(enums, struct enums)
struct bpf_func_info_aux { bool unreliable; };
KEEP(aux, struct bpf_func_info_aux)
FUNC(int, bpf_check, int prog)
