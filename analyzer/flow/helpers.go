package flow

// retKind says what the verifier knows of a helper's result.
type retKind uint8

const (
	retScalar   retKind = iota // a number, or an address or null, of which nothing is known
	retNotNull                 // an address
	retMapValue                // the address of a map's value, or null
	retLength                  // up to the size of the memory, or an error (do_refine_retval_range)
	retCPU                     // a number below that of the CPUs (do_refine_retval_range)
	retUnknown                 // it is not known here what
)

// helper says what a helper does to memory and what it returns. Registers are
// numbered as in the instruction set; 0 is none.
type helper struct {
	out   uint8 // register with the memory that it writes
	size  uint8 // register with that memory's size
	bytes uint8 // that size, without size
	reads uint8 // set of registers with memory that it only reads
	ret   retKind
}

// maxHelper is the last helper that the table knows (6.12: bpf_cgrp_storage_delete).
const maxHelper = 211

// helperOf describes a helper by its number (include/uapi/linux/bpf.h,
// ___BPF_FUNC_MAPPER, and the bpf_func_proto of each). Of one that is not
// listed, every argument that points to a stack may be written.
func helperOf(id int32) helper {
	const r1, r2, r3, r4 = 1 << 1, 1 << 2, 1 << 3, 1 << 4
	switch id {
	case 1: // map_lookup_elem
		return helper{reads: r2, ret: retMapValue}
	case 195: // map_lookup_percpu_elem
		return helper{reads: r2, ret: retMapValue}
	case 107, 156, 145, 210: // sk, task, inode, cgrp _storage_get
		return helper{reads: r4, ret: retMapValue}
	case 2: // map_update_elem
		return helper{reads: r2 | r3}
	case 3: // map_delete_elem
		return helper{reads: r2}
	case 6: // trace_printk
		return helper{reads: r1}
	case 25: // perf_event_output
		return helper{reads: r4}
	case 130: // ringbuf_output
		return helper{reads: r2}
	case 9, 189, 190: // skb_store_bytes; xdp_load_bytes, xdp_store_bytes
		if id == 189 {
			return helper{out: 3, size: 4}
		}
		return helper{reads: r3}
	case 36: // probe_write_user
		return helper{reads: r2}
	case 49: // setsockopt
		return helper{reads: r4}
	case 84, 85, 99: // sk_lookup_tcp, sk_lookup_udp, skc_lookup_tcp
		return helper{reads: r2}
	case 87: // map_push_elem
		return helper{reads: r2}
	case 182: // strncmp
		return helper{reads: r1}
	case 4, 112, 113: // probe_read, probe_read_user, probe_read_kernel
		return helper{out: 1, size: 2}
	case 45, 114, 115: // probe_read_str, probe_read_user_str, probe_read_kernel_str
		return helper{out: 1, size: 2, ret: retLength}
	case 16, 148: // get_current_comm, copy_from_user
		return helper{out: 1, size: 2}
	case 26, 68, 120: // skb_load_bytes, skb_load_bytes_relative, get_ns_current_pid_tgid
		return helper{out: 3, size: 4}
	case 67: // get_stack
		return helper{out: 2, size: 3, ret: retLength}
	case 141: // get_task_stack
		return helper{out: 2, size: 3, ret: retLength}
	case 55: // perf_event_read_value
		return helper{out: 3, size: 4}
	case 56, 101, 102, 103: // perf_prog_read_value, sysctl_get_name, _current_value, _new_value
		return helper{out: 2, size: 3}
	case 105, 106: // strtol, strtoul
		return helper{out: 4, bytes: 8, reads: r1}
	case 104: // sysctl_set_new_value
		return helper{reads: r2}
	case 147: // d_path
		return helper{out: 2, size: 3}
	case 183: // get_func_arg
		return helper{out: 3, bytes: 8}
	case 184: // get_func_ret
		return helper{out: 2, bytes: 8}
	case 8: // get_smp_processor_id
		return helper{ret: retCPU}
	case 81, 154, 158, 175: // get_local_storage, this_cpu_ptr, get_current_task_btf, task_pt_regs
		return helper{ret: retNotNull}
	}
	if id <= 0 || id > maxHelper {
		return helper{ret: retUnknown}
	}
	return helper{}
}
