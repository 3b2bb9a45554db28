package rules

import (
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var sectionRules = []*analyzer.Rule{
	datasecMismatch,
	externVariableUndefined,
	relocationTableMalformed,
	versionSectionSize,
}

var datasecMismatch = &analyzer.Rule{
	Name:     "datasec-mismatch",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"SO-03", "SO-05", "SO-06", "SO-07", "BTF-02", "B10", "B11", "B12", "B14"},
	Doc: analyzer.Doc{
		Title: "The variables of a section, their symbols and the section's DATASEC contradict each other",
		Why: "A DATASEC lists the variables of an ELF section. Compilers leave its size and offsets open, and loaders fill them " +
			"in from the section and from the symbol of each variable's name. A variable beyond its section, one without a " +
			"symbol, or a DATASEC without a section makes the object unreadable. What only the kernel notices (variables that " +
			"overlap, have no bytes or fewer than their type) is fatal for an object with struct_ops maps, whose BTF has to be " +
			"accepted; libbpf loads other objects without their BTF then. A symbol in another section or of another size is " +
			"noticed by nobody: the map gets other bytes than the source says.",
		Fix: "Build with `-g` and without stripping `.symtab` or `.BTF`; do not localise symbols with objcopy; after a linker " +
			"or a tool that rewrites ELF, rewrite BTF too (`bpftool gen object` does).",
		Wrong: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = {};\nSEC(\".data\") int none[0]; /* no bytes */",
		Right: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = {};\nSEC(\".data\") int one[1];",
		References: []string{
			"libbpf 1.8, libbpf.c, btf_fixup_datasec and init_struct_ops_maps",
			"cilium/ebpf v0.22.0, btf/btf.go, fixupDatasec; elf_reader.go, loadDataSections",
			"Linux 7.2, kernel/bpf/btf.c, btf_datasec_check_meta, btf_datasec_resolve and btf_var_resolve",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRefusals(p, plan.RefuseDatasecMissing, plan.RefuseDatasecName, plan.RefuseVariable)
	},
}

var externVariableUndefined = &analyzer.Rule{
	Name:     "extern-variable-undefined",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"BTF-03", "B13"},
	Doc: analyzer.Doc{
		Title: "An extern variable is neither a ksym nor a kconfig value and is defined in no object",
		Why: "Loaders resolve externs of `.ksyms` and `.kconfig` only. An extern variable of another section is a reference to " +
			"another object file, which has to be linked before the load. libbpf does not open the object. cilium/ebpf gives the " +
			"variable the address 0, and the kernel refuses programs that access it.",
		Fix:   "Link the objects with `bpftool gen object`, or declare the variable `__ksym` or `__kconfig` if the kernel has it.",
		Wrong: "extern int shared __attribute__((section(\".data.shared\")));",
		Right: "int shared SEC(\".data.shared\");",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__collect_externs",
			"cilium/ebpf v0.22.0, btf/btf.go, fixupDatasec",
			"Linux, tools/testing/selftests/bpf/progs/linked_vars1.c",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.RefuseExternVariable) },
}

var relocationTableMalformed = &analyzer.Rule{
	Name:     "relocation-table-malformed",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"EL-07"},
	Doc: analyzer.Doc{
		Title: "A relocation table refers to sections, symbols or instructions that do not exist",
		Why: "A relocation names an instruction of its section and a symbol of the symbol table. Entries of another size than " +
			"16 bytes, an offset that is no instruction, a symbol index beyond the table and a symbol of a section that does " +
			"not exist come from broken tools. The object cannot be opened.",
		Fix:   "Build the object again; do not edit it with tools that renumber symbols without rewriting relocations.",
		Wrong: "asm volatile(\".reloc 4, R_BPF_64_64, counter\"); /* in the middle of an instruction */",
		Right: "counter += 1;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__elf_collect and bpf_object__collect_prog_relos",
			"cilium/ebpf v0.22.0, elf_reader.go, loadSectionRelocations",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.RefuseRelocTable) },
}

var versionSectionSize = &analyzer.Rule{
	Name:     "version-section-size",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"EL-06"},
	Doc: analyzer.Doc{
		Title: "The version section does not hold a kernel version",
		Why: "A section `version` holds one 32-bit number, which kprobes needed before Linux 5.0. Loaders read it even " +
			"though it has no use today, and refuse another size.",
		Fix:   "Drop the section, or make its variable a `__u32`.",
		Wrong: "unsigned short kernel_version SEC(\"version\") = 1;",
		Right: "unsigned int kernel_version SEC(\"version\") = 1;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__init_kversion",
			"cilium/ebpf v0.22.0, elf_reader.go, loadVersion",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.RefuseVersion) },
}
