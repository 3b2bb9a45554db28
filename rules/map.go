package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var mapRules = []*analyzer.Rule{mapDefinition, mapSlot, mapAttributes, mapPinPath, mapProgramsMixed}

var mapDefinition = &analyzer.Rule{
	Name:     "map-definition",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"MAP-01", "MAP-02", "MAP-03", "MAP-04", "MAP-05", "MAP-06", "MAP-07", "MAP-09", "EL-04"},
	Doc: analyzer.Doc{
		Title: "The loader cannot read the definition of a map",
		Why: "A map is a variable of an anonymous struct in `.maps`, whose members say everything by their types: `__uint(name, N)` is a pointer to an array " +
			"of N elements, `__type(name, T)` a pointer to T, `__array(values, T)` an array of pointers without a length, the last member. An unknown member, a size " +
			"that contradicts a type, a type without a size, a static variable, a second arena: the loader refuses the object. libbpf no longer " +
			"reads definitions in a section `maps`; cilium/ebpf and aya do. cilium/ebpf does not know `numa_node`, refuses `key` beside " +
			"`key_size` even where they agree, and takes types in `values` as they stand: a typedef of the inner map's struct is none. aya skips members that it does not know, takes no programs for `values`, wants an inner map of every map of maps, takes any map of the " +
			"section for a static one, and refuses maps of the types TASK_STORAGE, USER_RINGBUF and ARENA unless the application calls `allow_unsupported_maps`.",
		Fix:   "Write the definition with the macros of bpf_helpers.h, and give each size once.",
		Wrong: "struct bpf_map_def SEC(\"maps\") events = { .type = BPF_MAP_TYPE_HASH, ... };",
		Right: "struct {\n\t__uint(type, BPF_MAP_TYPE_HASH);\n\t__uint(max_entries, 1024);\n\t__type(key, __u32);\n\t__type(value, __u64);\n} events SEC(\".maps\");",
		References: []string{
			"libbpf 1.8, libbpf.c, parse_btf_map_def and bpf_object__elf_collect",
			"cilium/ebpf v0.22.0, elf_reader.go, loadMaps, loadBTFMaps and mapSpecFromBTF",
			"aquasecurity/tracee, maps pid_ns_filter_version and others: inner maps by typedef, which libbpf opens and cilium/ebpf does not",
			"aya 0.14.0, aya-obj/src/obj.rs, parse_btf_map_struct; aya/src/bpf.rs, parse_map",
		},
	},
	Run: func(p *analyzer.Pass) error {
		if err := reportRefusals(p, plan.OddStaticMap); err != nil {
			return err
		}
		for i := range p.Plan.Maps {
			mp := &p.Plan.Maps[i]
			if mp.Malformed == "" {
				if mp.Unsupported {
					p.Report(unsupportedMap(p, mp))
				}
				continue
			}
			p.Report(detailed(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageOpen, Location: locateDefinition(p, mp.Map), Scope: plan.ScopeObject,
				Hint: definitionHint(mp),
			}, fmt.Sprintf("map %q is refused by %s", mp.Map.Name, analyzer.LoaderPlaceholder), mp.Malformed, ""))
		}
		return nil
	},
}

// unsupportedMap is the finding about a map of a type that the loader has to be
// told to put up with.
func unsupportedMap(p *analyzer.Pass, mp *plan.MapPlan) analyzer.Finding {
	return analyzer.Finding{
		Severity: analyzer.Warning, Stage: plan.StageLoad, DependsOn: "application",
		Location: locateDefinition(p, mp.Map), Scope: plan.ScopeObject,
		Message: fmt.Sprintf("map %q: %s is refused by %s unless the application allows it", mp.Map.Name, mapTypeName(mp), analyzer.LoaderPlaceholder),
		Hint:    "call EbpfLoader::allow_unsupported_maps() before the load",
	}
}

