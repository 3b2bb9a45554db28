package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var coreTypeZero = &analyzer.Rule{
	Name: "core-type-zero", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-08", "CR-09"},
	Doc: analyzer.Doc{
		Title: "The size or the id of a type that the kernel does not have is 0",
		Why: "libbpf answers `bpf_core_type_size` and `bpf_core_type_id_kernel` with 0 if no type matches; the program loads, copies 0 bytes or hands the id 0 to a helper. " +
			"cilium/ebpf refuses the instruction where it is reached, see core-type-missing. A size that is compared at once is taken for a test, and only noted.",
		Fix:        "Ask `bpf_core_type_exists` first.",
		Wrong:      "bpf_probe_read_kernel(buf, bpf_core_type_size(struct bpf_late), src);",
		Right:      "if (bpf_core_type_exists(struct bpf_late))\n\tbpf_probe_read_kernel(buf, bpf_core_type_size(struct bpf_late), src);",
		References: []string{"libbpf 1.8, relo_core.c, bpf_core_calc_type_relo", "Linux, tools/testing/selftests/bpf/progs/btf__core_reloc_type_based___all_missing.c"},
	},
	Run: func(p *analyzer.Pass) error {
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Status != plan.COREPatched || b.Matched || b.Kind != plan.CORETypeSize && b.Kind != plan.CORETargetTypeID {
				return ""
			}
			return b.Kind.String() + b.Root()
		}) {
			b := u.binding
			what := "size"
			if b.Kind == plan.CORETargetTypeID {
				what = "id"
			}
			f := dataFinding(what + " of " + typeNamed(rootOf(p, b)) + " is 0: not found in " + analyzer.KernelPlaceholder)
			f.Hint = "use it only if bpf_core_type_exists(" + cRoot(p, b) + ")"
			if b.ModulesUnknown {
				f.Message = what + " of " + typeNamed(rootOf(p, b)) + " is 0 unless a module has it: not found in vmlinux of " + analyzer.KernelPlaceholder
				f.Hint += "; to be sure, " + giveModules
			}
			if isTested(b.Record) {
				f.Severity = analyzer.Note
			}
			u.reportData(p, f)
		}
		return nil
	},
}

// dataFinding is a warning about a program that loads and gets wrong data.
func dataFinding(message string) analyzer.Finding {
	return analyzer.Finding{Severity: analyzer.Warning, Stage: plan.StageLoad, Message: message}
}

// reportData reports what is wrong in code that is not known to be dead.
func (u *coreUse) reportData(p *analyzer.Pass, f analyzer.Finding) {
	for _, rec := range u.first[:2] {
		if rec != nil {
			f.Location = u.locate(p, rec)
			p.Report(f)
			return
		}
	}
}

// maxTestGap is how many instructions after a value a jump tests it.
const maxTestGap = 3

// isTested reports whether the value of a record is compared before anything
// else is done with it: it guards what follows.
func isTested(rec *bpfobj.CORERecord) bool {
	insns := rec.Func.Insns
	reg := insns[rec.Insn].Dst
	for i := rec.Insn + 1; i < len(insns) && i <= rec.Insn+maxTestGap; i++ {
		switch insn := insns[i]; {
		case isJump(insn) && !insn.IsCall():
			return insn.Op>>4 != 0 && insn.Op>>4 != 9 && (insn.Dst == reg || insn.Op&8 != 0 && insn.Src == reg)
		case isJump(insn) || insn.Dst == reg || insn.Src == reg:
			return false
		}
	}
	return false
}

// isJump reports the classes JMP and JMP32.
func isJump(insn bpfobj.Insn) bool { return insn.Op&7 == 5 || insn.Op&7 == 6 }

