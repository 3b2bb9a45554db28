package rules

import (
	"bytes"
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var lskelRules = []*analyzer.Rule{
	lskelGeneration, lskelStructOps, lskelKconfigBaked, lskelSizeBaked, lskelKernel, lskelBTFKind, lskelLimit,
}

// generation are the faults of the generator with one of the codes.
func generation(p *analyzer.Pass, codes ...plan.GenerationCode) []*plan.GenerationFault {
	var list []*plan.GenerationFault
	for i := range p.Plan.Generation {
		for _, c := range codes {
			if f := &p.Plan.Generation[i]; f.Code == c {
				list = append(list, f)
			}
		}
	}
	return list
}

// locateGeneration is where the thing is that a fault of the generator is about.
func locateGeneration(p *analyzer.Pass, f *plan.GenerationFault) bpfobj.Location {
	switch {
	case f.Program != nil:
		return locateProgram(p, f.Program.Function)
	case f.Map != nil:
		return locateDefinition(p, f.Map)
	case f.StructOps != nil:
		return bpfobj.Location{
			Object: p.Plan.Object.Name, Section: f.StructOps.SectionName, Insn: -1, Offset: f.StructOps.Offset,
			Symbol: "struct_ops map " + f.StructOps.Name,
		}
	case f.Extern != nil && len(f.Extern.Refs) > 0:
		loc := p.Plan.Object.Locate(f.Extern.Refs[0].Func, f.Extern.Refs[0].Insn)
		loc.Symbol = symbolOf(p, f.Extern)
		return loc
	case f.Extern != nil:
		return bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1, Symbol: symbolOf(p, f.Extern)}
	}
	return bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1}
}

var lskelGeneration = &analyzer.Rule{
	Name:     "lskel-generation",
	Severity: analyzer.Error,
	Since:    "0.2.0",
	Doc: analyzer.Doc{
		Title: "No light skeleton can be generated from the object",
		Why: "`bpftool gen skeleton -L` loads the object for show, on the machine that builds it, and writes down what it would have asked of the kernel. Some of what " +
			"libbpf loads it cannot write down: there is nothing to pin when a map is pinned by name (EINVAL), program arrays cannot be filled (ENOTSUP), nobody can set an attach target " +
			"before, so that `SEC(\"fentry\")` and every `SEC(\"freplace/...\")` fail (EINVAL). bpftool up to that of Linux 7.2 crashes on two more: a raw tracepoint program " +
			"whose section names no tracepoint (`SEC(\"raw_tp\")`), be it optional or not, and global variables in an arena.",
		Fix:   "Name the tracepoint or function in `SEC()`; pin maps, fill program arrays and use arenas from an application that loads the object with libbpf.",
		Wrong: "SEC(\"raw_tp\") int prog(void *ctx) /* bpftool gen skeleton -L crashes */",
		Right: "SEC(\"raw_tp/sched_switch\") int prog(void *ctx)",
		References: []string{
			"bpftool, gen.c, codegen_attach_detach (Linux 6.1 to 7.2)",
			"libbpf 1.8, libbpf.c, bpf_object__create_maps, bpf_map__pin, init_prog_array_slots, libbpf_prepare_prog_load",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.Generation {
			fault := &p.Plan.Generation[i]
			what, hint := generationWords(fault.Code)
			if what == "" {
				continue
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageOpen, Scope: plan.ScopeObject, Location: locateGeneration(p, fault),
				Message: fault.Subject() + " " + what, Hint: hint,
			})
		}
		return nil
	},
}

// generationWords says what the generator does, and the way out; "" for what
// other rules report.
func generationWords(code plan.GenerationCode) (what, hint string) {
	switch code {
	case plan.GenerateRawTracepoint:
		return "names no tracepoint in its section: bpftool gen skeleton -L crashes", `name it: SEC("raw_tp/sched_switch")`
	case plan.GenerateArena:
		return "holds variables of an arena: bpftool gen skeleton -L crashes", "keep them in an object for libbpf"
	case plan.GeneratePin:
		return "is pinned by name: bpftool gen skeleton -L fails, \"failed to pin map\"", "drop __uint(pinning, ...) and pin skel->maps.X.map_fd"
	case plan.GenerateSlots:
		return "has programs as values: bpftool gen skeleton -L fails with ENOTSUP", "drop .values and fill the map after the load"
	case plan.GenerateTarget:
		return "names no attach target: bpftool gen skeleton -L fails with EINVAL", "name the target in SEC(), or make the program optional with \"?\""
	}
	return "", ""
}