// definitionHint is the way out for a map whose definition a loader refuses.
func definitionHint(mp *plan.MapPlan) string {
	switch mp.Fault {
	case plan.MapFaultLegacy:
		return "define it in SEC(\".maps\"), with __uint(type, ...) and __type(key, ...)"
	case plan.MapFaultArena:
		return "define one arena in .maps, with max_entries pages enough for its global variables"
	}
	return "write the definition in this object with __uint, __type and __array of bpf_helpers.h, each attribute once"
}

var mapSlot = &analyzer.Rule{
	Name:     "map-slot",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"MAP-08"},
	Doc: analyzer.Doc{
		Title: "An initial entry of a map cannot be placed",
		Why: "A map of maps and a program array may name their first entries: `.values = { [0] = &inner }`, `.values = { [1] = (void *)&prog }`. The entries of a map of maps " +
			"have to be maps of the same object, those of a program array programs, functions with `SEC()`. libbpf refuses the object otherwise, and for any " +
			"pointer in another member or another type of map. The kernel takes no entry beyond `max_entries`, and no map that differs from the inner map in type, " +
			"sizes or flags, of arrays also in `max_entries`. With `BPF_F_RDONLY` the loader cannot write entries either. A program of a \"?\" section is no entry unless " +
			"the application switches it on. libbpf leaves a map of maps that it takes from a pin as it is. cilium/ebpf fills in keys of 4 bytes only.",
		Fix:   "Name a map of `.maps` or a program. Give a function that is to be called through the array its own `SEC()`.",
		Wrong: ".values = { [0] = (void *)&helper },",
		Right: "SEC(\"tc\") int step(struct __sk_buff *skb) { ... }\n.values = { [0] = (void *)&step },",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__collect_map_relos, init_map_in_map_slots and init_prog_array_slots",
			"cilium/ebpf v0.22.0, collection.go, populateDeferredMaps; Linux, kernel/bpf/map_in_map.c, bpf_map_meta_equal",
			"Linux, tools/testing/selftests/bpf/progs/test_prog_array_init.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Maps {
			if mp := &p.Plan.Maps[i]; mp.Entry != nil {
				p.Report(entryFinding(p, mp))
			}
		}
		return reportRefusals(p, plan.RefuseMapSlot)
	},
}

// entryFinding is the finding about an initial entry that the kernel refuses.
func entryFinding(p *analyzer.Pass, mp *plan.MapPlan) analyzer.Finding {
	e := mp.Entry
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: p.Plan.Object.LocateSection(mp.Map.Section, e.Offset), Scope: p.Plan.ScopeOfMap(mp.Map),
		Message: fmt.Sprintf("initial entry %d of map %q %s", e.Index, mp.Map.Name, e.Detail),
		Hint:    entryHints[e.Fault], DependsOn: e.Depends,
	}
	f.Location.Symbol = "map " + mp.Map.Name
	switch e.Depends {
	case "pin":
		f.Message += "; refused unless one is pinned"
		f.Severity = analyzer.Warning
	case "application":
		f.Severity, f.Scope = analyzer.Warning, plan.Scope{Whole: true}
	}
	return f
}

// entryHints are the ways out by the fault of an initial entry.
var entryHints = map[plan.EntryFault]string{
	plan.EntryKey:       "give the map keys of 4 bytes, or fill it in from the application",
	plan.EntryBeyond:    "raise max_entries, or leave the entry out",
	plan.EntryInner:     "define the map and the inner map alike; arrays may differ in max_entries with BPF_F_INNER_MAP",
	plan.EntryReadOnly:  "drop BPF_F_RDONLY, which keeps the loader from writing too",
	plan.EntryNotLoaded: "switch the program on before the load, or fill the entry in when it is loaded",
}

