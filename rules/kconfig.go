package rules

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var kconfigRules = []*analyzer.Rule{
	kconfigUnset, kconfigType, kconfigValue, kconfigVirtual, kconfigUnknown, kconfigBadLine,
}

var kconfigUnset = &analyzer.Rule{
	Name: "kconfig-unset", Severity: analyzer.Error, Needs: analyzer.NeedsConfig, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternKconfig),
	Aliases:  []string{"KC-01"},
	Doc: analyzer.Doc{
		Title: "An option that the object needs is not set in the kernel's configuration",
		Why: "A strong extern of `.kconfig` needs a line `CONFIG_X=...` in the kernel's configuration. A disabled option has none, only a comment: " +
			"a strong bool does not read false then but fails the load. libbpf fails the whole object, cilium/ebpf every program that uses an option.",
		Fix:   "Declare the option `__weak`: it reads 0 where it is not set. cilium/ebpf v0.22.0 does not open objects that use weak options; there, give the value by other means.",
		Wrong: "extern bool CONFIG_SCHED_CLASS_EXT __kconfig;",
		Right: "extern bool CONFIG_SCHED_CLASS_EXT __kconfig __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_externs",
			"cilium/ebpf v0.22.0, collection.go, resolveKconfig",
			"Linux, tools/testing/selftests/bpf/progs/test_core_extern.c",
		},
	},
	Run: runKconfigUnset,
}

func runKconfigUnset(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternKconfig || b.Status != plan.ExternMissing || b.Virtual || b.Scope.Empty() {
			continue
		}
		hint := "declare it __weak: it reads 0 where it is not set"
		if p.Plan.Loader.Externs.NoWeakKconfig {
			hint = "have user space set a const volatile variable: weak options are unknown to {loader}"
		} else if b.Extern.MayBeWeak() {
			continue
		}
		f := refused(b, b.Scope, quoted(b.Name)+" is not set in the configuration of {kernel}", hint)
		f.Location = useOf(p, b, b.Scope)
		p.Report(f)
	}
	return nil
}

var kconfigType = &analyzer.Rule{
	Name: "kconfig-type", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KC-02"},
	Doc: analyzer.Doc{
		Title: "The type of an option cannot hold any value",
		Why: "libbpf knows five types of externs in `.kconfig`: bool, char, integers of 2, 4 and 8 bytes, `enum libbpf_tristate`, and arrays of char. " +
			"It does not open an object with another one. cilium/ebpf wants a type that has a size.",
		Fix:   "Declare the option with a type that holds its values.",
		Wrong: "extern struct hz CONFIG_HZ __kconfig;",
		Right: "extern int CONFIG_HZ __kconfig;",
		References: []string{
			"libbpf 1.8, libbpf.c, find_kcfg_type",
			"cilium/ebpf v0.22.0, btf/btf.go, fixupDatasecLayout",
		},
	},
	Run: runKconfigType,
}

func runKconfigType(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Fault != plan.FaultType {
			continue
		}
		f := detailed(refused(b, b.Scope, "", "declare it as bool, int, enum libbpf_tristate or an array of char"),
			quoted(b.Name)+" has no value with {loader}", b.Detail, "")
		f.Location = useOf(p, b, b.Scope)
		p.Report(f)
	}
	return nil
}

var kconfigValue = &analyzer.Rule{
	Name: "kconfig-value", Severity: analyzer.Error, Needs: analyzer.NeedsConfig, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternKconfig),
	Aliases:  []string{"KC-03", "KC-04"},
	Doc: analyzer.Doc{
		Title: "The value of an option does not fit its type",
		Why: "y and n fit bool, char and `enum libbpf_tristate`, m fits the last two, a number an integer that is large enough, a string an array of char. " +
			"Any other value fails the load, also of a weak option. A string that is longer than its array is cut: libbpf keeps a final NUL, cilium/ebpf does not. " +
			"cilium/ebpf refuses y, n and m for char.",
		Fix:   "Use `enum libbpf_tristate` for options that may be modules, and an integer or array that holds every value.",
		Wrong: "extern bool CONFIG_NF_CONNTRACK __kconfig __weak;",
		Right: "extern enum libbpf_tristate CONFIG_NF_CONNTRACK __kconfig __weak;",
		References: []string{
			"libbpf 1.8, libbpf.c, set_kcfg_value_tri, set_kcfg_value_str, set_kcfg_value_num",
			"cilium/ebpf v0.22.0, internal/kconfig/kconfig.go, PutValue",
			"Linux, tools/testing/selftests/bpf/prog_tests/core_extern.c",
		},
	},
	Run: runKconfigValue,
}

func runKconfigValue(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternKconfig || b.Virtual || b.Problem == "" && !b.Cut || b.Scope.Empty() {
			continue
		}
		f := detailed(refused(b, b.Scope, "", "declare it with a type that holds this value"), quoted(b.Name)+" in {kernel}", b.Problem, "")
		f.Location = useOf(p, b, b.Scope)
		if b.Problem == "" {
			f.Severity, f.Scope = analyzer.Warning, plan.Scope{}
			f.Message = quoted(b.Name) + " in {kernel}: value " + clip(b.Value) + " is cut to the length of the array"
			f.Hint = "declare an array of at least " + strconv.Itoa(len(b.Value)-1) + " bytes"
		}
		p.Report(f)
	}
	return nil
}

