package rules

import (
	"slices"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var loaderRules = []*analyzer.Rule{btfUnreadable, elfUnsupported, endianness, referenceUnsupported, dataRelocIgnored}

var btfUnreadable = &analyzer.Rule{
	Name:     "btf-unreadable",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"BTF-01", "CR-30"},
	Doc: analyzer.Doc{
		Title: "The object's BTF is missing or malformed",
		Why: "Maps in `.maps` and struct_ops maps are described by BTF alone: without it, or if it cannot be read, libbpf refuses the object (\"BTF is " +
			"required, but is missing or corrupted\"). Other objects it opens without. A malformed `.BTF.ext` costs libbpf the line records and CO-RE " +
			"relocations. cilium/ebpf and aya refuse an object whose `.BTF` or `.BTF.ext` is malformed, whatever it holds.\n\n" +
			"An object without BTF that can be opened is a note: the compiler drops the CO-RE relocations of its reads with the types.",
		Fix:   "Build with `-g`, and strip with `llvm-strip -g`, which keeps `.BTF` and `.BTF.ext`.",
		Wrong: "clang -O2 -target bpf -c prog.bpf.c",
		Right: "clang -O2 -g -target bpf -c prog.bpf.c && llvm-strip -g prog.bpf.o",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__init_btf and libbpf_needs_btf",
			"cilium/ebpf v0.22.0, elf_reader.go, LoadCollectionSpecFromReader",
		},
	},
	Run: func(p *analyzer.Pass) error {
		o := p.Plan.Object
		if o.Types == nil && o.TypesErr == nil && len(p.Plan.Programs) > 0 && opens(p.Plan) {
			p.Report(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageOpen, Location: bpfobj.Location{Object: o.Name, Insn: -1},
				Message: "object has no BTF: no CO-RE relocations, reads stay at the offsets that the compiler saw; no source lines",
				Hint:    "build it with -g",
			})
		}
		return reportRefusals(p, plan.RefuseBTF)
	},
}

// opens reports whether the loader refuses nothing when it opens the object.
func opens(p *plan.Plan) bool {
	return !slices.ContainsFunc(p.Refusals, func(r plan.Refusal) bool { return r.Stage == plan.StageOpen })
}

var elfUnsupported = &analyzer.Rule{
	Name:     "elf-unsupported",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"KC-06", "KC-07"},
	Doc: analyzer.Doc{
		Title: "The loader cannot open the object, though it is sound",
		Why: "Loaders read different subsets of what compilers write. cilium/ebpf v0.22.0 opens no object with a typed variable in `.ksyms` (also " +
			"`const void`), with weak maps or weak `.kconfig` externs that are used, with references to data sections other than `.bss`, " +
			"`.data*` and `.rodata*` (`.bss.foo`, arena globals in `.addr_space.1`, jump tables, sections of one's own), or with symbols in " +
			"`.maps` that BTF does not describe. aya 0.14.0 resolves no externs, weak or not: it opens no object whose BTF lists some in `.ksyms` or `.kconfig`. " +
			"Loaders stop at the first of them, and nothing of the object is loaded.",
		Fix: "Use libbpf, or write the object so that the loader can open it: `extern const void` becomes `extern void`, `__weak` goes away, variables " +
			"live in the usual sections.",
		Wrong: "extern const struct rq runqueues __ksym;\nint counter SEC(\".bss.mine\");",
		Right: "extern void runqueues __ksym;\nint counter SEC(\".data.mine\");",
		References: []string{
			"cilium/ebpf v0.22.0, elf_reader.go, LoadCollectionSpecFromReader, loadRelocations and relocateInstruction",
			"cilium/ebpf v0.22.0, btf/btf.go, fixupDatasec",
			"aya 0.14.0, aya-obj/src/btf/btf.rs, fixup_and_sanitize; externs are in its main branch since commit 2613ee82",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRefusals(p, loaderOnly[:]...)
	},
}

var referenceUnsupported = &analyzer.Rule{
	Name:     "reference-unsupported",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Aliases:  []string{"KF-28", "CALL-02", "CALL-03", "CALL-04", "CALL-05", "CALL-06", "CALL-07", "CALL-08", "CALL-09"},
	Doc: analyzer.Doc{
		Title: "An instruction refers to something that the loader does not load",
		Why: "The compiler leaves a relocation where an instruction needs the address of a map, a variable or a function. Loaders resolve those that lead to " +
			"the maps of `.maps`, to the data sections that they know and to functions of `.text`. libbpf knows `.data`, `.rodata` and `.bss`, each also with " +
			"a suffix, and arena globals; cilium/ebpf does not know `.bss.foo` and `.addr_space.1`. A variable in a section of one's own, a common or " +
			"absolute symbol, a call of a program in another section (which cilium/ebpf and aya link in and libbpf does not), a relocation of an ordinary " +
			"instruction: the object cannot be opened. aya looks at the references of every function, used or not, and tells functions apart by their offset in a " +
			"section: of two in different sections (`-ffunction-sections`) it calls one for the other.\n\n" +
			"cilium/ebpf knows a function by the name that its first instruction carries. If that is a CO-RE access or a call of a weak kfunc that does not resolve, " +
			"it is replaced together with the name, and every program that calls the function is refused, even if the call is guarded: `symbol \"f\": unsatisfied " +
			"program reference`. The test has to be inside the function, where it comes first, or the function `__always_inline`.",
		Fix: "Put variables into `.data.NAME`, `.rodata.NAME` or `.bss`. Move code that two programs share into a function without `SEC()`. " +
			"Build with `-fno-common`.",
		Wrong: "SEC(\"tc\") int b(struct __sk_buff *skb) { return a(skb); } /* a has SEC(\"tc\") too */",
		Right: "static __noinline int work(struct __sk_buff *skb) { ... }\nSEC(\"tc\") int b(struct __sk_buff *skb) { return work(skb); }",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_program__record_reloc",
			"cilium/ebpf v0.22.0, elf_reader.go, loadRelocations; btf/core.go, COREFixup.Apply; linker.go, fixupKfuncs",
			"aya 0.14.0, aya-obj/src/relocation.rs, relocate_maps and FunctionLinker",
		},
	},
	Run: func(p *analyzer.Pass) error {
		return reportRefusals(p, plan.RefuseReference, plan.RefuseCall, plan.RefuseInsn, plan.RefuseLink, plan.RefuseName, plan.RefuseHidden, plan.OddPlace)
	},
}

var dataRelocIgnored = &analyzer.Rule{
	Name:     "data-reloc-ignored",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"CALL-10"},
	Doc: analyzer.Doc{
		Title: "Pointers in a data section stay as they are in the file",
		Why: "A table of strings or functions in `.rodata` or `.data` needs relocations, and no loader applies those of data sections: the programs read the " +
			"offset that the compiler left there (often 0) in place of an address.",
		Fix:   "Use a switch, an array of arrays (`char names[][16]`), or a map.",
		Wrong: "static const char *const names[] = { \"read\", \"write\" };",
		Right: "static const char names[][8] = { \"read\", \"write\" };",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__elf_collect, \"skipping relo section\"",
		},
	},
	Run: func(p *analyzer.Pass) error { return reportRefusals(p, plan.OddDataReloc) },
}