var coreTypeIDModule = &analyzer.Rule{
	Name: "core-type-id-module", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-10"},
	Doc: analyzer.Doc{
		Title: "The id of a module's type is taken for one of vmlinux",
		Why: "`bpf_core_type_id_kernel` of a type that only a module has: libbpf puts the id of the module's BTF into the instruction, and nothing there says which BTF it is of, " +
			"so that the kernel takes it for another type of vmlinux. cilium/ebpf replaces the instruction by one that the verifier refuses where a path reaches it.",
		Fix:        "Use ids of types of vmlinux only.",
		Wrong:      "bpf_rdonly_cast(p, bpf_core_type_id_kernel(struct nf_conn)) /* of module nf_conntrack */",
		Right:      "BPF_CORE_READ((struct nf_conn *)p, status)",
		References: []string{"libbpf 1.8, relo_core.c, bpf_core_calc_type_relo", "cilium/ebpf v0.22.0, btf/core.go, coreCalculateFixup"},
	},
	Run: func(p *analyzer.Pass) error {
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Kind == plan.CORETargetTypeID && (b.Status == plan.COREPatched && b.Matched && b.Target.Module != "" ||
				b.Status == plan.COREPoisoned && b.Cause().Why == plan.COREModuleID) {
				return b.Root()
			}
			return ""
		}) {
			b := u.binding
			f := dataFinding("id of " + typeNamed(rootOf(p, b)) + " is that of a module in " + analyzer.KernelPlaceholder)
			f.Hint = "use ids of types of vmlinux only; BPF_CORE_READ reads fields of module types"
			if b.Status == plan.COREPoisoned {
				f.Severity = analyzer.Error
				u.report(p, explained(f, ", which does not fit into an instruction", ifReached))
				continue
			}
			u.reportData(p, explained(f, ", and the kernel takes it for one of vmlinux", ""))
		}
		return nil
	},
}

var coreTypeShadowed = &analyzer.Rule{
	Name: "core-type-shadowed", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-16"},
	Doc: analyzer.Doc{
		Title: "A type of vmlinux hides the module's type that has what is asked for",
		Why: "libbpf looks into the BTF of modules only if vmlinux has no type of the name. If it has one without the field, the field counts as missing: " +
			"`bpf_core_field_exists` is 0 and a read is refused where it is reached, although the struct of the module, which may be the one that the program " +
			"gets, has it. cilium/ebpf tries both.",
		Fix:        "Load the program with cilium/ebpf, or read the field without CO-RE. No flavor tells the two apart.",
		Wrong:      "bpf_core_field_exists(struct ring, of_the_module)",
		Right:      "/* a field that both structs have */\nbpf_core_field_exists(struct ring, size)",
		References: []string{"libbpf 1.8, libbpf.c, bpf_core_find_cands", "Linux, tools/testing/selftests/bpf/progs/test_core_reloc_module.c"},
	},
	Run: func(p *analyzer.Pass) error {
		if len(p.Plan.CORE) == 0 || len(p.Plan.Kernel.Modules) == 0 {
			return nil
		}
		modules := make(map[string]string)
		shadow := func(b *plan.COREBinding) string {
			if b.Matched || b.Status != plan.COREPatched && b.Status != plan.COREPoisoned {
				return ""
			}
			module, ok := modules[b.Subject()]
			if !ok {
				module = p.Plan.ShadowedBy(b)
				modules[b.Subject()] = module
			}
			if module == "" {
				return ""
			}
			return b.Subject()
		}
		for _, u := range coreUses(p, shadow) {
			f := dataFinding(subjectOf(u.binding) + " not found in vmlinux of " + analyzer.KernelPlaceholder)
			f.Hint = "{loader} does not look into modules if vmlinux has a type of that name"
			u.reportData(p, explained(f, "; that of module "+quoted(modules[u.subject])+" has it", ""))
		}
		return nil
	},
}

var coreFlavorParse = &analyzer.Rule{
	Name: "core-flavor-parse", Severity: analyzer.Note, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-15"},
	Doc: analyzer.Doc{
		Title: "Loaders disagree on where the flavor of a name starts",
		Why: "What follows three underscores in the name of a type or an enumerator is its flavor, and is cut off before the lookup. libbpf and the kernel want exactly three underscores, " +
			"cilium/ebpf cuts at the last three of them, aya at the first three. For a name such as `foo____bar` they look for different types.",
		Fix:        "Use three underscores, once, between other characters.",
		Wrong:      "struct task_struct____old { long state; };",
		Right:      "struct task_struct___old { long state; };",
		References: []string{"libbpf 1.8, libbpf.c, bpf_core_essential_name_len", "cilium/ebpf v0.22.0, btf/types.go, newEssentialName"},
	},
	Run: func(p *analyzer.Pass) error {
		var seen map[string]bool
		last := btfgraph.Void // records of one type come in rows
		for i := range p.Plan.CORE {
			b := &p.Plan.CORE[i]
			if b.Record.Func == nil || b.Record.Type == last {
				continue
			}
			last = b.Record.Type
			name := b.Root()
			if !strings.Contains(name, btfgraph.FlavorSep) || seen[name] {
				continue
			}
			if seen == nil {
				seen = make(map[string]bool)
			}
			seen[name] = true
			says := stemsOf(name)
			if len(says) == 1 {
				continue
			}
			p.Report(explained(analyzer.Finding{
				Severity: analyzer.Note, Stage: plan.StageLoad, Message: "flavor of " + typeNamed(rootOf(p, b)) + " is read in several ways",
				Hint: "put exactly three underscores before the flavor, once", Location: locateCORE(p, b),
			}, ": "+strings.Join(says, "; "), ""))
		}
		return nil
	},
}

