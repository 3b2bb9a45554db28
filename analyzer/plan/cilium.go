package plan

// Cilium is cilium/ebpf v0.22.0.
var Cilium = &Loader{
	Name: "cilium", Version: "0.22.0",
	Sections: ciliumSections, PrefixSections: true, SkipUnknownSections: true, DuplicateIsError: true,
	Object: ObjectPolicy{SymbolsInSection: true, DataVariables: true},
	StructOps: StructOpsPolicy{
		Sections: []string{".struct_ops.link"}, Refused: []string{".struct_ops"},
		DataByName: true, ByName: true, NestedZero: true, EnumsEqual: true, UpdateAtLoad: true,
	},
	Attach: AttachPolicy{NoLookup: []string{"BPF_LSM_CGROUP", "BPF_TRACE_FSESSION"}},
	Maps:   MapPolicy{FixSizes: true, PinPath: true, LegacyTail: true, SkipIdleData: true, Definition: ciliumDefinition},
	Open:   checkCiliumELF,
	Externs: ExternPolicy{
		VoidOnly: true, NoWeakKconfig: true, SameAddressAmbiguous: true, HiddenRefused: true, AddressIsID: true, FDPerCall: true,
		Virtual: []VirtualExtern{
			{Name: "LINUX_KERNEL_VERSION", Fit: ciliumVersionFit, Version: true},
			{Name: "LINUX_HAS_SYSCALL_WRAPPER", Fit: ciliumIntFit},
		},
		KconfigType: ciliumKconfigType, KconfigValue: ciliumKconfigValue,
	},
	CORE:          ciliumCORE,
	EssentialName: ciliumEssentialName, TypesCompatible: ciliumTypesCompatible,
}