var lskelKconfigBaked = &analyzer.Rule{
	Name:     "lskel-kconfig-baked",
	Severity: analyzer.Warning,
	Since:    "0.2.0",
	Aliases:  []string{"KC-10", "S08"},
	Doc: analyzer.Doc{
		Title: "A light skeleton has options of the kernel that it was generated on",
		Why: "Externs in `.kconfig` get their values while the skeleton is generated: options of the configuration and `LINUX_KERNEL_VERSION` of the build host, and 1 for every `LINUX_HAS_*`. " +
			"They are part of the skeleton from then on. Programs that choose by them choose for the build host. An option that the build host does not set, if it is not weak, fails the generation.",
		Fix:   "Ask the kernel with CO-RE instead (`bpf_core_field_exists`, `bpf_core_enum_value_exists`), or have the application set a `const volatile` variable.",
		Wrong: "extern int LINUX_KERNEL_VERSION __kconfig;\n\nif (LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 4, 0))",
		Right: "if (bpf_core_field_exists(struct task_struct, __state))",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_externs and kernel_supports",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, fault := range generation(p, plan.GenerateOption) {
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Location: locateGeneration(p, fault),
				Message: fault.Subject() + " is that of the machine which generates the skeleton, not of {kernel}",
				Hint:    optionHint,
			})
		}
		if p.Plan.Skeleton == nil {
			return nil
		}
		for i := range p.Plan.Skeleton.Options {
			o := &p.Plan.Skeleton.Options[i]
			f := analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageLoad, Hint: optionHint,
				Location: locateOption(p, o),
				Message:  fmt.Sprintf("%q is baked into the skeleton as %s", o.Name, plainOption(p, o.Baked)),
			}
			switch {
			case o.Differs():
				f.Message += fmt.Sprintf("; in {kernel} it is %s", plainOption(p, o.Want))
			case o.Want != nil:
				f.Severity, f.Hint = analyzer.Note, "it is right on this kernel"
			}
			p.Report(f)
		}
		return nil
	},
}

const optionHint = "ask with bpf_core_field_exists(), or have the application set a const volatile variable"

// plainOption is the value of an option in words, text cut to fit a line.
func plainOption(p *analyzer.Pass, data []byte) string {
	if len(data) > maxQuote {
		data = append(bytes.Clone(data[:maxQuote-3]), "..."...)
	}
	return p.Plan.OptionText(data)
}

// locateOption is where a baked option lies in the header.
func locateOption(p *analyzer.Pass, o *plan.BakedOption) bpfobj.Location {
	s := p.Plan.Skeleton
	offset := int64(-1)
	for _, m := range s.Maps {
		if m.Name != o.Map.Name {
			continue
		}
		for i := range m.Entries {
			if m.Entries[i].Value != nil {
				offset = m.Entries[i].Offset + o.Offset
			}
		}
	}
	return s.Locate(offset, "kconfig "+o.Name)
}

var lskelSizeBaked = &analyzer.Rule{
	Name:     "lskel-size-baked",
	Severity: analyzer.Note,
	Since:    "0.2.0",
	Aliases:  []string{"S09"},
	Doc: analyzer.Doc{
		Title: "The size of a map depends on the machine that generates the light skeleton",
		Why: "libbpf rounds the size of a ring buffer up to pages, and gives a perf event array without `max_entries` an entry for each CPU. In a light skeleton both are done where it is generated: " +
			"a ring buffer of 4096 bytes is refused by a kernel with pages of 64 KiB, and an array of 8 entries misses the other CPUs of a larger machine.",
		Fix:   "Give ring buffers a multiple of 64 KiB, and set `skel->maps.X.max_entries` of perf event arrays before the load.",
		Wrong: "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);",
		Right: "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 64 * 1024);",
		References: []string{
			"libbpf 1.8, libbpf.c, adjust_ringbuf_sz and map_set_def_max_entries",
			"Linux, kernel/bpf/ringbuf.c, ringbuf_map_alloc",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, fault := range generation(p, plan.GenerateRingbuf, plan.GenerateCPUs) {
			f := analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Location: locateGeneration(p, fault),
				Message: fault.Subject() + " gets a size in pages of the machine which generates the skeleton",
				Hint:    "make max_entries a multiple of 64 KiB",
			}
			if fault.Code == plan.GenerateCPUs {
				f.Message = fault.Subject() + " gets an entry for each CPU of the machine which generates the skeleton"
				f.Hint = "set max_entries, or skel->maps." + fault.Map.Name + ".max_entries before the load"
			}
			p.Report(f)
		}
		return nil
	},
}
