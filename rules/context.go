package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

var contextRules = []*analyzer.Rule{argumentMissing}

var argumentMissing = &analyzer.Rule{
	Name: "argument-missing", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"SO-37"},
	Doc: analyzer.Doc{
		Title: "A program reads an argument that the kernel does not pass",
		Why: "Programs of `fentry`, `fexit`, `tp_btf`, `lsm` and `struct_ops` get an array of the arguments of what they attach to. The verifier knows from the kernel's BTF how many " +
			"there are: \"func 'x' doesn't have 3-th argument\". Functions, tracepoints and callbacks gain and lose arguments from version to version, and no loader " +
			"compares what a program declares. The return value follows the arguments for `fexit`, `fmod_ret`, `fsession` and `lsm`, unless there is none. Programs of " +
			"`raw_tp` load, and are refused when they attach.",
		Fix: "Declare the arguments that the target kernel has. For several kernels write one program for each form and switch the others off, or read the " +
			"argument only where a CO-RE relocation, such as `bpf_core_type_exists`, or a kernel version tells that it is there.",
		Wrong: "SEC(\"tp_btf/sched_switch\") /* before 5.18: preempt, prev, next */\nint BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int state)\n{\n\tseen = state;",
		Right: "SEC(\"tp_btf/sched_switch\")\nint BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)",
		References: []string{
			"Linux, kernel/bpf/btf.c, btf_ctx_access",
			"Linux, kernel/trace/bpf_trace.c, __bpf_probe_register",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_module.c and struct_ops_multi_args.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, r := range p.Plan.ContextReads() {
			pp := &p.Plan.Programs[r.Program]
			target := targetWord(&pp.Target)
			if r.Member != "" {
				target = fmt.Sprintf("callback %q", r.Member)
			}
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: p.Plan.Object.Locate(r.Func, r.Insn),
				Message: fmt.Sprintf("argument %d of %s is read, and it has %s in {kernel}", r.Argument, target, argumentCount(r.Arguments)),
				Hint:    "declare the program with the arguments that the kernel passes, or switch it off there",
			}
			if r.Return {
				f.Message = fmt.Sprintf("the return value of %s is read, and it returns nothing in {kernel}", target)
				f.Hint = "leave the last parameter out"
			}
			f.Location.Symbol = "program " + pp.Program.Name
			if r.AtAttach {
				f.Stage = plan.StageAttach
			}
			reportReached(p, f, &r.Reach)
		}
		return nil
	},
}

// argumentCount is "no arguments", "1 argument", "2 arguments".
func argumentCount(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