var mapAttributes = &analyzer.Rule{
	Name:     "map-attributes",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"M01", "M02", "M03", "M04", "M05", "M06", "M08", "M09", "MAP-11", "MAP-12"},
	Doc: analyzer.Doc{
		Title: "The kernel does not create a map with these attributes",
		Why: "Every map type has its own idea of sizes and flags: arrays have 4-byte keys, ring buffers neither keys nor values and a size that is a power of two " +
			"of pages, LPM tries and local storage `BPF_F_NO_PREALLOC`, local storage no `max_entries` and BTF types for key and value, an int for the key. Only bloom filters and arenas have " +
			"`map_extra`, and program arrays, cgroup storage and maps of maps cannot be inside another map. The " +
			"kernel answers a bare EINVAL. Loaders mend some of it: libbpf rounds the size of a ring buffer up, cilium/ebpf clears " +
			"the value size of ring buffers and fills in the sizes of perf event arrays; both put the number of CPUs where a perf event array " +
			"has no `max_entries`. An attribute that is 0 and must not be is a warning: applications set `max_entries` " +
			"before the load, which is all that aya lets them set; a missing type or inner map and sorts of pinning of one's own are theirs with cilium/ebpf too. Where the kernel does not take the BTF types of key and value, libbpf and cilium/ebpf create the map without; " +
			"aya does not, so that both or neither have a type, of the size that is given.",
		Fix:   "Correct the definition. Where the application sets the attribute at run time, suppress the warning.",
		Wrong: "__uint(type, BPF_MAP_TYPE_RINGBUF); __type(value, struct event);",
		Right: "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 256 * 1024);",
		References: []string{
			"Linux, kernel/bpf/arraymap.c, hashtab.c, ringbuf.c, lpm_trie.c, bpf_local_storage.c: map_alloc_check; map_in_map.c, bpf_map_meta_alloc",
			"libbpf 1.8, libbpf.c, adjust_ringbuf_sz and map_set_def_max_entries",
			"cilium/ebpf v0.22.0, map.go, newMapWithOptions, createMap and fixupMagicFields",
			"aya 0.14.0, aya/src/sys/bpf.rs, bpf_create_map; Linux, kernel/bpf/syscall.c, map_check_btf",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Maps {
			mp := &p.Plan.Maps[i]
			for inner := mp; inner != nil; inner = inner.Inner {
				reportAttributes(p, mp, inner)
			}
		}
		return nil
	},
}

// reportAttributes reports the problems of a map or of its inner map.
func reportAttributes(p *analyzer.Pass, mp, inner *plan.MapPlan) {
	if inner.Support.No() {
		return
	}
	word := "map"
	if inner != mp {
		word = "inner map of"
	}
	for _, problem := range inner.Problems {
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateDefinition(p, mp.Map), Scope: p.Plan.ScopeOfMap(mp.Map),
			Message: fmt.Sprintf("%s of %s %q %s", problem.Attribute, word, mp.Map.Name, problem.Detail),
			Hint:    attributeHint(p, mp, &problem),
		}
		if problem.Setup {
			f.Severity, f.DependsOn = analyzer.Warning, "application"
			f.Message = fmt.Sprintf("%s of %s %q is not set: the application has to", problem.Attribute, word, mp.Map.Name)
			if problem.Given {
				f.Message = fmt.Sprintf("%s of %s %q %s: the application has to change it", problem.Attribute, word, mp.Map.Name, problem.Detail)
			}
		}
		if problem.Stale {
			f.Severity, f.DependsOn = analyzer.Warning, "descriptors"
		}
		if f.DependsOn == "" && mp.Map.Def.Pinning != 0 && pinServes(p, mp, inner, &problem) {
			f.Severity, f.DependsOn = analyzer.Warning, "pin"
			f.Message += "; created unless one is pinned"
		}
		p.Report(f)
	}
}

// pinServes reports whether a map that is pinned under the name is taken in
// spite of a problem. Loaders compare type, sizes and flags, not the inner map
// nor the BTF types; some nothing.
func pinServes(p *analyzer.Pass, mp, inner *plan.MapPlan, problem *plan.MapProblem) bool {
	return p.Plan.Loader.Maps.AnyPin || inner != mp || len(inner.Problems) == 1 && problem.Types
}

