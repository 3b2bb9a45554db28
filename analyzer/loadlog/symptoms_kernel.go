package loadlog

// kernelSymptoms are what the kernel says of what loaders and kernels decide, which
// btflint checks before the load (kernel/bpf/verifier.c unless a row names another
// file; forms from 5.10 to 7.3).
var kernelSymptoms = []Symptom{
	{
		Name: "core-poisoned", Source: Kernel, Weight: Decisive,
		// libbpf src/relo_core.c, bpf_core_poison_insn: 195896080 is 0xbad2310
		Lines: []string{"invalid func unknown#195896080", "call unknown#195896080", "<invalid CO-RE relocation>", "frame pointer is read only"},
		Means: "a CO-RE relocation did not resolve, and the verifier got to its instruction, which the loader had made invalid on purpose (0xbad2310 is 195896080)",
		Fix:   "guard it with bpf_core_field_exists, bpf_core_type_exists or bpf_core_enum_value_exists; a check of the object names the relocation and its line",
		Rules: []string{"core-field-missing", "core-type-missing", "core-enumerator-missing", "core-field-incompatible"},
	},
	{
		Name: "kfunc-poisoned", Source: Kernel, Weight: Decisive,
		// libbpf src/libbpf.c, POISON_CALL_KFUNC_BASE; the last digits number the kfunc
		Lines: []string{"invalid func unknown#2002", "call unknown#2002"},
		Means: "the kernel and its loaded modules do not have a weak kfunc, and the verifier got to a call of it (libbpf replaces such calls by helpers from 2002000000 on)",
		Fix:   "guard the call with bpf_ksym_exists, or load the module that has the kfunc",
		Rules: []string{"kfunc-missing", "kfunc-in-module"},
	},
	{
		Name: "map-poisoned", Source: Kernel, Weight: Decisive,
		// libbpf src/libbpf.c, POISON_LDIMM64_MAP_BASE
		Lines: []string{"invalid func unknown#2001", "call unknown#2001", "<invalid BPF map reference>", "BPF map '{map}' is referenced but wasn't created"},
		Means: "the program uses a map that was not created: it is switched off with bpf_map__set_autocreate, or optional",
		Fix:   "create the map, or guard its use with a constant that is false when the map is off",
	},
	{
		Name: "helper-unknown", Source: Kernel, Weight: Decisive,
		Lines: []string{"invalid func unknown#{helper}", "invalid func id {helper}"},
		Means: "the kernel has no helper number {helper}, and the verifier got to a call of it",
		Fix:   "guard the call with bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_...), or use a newer kernel",
		Rules: []string{"helper-unknown"},
	},
	{
		Name: "helper-not-allowed", Source: Kernel, Weight: Decisive,
		Lines: []string{"program of this type cannot use helper {helper}", "unknown func {helper}", "helper call is not allowed in probe", "The helper {helper} is not allowed: {why...}"},
		Means: "programs of this type may not call this helper on this kernel (before 6.8: or the kernel does not have it)",
		Fix:   "use another program type or helper; btflint knows which helpers a kernel has, not which program types may call them",
		Rules: []string{"helper-unknown"},
	},
	{
		Name: "helper-license", Source: Kernel, Weight: Decisive,
		Lines: []string{"cannot call GPL-restricted function from non-GPL compatible program", "cannot call GPL only function from proprietary program"},
		Means: "the helper is for programs with a GPL compatible license",
		Fix:   "say char LICENSE[] SEC(\"license\") = \"GPL\" if that is the license",
		Rules: []string{"license-refused"},
	},
	{
		Name: "kfunc-not-allowed", Source: Kernel, Weight: Decisive,
		Lines: []string{"calling kernel function {kfunc} is not allowed", "The kfunc {kfunc} is not allowed: {why...}", "kernel func {kfunc} is not allowed"},
		Means: "programs of this type, or at this attach point, may not call {kfunc} on this kernel",
		Fix:   "call it from a program type that its kfunc set is registered for",
		Rules: []string{"kfunc-context", "kfunc-not-registered"},
	},
	{
		Name: "kfunc-license", Source: Kernel, Weight: Decisive,
		Lines: []string{"cannot call kernel function from non-GPL compatible program"},
		Means: "kfuncs are for programs with a GPL compatible license",
		Fix:   "say char LICENSE[] SEC(\"license\") = \"GPL\" if that is the license",
		Rules: []string{"kfunc-license"},
	},
	{
		Name: "kfunc-sleepable", Source: Kernel, Weight: Decisive,
		Lines: []string{"program must be sleepable to call sleepable kfunc {kfunc}", "kernel func {kfunc} is sleepable within {why...}"},
		Means: "{kfunc} may sleep, and the program may not",
		Fix:   "use a sleepable section (\"lsm.s/\", \"fentry.s/\", \"iter.s/\", ...), or call it outside of RCU and locks",
		Rules: []string{"kfunc-sleepable"},
	},
	{
		Name: "kfunc-unsupported", Source: Kernel, Weight: Decisive,
		Lines: []string{"JIT does not support calling kernel function", "JIT is required for calling kernel function", "calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF", "too many different kernel function calls", "too many different module BTFs"},
		Means: "the kernel does not run kfunc calls, or not so many",
		Fix:   "enable the JIT (net.core.bpf_jit_enable=1), or use fewer kfuncs",
		Rules: []string{"kfunc-unsupported", "kfunc-limit"},
	},
	{
		Name: "kfunc-no-function", Source: Kernel, Weight: Decisive,
		Lines: []string{"kernel btf_id {id} is not a function", "kernel function btf_id {id} does not have a valid func_proto", "cannot find address for kernel function {kfunc}"},
		Means: "what the loader resolved a kfunc to is no function of the running kernel, or has no address",
		Fix:   "the object's BTF ids are of another kernel: load it with the loader, not from ids made at build time",
		Rules: []string{"kfunc-no-address", "kfunc-not-registered"},
	},
	{
		Name: "ksym-no-address", Source: Kernel, Weight: Decisive,
		Lines: []string{"ldimm64 failed to find the address for kernel symbol '{symbol}'.", "pseudo btf_id {id} in ldimm64 isn't KIND_VAR", "ldimm64 insn specifies invalid btf_id {id}."},
		Means: "a typed ksym does not lead to a variable of the running kernel",
		Fix:   "test its address (__weak), or use a typeless ksym",
		Rules: []string{"ksym-no-address"},
	},
	{
		Name: "callback-unsupported", Source: Kernel, Weight: Decisive,
		Lines: []string{"number of funcs in func_info doesn't match number of subprogs"},
		Means: "the object holds functions that the kernel does not see as such: it does not know callbacks (before 5.13), or a callback is not called",
		Fix:   "use a kernel from 5.13 on, or a loop instead of the callback",
		Rules: []string{"callback-unsupported"},
	},
	{
		Name: "callback-global", Source: Kernel, Weight: Decisive,
		Lines: []string{"callback function not static"},
		Means: "a callback is a global function",
		Fix:   "make it static",
		Rules: []string{"callback-global"},
	},
	{
		Name: "attach-target-unset", Source: Kernel, Weight: Decisive,
		Lines: []string{"Tracing programs must provide btf_id", "attach_prog_fd"},
		Means: "nothing says what the program attaches to",
		Fix:   "name the target in SEC(), or set it before the load",
		Rules: []string{"attach-target-unset"},
	},
	{
		Name: "attach-not-sleepable", Source: Kernel, Weight: Decisive,
		Lines: []string{"{target} is not sleepable"},
		Means: "a sleepable program may not attach to {target}: it is no system call, no function for error injection and no sleepable LSM hook",
		Fix:   "attach to another function, or make the program not sleepable",
		Rules: []string{"program-flags"},
	},
	{
		Name: "sleepable-type", Source: Kernel, Weight: Decisive,
		Lines: []string{"Only fentry/fexit/fmod_ret{what...} can be sleepable"},
		Means: "programs of this type cannot be sleepable on this kernel",
		Fix:   "use a section without \".s\"",
		Rules: []string{"program-flags"},
	},
	{
		Name: "attach-refused", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"{target} is not modifiable", "The address of function {target} cannot be found", "attach_btf_id {id} is not a function",
			"attach to unsupported member {member} of struct {type}", "Address of kernel func {target} cannot be found", "Attach to tracing program is not allowed",
			"Cannot recursively attach", "Attaching tracing programs to function '{target}' is rejected.", "Can't attach to {what...}",
		},
		Means: "the kernel does not let a program attach there",
		Fix:   "attach to another function or member",
		Rules: []string{"attach-symbol-missing", "struct-ops-callback-unsupported"},
	},
	{
		Name: "argument-missing", Source: Kernel, Weight: Decisive,
		Lines: []string{"func '{target}' doesn't have {n}-th argument"},
		Means: "the program reads argument {n}, counted from 0, of {target}, which has not so many in this kernel",
		Fix:   "declare the program with the parameters that the function has in this kernel",
		Rules: []string{"argument-missing"},
	},
	{
		Name: "struct-ops-type", Source: Kernel, Weight: Decisive,
		Lines: []string{"attach_btf_id {id} is not a supported struct", "struct_ops does not support ops {type}"},
		Means: "a struct_ops program was loaded for a type that is none of this kernel: no struct_ops map refers to it, or its type does not exist",
		Fix:   "set a member of a struct_ops map to it",
		Rules: []string{"struct-ops-program-unreferenced", "struct-ops-type-missing"},
	},
	{
		Name: "struct-ops-license", Source: Kernel, Weight: Decisive,
		Lines: []string{"struct ops programs must have a GPL compatible license"},
		Means: "struct_ops programs need a GPL compatible license",
		Fix:   "say char LICENSE[] SEC(\"license\") = \"GPL\" if that is the license",
		Rules: []string{"struct-ops-license"},
	},
	{
		Name: "lsm-license", Source: Kernel, Weight: Decisive,
		Lines: []string{"LSM programs must have a GPL compatible license"},
		Means: "LSM programs need a GPL compatible license",
		Fix:   "say char LICENSE[] SEC(\"license\") = \"GPL\" if that is the license",
		Rules: []string{"license-refused"},
	},
	{
		// Kernels before 5.15 look at the entry of every program as if it were a
		// global function, and go on.
		Name: "entry-prototype", Source: Kernel, Weight: Harmless,
		Lines: []string{"arg#{n} reference type('UNKNOWN ') size cannot be determined: {errno}", "Unrecognized arg#{n} type {type}", "arg#{n} type is not a struct"},
		Means: "the kernel looked at the program's own parameters and went on",
	},
	{
		Name: "global-function", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"Global function {func}() doesn't return scalar. Only those are supported.", "Arg#{n} type {type...} in {func}() is not supported yet.",
			"arg#{n} reference type('{type...}') size cannot be determined: {errno}", "Global function {func}() with {m} > {n} args{what...}",
			"Caller passes invalid args into func#{n} ('{func}')", "arg#{n} {why...} cannot be combined with any other tags",
		},
		Means: "the kernel verifies global functions by their prototypes alone, and this one does not tell enough",
		Fix:   "make the function static, or give it scalars, a context, or pointers to structs with a size as parameters, and an integer as result",
		Rules: []string{"global-func-prototype"},
	},
	{
		Name: "instruction-unsupported", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"unknown opcode {opcode}", "unrecognized bpf_ld_imm64 insn", "invalid may_goto off {n} imm {m}", "sign extending loads from arena are not supported yet", "BPF_ALU uses reserved fields", "BPF_LDX uses reserved fields", "BPF_STX uses reserved fields", "BPF_ST uses reserved fields",
			"BPF_CALL uses reserved fields", "BPF_END uses reserved fields", "BPF_MOV uses reserved fields", "BPF_JA uses reserved fields",
			"BPF_ATOMIC uses invalid atomic opcode {opcode}", "BPF_ATOMIC uses reserved fields", "BPF_XADD uses reserved fields",
		},
		Means: "the kernel does not know an instruction of the object, which is built for a newer cpu version (v4 needs 6.6, v3 5.1, atomics 5.12)",
		Fix:   "build with -mcpu=v3 or v2",
		Rules: []string{"instruction-unsupported", "callback-unsupported"},
	},
	{
		Name: "map-in-program", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"cannot pass map_type {type} into func {helper}", "sleepable progs cannot use bpf_spin_lock yet", "Sleepable programs can only use {what...}",
			"tracing progs cannot use bpf_{what} yet", "socket filter progs cannot use bpf_{what} yet", "offload device mismatch between prog and map",
		},
		Means: "the program may not use a map of this type in this way on this kernel",
		Fix:   "use another map type or helper",
	},
	{
		Name: "device-bound", Source: Kernel, Weight: Decisive,
		Lines: []string{"metadata kfuncs require device-bound program"},
		Means: "the application has to bind the program to a network device before the load",
		Fix:   "call bpf_program__set_ifindex and set BPF_F_XDP_DEV_BOUND_ONLY",
	},
	{
		Name: "func-info", Source: Kernel, Weight: Decisive,
		Lines: []string{"missing btf func_info", "same insn cannot be used with different pointers", "func_info_rec_size", "Invalid line_info"},
		Means: "the records of .BTF.ext do not go with the instructions",
		Fix:   "rebuild the object; do not link or strip it with tools that do not know BPF",
		Rules: []string{"btf-unreadable", "program-malformed"},
	},
}

