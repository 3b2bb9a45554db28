package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var coreTypeMissing = &analyzer.Rule{
	Name: "core-type-missing", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"CR-14", "CR-28"},
	Doc: analyzer.Doc{
		Title: "A type does not exist in the kernel, and the program reads its fields",
		Why: "CO-RE looks a type up by its name, without what follows three underscores, and by its kind: a struct finds no union, a typedef finds only typedefs. " +
			"If the kernel has none, every access to a field is replaced by an instruction that the verifier refuses where a path reaches it. " +
			"libbpf searches vmlinux, and modules if vmlinux has no such type; cilium/ebpf searches both. With cilium/ebpf the size and the id of a missing type are refused likewise, " +
			"see core-type-zero for libbpf.\n\n" +
			"A kernel that is built without BTF (`CONFIG_DEBUG_INFO_BTF`) has no types at all, and loaders refuse whatever needs a relocation.",
		Fix:        "Ask with `bpf_core_type_exists` before anything of the type is used. Where its kind changed, declare one flavor of each kind.",
		Wrong:      "__u64 id = ((struct bpf_late *)ctx)->id;",
		Right:      "if (bpf_core_type_exists(struct bpf_late))\n\tid = ((struct bpf_late *)ctx)->id;",
		References: append([]string{"libbpf 1.8, libbpf.c, bpf_core_find_cands, obj_needs_vmlinux_btf", "cilium/ebpf v0.22.0, btf/core.go, CORERelocate; linker.go, applyRelocations"}, coreReferences...),
	},
	Run: func(p *analyzer.Pass) error {
		reportNoTypes(p)
		regs := registerMix(p)
		for _, u := range coreUses(p, func(b *plan.COREBinding) string {
			if b.Status != plan.COREPoisoned || b.Kind.EnumvalBased() || regs.covers(b) {
				return ""
			}
			switch b.Cause().Why {
			case plan.CORENoType, plan.COREOtherKind:
			case plan.COREUnlike, plan.COREOutvoted:
				if b.Kind.FieldBased() {
					return ""
				}
			default:
				return ""
			}
			return b.Root()
		}) {
			b := u.binding
			u.symbol = rootOf(p, b)
			typ := typeNamed(rootOf(p, b))
			f := missing(typ + " not found in " + analyzer.KernelPlaceholder)
			f.Hint = globalHint(p, u, "use it only if bpf_core_type_exists("+cRoot(p, b)+")")
			clause := ""
			switch near := u.near(p); {
			case b.Cause().Why == plan.COREUnlike:
				f.Message = typ + " is another type in " + analyzer.KernelPlaceholder
				clause = ": " + b.Reason()
			case b.Cause().Why == plan.COREOutvoted:
				clause = ": " + b.Reason()
			case len(near) > 0 && near[0].How == plan.OtherKind:
				clause = "; it is " + near[0].Name
				f.Hint = "declare a flavor of that kind, and use the one for which bpf_core_type_exists is 1"
			case len(near) > 0:
				if clause = "; it has " + near[0].Name; len(f.Message)+len(clause)+len(ifReached) > maxMessage {
					clause = "" // the hint names it
				}
				f.Hint = globalHint(p, u, "use "+strings.ReplaceAll(near[0].Name, `"`, "")+" where bpf_core_type_exists("+cRoot(p, b)+") is 0")
			case b.Cause().Why == plan.COREOtherKind:
				clause = ": " + b.Reason()
			case b.Kind.FieldBased() && u.records > 1:
				clause = fmt.Sprintf("; %d accesses need it", u.records)
			case b.Kind.FieldBased():
				clause = "; " + quoted(clipPath(b.Path())) + " needs it"
			}
			if b.Kind.FieldBased() && u.isReached() && !b.ModulesUnknown && p.Plan.Foreign(b) {
				f.Hint = "if it is your own struct, take it out of preserve_access_index; else " + f.Hint
			}
			u.report(p, explained(f, clause, ifReached))
		}
		return nil
	},
}

// reportNoTypes reports CO-RE records on a kernel that is built without BTF.
func reportNoTypes(p *analyzer.Pass) {
	k, records := p.Plan.Kernel, p.Plan.Object.CORE
	if k == nil || k.Types != nil || k.Config == nil || !k.Config.Disabled("CONFIG_DEBUG_INFO_BTF") || len(records) == 0 {
		return
	}
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
		Message:  fmt.Sprintf("%d CO-RE relocations need the types of %s, which is built without BTF", len(records), analyzer.KernelPlaceholder),
		Hint:     "enable CONFIG_DEBUG_INFO_BTF, or give the loader a BTF file of that very kernel",
		Location: bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1},
	}
	if !p.Plan.Loader.CORE.ObjectTypes {
		var funcs []*bpfobj.Function
		for i := range records {
			if records[i].Func != nil {
				funcs = append(funcs, records[i].Func)
			}
		}
		f.Scope = p.Plan.ScopeOfFunctions(funcs...)
	}
	if !f.Scope.Empty() {
		p.Report(f)
	}
}
