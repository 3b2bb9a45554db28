package plan

// Cilium is cilium/ebpf v0.22.0.
var Cilium = &Loader{
	Name: "cilium", Version: "0.22.0",
	PrefixSections: true, SkipUnknownSections: true, DuplicateIsError: true,
}
