package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var structOpsRules = []*analyzer.Rule{
	structOpsSection,
	structOpsOptionalFirst,
	structOpsVariable,
	structOpsRelocation,
	structOpsTypeMissing,
	structOpsValueLayout,
	structOpsMapUnsupported,
	structOpsMemberMissing,
	structOpsMemberMismatch,
	structOpsPointerValue,
	structOpsCallbackUnsupported,
	structOpsValueRefused,
	structOpsSignatureDrift,
	structOpsProgramReuse,
	structOpsProgramUnreferenced,
	structOpsAutoload,
	structOpsLicense,
}

var structOpsSection = &analyzer.Rule{
	Name:     "struct-ops-section",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-01", "SO-02"},
	Doc: analyzer.Doc{
		Title: "A section is meant for struct_ops maps, and the loader makes none of it",
		Why: "Loaders recognise struct_ops maps by the exact name of their section: `.struct_ops`, `.struct_ops.link` " +
			"and, in libbpf only, the same names after a `?`. A section of another name, an empty one and an executable " +
			"one are skipped without a word: the maps do not exist, and their programs are refused because nothing refers " +
			"to them. cilium/ebpf makes maps of `.struct_ops.link` alone: it cannot open an object with `.struct_ops` and " +
			"drops the optional forms.",
		Fix: "Use `SEC(\".struct_ops.link\")`, which both loaders know, or with libbpf `SEC(\".struct_ops\")`.",
		Wrong: "SEC(\".struct_ops_link\")\n" +
			"struct tcp_congestion_ops reno = { .ssthresh = (void *)ssthresh };",
		Right: "SEC(\".struct_ops.link\")\n" +
			"struct tcp_congestion_ops reno = { .ssthresh = (void *)ssthresh };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__elf_collect",
			"cilium/ebpf v0.22.0, elf_reader.go, LoadCollectionSpecFromReader",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_autocreate.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, r := range p.Plan.Refusals {
			if r.Code == plan.RefuseStructOpsSection {
				f := refusalFinding(p, &r, analyzer.Error)
				f.Message += " by " + analyzer.LoaderPlaceholder
				p.Report(f)
			}
		}
		for _, r := range p.Plan.Oddities {
			if r.Code == plan.RefuseStructOpsSection {
				f := refusalFinding(p, &r, analyzer.Warning)
				f.Message += " by " + analyzer.LoaderPlaceholder
				p.Report(f)
			}
		}
		return nil
	},
}

var structOpsOptionalFirst = &analyzer.Rule{
	Name:     "struct-ops-optional-first",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"SO-08"},
	Doc: analyzer.Doc{
		Title: "The \"?\" of a struct_ops section counts for its first variable only",
		Why: "libbpf does not create the maps of `?.struct_ops` and `?.struct_ops.link` by default. It forgets the `?` " +
			"after the first variable of the section: the maps of all others are created, with all that this can fail for.",
		Fix: "Keep one variable in each optional section, or call `bpf_map__set_autocreate(map, false)` for the others.",
		Wrong: "SEC(\"?.struct_ops.link\") struct tcp_congestion_ops first = {};\n" +
			"SEC(\"?.struct_ops.link\") struct tcp_congestion_ops second = {}; /* created */",
		Right: "SEC(\"?.struct_ops.link\") struct tcp_congestion_ops first = {};\n" +
			"SEC(\"?.struct_ops\") struct tcp_congestion_ops second = {};",
		References: []string{"libbpf 1.8, libbpf.c, init_struct_ops_maps"},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.StructOps {
			b := &p.Plan.StructOps[i]
			if !b.Map.Optional || !b.Autocreate {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning,
				Stage:    plan.StageLoad,
				Message:  fmt.Sprintf("struct_ops map %q is created in spite of %q: it is not the first of its section", b.Map.Name, b.Map.SectionName),
				Hint:     "one variable per optional section, or bpf_map__set_autocreate(map, false)",
				Location: locateMap(p, i),
			})
		}
		return nil
	},
}

var structOpsVariable = &analyzer.Rule{
	Name:     "struct-ops-variable",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-04", "H12"},
	Doc: analyzer.Doc{
		Title: "A variable of a struct_ops section is no named struct",
		Why: "Every variable of a struct_ops section becomes a map whose type is found by the name of the variable's struct. " +
			"A scalar, a union, an array of structs or an anonymous struct has no such name, and the object cannot be opened. In a CollectionSpec of cilium/ebpf the variable is the only " +
			"element of the map's `Contents`: bytes, at least as many as the struct has. Loading a spec takes them out of it.",
		Fix: "Declare one variable of the kernel's struct type per map, and keep other data out of the section. Load every " +
			"CollectionSpec once; `btflint shadow` generates Go code that sets values.",
		Wrong: "SEC(\".struct_ops.link\") struct tcp_congestion_ops both[2];",
		Right: "SEC(\".struct_ops.link\") struct tcp_congestion_ops first = {};\n" +
			"SEC(\".struct_ops.link\") struct tcp_congestion_ops second = {};",
		References: []string{
			"libbpf 1.8, libbpf.c, init_struct_ops_maps",
			"cilium/ebpf v0.22.0, elf_reader.go, createStructOpsMap; collection.go, populateStructOps; map.go, dataSection",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRefusals(p, plan.RefuseStructOpsVariable, plan.RefuseStructOpsContents)
	},
}

var structOpsRelocation = &analyzer.Rule{
	Name:     "struct-ops-relocation",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-09", "SO-10", "SO-11", "SO-12", "SO-13", "SO-14"},
	Doc: analyzer.Doc{
		Title: "A relocation of a struct_ops section does not lead from a function pointer to a struct_ops program",
		Why: "The compiler leaves a relocation for every address that the initialiser of a struct_ops variable holds. libbpf " +
			"wants each of them to lie at the start of a function pointer member, directly in the struct and not in a nested " +
			"one, and to point to a program of a `struct_ops` section; everything else fails when the object is opened. " +
			"cilium/ebpf looks only at relocations where a member starts and ignores the others: the pointer is lost.",
		Fix: "Put only programs of `SEC(\"struct_ops\")` into the struct, and only into function pointers of its first level. " +
			"Set other pointers to NULL.",
		Wrong: "int helper(void) { return 0; }\n" +
			"SEC(\".struct_ops.link\") struct tcp_congestion_ops ops = { .ssthresh = (void *)helper };",
		Right: "SEC(\"struct_ops\") int ssthresh(void *ctx) { return 0; }\n" +
			"SEC(\".struct_ops.link\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__collect_st_ops_relos",
			"cilium/ebpf v0.22.0, struct_ops.go, structOpsSetAttachTo",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.RefuseStructOpsReloc) },
}