var kconfigVirtual = &analyzer.Rule{
	Name: "kconfig-virtual", Severity: analyzer.Error, Since: "0.1.0",
	Aliases: []string{"KC-05"},
	Doc: analyzer.Doc{
		Title: "An extern of .kconfig that the loader must know by itself",
		Why: "Names without `CONFIG_` stand for what the loader finds out. libbpf knows LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and LINUX_HAS_SYSCALL_WRAPPER and gives 0 to other weak names with LINUX_. " +
			"cilium/ebpf knows LINUX_KERNEL_VERSION, as a plain 32-bit integer and not a typedef like __u32, and LINUX_HAS_SYSCALL_WRAPPER, and takes every other name for an option.\n\n" +
			"libbpf reads the version from the release (`uname -r`), on Debian from `uname -v`, as three numbers. Some kernels have two, such as 7.3-amd64.",
		Fix:   "Use the names that the loader knows, `extern int LINUX_KERNEL_VERSION __kconfig`; better, test for the feature and not the version.",
		Wrong: "extern __u32 LINUX_KERNEL_VERSION __kconfig;",
		Right: "extern int LINUX_KERNEL_VERSION __kconfig;",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__resolve_externs; libbpf_probes.c, get_kernel_version",
			"cilium/ebpf v0.22.0, collection.go, resolveKconfig",
		},
	},
	Run: runKconfigVirtual,
}

func runKconfigVirtual(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternKconfig || !b.Virtual || b.Problem == "" && b.Status != plan.ExternMissing || b.Scope.Empty() {
			continue
		}
		var names []string
		for _, v := range p.Plan.Loader.Externs.Virtual {
			names = append(names, v.Name)
		}
		f := refused(b, b.Scope, quoted(b.Name)+" is unknown to {loader}", "known are "+strings.Join(names, ", ")+" and options CONFIG_X")
		if b.Problem != "" {
			what := quoted(b.Name) + " has no value with {loader}"
			f.Hint = "declare it extern int " + b.Name + " __kconfig"
			if strings.HasPrefix(b.Problem, "release") {
				what += " on {kernel}"
				f.Hint = "test for the feature and not the version, with bpf_core_type_exists and its kin"
			}
			f = detailed(f, what, b.Problem, "")
		}
		f.Location = useOf(p, b, b.Scope)
		p.Report(f)
	}
	return nil
}

var kconfigUnknown = &analyzer.Rule{
	Name: "kconfig-unknown", Severity: analyzer.Warning, Since: "0.1.0",
	Aliases: []string{"KC-08"},
	Doc: analyzer.Doc{
		Title: "The object needs the kernel's configuration, which is unknown",
		Why: "Loaders read options from /boot/config-RELEASE or /proc/config.gz. If neither can be read, libbpf fails the load, even if all options are weak, and cilium/ebpf every program that uses one. " +
			"Without the configuration it cannot be told either whether an option is set and fits.",
		Fix:   "Give the configuration with `config=FILE`. On the target, install the file, enable CONFIG_IKCONFIG_PROC, or pass the values to libbpf (`kconfig` of `bpf_object_open_opts`).",
		Wrong: "extern int CONFIG_HZ __kconfig;       /* target without a configuration */",
		Right: "const volatile int hz;                /* set by user space */",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__read_kconfig_file: \"failed to open system Kconfig\"",
			"cilium/ebpf v0.22.0, internal/linux/kconfig.go, FindKConfig",
		},
	},
	Run: runKconfigUnknown,
}

func runKconfigUnknown(p *analyzer.Pass) error {
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Unknown != "config" || b.Scope.Empty() {
			continue
		}
		f := refused(b, b.Scope, quoted(b.Name)+" needs the configuration of {kernel}, which is unknown", "give it with config=FILE")
		f.Location = useOf(p, b, b.Scope)
		p.Report(f)
		return nil // one is enough: all of them wait for the same file
	}
	return nil
}

var kconfigBadLine = &analyzer.Rule{
	Name: "kconfig-bad-line", Severity: analyzer.Error, Needs: analyzer.NeedsConfig, Since: "0.1.0",
	Concerns: concerns(bpfobj.ExternKconfig),
	Aliases:  []string{"KC-09"},
	Doc: analyzer.Doc{
		Title: "A malformed line in the kernel's configuration ends the search for options",
		Why: "A line that starts with `CONFIG_` and has no `=` or no value makes libbpf and cilium/ebpf give up on the whole file, whatever option it is about, " +
			"unless the value of every option was found before it.",
		Fix:   "Repair the file.",
		Wrong: "CONFIG_LOCALVERSION=",
		Right: "CONFIG_LOCALVERSION=\"\"",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object__process_kconfig_line",
			"cilium/ebpf v0.22.0, internal/kconfig/kconfig.go, processKconfigLine",
		},
	},
	Run: runKconfigBadLine,
}

func runKconfigBadLine(p *analyzer.Pass) error {
	if p.Plan.Kernel == nil || p.Plan.Kernel.Config == nil {
		return nil
	}
	for i := range p.Plan.Externs {
		b := &p.Plan.Externs[i]
		if b.Extern.Kind != bpfobj.ExternKconfig || b.Virtual || b.Fault != "" || b.Scope.Empty() {
			continue
		}
		bad := p.Plan.Kernel.Config.Malformed()
		if len(bad) == 0 {
			return nil
		}
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Scope: b.Scope, Location: useOf(p, b, b.Scope),
			Message: "line " + strconv.Itoa(bad[0].Line) + " of the configuration of {kernel} has no value: " + quoted(clip(bad[0].Text)),
			Hint:    "repair the file: no option is read from it",
		}
		if !p.Plan.Loader.Externs.ConfigToEnd {
			f.Severity, f.DependsOn = analyzer.Warning, "config"
			f.Message += "; options behind it are lost"
		}
		p.Report(f)
		return nil
	}
	return nil
}
