package plan

import "github.com/btflint/btflint/analyzer/btfgraph"

// Lskel is a light skeleton: a program of type SYSCALL that creates the maps
// and loads the programs on the target, in the place of libbpf, whose generator
// wrote it on another machine ("bpftool gen skeleton -L"; libbpf 1.8,
// gen_loader.c). The generator opens the object as libbpf does, so that all
// that concerns its form is libbpf's.
//
// An object that was read from a light skeleton ([lskel.Of]) is loaded by
// itself and no other loader. For an ELF object the plan is that of the
// skeleton that is made of it, [Plan.Generation] what the generator fails of.
var Lskel = lightSkeleton()

// lightSkeleton is libbpf with what the loader program does otherwise.
func lightSkeleton() *Loader {
	l := *Libbpf
	l.Name, l.Version, l.Skeleton, l.older = "lskel", "1.8", true, nil
	// emit_relo_kfunc_btf and emit_relo_ksym_btf look up the name as it stands
	// and take what they find, whatever its type.
	l.FlavoredKfuncs, l.WeakIncompatibleKfuncAbsent = false, false
	l.TypesCompatible = func(btfgraph.Graph, btfgraph.ID, btfgraph.Graph, btfgraph.ID) string { return "" }
	// They are recorded with the programs that are loaded (bpf_gen__record_extern).
	l.ObjectWideExterns = false
	l.Externs.LLVMSuffix, l.Externs.TypedSymbols, l.Externs.WeakNeedsBTF = false, false, false
	// emit_relo_ksym_typeless goes on after -ENOENT.
	l.Externs.AbsentSymbolZero = true
	// bpf_object__resolve_externs runs where the skeleton is generated.
	l.Externs.BuildHost = true
	// bpf_gen__record_attach_target hands "module:function" over as it is.
	l.Attach.Modules = false
	// bpf_gen__load_btf and bpf_gen__map_create give up if the kernel refuses
	// BTF, which nobody has sanitised; nobody gives an arena its address.
	l.Functions.OptionalBTF, l.Functions.ContextTags = false, false
	l.Maps.Arena, l.Maps.InnerNeeded, l.Maps.OnlyEntries = false, true, true
	l.CORE = kernelCORE
	l.Words = Words{
		SwitchOff:    "SEC(\"?%[2]s\") before the skeleton is generated",
		SwitchMapOff: "keep map %[1]s in an object of its own",
		SwitchOpsOff: "keep %[1]s in an object for another loader",
		ClearMember:  "leave member %[2]s of %[1]s out",
		ClearData:    "leave member %[2]s of %[1]s out",
		SetTarget:    "name the target in SEC() before the skeleton is generated",
		SetAttribute: "skel->maps.%[1]s.%[2]s = N",
	}
	return &l
}
