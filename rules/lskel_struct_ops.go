package rules

import (
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var lskelStructOps = &analyzer.Rule{
	Name:     "lskel-struct-ops",
	Severity: analyzer.Error,
	Since:    "0.2.0",
	Aliases:  []string{"SO-41", "SO-48", "S01", "S02", "S03", "S04", "S05", "S06", "S13"},
	Doc: analyzer.Doc{
		Title: "struct_ops in a light skeleton is bound to the kernel it was generated on",
		Why: "A struct_ops map is created with the number of a type in the kernel's BTF and with the size of that type, its programs with the number of a type and the index of a member. " +
			"libbpf looks all four up when it loads the object. No released generator of light skeletons can: bpftool crashes on objects with struct_ops maps (up to that of Linux 7.2), and a generator " +
			"that is patched to load vmlinux BTF, as the series of May 2026 does, writes down the four numbers of the kernel it runs on. They differ in the next build of the " +
			"same kernel. The kernel then finds another type there and refuses the map or the program; if it finds a struct_ops type of the same size, it takes it.\n\n" +
			"The kernel refuses, too, a type of key or value beside its own, a map without `btf_fd`, and one without a type id, which is what generators write that set the wrong fields. And nothing in a " +
			"light skeleton fills the map: the application has to write the descriptors of the programs into its value.",
		Fix:   "Load objects with struct_ops maps with libbpf. If it has to be a light skeleton, generate it on the target.",
		Wrong: "bpftool gen skeleton -L scheduler.bpf.o > scheduler.lskel.h",
		Right: "bpftool gen skeleton scheduler.bpf.o > scheduler.skel.h",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__load_vmlinux_btf and find_struct_ops_kern_types; gen_loader.c, bpf_gen__map_create",
			"Linux, kernel/bpf/bpf_struct_ops.c, bpf_struct_ops_map_alloc_check and bpf_struct_ops_map_alloc",
			"Linux, kernel/bpf/syscall.c, map_create; kernel/bpf/verifier.c, check_struct_ops_btf_id",
			"[PATCH v4 0/3] libbpf: support STRUCT_OPS in light skeletons, 27 May 2026, and the answer of 28 May",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, fault := range generation(p, plan.GenerateStructOps) {
			p.Report(analyzer.Finding{
				Severity: analyzer.Warning, Stage: plan.StageOpen, Scope: plan.ScopeObject, DependsOn: "generator",
				Location: locateGeneration(p, fault),
				Message:  fault.Subject() + " crashes bpftool gen skeleton -L; a patched one binds it to its own kernel",
				Hint:     "load objects with struct_ops maps with libbpf",
			})
		}
		if s := p.Plan.Skeleton; s != nil {
			for i := range s.StructOps {
				reportBakedMap(p, &s.StructOps[i])
			}
			for i := range s.Targets {
				reportBakedTarget(p, &s.Targets[i])
			}
		}
		return nil
	},
}

// generateThere is the way out for numbers of another kernel.
const generateThere = "generate the skeleton on {kernel}, or load the object with libbpf"

// baked is a finding about a number that is baked in: an error if the kernel
// refuses it, a warning if it means something else there, a note if it is right.
func baked(fault plan.BakedFault, scope plan.Scope, message string) analyzer.Finding {
	f := analyzer.Finding{Severity: analyzer.Warning, Stage: plan.StageLoad, Scope: scope, Message: message + " in {kernel}", Hint: generateThere}
	switch {
	case fault == plan.BakedUnchecked:
		f.DependsOn = "types"
		f.Message = message
	case fault.Refused():
		f.Severity = analyzer.Error
	case fault == plan.BakedFits:
		f.Severity, f.Scope, f.Hint = analyzer.Note, plan.Scope{}, "another build of the kernel may number it otherwise"
	}
	return f
}

func reportBakedMap(p *analyzer.Pass, b *plan.BakedMap) {
	if b.Fault == plan.BakedFits && b.ID == 0 {
		return
	}
	f := baked(b.Fault, plan.ScopeObject, "struct_ops map "+quoted(b.Map.Name)+" "+b.Detail)
	switch b.Fault {
	case plan.BakedNone, plan.BakedKeyType, plan.BakedNoBTF, plan.BakedShape:
		f.Message = "struct_ops map " + quoted(b.Map.Name) + " " + b.Detail
		f.Hint = "no kernel takes it: use another generator, or libbpf"
	}
	f.Location = p.Plan.Skeleton.Locate(b.Offset, "struct_ops map "+b.Map.Name)
	p.Report(f)
}

func reportBakedTarget(p *analyzer.Pass, t *plan.BakedTarget) {
	pp := &p.Plan.Programs[t.Program]
	f := baked(t.Fault, only(pp), "program "+quoted(pp.Program.Name)+" "+t.Detail)
	if t.Fault == plan.BakedNone {
		f.Message = "program " + quoted(pp.Program.Name) + " " + t.Detail
		f.Hint = "no kernel takes it: use another generator, or libbpf"
	}
	f.Location = locateProgram(p, pp.Program.Function)
	f.Related = append(f.Related, analyzer.Related{
		Message: "the number in the skeleton", Location: p.Plan.Skeleton.Locate(t.Offset, ""),
	})
	p.Report(f)
}
