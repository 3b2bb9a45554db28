package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var structOpsSignatureDrift = &analyzer.Rule{
	Name:     "struct-ops-signature-drift",
	Severity: analyzer.Warning,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-37", "SO-38", "SO-39"},
	Doc: analyzer.Doc{
		Title: "A callback is declared with other parameters than the kernel's",
		Why: "No loader compares the prototype of a callback with the kernel's. The verifier checks the program against the " +
			"kernel's: a parameter that the kernel does not pass cannot be read (see argument-missing), a " +
			"number where the program expects a pointer cannot be followed, and with a pointer to another struct the program " +
			"reads other fields than it says. Of a number that is wider in the kernel it reads a part, of a narrower one more than there is; " +
			"that one side takes it for signed is a note. Parameters that the kernel passes in addition do no harm at the end of the list.",
		Fix: "Declare the callback as the target kernel does. For several kernels write a program and a struct flavor for each " +
			"form, and create the map that fits.",
		Wrong: "void (*cong_control)(struct sock *sk, __u32 ack, int flag, const struct rate_sample *rs); /* before 6.10: sk, rs */",
		Right: "void (*cong_control)(struct sock *sk, const struct rate_sample *rs);",
		References: []string{
			"Linux 7.2, kernel/bpf/btf.c, btf_ctx_access",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_module.c and tcp_ca_write_sk_pacing.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		eachMember(p, func(b *plan.StructOpsBinding, s plan.StructOpsSlot, m *plan.MemberBinding) {
			for _, d := range m.Drifts {
				f := memberFinding(p, s, "callback %q of struct %q has %s, %s in %s",
					m.Member.Name, b.TypeName, d.Local, d.Kernel, analyzer.KernelPlaceholder)
				if f.Severity, f.Scope = analyzer.Warning, (plan.Scope{}); d.Sign {
					f.Severity = analyzer.Note
				}
				f.Hint = fmt.Sprintf("the verifier goes by the kernel's prototype of %q", m.Member.Name)
				p.Report(f)
			}
		})
		return nil
	},
}
