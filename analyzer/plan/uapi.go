package plan

// The numbers of include/uapi/linux/bpf.h as of 7.3. They never change: a
// kernel that lacks a name lacks the number too. The names here only spell a
// number that an object holds; whether a kernel knows it is asked of the
// kernel's own BTF.

// progTypes are the enumerators of bpf_prog_type without BPF_PROG_TYPE_.
var progTypes = [...]string{
	"UNSPEC", "SOCKET_FILTER", "KPROBE", "SCHED_CLS", "SCHED_ACT", "TRACEPOINT", "XDP", "PERF_EVENT", "CGROUP_SKB",
	"CGROUP_SOCK", "LWT_IN", "LWT_OUT", "LWT_XMIT", "SOCK_OPS", "SK_SKB", "CGROUP_DEVICE", "SK_MSG",
	"RAW_TRACEPOINT", "CGROUP_SOCK_ADDR", "LWT_SEG6LOCAL", "LIRC_MODE2", "SK_REUSEPORT", "FLOW_DISSECTOR",
	"CGROUP_SYSCTL", "RAW_TRACEPOINT_WRITABLE", "CGROUP_SOCKOPT", "TRACING", "STRUCT_OPS", "EXT", "LSM",
	"SK_LOOKUP", "SYSCALL", "NETFILTER",
}

// attachTypes are the enumerators of bpf_attach_type.
var attachTypes = [...]string{
	"BPF_CGROUP_INET_INGRESS", "BPF_CGROUP_INET_EGRESS", "BPF_CGROUP_INET_SOCK_CREATE", "BPF_CGROUP_SOCK_OPS",
	"BPF_SK_SKB_STREAM_PARSER", "BPF_SK_SKB_STREAM_VERDICT", "BPF_CGROUP_DEVICE", "BPF_SK_MSG_VERDICT",
	"BPF_CGROUP_INET4_BIND", "BPF_CGROUP_INET6_BIND", "BPF_CGROUP_INET4_CONNECT", "BPF_CGROUP_INET6_CONNECT",
	"BPF_CGROUP_INET4_POST_BIND", "BPF_CGROUP_INET6_POST_BIND", "BPF_CGROUP_UDP4_SENDMSG",
	"BPF_CGROUP_UDP6_SENDMSG", "BPF_LIRC_MODE2", "BPF_FLOW_DISSECTOR", "BPF_CGROUP_SYSCTL",
	"BPF_CGROUP_UDP4_RECVMSG", "BPF_CGROUP_UDP6_RECVMSG", "BPF_CGROUP_GETSOCKOPT", "BPF_CGROUP_SETSOCKOPT",
	"BPF_TRACE_RAW_TP", "BPF_TRACE_FENTRY", "BPF_TRACE_FEXIT", "BPF_MODIFY_RETURN", "BPF_LSM_MAC", "BPF_TRACE_ITER",
	"BPF_CGROUP_INET4_GETPEERNAME", "BPF_CGROUP_INET6_GETPEERNAME", "BPF_CGROUP_INET4_GETSOCKNAME",
	"BPF_CGROUP_INET6_GETSOCKNAME", "BPF_XDP_DEVMAP", "BPF_CGROUP_INET_SOCK_RELEASE", "BPF_XDP_CPUMAP",
	"BPF_SK_LOOKUP", "BPF_XDP", "BPF_SK_SKB_VERDICT", "BPF_SK_REUSEPORT_SELECT",
	"BPF_SK_REUSEPORT_SELECT_OR_MIGRATE", "BPF_PERF_EVENT", "BPF_TRACE_KPROBE_MULTI", "BPF_LSM_CGROUP",
	"BPF_STRUCT_OPS", "BPF_NETFILTER", "BPF_TCX_INGRESS", "BPF_TCX_EGRESS", "BPF_TRACE_UPROBE_MULTI",
	"BPF_CGROUP_UNIX_CONNECT", "BPF_CGROUP_UNIX_SENDMSG", "BPF_CGROUP_UNIX_RECVMSG", "BPF_CGROUP_UNIX_GETPEERNAME",
	"BPF_CGROUP_UNIX_GETSOCKNAME", "BPF_NETKIT_PRIMARY", "BPF_NETKIT_PEER", "BPF_TRACE_KPROBE_SESSION",
	"BPF_TRACE_UPROBE_SESSION", "BPF_TRACE_FSESSION", "BPF_TRACE_FENTRY_MULTI", "BPF_TRACE_FEXIT_MULTI",
	"BPF_TRACE_FSESSION_MULTI",
}

