package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// fixedNames are types of the kernel that every plan asks for.
var fixedNames = [...]string{
	"bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_func_id", "bpf_ctx_convert",
	// What tells how the kernel verifies global functions.
	"bpf_func_info_aux", "btf_arg_tag", "check_mem_reg", "subprog_returns_void", stackArgs,
	// What tells which programs may sleep, have fragments, throw.
	"bpf_prog_aux", "bpf_check", "bpf_prog_array_free_sleepable", "trace_call_bpf_faultable", "bpf_struct_ops", "bpf_throw",
	// What tells whether the kernel freezes maps and relocates.
	"bpf_cmd", "bpf_core_relo_kind", "bpf_attr",
}

// attachForms are the prefixes under which the kernel's BTF holds an attach
// target: raw tracepoints, LSM hooks and iterators have one
// (include/linux/tracepoint.h, include/linux/bpf_lsm.h, include/linux/bpf.h).
var attachForms = [...]string{"", "btf_trace_", "bpf_lsm_", "bpf_iter_"}

// Names are the names of kernel types that a plan of the object may look up.
// They are a hint for [btfgraph.Graph.Prefetch] and may hold duplicates; a
// name that is missing costs time, never a result.
func Names(obj *bpfobj.Object) []string {
	names := make([]string, 0, len(fixedNames)+len(kfuncMarkers)+len(instructionNames)+2*len(obj.Externs)+4*len(obj.Programs)+len(obj.CORE))
	names = append(names, fixedNames[:]...)
	names = append(names, kfuncMarkers[:]...)
	names = append(names, instructionNames[:]...)
	for _, e := range obj.Externs {
		if e.Kind != bpfobj.ExternKconfig {
			names = appendStem(names, e.Name)
		}
		if e.Kind == bpfobj.ExternFunc {
			names = append(names, twinOf(e.Name))
			names = filterNames(names, e.Name)
		}
	}
	for _, m := range obj.StructOps {
		names = structOpsNames(names, m)
	}
	if sharesMaps(obj) {
		names = append(names, sharingNames[:]...)
	}
	for _, p := range obj.Programs {
		target := ""
		if p.Explicit != nil {
			target = p.Explicit.AttachTo
		} else if _, after, ok := strings.Cut(p.SectionName, "/"); ok {
			target = after
		}
		if _, after, ok := strings.Cut(target, ":"); ok {
			target = after // "module:function"
		}
		if target == "" || strings.Contains(target, "/") {
			continue // nothing, or "category/tracepoint", which no BTF names
		}
		for _, form := range attachForms {
			names = append(names, form+target)
		}
	}
	if obj.Types == nil {
		return names
	}
	names = appendTagged(names, obj.Types)
	names = specialFieldNames(names, obj.Types)
	return coreNames(names, obj)
}

// coreNames adds the stems of the types that CO-RE records concern, as each
// loader cuts them, and their flavors.
func coreNames(names []string, obj *bpfobj.Object) []string {
	seen := make(map[btfgraph.ID]struct{})
	for i := range obj.CORE {
		id := obj.CORE[i].Type
		if _, ok := seen[id]; ok {
			continue
		}
		seen[id] = struct{}{}
		name := obj.Types.Name(id)
		if name == "" {
			continue
		}
		stem := libbpfEssentialName(name)
		names = append(names, stem, stem+btfgraph.FlavorSep)
		if start := btfgraph.Start(stem); start != "" {
			names = append(names, start)
		}
		if other := ciliumEssentialName(name); other != stem {
			names = append(names, other, other+btfgraph.FlavorSep)
		}
	}
	if len(seen) > 0 {
		names = append(names, longNames[:]...)
	}
	return names
}

// appendTagged adds the types of parameters that are tagged as the kernel's.
func appendTagged(names []string, g btfgraph.Graph) []string {
	if !g.HasTag("arg:trusted") && !g.HasTag("arg:untrusted") {
		return names
	}
	for id := g.FirstOwn(); int(id) < g.Len(); id++ {
		if g.Kind(id) != btfgraph.KindDeclTag || g.Kind(g.Ref(id)) != btfgraph.KindFunc {
			continue
		}
		switch g.Name(id) {
		case "arg:trusted", "arg:untrusted":
			param := g.Param(g.Ref(g.Ref(id)), g.ComponentIndex(id))
			pointee := g.Ref(btfgraph.SkipModsAndTypedefs(g, param.Type))
			names = appendStem(names, g.Name(btfgraph.SkipModsAndTypedefs(g, pointee)))
		}
	}
	return names
}

// appendStem adds a name and what is left of it without its flavor.
func appendStem(names []string, name string) []string {
	if name == "" {
		return names
	}
	names = append(names, name)
	if i := strings.LastIndex(name, "___"); i > 0 {
		names = append(names, name[:i])
	}
	return names
}
