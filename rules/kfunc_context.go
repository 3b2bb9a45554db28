package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var kfuncContextRules = []*analyzer.Rule{kfuncContext, kfuncSleepable}

var kfuncContext = &analyzer.Rule{
	Name: "kfunc-context", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-11", "KF-12", "K04"},
	Doc: analyzer.Doc{
		Title: "A kfunc may not be called by programs of this sort",
		Why: "The kernel registers each kfunc for some types of programs. A call in a program of another type is refused where the verifier reaches it, in the " +
			"words that it has for functions that are no kfuncs: \"calling kernel function x is not allowed\". Some sets are limited further: in 7.2 the kfuncs of " +
			"sched_ext to the members of `sched_ext_ops` from which they can work, those of BPF qdiscs to `enqueue` or `dequeue`, those of sessions to programs of " +
			"session sections.\n\n" +
			"No loader notices, and BTF does not tell. This rule has a table of what Linux 6.1, 6.12, 7.2 and 7.3 register, and looks in BTF for the filters. It is an " +
			"error if no version that the kernel may be allows the call, and a warning if some do; the kernel's configuration, which has its version, narrows that.",
		Fix: "Call the kfunc from a program of a type that may: `fentry` or `tp_btf` in place of `kprobe`, for example. Guard calls in functions that programs of " +
			"several types share; `bpf_ksym_exists` does not tell, as the kernel has the function.",
		Wrong: "SEC(\"kprobe/do_exit\") int BPF_KPROBE(on_exit)\n{\n\tstruct task_struct *t = bpf_task_from_pid(1);",
		Right: "SEC(\"fentry/do_exit\") int BPF_PROG(on_exit)\n{\n\tstruct task_struct *t = bpf_task_from_pid(1);",
		References: []string{
			"Linux, kernel/bpf/btf.c, bpf_prog_type_to_kfunc_hook; kernel/bpf/verifier.c, check_kfunc_call",
			"Linux 7.2, kernel/sched/ext/ext.c, scx_kfunc_context_filter; net/sched/bpf_qdisc.c, bpf_qdisc_kfunc_filter",
			"Linux, tools/testing/selftests/bpf/progs/verifier_kfunc_prog_types.c and bpf_qdisc_fail__incompl_ops.c",
		},
	},
	Run: func(p *analyzer.Pass) error {
		misuses := p.Plan.KfuncMisuses()
		for i := range misuses {
			if m := &misuses[i]; m.Fault != plan.KfuncSleeps {
				reportMisuse(p, m, misusePlace(m), placeHint(m))
			}
		}
		return nil
	},
}

// misusePlace says to what a kfunc is refused.
func misusePlace(m *plan.KfuncMisuse) string {
	switch m.Fault {
	case plan.KfuncMember:
		return fmt.Sprintf("programs of %q", m.Place)
	case plan.KfuncOps:
		return fmt.Sprintf("programs of struct %q", m.Place)
	case plan.KfuncAttachType:
		return "programs of attach type " + m.Place
	}
	return "programs of type " + m.Place
}

// likelyPlaces are the program types that a hint names first, as most kfuncs are
// meant for them.
var likelyPlaces = [...]string{"TRACING", "STRUCT_OPS", "SCHED_CLS", "XDP", "SYSCALL"}

// likelyFirst orders places, which are ascending, for a hint that cannot name all.
func likelyFirst(places []string) {
	rank := func(place string) int {
		if i := slices.Index(likelyPlaces[:], place); i >= 0 {
			return i
		}
		return len(likelyPlaces)
	}
	slices.SortStableFunc(places, func(a, b string) int { return rank(a) - rank(b) })
}

// placeHint is the way out for a call in the wrong place.
func placeHint(m *plan.KfuncMisuse) string {
	if len(m.Allowed) == 0 {
		return "call it from a program of another type"
	}
	names := make([]string, len(m.Allowed))
	for i, name := range m.Allowed {
		_, member, found := strings.Cut(name, ".")
		if !found {
			member = name
		}
		names[i] = member
	}
	likelyFirst(names)
	what := map[plan.KfuncFault]string{
		plan.KfuncProgType: "programs of type ", plan.KfuncAttachType: "programs of attach type ",
		plan.KfuncOps: "programs of struct ", plan.KfuncMember: "members ",
	}[m.Fault]
	return "it may be called by " + what + analyzer.Enumerate(names)
}

// reportMisuse reports the calls of a kfunc that are refused where they are reached.
func reportMisuse(p *analyzer.Pass, m *plan.KfuncMisuse, what, hint string) {
	loc := p.Plan.Object.Locate(m.Func, m.Insn)
	loc.Symbol = symbolOf(p, m.Extern.Extern)
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: plan.StageLoad, Location: loc, Hint: hint,
		Message: fmt.Sprintf("kfunc %q is refused to %s in {kernel}", m.Extern.Name, what),
	}
	if !m.Sure {
		f.Severity, f.DependsOn = analyzer.Warning, "version"
		f.Message = fmt.Sprintf("kfunc %q may be refused to %s in {kernel}, by its version", m.Extern.Name, what)
	}
	if p.Plan.MayBeAbsent(m.Extern) {
		ifLoaded(&f)
	}
	reportReached(p, f, &m.Reach)
}

var kfuncSleepable = &analyzer.Rule{
	Name: "kfunc-sleepable", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KF-13"},
	Doc: analyzer.Doc{
		Title: "A kfunc that may sleep is called by a program that must not",
		Why: "Kfuncs marked KF_SLEEPABLE, such as `bpf_copy_from_user_str` and `bpf_get_file_xattr`, can be called only by programs that are loaded as sleepable: \"program must be " +
			"sleepable to call sleepable kfunc\". Sections with `.s` in their name are (`fentry.s`, `lsm.s`, `uprobe.s`, `iter.s`, `struct_ops.s`), and `syscall`. BTF does not tell " +
			"which kfuncs sleep; this rule has the flags of Linux 6.1, 6.12, 7.2 and 7.3. Calls in callbacks are left out: those of work queues may sleep.",
		Fix:   "Use the sleepable section, if the hook allows it, or move the call to a `bpf_wq` callback.",
		Wrong: "SEC(\"lsm/file_open\") int BPF_PROG(check, struct file *file)\n{\n\tbpf_get_file_xattr(file, \"user.x\", &value);",
		Right: "SEC(\"lsm.s/file_open\") int BPF_PROG(check, struct file *file)\n{\n\tbpf_get_file_xattr(file, \"user.x\", &value);",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_kfunc_call; include/linux/btf.h, KF_SLEEPABLE",
		},
	},
	Run: func(p *analyzer.Pass) error {
		misuses := p.Plan.KfuncMisuses()
		for i := range misuses {
			if m := &misuses[i]; m.Fault == plan.KfuncSleeps {
				reportMisuse(p, m, "programs that must not sleep", sleepableHint(p, m.Func))
			}
		}
		return nil
	},
}

// sleepableHint names the sleepable section of the program that a function is.
func sleepableHint(p *analyzer.Pass, f *bpfobj.Function) string {
	if f.Program == nil {
		return "call it from programs of sleepable sections only, or from a callback of bpf_wq"
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(f.SectionName, "?"), "/")
	for _, def := range p.Plan.Loader.Sections {
		if def.Sleepable && def.Name == name+".s" {
			if rest != "" {
				rest = "/" + rest
			}
			return fmt.Sprintf("use SEC(%q), if that may sleep", name+".s"+rest)
		}
	}
	return "programs of this type never sleep: call it from a callback of bpf_wq"
}
