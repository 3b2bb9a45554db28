package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// opsModules are the struct_ops types that live in a module, if they exist:
// tools/testing/selftests/bpf/test_kmods/bpf_testmod.c and net/smc/smc_hs_bpf.c
// of Linux 7.2.
var opsModules = []struct {
	module string
	types  []string
}{
	{"bpf_testmod", []string{
		"bpf_testmod_multi_st_ops", "bpf_testmod_ops", "bpf_testmod_ops2", "bpf_testmod_ops3", "bpf_testmod_st_ops",
	}},
	{"smc", []string{"smc_hs_ctrl"}},
}

// moduleOf is the module that a struct_ops type is known to live in, "" if none.
func moduleOf(name string) string {
	for _, m := range opsModules {
		if slices.Contains(m.types, name) {
			return m.module
		}
	}
	return ""
}

// optionOf is the option of the kernel that brings a struct_ops type, "" if it
// is not known (kernel/sched/ext.c, net/sched/bpf_qdisc.c,
// drivers/hid/bpf/hid_bpf_struct_ops.c, net/ipv4/bpf_tcp_ca.c of Linux 7.2).
func optionOf(name string) string {
	switch name {
	case "sched_ext_ops":
		return "CONFIG_SCHED_CLASS_EXT"
	case "Qdisc_ops":
		return "CONFIG_NET_SCH_BPF"
	case "hid_bpf_ops":
		return "CONFIG_HID_BPF"
	case "tcp_congestion_ops":
		return "CONFIG_BPF_JIT and CONFIG_INET"
	}
	return ""
}

var structOpsTypeMissing = &analyzer.Rule{
	Name:     "struct-ops-type-missing",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-15", "SO-16", "SO-18", "A22", "H11"},
	Doc: analyzer.Doc{
		Title: "The kernel has no struct_ops type of that name",
		Why: "A struct_ops map of `struct foo_ops` is created with the type `struct bpf_struct_ops_foo_ops` of the kernel's BTF, " +
			"which holds a `struct foo_ops`. A kernel that is too old, built without the subsystem (`CONFIG_SCHED_CLASS_EXT`, " +
			"`CONFIG_NET_SCH_BPF`, `CONFIG_HID_BPF`) or whose module is not loaded has no such type, and the map is not created. " +
			"libbpf takes `foo_ops___v2` for `foo_ops`; cilium/ebpf looks for the name as it is.",
		Fix: "Load the object only where the type exists: put the variable into `SEC(\"?.struct_ops.link\")` and switch it on at " +
			"run time, load the module first, or build the kernel with the subsystem. With cilium/ebpf use no flavors.",
		Wrong: "SEC(\".struct_ops.link\") struct sched_ext_ops ops = { .enqueue = (void *)enqueue };",
		Right: "SEC(\"?.struct_ops.link\") struct sched_ext_ops ops = { .enqueue = (void *)enqueue };",
		References: []string{
			"libbpf 1.8, libbpf.c, find_struct_ops_kern_types",
			"cilium/ebpf v0.22.0, struct_ops.go, structOpsFindTarget",
			"Linux, tools/testing/selftests/bpf/progs/struct_ops_module.c",
		},
	},
	Run: runTypeMissing,
}

func runTypeMissing(p *analyzer.Pass) error {
	for i := range p.Plan.StructOps {
		b := &p.Plan.StructOps[i]
		f := analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateMap(p, i), Scope: p.Plan.ScopeOfStructOps(i),
		}
		value := plan.ValuePrefix + b.TypeName
		switch b.Status {
		case plan.StructOpsValueMissing:
			f.Message = fmt.Sprintf("struct_ops type %q of map %q not found in %s", b.TypeName, b.Map.Name, analyzer.KernelPlaceholder)
			typeMissingCause(p, b, &f)
		case plan.StructOpsTypeMissing:
			f.Message = fmt.Sprintf("struct %q of map %q not found in %s, only %q",
				b.TypeName, b.Map.Name, analyzer.KernelPlaceholder, value)
			f.Hint = optionalMap(p, b)
		case plan.StructOpsAmbiguous:
			f.Message = fmt.Sprintf("struct_ops type %q of map %q is ambiguous for %s: %s has it twice",
				b.TypeName, b.Map.Name, analyzer.LoaderPlaceholder, analyzer.KernelPlaceholder)
			f.Hint = optionalMap(p, b)
		case plan.StructOpsBound:
			if !p.Plan.InFile(b.Module) {
				continue
			}
			ifLoaded(&f)
			f.Message = fmt.Sprintf("struct_ops type %q of map %q needs %s of %s to be loaded",
				b.TypeName, b.Map.Name, moduleList([]string{b.Module}), analyzer.KernelPlaceholder)
			f.Hint = loadModule
		default:
			continue
		}
		p.Report(f)
	}
	return nil
}

// typeMissingCause completes the finding about a value type that vmlinux and
// the known modules lack.
func typeMissingCause(p *analyzer.Pass, b *plan.StructOpsBinding, f *analyzer.Finding) {
	if stem, _, ok := strings.Cut(b.TypeName, "___"); ok && !p.Plan.Loader.FlavoredStructOps {
		f.Hint = fmt.Sprintf("name the struct %q: the suffix is not stripped by %s", stem, analyzer.LoaderPlaceholder)
		return
	}
	f.Hint = optionalMap(p, b)
	if option := optionOf(b.TypeName); option != "" {
		f.Hint = fmt.Sprintf("the kernel needs %s; elsewhere %s", option, optionalMap(p, b))
	}
	module := moduleOf(b.TypeName)
	if module != "" {
		f.Hint = fmt.Sprintf("load module %q first, where the type lives", module)
	}
	if p.Plan.Kernel.Modules != nil || p.Plan.Loader.StructOps.VmlinuxOnly {
		return
	}
	f.Severity, f.DependsOn = analyzer.Warning, "modules"
	f.Message = fmt.Sprintf("struct_ops type %q of map %q not found in vmlinux of %s",
		b.TypeName, b.Map.Name, analyzer.KernelPlaceholder)
	f.Hint = giveModules
	if module != "" {
		f.Hint += fmt.Sprintf("; the type lives in module %q", module)
	}
}

