package plan

// libbpfVersions are the minor versions of libbpf before 1.8, each as its last
// bug fix release behaves. The differences are those of src/libbpf.c between
// the tags of github.com/libbpf/libbpf; names are those of functions there.
//
// Not told apart are: the stage at which a foreign byte order is refused (open
// until 1.4, load since), programs of struct_ops that nothing refers to (until
// 1.3 the kernel refuses them), unresolved weak kfuncs (until 1.1 a call of the
// kfunc with the id 0, which kernels before 5.16 refuse in dead code too), and
// the address of a kfunc of a module (until 1.1 that of vmlinux).
var libbpfVersions = []olderVersion{
	// v1.7.0: section_defs.
	{"1.7", func(l *Loader) {
		l.Sections = without(
			l.Sections, "tracepoint.s", "tp.s", "raw_tracepoint.s", "raw_tp.s", "tp_btf.s", "fsession.multi", "fsession.multi.s",
			"fentry.multi", "fexit.multi", "fentry.multi.s", "fexit.multi.s",
		)
	}},
	// v1.6.3: section_defs; bpf_program__record_reloc and create_jt_map, which
	// came with 1.7; find_struct_ops_kern_types, which looks for the type first.
	{"1.6", func(l *Loader) {
		l.Sections = without(l.Sections, "fsession", "fsession.s")
		l.Maps.JumpTables = false
		l.StructOps.TypeFirst = true
	}},
	// v1.5.1: section_defs.
	{"1.5", func(l *Loader) { l.Sections = without(l.Sections, "uprobe.session", "uprobe.session.s") }},
	// v1.4.7: section_defs; kallsyms_cb without ".llvm."; find_kernel_btf_id
	// without "module:function".
	{"1.4", func(l *Loader) {
		l.Sections = without(l.Sections, "kprobe.session")
		l.Externs.LLVMSuffix = false
		l.Attach.Modules = false
	}},
	// v1.3.2: section_defs; bpf_object__elf_collect knows no "?" of struct_ops
	// sections and no ".addr_space.1"; bpf_map__init_kern_struct_ops refuses
	// members that the kernel lacks, and takes programs from relocations, not
	// from the content; find_struct_ops_kern_types strips no flavor and looks at
	// vmlinux alone; there is no bpf_object_adjust_struct_ops_autoload and no
	// bpf_program_fixup_func_info.
	{"1.3", func(l *Loader) {
		l.Sections = without(l.Sections, "sk_skb/verdict")
		l.FlavoredStructOps = false
		l.StructOps.Sections = []string{".struct_ops", ".struct_ops.link"}
		l.StructOps.OptionalFirstOnly, l.StructOps.Autoload = false, false
		l.StructOps.MissingRefused, l.StructOps.PointersIgnored = true, true
		l.StructOps.VmlinuxOnly, l.StructOps.TypeFirst = true, false
		l.Words.ClearMember, l.Words.ClearData = "leave member %[2]s of %[1]s out", "leave member %[2]s of %[1]s out"
		l.Words.SwitchOpsOff = "keep %[1]s in an object of its own"
		l.Maps.Arena = false
		l.Functions.ContextTags = false
	}},
	// v1.2.2: section_defs; bpf_object__collect_externs strips no flavor;
	// bpf_object__resolve_ksym_func_btf_id refuses weak kfuncs that do not fit;
	// no exception callbacks.
	{"1.2", func(l *Loader) {
		l.Sections = without(
			l.Sections, "uprobe.multi", "uretprobe.multi", "uprobe.multi.s", "uretprobe.multi.s", "usdt.s", "tc/ingress", "tc/egress",
			"tcx/ingress", "tcx/egress", "netkit/primary", "netkit/peer", "cgroup/connect_unix", "cgroup/sendmsg_unix",
			"cgroup/recvmsg_unix", "cgroup/getpeername_unix", "cgroup/getsockname_unix", "netfilter",
		)
		l.FlavoredKfuncs, l.WeakIncompatibleKfuncAbsent = false, false
		l.Functions.ExceptionCallbacks = false
	}},
	// v1.1.2: section_defs; bpf_object__elf_collect without ".struct_ops.link".
	{"1.1", func(l *Loader) {
		l.Sections = without(l.Sections, "struct_ops.s")
		l.StructOps.Sections = []string{".struct_ops"}
	}},
	// v1.0.1: bpf_object__elf_collect without ".bss.NAME".
	{"1.0", func(l *Loader) { l.Object.PlainBss = true }},
}