// mapTypes are the enumerators of bpf_map_type without BPF_MAP_TYPE_.
var mapTypes = [...]string{
	"UNSPEC", "HASH", "ARRAY", "PROG_ARRAY", "PERF_EVENT_ARRAY", "PERCPU_HASH", "PERCPU_ARRAY", "STACK_TRACE",
	"CGROUP_ARRAY", "LRU_HASH", "LRU_PERCPU_HASH", "LPM_TRIE", "ARRAY_OF_MAPS", "HASH_OF_MAPS", "DEVMAP", "SOCKMAP",
	"CPUMAP", "XSKMAP", "SOCKHASH", "CGROUP_STORAGE", "REUSEPORT_SOCKARRAY", "PERCPU_CGROUP_STORAGE", "QUEUE",
	"STACK", "SK_STORAGE", "DEVMAP_HASH", "STRUCT_OPS", "RINGBUF", "INODE_STORAGE", "TASK_STORAGE", "BLOOM_FILTER",
	"USER_RINGBUF", "CGRP_STORAGE", "ARENA", "INSN_ARRAY", "RHASH",
}

// The map types whose rules differ from the rest (enum bpf_map_type).
const (
	mapHash           = 1
	mapArray          = 2
	mapProgArray      = 3
	mapPerfEventArray = 4
	mapPercpuHash     = 5
	mapPercpuArray    = 6
	mapStackTrace     = 7
	mapCgroupArray    = 8
	mapLRUHash        = 9
	mapLRUPercpuHash  = 10
	mapLPMTrie        = 11
	mapArrayOfMaps    = 12
	mapHashOfMaps     = 13
	mapDevmap         = 14
	mapSockmap        = 15
	mapCPUMap         = 16
	mapXSKMap         = 17
	mapSockhash       = 18
	mapQueue          = 22
	mapStack          = 23
	mapCgroupStorage  = 19
	mapSockarray      = 20 // REUSEPORT_SOCKARRAY
	mapCgroupStorage2 = 21 // PERCPU_CGROUP_STORAGE
	mapSKStorage      = 24
	mapDevmapHash     = 25
	mapStructOps      = 26
	mapRingbuf        = 27
	mapInodeStorage   = 28
	mapTaskStorage    = 29
	mapBloomFilter    = 30
	mapUserRingbuf    = 31
	mapCgrpStorage    = 32
	mapArena          = 33
	mapInsnArray      = 34
)

// Helpers that turn the address of a per-CPU variable into that of one CPU's
// copy (enum bpf_func_id).
const (
	helperPerCPUPtr  = 153
	helperThisCPUPtr = 154
)

// Flags of programs in include/uapi/linux/bpf.h; those of maps are in mapFlags.
const (
	flagSleepable = 1 << 4 // BPF_F_SLEEPABLE
	flagXDPFrags  = 1 << 5 // BPF_F_XDP_HAS_FRAGS
)

