package flow

import "github.com/btflint/btflint/analyzer/bpfobj"

// retKind says what the verifier knows of a helper's result.
type retKind uint8

const (
	retScalar   retKind = iota // a number, or an address or null, of which nothing is known
	retNotNull                 // an address
	retMapValue                // the address of a map's value, or null
	retLength                  // up to the size of the memory, or an error (do_refine_retval_range)
	retPair                    // two numbers of 32 bits of which nothing is known
	retCPU                     // a number below that of the CPUs (do_refine_retval_range)
	retUnknown                 // it is not known here what
)

// helper says what a helper does to memory and what it returns. Registers are
// numbered as in the instruction set; 0 is none.
type helper struct {
	out    uint8 // register with the memory that it writes
	size   uint8 // register with that memory's size
	bytes  uint8 // that size, without size
	reads  uint8 // set of registers with memory that it only reads
	unused uint8 // number of argument registers that it does not take, the last ones
	ret    retKind
}

// argsOf is the set of the argument registers that a call may take.
func argsOf(insn bpfobj.Insn, ref *bpfobj.Ref) uint16 {
	if !insn.IsHelperCall() || ref != nil && ref.Extern != nil {
		return argRegs
	}
	return argRegs >> helperOf(insn.Imm).unused & argRegs
}

// Sets of argument registers.
const (
	inR1 = 1 << 1
	inR2 = 1 << 2
	inR3 = 1 << 3
	inR4 = 1 << 4
)

// helpers describes the helpers by number (include/uapi/linux/bpf.h,
// ___BPF_FUNC_MAPPER, and the bpf_func_proto of each). Of one that is not
// listed but below the last, every argument that points to a stack may be
// written, and the result is of kind retScalar.
var helpers = [...]helper{
	1:   {reads: inR2, ret: retMapValue, unused: 3},   // map_lookup_elem
	2:   {reads: inR2 | inR3, unused: 1},              // map_update_elem
	3:   {reads: inR2, unused: 3},                     // map_delete_elem
	4:   {out: 1, size: 2, unused: 2},                 // probe_read
	5:   {unused: 5},                                  // ktime_get_ns
	6:   {reads: inR1},                                // trace_printk
	7:   {unused: 5},                                  // get_prandom_u32
	8:   {ret: retCPU, unused: 5},                     // get_smp_processor_id
	9:   {reads: inR3},                                // skb_store_bytes
	14:  {ret: retPair, unused: 5},                    // get_current_pid_tgid
	15:  {ret: retPair, unused: 5},                    // get_current_uid_gid
	16:  {out: 1, size: 2, unused: 3},                 // get_current_comm
	25:  {reads: inR4},                                // perf_event_output
	26:  {out: 3, size: 4, unused: 1},                 // skb_load_bytes
	35:  {unused: 5},                                  // get_current_task
	36:  {reads: inR2, unused: 2},                     // probe_write_user
	45:  {out: 1, size: 2, ret: retLength, unused: 2}, // probe_read_str
	49:  {reads: inR4},                                // setsockopt
	55:  {out: 3, size: 4, unused: 1},                 // perf_event_read_value
	56:  {out: 2, size: 3, unused: 2},                 // perf_prog_read_value
	67:  {out: 2, size: 3, ret: retLength, unused: 1}, // get_stack
	68:  {out: 3, size: 4},                            // skb_load_bytes_relative
	80:  {unused: 5},                                  // get_current_cgroup_id
	81:  {ret: retNotNull, unused: 3},                 // get_local_storage
	84:  {reads: inR2},                                // sk_lookup_tcp
	85:  {reads: inR2},                                // sk_lookup_udp
	87:  {reads: inR2, unused: 2},                     // map_push_elem
	99:  {reads: inR2},                                // skc_lookup_tcp
	101: {out: 2, size: 3, unused: 1},                 // sysctl_get_name
	102: {out: 2, size: 3, unused: 2},                 // sysctl_get_current_value
	103: {out: 2, size: 3, unused: 2},                 // sysctl_get_new_value
	104: {reads: inR2, unused: 2},                     // sysctl_set_new_value
	105: {out: 4, bytes: 8, reads: inR1, unused: 1},   // strtol
	106: {out: 4, bytes: 8, reads: inR1, unused: 1},   // strtoul
	107: {reads: inR3, ret: retMapValue, unused: 1},   // sk_storage_get
	112: {out: 1, size: 2, unused: 2},                 // probe_read_user
	113: {out: 1, size: 2, unused: 2},                 // probe_read_kernel
	114: {out: 1, size: 2, ret: retLength, unused: 2}, // probe_read_user_str
	115: {out: 1, size: 2, ret: retLength, unused: 2}, // probe_read_kernel_str
	120: {out: 3, size: 4, unused: 1},                 // get_ns_current_pid_tgid
	125: {unused: 5},                                  // ktime_get_boot_ns
	130: {reads: inR2, unused: 1},                     // ringbuf_output
	131: {unused: 2},                                  // ringbuf_reserve
	132: {unused: 3},                                  // ringbuf_submit
	133: {unused: 3},                                  // ringbuf_discard
	141: {out: 2, size: 3, ret: retLength, unused: 1}, // get_task_stack
	145: {reads: inR3, ret: retMapValue, unused: 1},   // inode_storage_get
	147: {out: 2, size: 3, unused: 2},                 // d_path
	148: {out: 1, size: 2, unused: 2},                 // copy_from_user
	154: {ret: retNotNull, unused: 4},                 // this_cpu_ptr
	156: {reads: inR3, ret: retMapValue, unused: 1},   // task_storage_get
	158: {ret: retNotNull, unused: 5},                 // get_current_task_btf
	175: {ret: retNotNull, unused: 4},                 // task_pt_regs
	182: {reads: inR1, unused: 2},                     // strncmp
	183: {out: 3, bytes: 8, unused: 2},                // get_func_arg
	184: {out: 2, bytes: 8, unused: 3},                // get_func_ret
	189: {out: 3, size: 4, unused: 1},                 // xdp_load_bytes
	190: {reads: inR3, unused: 1},                     // xdp_store_bytes
	195: {reads: inR2, ret: retMapValue, unused: 2},   // map_lookup_percpu_elem
	210: {reads: inR3, ret: retMapValue, unused: 1},   // cgrp_storage_get
	211: {unused: 3},                                  // cgrp_storage_delete
}

// callback says how a helper calls back. Registers are numbered as in helper.
type callback struct {
	argument uint8 // register with the function
	context  uint8 // register with what the function gets
	receives uint8 // register in which it gets that
	numbers  bool  // it gets numbers before that, else addresses
}

// callbackOf describes the callback of a helper that calls a function before it
// returns (verifier.c, set_loop_callback_state and so on); the zero callback if
// it has none.
func callbackOf(insn bpfobj.Insn) callback {
	if !insn.IsHelperCall() {
		return callback{}
	}
	switch insn.Imm {
	case 164: // for_each_map_elem
		return callback{argument: 2, context: 3, receives: 4}
	case 180: // find_vma
		return callback{argument: 3, context: 4, receives: 3}
	case helperLoop:
		return callback{argument: 2, context: 3, receives: 2, numbers: true}
	case 209: // user_ringbuf_drain
		return callback{argument: 2, context: 3, receives: 2}
	}
	return callback{}
}

// helperOf describes a helper.
func helperOf(id int32) helper {
	if id <= 0 || int(id) >= len(helpers) {
		return helper{ret: retUnknown}
	}
	return helpers[id]
}
