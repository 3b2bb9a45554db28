package rules

import (
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var ksymNoAddress = &analyzer.Rule{
	Name: "ksym-no-address", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KS-08"},
	Doc: analyzer.Doc{
		Title: "A variable is in the kernel's BTF and has no address",
		Why: "The kernel looks the name of a typed variable up among its symbols wherever its address is loaded, reached or not, and refuses the program if there is none. " +
			"Without CONFIG_KALLSYMS_ALL there are no symbols of variables. No loader notices, and `__weak` does not help: the variable was found in BTF.",
		Fix:   "Enable CONFIG_KALLSYMS_ALL in the kernel, or use a helper or kfunc in place of the variable.",
		Wrong: "extern const struct rq runqueues __ksym;  /* kernel without CONFIG_KALLSYMS_ALL */",
		Right: "struct task_struct *t = (void *)bpf_get_current_task();",
		References: []string{
			"Linux, kernel/bpf/verifier.c, __check_pseudo_btf_id: \"ldimm64 failed to find the address for kernel symbol\"",
		},
	},
	Run: runKsymNoAddress,
}

func runKsymNoAddress(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternVar || b.Extern.Typeless() || b.Status != plan.ExternFound || b.Address != plan.AddressMissing {
			continue
		}
		if b.Uses.Empty() {
			continue
		}
		p.Report(analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Scope: b.Uses, Location: useOf(p, b, b.Uses),
			Message: "ksym " + quoted(b.Name) + " has no address in {kernel}: BTF lists it, kallsyms does not",
			Hint:    "the kernel needs CONFIG_KALLSYMS_ALL; __weak does not help",
		})
	}
	return nil
}

var ksymHidden = &analyzer.Rule{
	Name: "ksym-hidden", Severity: analyzer.Warning, Needs: analyzer.NeedsSymbols, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternVar),
	Aliases:  []string{"KS-07"},
	Doc: analyzer.Doc{
		Title: "The kernel hides the addresses of its symbols",
		Why: "Every address in the symbols is 0. If kallsyms reads like that when the object is loaded (`kptr_restrict`, or no CAP_SYSLOG), " +
			"libbpf resolves typeless variables to 0 without an error, and cilium/ebpf refuses the load.",
		Fix:   "Load with CAP_SYSLOG and `kernel.kptr_restrict` below 2. Test the address before use.",
		Wrong: "__u64 addr = (__u64)&bpf_prog_fops;",
		Right: "if (&bpf_prog_fops)\n\taddr = (__u64)&bpf_prog_fops;",
		References: []string{
			"libbpf 1.8, libbpf.c, kallsyms_cb",
			"cilium/ebpf v0.22.0, internal/kallsyms/kallsyms.go, assignAddresses: ErrRestrictedKernel",
		},
	},
	Run: runKsymHidden,
}

func runKsymHidden(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternVar || !b.Extern.Typeless() || b.Status != plan.ExternFound || b.Module != "" || b.Addresses != nil {
			continue
		}
		f := analyzer.Finding{
			Severity: analyzer.Warning, Stage: plan.StageLoad, Location: useOf(p, b, b.Scope),
			Message: "ksym " + quoted(b.Name) + " has the address 0 if {kernel} hides addresses as its symbols do",
			Hint:    "load with CAP_SYSLOG and kernel.kptr_restrict below 2",
		}
		if p.Plan.Loader.Externs.HiddenRefused {
			f.Message = "ksym " + quoted(b.Name) + " is refused by {loader} if {kernel} hides addresses as its symbols do"
			f.Scope, f.DependsOn = b.Scope, "symbols"
		}
		p.Report(f)
	}
	return nil
}

var ksymInModule = &analyzer.Rule{
	Name: "ksym-in-module", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KS-09"},
	Doc: analyzer.Doc{
		Title: "A variable exists only while a module is loaded",
		Why: "The variable is in the BTF of a module. It is found if the module is loaded when the object is; otherwise a strong extern fails the load and a weak one has the address 0. " +
			"The modules of the running kernel are loaded; those of a directory may not be.",
		Fix:   "Load the module before the object, or declare the variable `__weak` and test its address.",
		Wrong: "extern const struct nf_conn nf_ct_template __ksym;",
		Right: "extern const struct nf_conn nf_ct_template __ksym __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, find_ksym_btf_id",
			"Linux, tools/testing/selftests/bpf/progs/test_ksyms_module.c",
		},
	},
	Run: runKsymInModule,
}

func runKsymInModule(p *analyzer.Pass) error {
	reportModules(p, bpfobj.ExternVar)
	return nil
}

var ksymPerCPU = &analyzer.Rule{
	Name: "ksym-percpu", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Aliases: []string{"KS-10"},
	Doc: analyzer.Doc{
		Title: "A per-CPU variable is accessed directly, or another one through the per-CPU helpers",
		Why: "The address of a per-CPU variable is an offset that only `bpf_per_cpu_ptr` and `bpf_this_cpu_ptr` turn into an address. " +
			"The verifier refuses an access to the variable itself, and other variables as an argument of these helpers, where it reaches them.",
		Fix:   "Use `bpf_per_cpu_ptr` or `bpf_this_cpu_ptr` for per-CPU variables, and only for them.",
		Wrong: "return runqueues.nr_running;",
		Right: "struct rq *rq = bpf_this_cpu_ptr(&runqueues);\n\nreturn rq->nr_running;",
		References: []string{
			"Linux, kernel/bpf/verifier.c, check_ptr_to_btf_access, check_reg_type",
			"Linux, tools/testing/selftests/bpf/progs/test_ksyms_btf.c, progs/test_ksyms_btf_write_check.c",
		},
	},
	Run: runKsymPerCPU,
}

func runKsymPerCPU(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternVar || b.Status != plan.ExternFound {
			continue
		}
		for _, m := range b.Misuses {
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad,
				Message: "per-CPU ksym " + quoted(b.Name) + " is accessed directly in {kernel}",
				Hint:    "get the address of one CPU's copy with bpf_this_cpu_ptr or bpf_per_cpu_ptr",
			}
			if m.Helper != "" {
				f.Message = "ksym " + quoted(b.Name) + " is passed to " + m.Helper + " and is not per-CPU in {kernel}"
				f.Hint = "access it directly"
			}
			f.Location = p.Plan.Object.Locate(m.Func, m.Insn)
			f.Location.Symbol = symbolOf(p, b.Extern)
			reach := p.Plan.ReachOf(m.Func, m.Insn)
			reportReached(p, f, &reach)
		}
	}
	return nil
}