// Classes of instructions, the low bits of an opcode, and the opcodes that
// plans look for (include/uapi/linux/bpf_common.h and bpf.h).
const (
	opMode     = 0xe0
	modeMem    = 0x60
	modeAtomic = 0xc0
	opClass    = 0x07
	classLD    = 0x00
	classLDX   = 0x01
	classST    = 0x02
	classSTX   = 0x03
	classALU   = 0x04
	classJMP   = 0x05
	classJMP32 = 0x06
	classALU64 = 0x07

	opAddImm = 0x07 // ALU64 | ADD | K
	opSubImm = 0x17 // ALU64 | SUB | K
	opMovReg = 0xbf // ALU64 | MOV | X
	opJa     = 0x05 // JMP | JA
	opGotol  = 0x06 // JMP32 | JA
	opJeqImm = 0x15 // JMP | JEQ | K
	opJneImm = 0x55 // JMP | JNE | K
	opExit   = 0x95 // JMP | EXIT
	opGotoX  = 0x0d // JMP | JA | X

	opSourceX  = 0x08 // BPF_X: the last operand is a register
	opAtomic32 = 0xc3 // STX | ATOMIC | W
	opAtomic64 = 0xdb // STX | ATOMIC | DW
)

// Operations of atomic stores, in the immediate (include/uapi/linux/bpf.h).
const (
	atomicFetch        = 0x01 // BPF_FETCH, a flag of those with an operator of ALU
	atomicXchg         = 0xe1 // BPF_XCHG
	atomicCmpXchg      = 0xf1 // BPF_CMPXCHG
	atomicLoadAcquire  = 0x100
	atomicStoreRelease = 0x110
)

// insnBytes is the size of an instruction slot in bytes.
const insnBytes = 8

// relBytes is the size of an entry of SHT_REL.
const relBytes = 16

// The registers r1 to r5 pass arguments, and a call clobbers them with r0; r10
// is the frame pointer.
const (
	regFirstArg   = 1
	regLastArg    = 5
	regsClobbered = 0x3f
	regFrame      = 10
)

// nameOf is entry n of a table of enumerators, "" beyond its end.
func nameOf(table []string, n uint32) string {
	if uint64(n) < uint64(len(table)) {
		return table[n]
	}
	return ""
}

