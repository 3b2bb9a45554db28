package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var mapProgramsMixed = &analyzer.Rule{
	Name:     "map-programs-mixed",
	Severity: analyzer.Error,
	Since:    "0.1.0",
	Doc: analyzer.Doc{
		Title: "Programs of different sorts share a map of programs",
		Why: "A program array belongs to the first program that refers to it: every other one that does, or is placed in it, has to be of the same type, and agree in " +
			"BPF_F_XDP_HAS_FRAGS and, where the kernel's `struct bpf_map_owner` has members for it, in sleepability, expected attach type (`kprobe` and `kprobe.multi`, " +
			"`cgroup/bind4` and `cgroup/connect4`) and the prototype of its target. Since 5.18 maps of devices and CPUs belong to programs too. The kernel says nothing but EINVAL, " +
			"with an empty verifier log, and code that is never reached counts.",
		Fix:   "Define one map for each sort of programs.",
		Wrong: "SEC(\"xdp\") int in(struct xdp_md *ctx)       { bpf_tail_call(ctx, &steps, 0); ... }\nSEC(\"tc\") int out(struct __sk_buff *ctx)     { bpf_tail_call(ctx, &steps, 1); ... }",
		Right: "SEC(\"xdp\") int in(struct xdp_md *ctx)       { bpf_tail_call(ctx, &xdp_steps, 0); ... }\nSEC(\"tc\") int out(struct __sk_buff *ctx)     { bpf_tail_call(ctx, &tc_steps, 1); ... }",
		References: []string{
			"Linux 7.3, kernel/bpf/core.c, bpf_check_tail_call and __bpf_prog_map_compatible",
			"Linux, commits f45d5b6ce2e8 (5.18) and 4540aed51b12 (6.18, and stable kernels)",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, s := range p.Plan.MapSharings() {
			p.Report(sharingFinding(p, &s))
		}
		return nil
	},
}

// sharingFinding is the finding about two programs that cannot share a map.
func sharingFinding(p *analyzer.Pass, s *plan.MapSharing) analyzer.Finding {
	first, second := &p.Plan.Programs[s.First], &p.Plan.Programs[s.Second]
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateProgram(p, second.Program.Function), Scope: plan.Scope{Whole: true},
		Hint: "define a map for each of them, or switch one off",
		Related: []analyzer.Related{{
			Message: fmt.Sprintf("program %q uses the map too", first.Program.Name), Location: locateProgram(p, first.Program.Function),
		}},
	}
	what := fmt.Sprintf("program %q cannot use map %q of program %q in {kernel}", second.Program.Name, s.Map.Map.Name, first.Program.Name)
	if s.Entry {
		what = fmt.Sprintf("program %q cannot be an entry of map %q of program %q in {kernel}", second.Program.Name, s.Map.Map.Name, first.Program.Name)
	}
	return detailed(f, what, sharingDetail(s.Fault, first, second), "")
}

// sharingDetail says in what two programs differ.
func sharingDetail(fault plan.SharingFault, first, second *plan.ProgramPlan) string {
	switch fault {
	case plan.SharedTypes:
		return fmt.Sprintf("the types are %s and %s", typeWord(second.ProgType), typeWord(first.ProgType))
	case plan.SharedAttachTypes:
		return fmt.Sprintf("the attach types are %s and %s", typeWord(second.AttachType), typeWord(first.AttachType))
	case plan.SharedPrototypes:
		return fmt.Sprintf("the prototypes of %s and %s differ", second.AttachTo, first.AttachTo)
	case plan.SharedFrags:
		return "BPF_F_XDP_HAS_FRAGS of one only"
	}
	return "one may sleep, the other must not"
}

// typeWord is an enumerator of program or attach types in a message.
func typeWord(name string) string {
	if name == "" {
		return "none"
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "BPF_PROG_TYPE_"), "BPF_")
}