// optionalMap is the way out for a map whose type the kernel lacks.
func optionalMap(p *analyzer.Pass, b *plan.StructOpsBinding) string {
	return "create the map only where the type exists: " + words(p.Plan.Loader.Words.SwitchOpsOff, b.Map.Name)
}

var structOpsValueLayout = &analyzer.Rule{
	Name:     "struct-ops-value-layout",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-17"},
	Doc: analyzer.Doc{
		Title: "The kernel's value type does not hold the struct_ops type",
		Why: "The value of a struct_ops map is `struct bpf_struct_ops_foo_ops`: some bookkeeping and a member `data` of type " +
			"`struct foo_ops`. The member is not at offset 0, so without it nobody knows where the callbacks go. A struct that " +
			"only happens to have such a name (`bpf_struct_ops_map`, `bpf_struct_ops_link`, `bpf_struct_ops_desc`) is no value " +
			"type. Since 6.9 the kernel registers only types that hold exactly `struct bpf_struct_ops_common_value` and the ops " +
			"struct, in that order.",
		Fix: "Check the name of the ops struct. If it is a type of your own module, define its value type the way the kernel " +
			"wants it.",
		Wrong: "struct link { int (*run)(void); };\nSEC(\".struct_ops.link\") struct link ops = {}; /* bpf_struct_ops_link is something else */",
		Right: "SEC(\".struct_ops.link\") struct tcp_congestion_ops ops = {};",
		References: []string{
			"libbpf 1.8, libbpf.c, find_struct_ops_kern_types",
			"cilium/ebpf v0.22.0, struct_ops.go, structOpsFindInnerType",
			"Linux 7.2, kernel/bpf/bpf_struct_ops.c, is_valid_value_type",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.StructOps {
			b := &p.Plan.StructOps[i]
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateMap(p, i), Scope: p.Plan.ScopeOfStructOps(i),
				Hint: "check the name of the struct; a module that registers it has to lay the value type out as the kernel does",
			}
			value := plan.ValuePrefix + b.TypeName
			switch b.Status {
			case plan.StructOpsNoData:
				f.Message = fmt.Sprintf("struct %q has no member of type %q in %s", value, b.TypeName, analyzer.KernelPlaceholder)
			case plan.StructOpsUnregistered:
				f.Message = fmt.Sprintf("struct %q is not laid out as a struct_ops value type in %s", value, analyzer.KernelPlaceholder)
			default:
				continue
			}
			p.Report(f)
		}
		return nil
	},
}

var structOpsMapUnsupported = &analyzer.Rule{
	Name:     "struct-ops-map-unsupported",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"SO-42", "SO-43"},
	Doc: analyzer.Doc{
		Title: "The kernel knows no struct_ops maps with links, or none of module types",
		Why: "Maps of `.struct_ops.link` are created with the flag `BPF_F_LINK`, which kernels before 6.4 refuse, and maps of a " +
			"type that a module defines with `BPF_F_VTYPE_BTF_OBJ_FD`, which kernels before 6.9 refuse. Neither loader tries " +
			"again without the flag.",
		Fix: "Use `SEC(\".struct_ops\")` for older kernels, or a second, optional variable for each form. cilium/ebpf opens no object with " +
			"`.struct_ops`: it needs 6.4.",
		Wrong: "SEC(\".struct_ops.link\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		Right: "SEC(\".struct_ops\") struct tcp_congestion_ops ops = { .ssthresh = (void *)ssthresh };",
		References: []string{
			"Linux, kernel/bpf/bpf_struct_ops.c, bpf_struct_ops_map_alloc_check",
			"Linux 6.4, commit 68b04864ca42 (bpf: Create links for BPF struct_ops maps)",
			"Linux 6.9, commit fcc2c1fb0651 (bpf: pass attached BTF to the bpf_struct_ops subsystem)",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for i := range p.Plan.StructOps {
			b := &p.Plan.StructOps[i]
			f := analyzer.Finding{
				Severity: analyzer.Error, Stage: plan.StageLoad, Location: locateMap(p, i), Scope: p.Plan.ScopeOfStructOps(i),
			}
			switch {
			case b.Status == plan.StructOpsIgnored, b.Status == plan.StructOpsValueMissing && p.Plan.Kernel.Modules != nil:
				continue
			case b.LinkUnknown:
				f.Message = fmt.Sprintf("struct_ops map %q needs a link, a feature unknown to %s", b.Map.Name, analyzer.KernelPlaceholder)
				f.Hint = "BPF_F_LINK came with 6.4; " + withoutLinkHint(p)
			case b.ModuleUnknown:
				f.Message = fmt.Sprintf("struct_ops map %q is of a type of module %q, a feature unknown to %s",
					b.Map.Name, b.Module, analyzer.KernelPlaceholder)
				f.Hint = "struct_ops types of modules came with 6.9"
			default:
				continue
			}
			p.Report(f)
		}
		return nil
	},
}

// withoutLinkHint says whether the loader makes struct_ops maps without a link.
func withoutLinkHint(p *analyzer.Pass) string {
	const section = ".struct_ops"
	if slices.Contains(p.Plan.Loader.StructOps.Sections, section) {
		return fmt.Sprintf("SEC(%q) works without", section)
	}
	return "struct_ops maps without it are unknown to " + analyzer.LoaderPlaceholder
}
