package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/spf13/pflag"
)

// target are the flags that say what to check against.
type target struct {
	kernels, loaders               []string
	symbols, kernelConfig, modules string
	named                          bool
}

// runningKernel is the PATH of --kernel that means the running kernel.
const runningKernel = "running"

func (t *target) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&t.kernels, "kernel", "k", nil,
		"kernel to check against, `SPEC`: [NAME=]PATH[,symbols=PATH][,config=PATH][,modules=DIR|none];\n"+
			"PATH is a raw BTF file, an ELF vmlinux, a directory like /sys/kernel/btf, or \"running\", the default;\n"+
			"repeatable")
	flags.StringVar(&t.symbols, "symbols", "", "symbols of the running kernel: `FILE` like /proc/kallsyms or System.map")
	flags.StringVar(&t.kernelConfig, "kernel-config", "", "build configuration of the running kernel: `FILE`, also gzip")
	flags.StringVar(&t.modules, "modules", "", "module BTFs of the running kernel: `DIR`, or none")
	flags.BoolVar(&t.named, "named-kernels", false, "refuse to check against the running kernel only because none is named, as hooks want it")
	flags.StringArrayVarP(&t.loaders, "loader", "l", nil, "`NAME[@VERSION]` of the loader that will load the object: libbpf (default), cilium, aya;\n"+
		"lskel for a light skeleton that is made of the objects; without a version the newest that is known,\n"+
		"see \"btflint loaders\"; repeatable")
}

// errNoKernel says that no kernel is named where one has to be.
var errNoKernel = errors.New("no kernel is named: list \"kernels\" in .btflint.yaml, or give --kernel; \"running\" is the running one")

// specs are the kernels that the flags name. The error is [errNoKernel] if there
// are none and it must not be the running one.
func (t *target) specs() ([]kernel.Spec, error) {
	if len(t.kernels) == 0 && t.named {
		return nil, errNoKernel
	}
	if len(t.kernels) == 0 {
		return []kernel.Spec{{Types: runningKernel, Symbols: t.symbols, Config: t.kernelConfig, Modules: t.modules}}, nil
	}
	if t.symbols != "" || t.kernelConfig != "" || t.modules != "" {
		return nil, errors.New("--symbols, --kernel-config and --modules are parts of the running kernel: write --kernel PATH,symbols=FILE")
	}
	specs := make([]kernel.Spec, len(t.kernels))
	for i, arg := range t.kernels {
		var err error
		if specs[i], err = kernel.ParseSpec(arg); err != nil {
			return nil, err
		}
	}
	return specs, nil
}

// openKernels opens the kernels. One that cannot be opened is an error of the
// report, and a kernel of which nothing is known. The caller closes them with
// the function returned.
func openKernels(specs []kernel.Spec) (kernels []*kernel.Kernel, errs []analyzer.RuleError, closeAll func() error) {
	kernels = make([]*kernel.Kernel, len(specs))
	failures := make([]error, len(specs))
	analyzer.Each(len(specs), func(i int) { kernels[i], failures[i] = kernel.Open(specs[i]) })
	for i, spec := range specs {
		if err := failures[i]; err != nil {
			name := spec.Name
			if name == "" {
				name = spec.Types
			}
			kernels[i] = &kernel.Kernel{Name: name}
			errs = append(errs, analyzer.RuleError{Kernel: name, Message: unopened(spec, err)})
		}
	}
	return kernels, errs, func() error {
		var errs []error
		for _, k := range kernels { // one after the other: unmapping takes a lock of the process
			errs = append(errs, k.Close())
		}
		return errors.Join(errs...)
	}
}

// unopened says why a kernel cannot be opened, without repeating what it is called.
func unopened(spec kernel.Spec, err error) string {
	message := reason(spec.Types, err)
	if part := (*kernel.PartError)(nil); errors.As(err, &part) && part.Path == spec.Types && spec.Name == "" {
		message = part.Err.Error()
	}
	switch {
	case spec.Types == runningKernel:
		message += "; name a kernel with --kernel"
	case spec.Name == "" && errors.Is(err, fs.ErrNotExist) && isRelease(spec.Types):
		message += "; a kernel is a file with its BTF: " + spec.Types + "=FILE"
	}
	return message
}

// isRelease reports whether a path looks like the version of a kernel.
func isRelease(path string) bool {
	major, minor, ok := strings.Cut(path, ".")
	if !ok || strings.ContainsAny(path, `/\`) {
		return false
	}
	_, err := strconv.Atoi(major)
	return err == nil && minor != "" && minor[0] >= '0' && minor[0] <= '9'
}

// sameName is an error if two kernels would have the same name in the report.
func sameName(kernels []*kernel.Kernel) error {
	seen := make(map[string]bool, len(kernels))
	for _, k := range kernels {
		if seen[k.Name] {
			return fmt.Errorf("two kernels are named %q: tell them apart by NAME=PATH", k.Name)
		}
		seen[k.Name] = true
	}
	return nil
}

// loaderValues are the loaders that the flags name.
func (t *target) loaderValues() ([]*plan.Loader, error) {
	if len(t.loaders) == 0 {
		return []*plan.Loader{plan.Libbpf}, nil
	}
	var loaders []*plan.Loader
	for _, name := range t.loaders {
		l := plan.LoaderByName(name)
		if l == nil {
			return nil, unknownLoader(name, loaderNames())
		}
		if !slices.ContainsFunc(loaders, func(o *plan.Loader) bool { return o.Name == l.Name }) {
			loaders = append(loaders, l)
		}
	}
	return loaders, nil
}

// unknownLoader says what is wrong with NAME or NAME@VERSION.
func unknownLoader(name string, known []string) error {
	name, version, _ := strings.Cut(name, "@")
	l := plan.LoaderByName(name)
	if l == nil || !slices.Contains(known, name) {
		hint := didYouMean(name, known)
		if hint == "" {
			hint = ": known are " + strings.Join(known, ", ")
		}
		return fmt.Errorf("unknown loader %q%s", name, hint)
	}
	return fmt.Errorf("unknown version %q of loader %q: known are %s", version, name, strings.Join(l.Versions(), ", "))
}

func loaderNames() []string {
	var names []string
	for _, l := range plan.Loaders {
		names = append(names, l.Name)
	}
	return names
}