// btfSymptoms are lines with which the kernel refuses BTF (kernel/bpf/btf.c,
// btf_verifier_log_type): "[12] STRUCT x size=8 vlen=1 Invalid name".
var btfSymptoms = []Symptom{
	{
		Name: "btf-refused", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"] FUNC {type} type_id={id} Invalid {why...}", "] {kind} {type...} Invalid name", "] {kind} {type...} Invalid member{why...}", "] {kind} {type...} Invalid vlen",
			"] {kind} {type...} Invalid type_id", "] {kind} {type...} Invalid btf_info{why...}", "] {kind} {type...} Unknown kind{why...}", "] {kind} {type...} vlen != 0",
			"] {kind} {type...} Invalid btf_info kind_flag", "] {kind} {type...} Invalid component_idx", "] {kind} {type...} Exceeds struct size", "] {kind} {type...} Invalid offset",
			"] {kind} {type...} Invalid section name",
		},
		Means: "the kernel refuses type {type} of the object's BTF",
		Fix:   "a check of the object names the type, why, and the loader for which it matters; libbpf cuts BTF down to what the kernel knows, others less",
		Rules: []string{"btf-refused"},
	},
	{
		Name: "btf-malformed", Source: Kernel, Weight: Decisive,
		Lines: []string{"Unsupported section found", "String section is not at the end", "Invalid kind:{kind}", "Total section length too long"},
		Means: "the kernel cannot read the object's BTF",
		Fix:   "rebuild the object; a kind of type that the kernel does not know needs an older compiler or a loader that rewrites it",
		Rules: []string{"btf-refused", "btf-unreadable"},
	},
}