// attributeHint is the way out for an attribute that the kernel does not take.
func attributeHint(p *analyzer.Pass, mp *plan.MapPlan, problem *plan.MapProblem) string {
	switch {
	case problem.Setup && problem.Attribute == "inner map" && p.Plan.Loader.Words.SetInner != "":
		return "name it in __array(values, ...), or give one before the load: " + words(p.Plan.Loader.Words.SetInner, mp.Map.Name)
	case problem.Setup:
		return "set it in the definition or before the load: " + words(p.Plan.Loader.Words.SetAttribute, mp.Map.Name, problem.Attribute)
	case problem.KeptTypes:
		return "use sizes for both of key and value, or types that fit: {loader} does not try without types"
	case problem.Attribute == "map_flags" && problem.Want == "":
		return "leave the flag out of map_flags"
	case problem.Attribute == "map_flags":
		return fmt.Sprintf("add __uint(map_flags, %s)", problem.Want)
	case problem.Attribute == "key and value":
		return "use __type(key, ...) and __type(value, ...) in place of the sizes"
	case problem.Attribute == "types":
		return "mend what btf-refused reports"
	case problem.Attribute == "name":
		return "name it with letters, digits and \"_\": #[map(name = \"...\")]"
	case problem.Attribute == "definition":
		return "define it in SEC(\".maps\"), with __uint(type, ...) and __type(key, ...)"
	case problem.Want == "":
		return fmt.Sprintf("leave %s out of the definition", problem.Attribute)
	}
	return fmt.Sprintf("make %s %s", problem.Attribute, problem.Want)
}

var mapPinPath = &analyzer.Rule{
	Name:     "map-pin-path",
	Severity: analyzer.Note,
	Since:    "0.1.0",
	Aliases:  []string{"MAP-13"},
	Doc: analyzer.Doc{
		Title: "A map that is pinned by name",
		Why: "A map with `__uint(pinning, LIBBPF_PIN_BY_NAME)` is taken from its pin in /sys/fs/bpf if there is one, which then has to have the same type, sizes " +
			"and flags: after an update that changed the definition the load fails with \"parameter mismatch\". libbpf pins below /sys/fs/bpf; " +
			"cilium/ebpf wants a path and refuses the map without one: \"missing MapOptions.PinPath\". aya pins there too, and uses what it finds without a look at it.",
		Fix:   "Remove the old pin when a definition changes. With cilium/ebpf set `CollectionOptions.Maps.PinPath`.",
		Wrong: "coll, err := ebpf.NewCollection(spec)",
		Right: "coll, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{\n\tMaps: ebpf.MapOptions{PinPath: \"/sys/fs/bpf/my\"},\n})",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__reuse_map and map_is_reuse_compat",
			"cilium/ebpf v0.22.0, map.go, newMapWithOptions",
			"aya 0.14.0, aya/src/maps/mod.rs, create_pinned_by_name",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Maps {
			mp := &p.Plan.Maps[i]
			if mp.Def.Pinning == 0 || mp.Malformed != "" || mp.Map.Kind > bpfobj.MapLegacy {
				continue
			}
			f := analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateDefinition(p, mp.Map),
				Message: fmt.Sprintf("map %q is pinned by name: a pin with other attributes fails the load", mp.Map.Name),
				Hint:    "remove the pin when the definition changes",
			}
			if p.Plan.Loader.Maps.AnyPin {
				f.Message = fmt.Sprintf("map %q is pinned by name: a pin is used whatever its type and sizes", mp.Map.Name)
			}
			if p.Plan.Loader.Maps.PinPath {
				f.Message = fmt.Sprintf("map %q is pinned by name, which takes a path with %s", mp.Map.Name, analyzer.LoaderPlaceholder)
				f.Hint = "set CollectionOptions.Maps.PinPath"
			}
			p.Report(f)
		}
		return nil
	},
}
