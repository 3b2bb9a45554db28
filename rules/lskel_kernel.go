package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var lskelKernel = &analyzer.Rule{
	Name:     "lskel-kernel",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.2.0",
	Aliases:  []string{"S10"},
	Doc: analyzer.Doc{
		Title: "The kernel cannot run the loader program of a light skeleton",
		Why: "A light skeleton is a program of type `SYSCALL`, which the kernel runs since 5.14. It calls helpers of its own: `bpf_sys_bpf` and `bpf_btf_find_by_name_kind` came with it, " +
			"`bpf_kallsyms_lookup_name`, for `extern const void x __ksym`, with 5.16. CO-RE relocations are left to the kernel, which can do that since 5.17.",
		Fix:   "Load the object with libbpf on older kernels.",
		Wrong: "extern const void jiffies __ksym; /* needs 5.16 in a light skeleton */",
		Right: "extern const int runqueues __ksym; /* needs 5.14 */",
		References: []string{
			"Linux, kernel/bpf/syscall.c, syscall_prog_func_proto",
			"libbpf 1.8, gen_loader.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		need := &p.Plan.LoaderProgram
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
			Location: bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1}, Hint: "load the object with libbpf there",
		}
		if need.Type.No() {
			f.Message = "the loader program has type BPF_PROG_TYPE_SYSCALL, unknown in {kernel}: it takes 5.14"
			p.Report(f)
			return nil
		}
		for _, id := range need.Helpers {
			f.Location.Symbol = "helper " + helperWord(id)
			f.Message = fmt.Sprintf("the loader program calls %s, unknown in {kernel}", helperWord(id))
			p.Report(f)
		}
		return nil
	},
}

// helperWord is the name of a helper, or its number.
func helperWord(id int32) string {
	if name := plan.HelperName(id); name != "" {
		return "bpf_" + name
	}
	return fmt.Sprintf("helper %d", id)
}

var lskelBTFKind = &analyzer.Rule{
	Name:     "lskel-btf-kind",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.2.0",
	Aliases:  []string{"S07"},
	Doc: analyzer.Doc{
		Title: "The BTF of a light skeleton has kinds of types that the kernel does not know",
		Why: "libbpf asks the kernel which kinds of types it knows, and rewrites the others: `ENUM64` (6.0) becomes a union, `DECL_TAG` (5.16) and `TYPE_TAG` (5.17) something harmless. " +
			"A light skeleton holds the BTF as the compiler wrote it; a kernel that does not know a kind refuses all of it, and the loader gives up.",
		Fix:   "Build the object for the oldest kernel: no enumerators beyond 32 bits, no `btf_decl_tag` and `btf_type_tag` attributes (`__kptr`, `__arg_ctx`). Or load it with libbpf.",
		Wrong: "enum big { BIG = 1ULL << 40 };",
		Right: "#define BIG (1ULL << 40)",
		References: []string{
			"libbpf 1.8, libbpf.c, kernel_supports and bpf_object__sanitize_btf",
			"Linux, kernel/bpf/btf.c, btf_check_meta, \"Invalid kind\"",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, use := range p.Plan.BTFKinds {
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
				Location: bpfobj.Location{Object: p.Plan.Object.Name, Section: ".BTF", Insn: -1, Symbol: "section .BTF"},
				Message:  fmt.Sprintf("BTF has types of kind %s, unknown in {kernel}: they take %s", use.Kind, use.Since),
				Hint:     "build without them, or load the object with libbpf, which rewrites them",
			}
			if use.Since == "" {
				f.Message = fmt.Sprintf("BTF has an enum of %d bytes, as no kernel takes it", p.Plan.Object.Types.Size(use.ID))
				f.Hint = "define the enum, which is only declared"
			}
			if name := p.Plan.Object.Types.Name(use.ID); name != "" && (use.Kind == btfgraph.KindEnum || use.Kind == btfgraph.KindEnum64) {
				f.Location.Symbol = "enum " + name
			}
			if s := p.Plan.Skeleton; s != nil {
				f.Location = s.Locate(s.BTFOffset, f.Location.Symbol)
			}
			p.Report(f)
		}
		return nil
	},
}

var lskelLimit = &analyzer.Rule{
	Name:     "lskel-limit",
	Severity: analyzer.Error,
	Since:    "0.2.0",
	Aliases:  []string{"S12"},
	Doc: analyzer.Doc{
		Title: "The object has more functions or maps than a light skeleton has room for",
		Why: "The loader program keeps the file descriptors of programs on its stack, in an array of 32, and those of maps in an array of 64. bpftool does not count the programs: " +
			"with more than 32 it writes a loader that reads and stores beyond its stack, which the kernel refuses (\"invalid read from stack R10 off=0\"). What counts are all functions " +
			"of the object: programs, optional ones too (`SEC(\"?...\")`), and the functions of `.text`. More than 64 maps it refuses itself.",
		Fix:   "Spread programs over several objects, each with its skeleton, and make functions that they call `static __always_inline`.",
		Wrong: "/* 40 programs in one object */",
		Right: "/* 20 programs in each of two objects */",
		References: []string{
			"libbpf 1.8, gen_loader.c, struct loader_stack, bpf_gen__prog_load and add_map_fd",
			"Linux, tools/testing/selftests/bpf/progs/verifier_bounds.c, 82 programs",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, fault := range generation(p, plan.GeneratePrograms, plan.GenerateMaps) {
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject, Location: locateGeneration(p, fault),
				Message: fmt.Sprintf("%s in one light skeleton, which has room for %d", fault.Subject(), fault.Limit),
				Hint:    "spread them over several objects; optional programs and functions of .text count too",
			})
		}
		if s := p.Plan.Skeleton; s != nil && len(s.Trace.Overruns) > 0 {
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject, Location: s.Locate(0, ""),
				Message: "the loader program goes beyond its stack, which has room for 32 programs and functions",
				Hint:    "spread the programs over several objects",
			})
		}
		return nil
	},
}
