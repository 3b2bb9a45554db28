// A kernel like 5.10, for rules about instructions: those of -mcpu=v3, without atomic operations that have a result.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(TRACEPOINT, 5), P(XDP, 6) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2) };
enum bpf_attach_type { BPF_CGROUP_INET_INGRESS = 0, BPF_XDP = 37 };
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(get_smp_processor_id, 8), H(probe_read_kernel, 113), H(per_cpu_ptr, 153) };
ENUMS()

struct bpf_verifier_state { u32 curframe; };
KEEP(state, struct bpf_verifier_state)
struct bpf_insn_aux_data { bool seen, zext_dst; };
KEEP(insn_aux, struct bpf_insn_aux_data)
FUNC(int, bpf_check, int prog)
FUNC(bool, bpf_opcode_in_insntable, u8 code)
FUNC(int, is_branch_taken, u64 reg, u64 val, u8 opcode, bool is_jmp32)
FUNC(int, check_xadd, int insn_idx, int insn)
FUNC(int, check_mem_access, int insn_idx, u32 regno, bool strict_alignment_once)