// stemsOf says what loaders look for in place of a name, one text for all that
// agree: `libbpf, lskel: "foo____bar"`.
func stemsOf(name string) []string {
	var stems []string
	var says []string
	for _, l := range plan.Loaders {
		stem := l.EssentialName(name)
		i := slices.Index(stems, stem)
		if i < 0 {
			i, stems, says = len(stems), append(stems, stem), append(says, "")
		} else {
			says[i] += ", "
		}
		says[i] += l.Name
	}
	for i, stem := range stems {
		says[i] += ": " + quoted(stem)
	}
	return says
}

var coreFieldChanged = &analyzer.Rule{
	Name: "core-field-changed", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"CR-17", "CR-21", "CR-24"},
	Doc: analyzer.Doc{
		Title: "A field has another width, sign or place of its bits than the access",
		Why: "A load or store accesses as many bytes as the field had where the program was compiled. libbpf changes the width along with the field if both are unsigned integers or " +
			"pointers, and replaces the instruction by one that the verifier refuses otherwise. cilium/ebpf changes only the offset: the program reads a part of the field, or its " +
			"neighbours with it. No loader minds a change between signed and unsigned, nor where the bits of a bitfield lie, if they are read without " +
			"`BPF_CORE_READ_BITFIELD`, whose shifts are relocated too.",
		Fix: "Read fields whose type changes with `bpf_core_field_size` and `BPF_CORE_READ_BITFIELD`, or declare both forms in flavors of the struct and test " +
			"`bpf_core_field_size`.",
		Wrong: "__u32 n = req->count; /* u16 in some kernels */",
		Right: "__u64 n = BPF_CORE_READ_BITFIELD(req, count);",
		References: []string{
			"libbpf 1.8, relo_core.c, bpf_core_calc_relo: \"can't be automatically resized\"; bpf_core_patch_insn",
			"cilium/ebpf v0.22.0, btf/core.go, COREFixup.Apply",
			"Linux, tools/testing/selftests/bpf/progs/test_core_autosize.c, progs/test_core_reloc_bitfields_direct.c",
		},
	},
	Run: runCoreFieldChanged,
}

func runCoreFieldChanged(p *analyzer.Pass) error {
	for _, u := range coreUses(p, func(b *plan.COREBinding) string {
		if b.Status == plan.COREPoisoned && b.Cause().Why == plan.COREResized {
			return b.Path()
		}
		return ""
	}) {
		b, cause := u.binding, u.binding.Cause()
		clause := ": " + quoted(cause.Target) + ", not " + quoted(cause.Local)
		f := missing(fmt.Sprintf("%s has %d bytes in %s, %d in the object", subjectOf(b), b.Size, analyzer.KernelPlaceholder, b.OriginalSize))
		if local, target, ok := p.Plan.FieldsOf(b); ok && (local.Bits != 0 || target.Bits != 0) {
			f.Message, clause = subjectOf(b)+bitsClause(&local, &target, local.BitOffset-uint32(b.Original)*8, target.BitOffset-uint32(b.Value)*8), ""
		}
		f.Hint = "{loader} fits accesses to unsigned integers and pointers only: use BPF_CORE_READ_BITFIELD, or a flavor for each width"
		u.report(p, explained(f, clause, ifReached))
	}
	drifting := driftingCORE(p)
	if len(drifting) == 0 {
		return nil
	}
	d := drifts{p: p, of: make(map[driftKey]drift)}
	for _, u := range coreUsesAmong(p, drifting, func(b *plan.COREBinding) string {
		if b.Status == plan.COREPatched && b.Kind == plan.COREByteOff && b.Record.Func != nil && d.find(b).clause != "" {
			return b.Path()
		}
		return ""
	}) {
		drift := d.find(u.binding)
		f := dataFinding(subjectOf(u.binding) + drift.clause)
		f.Hint = drift.hint
		if drift.minor {
			f.Severity = analyzer.Note
		}
		if drift.beyond {
			f.DependsOn = "type that the verifier gives the pointer"
		}
		u.reportData(p, f)
	}
	return nil
}
