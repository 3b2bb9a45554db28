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
	mapArray          = 2
	mapProgArray      = 3
	mapPerfEventArray = 4
	mapPercpuArray    = 6
	mapStackTrace     = 7
	mapCgroupArray    = 8
	mapLPMTrie        = 11
	mapArrayOfMaps    = 12
	mapHashOfMaps     = 13
	mapDevmap         = 14
	mapSockmap        = 15
	mapCPUMap         = 16
	mapXSKMap         = 17
	mapQueue          = 22
	mapStack          = 23
	mapSKStorage      = 24
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

// Flags of programs and maps in include/uapi/linux/bpf.h.
const (
	flagSleepable  = 1 << 4  // BPF_F_SLEEPABLE, of a program
	flagXDPFrags   = 1 << 5  // BPF_F_XDP_HAS_FRAGS, of a program
	flagNoPrealloc = 1 << 0  // BPF_F_NO_PREALLOC, of a map
	flagMmapable   = 1 << 10 // BPF_F_MMAPABLE, of a map
)

// Classes of instructions, the low bits of an opcode, and the opcodes that
// plans look for (include/uapi/linux/bpf_common.h and bpf.h).
const (
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
)

// insnBytes is the size of an instruction slot in bytes.
const insnBytes = 8

// The registers r1 to r5 pass arguments, and a call clobbers them with r0.
const (
	regFirstArg   = 1
	regLastArg    = 5
	regsClobbered = 0x3f
)

// nameOf is entry n of a table of enumerators, "" beyond its end.
func nameOf(table []string, n uint32) string {
	if uint64(n) < uint64(len(table)) {
		return table[n]
	}
	return ""
}