// verifierSymptoms are what the verifier says of what a program does with memory,
// registers and time. No tool tells that without the verifier: btflint does not
// check it (kernel/bpf/verifier.c).
var verifierSymptoms = []Symptom{
	{
		Name: "maybe-null", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} invalid mem access '{type}_or_null'", "{reg} invalid mem access '{type}_or_null_'", "Possibly NULL pointer passed to {what...}"},
		Means: "a pointer that may be NULL is used without a test",
		Fix:   "test it right after the call that returned it: if (!p) return 0;",
	},
	{
		Name: "scalar-dereferenced", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} invalid mem access 'scalar'", "{reg} invalid mem access 'inv'", "{reg} is an integer scalar here, not a pointer to memory."},
		Means: "{reg} holds a number, not a pointer that the verifier trusts, and is dereferenced",
		Fix:   "read through bpf_probe_read_kernel or BPF_CORE_READ, or keep the pointer typed; a 0 that a missing ksym or a failed CO-RE guard left looks like this too",
	},
	{
		Name: "packet-bounds", Source: Kernel, Weight: Decisive,
		Lines: []string{"invalid access to packet, {what...}", "{reg} offset is outside of the packet"},
		Means: "the program reads the packet beyond what it compared with data_end",
		Fix:   "compare the pointer plus the size with data_end before the access, and keep the offset bounded",
	},
	{
		Name: "map-bounds", Source: Kernel, Weight: Decisive,
		Lines: []string{"invalid access to map value, {what...}", "invalid access to memory, {what...}", "{reg} min value is negative, either use unsigned", "makes map_value pointer be out of bounds", "map_value pointer offset {n} is not allowed", "{reg} min value is outside of the allowed memory range", "{reg} max value is outside of the allowed memory range", "{reg} unbounded memory access, {what...}", "{reg} is outside of the allowed memory range"},
		Means: "an index or offset may go beyond its memory",
		Fix:   "compare it with the size, as unsigned, in a way that the compiler keeps",
	},
	{
		Name: "context-access", Source: Kernel, Weight: Decisive,
		Lines: []string{"invalid bpf_context access off={offset} size={size}"},
		Means: "programs of this type may not access {size} bytes at offset {offset} of their context on this kernel",
		Fix:   "check the field's width and whether the kernel has it",
		Rules: []string{"argument-missing", "core-field-changed"},
	},
	{
		Name: "uninitialised", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} !read_ok", "invalid indirect read from stack{what...}", "invalid read from stack{what...}", "Unreadable register"},
		Means: "a register or stack slot is read that nothing was written to on this path",
		Fix:   "initialise the variable, padding included (memset)",
	},
	{
		Name: "too-complex", Source: Kernel, Weight: Decisive,
		Lines: []string{"BPF program is too large. Processed {n} insn", "The sequence of {n} jumps is too complex.", "BPF program is too large"},
		Means: "the verifier gave up: too many instructions or branches to follow",
		Fix:   "split the program (global functions, tail calls), bound loops, or use bpf_loop",
	},
	{
		Name: "endless-loop", Source: Kernel, Weight: Decisive,
		Lines: []string{"infinite loop detected at insn {insn}", "back-edge from insn {insn} to {target}", "loop detected"},
		Means: "a loop has no end that the verifier sees; before 5.3 none is allowed",
		Fix:   "give it a constant bound, or use bpf_loop, bpf_for or may_goto",
	},
	{
		Name: "stack-size", Source: Kernel, Weight: Decisive,
		Lines: []string{"combined stack size of {n} calls is {size}. Too large", "stack size {size} > 512", "invalid write to stack {what...}", "the call stack of {n} frames is too deep"},
		Means: "the program needs more than 512 bytes of stack, or too deep calls",
		Fix:   "move large variables to a per-CPU array",
	},
	{
		Name: "reference-leak", Source: Kernel, Weight: Decisive,
		Lines: []string{"Unreleased reference id={id} alloc_insn={insn}", "Leaking reference id={id} alloc_insn={insn}", "reference has not been acquired before", "tail_call would lead to reference leak", "BPF_EXIT instruction{what...} would lead to reference leak"},
		Means: "a reference that the program got is not released on every path",
		Fix:   "release it before every return",
	},
	{
		Name: "return-value", Source: Kernel, Weight: Decisive,
		Lines: []string{"At program exit the register R0 has {what...}", "At subprogram exit the register R0 {what...}", "At async callback return the register R0 {what...}", "At callback return the register R0 {what...}", "At async callback the register R0 {what...}", "At program exit the register R1 has {what...}"},
		Means: "the program returns a value that its type does not allow",
		Fix:   "return one of the allowed values on every path",
	},
	{
		Name: "stack-access", Source: Kernel, Weight: Decisive,
		Lines: []string{"misaligned stack access {what...}", "invalid indirect access to stack {what...}", "invalid variable-offset {what...}", "invalid unbounded variable-offset {what...}", "fp pointer offset {n} is not allowed"},
		Means: "the stack is accessed outside of the 512 bytes, not aligned, or at an offset that the verifier does not know",
		Fix:   "bound the index, and access whole, aligned variables",
	},
	{
		Name: "locks", Source: Kernel, Weight: Decisive,
		Lines: []string{"has no valid bpf_spin_lock", "bpf_spin_unlock of different lock", "function calls are not allowed while holding a lock", "{reg} must be held for {what}", "region to {what...} is missing", "cannot be used inside bpf_{what...} region", "bpf_preempt_enable is missing", "bpf_preempt_enable(s) are missing", "requires RCU critical section protection"},
		Means: "a lock, RCU, preemption or interrupt section is not held where it has to be, or held where it must not",
		Fix:   "pair the calls on every path, and call nothing but what is allowed in between",
	},
	{
		Name: "dynptr", Source: Kernel, Weight: Decisive,
		Lines: []string{"cannot overwrite referenced dynptr", "Expected an initialized dynptr as {what...}", "Dynptr has to be an uninitialized dynptr", "potential write to dynptr at {what...}", "Unsupported reg type {type} for bpf_dynptr_from_mem data", "cannot release unowned const bpf_dynptr"},
		Means: "a dynptr is used before it is initialised, twice, or after it was released",
		Fix:   "initialise it once, and release it on every path",
	},
	{
		Name: "read-only", Source: Kernel, Weight: Decisive,
		Lines: []string{"write into map forbidden, {what...}", "read from map forbidden, {what...}", "{reg} cannot write into {what}", "the prog does not allow writes to packet data", "helper access to the packet is not allowed", "{reg} stores into {what...} is not allowed", "only read is supported"},
		Means: "memory is written that the program may only read, or the other way round",
		Fix:   "copy it, or use a helper or map that allows it",
	},
	{
		Name: "sleepable-helper", Source: Kernel, Weight: Decisive,
		Lines: []string{"sleepable helper {helper} in {where...}", "helper call might sleep in {where...}"},
		Means: "a helper that may sleep is called where the program may not sleep",
		Fix:   "use a sleepable section (\".s\"), or call it outside of locks, RCU and interrupts-off sections",
	},
	{
		Name: "zero-size", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} invalid zero-sized read", "invalid zero-sized read"},
		Means: "a size that is 0, or may be, is passed to a helper that wants at least one byte",
		Fix:   "compare the size with 0 before",
	},
	{
		Name: "argument-type", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} type={type} expected={types...}", "arg#{n} {what...} expected {types...}", "{reg} must be {what...}", "arg#{n} is {what...}"},
		Means: "a call is given something else than the function wants",
		Fix:   "pass what its prototype says",
	},
	{
		Name: "pointer-arithmetic", Source: Kernel, Weight: Decisive,
		Lines: []string{"{reg} pointer arithmetic {what...}", "math between {what...}", "{reg} tried to {what...}", "{reg} bitwise operator {what...}", "dereference of modified ctx ptr {what...}"},
		Means: "arithmetic that the verifier does not allow on this kind of pointer",
		Fix:   "compute on integers, and add them to the pointer once",
	},
}

// vague are lines that say what failed and not why.
var vague = []Symptom{
	{
		Name: "program-refused", Source: Kernel, Weight: Vague,
		Lines: []string{
			"prog '{prog}': BPF program load failed: {errno...}", "prog '{prog}': failed to load: {errno...}", "program {prog}: load program: {errno...}",
			"load program: {errno...}", "load bpf program failed: {errno...}",
		},
		Means: "the kernel refused a program ({errno}) and, as far as this log goes, did not say why: without a word it does so for a program type, attach type, flag or license that it does not know or take",
		Fix:   "ask for the whole log (libbpf: kernel_log_level; cilium/ebpf: print the error with %+v), or check the object",
		Rules: []string{"prog-type-unsupported", "attach-type-unsupported", "program-flags", "license-refused"},
	},
	{
		Name: "object-refused", Source: Libbpf, Weight: Vague,
		Lines: []string{"failed to load object '{object}'", "failed to load BPF skeleton '{object}': {errno...}", "failed to open object {what...}"},
		Means: "the object did not load; the reason is not in this log",
		Fix:   "libbpf prints it as warnings: set libbpf_set_print, or run `bpftool -d prog loadall`",
	},
}
