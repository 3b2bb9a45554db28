package loadlog

// tables are all symptoms in the order in which they are tried: what a loader says
// names things better than what the kernel says, and a vague line is the last to be
// recognised. Each row's forms are from the source of its table.
func tables() [][]Symptom {
	return [][]Symptom{permissions, libbpfSymptoms, ciliumSymptoms, ayaSymptoms, kernelSymptoms, btfSymptoms, verifierSymptoms, vague}
}

// permissions are refusals that no object is the reason of.
var permissions = []Symptom{
	{
		Name: "not-permitted", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"failed to load: -EPERM", "failed to create: -EPERM", "failed to load: -1", "failed: Operation not permitted",
			"load program: operation not permitted", "map create: operation not permitted",
			"creating map: operation not permitted", "Operation not permitted(-1)", "MEMLOCK may be too low",
			"permission error while running as root",
		},
		Means: "the kernel refuses the process, not the object: it lacks CAP_BPF, CAP_PERFMON or CAP_SYS_ADMIN, a lockdown or a security module forbids it, or, before 5.11, RLIMIT_MEMLOCK is too low",
		Fix:   "run as root or with the capabilities, and raise RLIMIT_MEMLOCK before 5.11",
	},
	{
		Name: "kernel-btf-absent", Source: Kernel, Weight: Decisive,
		Lines: []string{
			"failed to find valid kernel BTF", "kernel BTF is missing at {path...}, was CONFIG_DEBUG_INFO_BTF enabled?",
			"Error loading vmlinux BTF: {error...}", "vmlinux BTF is not found", "no BTF found for kernel version {release}",
			"btf_vmlinux is malformed", "load kernel spec: {error...}",
		},
		Means: "the kernel was built without CONFIG_DEBUG_INFO_BTF, or its BTF cannot be read: without its types nothing of CO-RE, fentry, kfuncs and struct_ops can be resolved",
		Fix:   "use a kernel with BTF, or give the loader a BTF file of this kernel (btfhub has those of many distributions)",
		Rules: []string{"core-type-missing", "attach-target-missing"},
	},
}
