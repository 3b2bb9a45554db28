package plan

// Libbpf is libbpf 1.8.
var Libbpf = &Loader{
	Name: "libbpf", Version: "1.8",
	OptionalOff: true, ObjectWideExterns: true, ObjectWideMaps: true,
	FlavoredKfuncs: true, FlavoredStructOps: true, WeakIncompatibleKfuncAbsent: true,
}
