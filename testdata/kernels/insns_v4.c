// A kernel like 6.12, for rules about instructions: those of -mcpu=v4 and may_goto, without load-acquire and indirect jumps.
#include "kernel.h"

enum bpf_prog_type { P(UNSPEC, 0), P(SOCKET_FILTER, 1), P(KPROBE, 2), P(SCHED_CLS, 3), P(TRACEPOINT, 5), P(XDP, 6) };
enum bpf_map_type { M(UNSPEC, 0), M(HASH, 1), M(ARRAY, 2), M(ARENA, 33) };
enum bpf_attach_type { BPF_XDP = 37, BPF_TCX_INGRESS = 46, BPF_TRACE_UPROBE_MULTI = 48 };
enum bpf_func_id { H(map_lookup_elem, 1), H(ktime_get_ns, 5), H(get_smp_processor_id, 8), H(cgrp_storage_delete, 211) };
ENUMS()

struct bpf_verifier_state { u32 curframe, may_goto_depth; };
KEEP(state, struct bpf_verifier_state)
struct bpf_insn_aux_data { bool seen, zext_dst, needs_zext; };
KEEP(insn_aux, struct bpf_insn_aux_data)
FUNC(int, bpf_check, int prog)
FUNC(bool, bpf_opcode_in_insntable, u8 code)
FUNC(int, check_load_mem, int insn, bool is_ldsx) /* 6.12.y got it with a fix */
FUNC(int, check_mem_access, int insn_idx, u32 regno, bool strict_alignment_once, bool is_ldsx)
FUNC(int, emit_atomic, u8 **pprog, u8 atomic_op) /* emit_atomic_rmw since load-acquire */
