package plan

// Libbpf is libbpf 1.8.
var Libbpf = &Loader{
	Name: "libbpf", Version: "1.8",
	Sections: libbpfSections, OptionalOff: true, ObjectWideExterns: true, ObjectWideMaps: true,
	FlavoredKfuncs: true, FlavoredStructOps: true, WeakIncompatibleKfuncAbsent: true,
	Object: ObjectPolicy{AllDatasecs: true, WholeBTF: true, VersionSize: true, RelocOffsets: true},
	StructOps: StructOpsPolicy{
		Sections:          []string{".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link"},
		OptionalFirstOnly: true, StrictRelocs: true, NamedTypes: true, PointerSlots: true, Autoload: true,
	},
	Attach:    AttachPolicy{Modules: true},
	Maps:      MapPolicy{RoundRingbuf: true, Arena: true, JumpTables: true, Definition: libbpfDefinition},
	Functions: FunctionPolicy{HiddenStatic: true, OptionalBTF: true, ExceptionCallbacks: true},
	Open:      checkLibbpfELF,
	Externs: ExternPolicy{
		Strict: true, LLVMSuffix: true, TypedSymbols: true, WeakNeedsBTF: true, UnameVersion: true,
		ConfigToEnd: true, WeakVirtual: true,
		Virtual: []VirtualExtern{
			{Name: "LINUX_KERNEL_VERSION", Fit: libbpfVersionFit, Version: true},
			{Name: "LINUX_HAS_BPF_COOKIE", Fit: libbpfFlagFit},
			{Name: "LINUX_HAS_SYSCALL_WRAPPER", Fit: libbpfFlagFit},
		},
		KconfigType: libbpfKconfigType, KconfigValue: libbpfKconfigValue,
	},
	CORE:          libbpfCORE,
	EssentialName: libbpfEssentialName, TypesCompatible: libbpfTypesCompatible,
}
