package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
)

var structOpsRefTailCall = &analyzer.Rule{
	Name: "struct-ops-ref-tail-call", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-50"},
	Doc: analyzer.Doc{
		Title: "A struct_ops program that is given a reference makes a tail call",
		Why: "Some callbacks own an argument: `enqueue` of `Qdisc_ops` has to queue or drop its packet. In the kernel's BTF the parameter of the callback's stub ends in `__ref`. The " +
			"verifier cannot follow such a reference through a tail call, and refuses the program for any tail call in it, reached or not: \"program with __ref argument cannot tail call\".",
		Fix:   "Call a function instead.",
		Wrong: "SEC(\"struct_ops\") int BPF_PROG(enqueue, struct sk_buff *skb, struct Qdisc *sch, struct bpf_sk_buff_ptr *to_free)\n{\n\tbpf_tail_call(ctx, &programs, 0);",
		Right: "SEC(\"struct_ops\") int BPF_PROG(enqueue, struct sk_buff *skb, struct Qdisc *sch, struct bpf_sk_buff_ptr *to_free)\n{\n\treturn classify(skb, sch, to_free);",
		References: []string{
			"Linux 7.2, kernel/bpf/verifier.c, check_struct_ops_btf_id; kernel/bpf/bpf_struct_ops.c, prepare_arg_info",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_refcounted_fail__tail_call.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, c := range p.Plan.RefTailCalls() {
			b := &p.Plan.StructOps[c.Slot.Map]
			member := &b.Map.Members[c.Slot.Member]
			f := memberFinding(p, c.Slot, "callback %q of struct %q owns argument %q in {kernel}, and makes a tail call", member.Name, b.TypeName, c.Param)
			f.Hint = fmt.Sprintf("call a function in place of the tail call: %q has to be released here", c.Param)
			f.Location = p.Plan.Object.Locate(c.Func, c.Insn)
			f.Location.Symbol = "program " + member.Program.Name
			p.Report(f)
		}
		return nil
	},
}