// helpers are the enumerators of bpf_func_id without BPF_FUNC_, by number, as of
// 7.3 (include/uapi/linux/bpf.h, __BPF_FUNC_MAPPER). New helpers are not added
// any more: what came after the last are kfuncs.
var helpers = [...]string{
	"unspec", "map_lookup_elem", "map_update_elem", "map_delete_elem", "probe_read", "ktime_get_ns", "trace_printk",
	"get_prandom_u32", "get_smp_processor_id", "skb_store_bytes", "l3_csum_replace", "l4_csum_replace", "tail_call",
	"clone_redirect", "get_current_pid_tgid", "get_current_uid_gid", "get_current_comm", "get_cgroup_classid",
	"skb_vlan_push", "skb_vlan_pop", "skb_get_tunnel_key", "skb_set_tunnel_key", "perf_event_read", "redirect",
	"get_route_realm", "perf_event_output", "skb_load_bytes", "get_stackid", "csum_diff", "skb_get_tunnel_opt",
	"skb_set_tunnel_opt", "skb_change_proto", "skb_change_type", "skb_under_cgroup", "get_hash_recalc",
	"get_current_task", "probe_write_user", "current_task_under_cgroup", "skb_change_tail", "skb_pull_data",
	"csum_update", "set_hash_invalid", "get_numa_node_id", "skb_change_head", "xdp_adjust_head", "probe_read_str",
	"get_socket_cookie", "get_socket_uid", "set_hash", "setsockopt", "skb_adjust_room", "redirect_map",
	"sk_redirect_map", "sock_map_update", "xdp_adjust_meta", "perf_event_read_value", "perf_prog_read_value",
	"getsockopt", "override_return", "sock_ops_cb_flags_set", "msg_redirect_map", "msg_apply_bytes",
	"msg_cork_bytes", "msg_pull_data", "bind", "xdp_adjust_tail", "skb_get_xfrm_state", "get_stack",
	"skb_load_bytes_relative", "fib_lookup", "sock_hash_update", "msg_redirect_hash", "sk_redirect_hash",
	"lwt_push_encap", "lwt_seg6_store_bytes", "lwt_seg6_adjust_srh", "lwt_seg6_action", "rc_repeat", "rc_keydown",
	"skb_cgroup_id", "get_current_cgroup_id", "get_local_storage", "sk_select_reuseport", "skb_ancestor_cgroup_id",
	"sk_lookup_tcp", "sk_lookup_udp", "sk_release", "map_push_elem", "map_pop_elem", "map_peek_elem",
	"msg_push_data", "msg_pop_data", "rc_pointer_rel", "spin_lock", "spin_unlock", "sk_fullsock", "tcp_sock",
	"skb_ecn_set_ce", "get_listener_sock", "skc_lookup_tcp", "tcp_check_syncookie", "sysctl_get_name",
	"sysctl_get_current_value", "sysctl_get_new_value", "sysctl_set_new_value", "strtol", "strtoul",
	"sk_storage_get", "sk_storage_delete", "send_signal", "tcp_gen_syncookie", "skb_output", "probe_read_user",
	"probe_read_kernel", "probe_read_user_str", "probe_read_kernel_str", "tcp_send_ack", "send_signal_thread",
	"jiffies64", "read_branch_records", "get_ns_current_pid_tgid", "xdp_output", "get_netns_cookie",
	"get_current_ancestor_cgroup_id", "sk_assign", "ktime_get_boot_ns", "seq_printf", "seq_write", "sk_cgroup_id",
	"sk_ancestor_cgroup_id", "ringbuf_output", "ringbuf_reserve", "ringbuf_submit", "ringbuf_discard",
	"ringbuf_query", "csum_level", "skc_to_tcp6_sock", "skc_to_tcp_sock", "skc_to_tcp_timewait_sock",
	"skc_to_tcp_request_sock", "skc_to_udp6_sock", "get_task_stack", "load_hdr_opt", "store_hdr_opt",
	"reserve_hdr_opt", "inode_storage_get", "inode_storage_delete", "d_path", "copy_from_user", "snprintf_btf",
	"seq_printf_btf", "skb_cgroup_classid", "redirect_neigh", "per_cpu_ptr", "this_cpu_ptr", "redirect_peer",
	"task_storage_get", "task_storage_delete", "get_current_task_btf", "bprm_opts_set", "ktime_get_coarse_ns",
	"ima_inode_hash", "sock_from_file", "check_mtu", "for_each_map_elem", "snprintf", "sys_bpf",
	"btf_find_by_name_kind", "sys_close", "timer_init", "timer_set_callback", "timer_start", "timer_cancel",
	"get_func_ip", "get_attach_cookie", "task_pt_regs", "get_branch_snapshot", "trace_vprintk", "skc_to_unix_sock",
	"kallsyms_lookup_name", "find_vma", "loop", "strncmp", "get_func_arg", "get_func_ret", "get_func_arg_cnt",
	"get_retval", "set_retval", "xdp_get_buff_len", "xdp_load_bytes", "xdp_store_bytes", "copy_from_user_task",
	"skb_set_tstamp", "ima_file_hash", "kptr_xchg", "map_lookup_percpu_elem", "skc_to_mptcp_sock",
	"dynptr_from_mem", "ringbuf_reserve_dynptr", "ringbuf_submit_dynptr", "ringbuf_discard_dynptr", "dynptr_read",
	"dynptr_write", "dynptr_data", "tcp_raw_gen_syncookie_ipv4", "tcp_raw_gen_syncookie_ipv6",
	"tcp_raw_check_syncookie_ipv4", "tcp_raw_check_syncookie_ipv6", "ktime_get_tai_ns", "user_ringbuf_drain",
	"cgrp_storage_get", "cgrp_storage_delete",
}
