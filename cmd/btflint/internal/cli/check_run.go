package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/cmd/btflint/internal/baseline"
	"github.com/btflint/btflint/cmd/btflint/internal/config"
)

// checkRun is a run of check.
type checkRun struct {
	*checkOptions
	set     *settings
	streams Streams

	in      analyzer.Input
	failOn  failOn
	outputs []output
	specs   []kernel.Spec
	known   *baseline.File  // nil without a baseline
	passed  []analyzer.Skip // what is no object
}

// prepare reads what is wrong usage or configuration if it is wrong.
func (r *checkRun) prepare() error {
	var err error
	if r.in, err = r.input(r.set.file); err != nil {
		return err
	}
	if r.failOn, err = parseFailOn(r.checkOptions.failOn); err != nil {
		return fmt.Errorf("--fail-on: %w", err)
	}
	if r.outputs, err = r.checkOptions.outputs(r.streams.Out); err != nil {
		return err
	}
	r.specs, err = r.checkOptions.specs()
	switch {
	case errors.Is(err, errNoKernel) && r.set.file.Path == "" && !r.configFlags.none:
		return fmt.Errorf("%w (no .btflint.yaml here or above; --config FILE names one elsewhere)", err)
	case err != nil:
		return err
	}
	if r.known, err = r.checkOptions.known(); err != nil {
		return err
	}
	sup := &r.in.Options.Suppress
	sup.Comments = true
	sup.Ignores = r.set.ignores(time.Now())
	// A run for the kernel that happens to run, or for others than those of the
	// configuration, says nothing of what these need.
	file := r.set.file
	sup.UnusedComments = r.set.origins["kernel"] != "" &&
		(len(file.Kernels) == 0 || r.set.fromFile("kernel")) && (len(file.Loaders) == 0 || r.set.fromFile("loader"))
	sup.UnusedIgnores = sup.UnusedComments
	return nil
}

// open opens kernels, objects and sources. The caller calls what it returns,
// also with an error.
func (r *checkRun) open(args []string) (closeAll func(), err error) {
	closeAll = func() {}
	if len(args) == 0 {
		if args, err = r.set.objects(); err != nil {
			return closeAll, err
		}
	} else {
		r.in.Options.Suppress.UnusedIgnores = false
	}
	kernels, kernelErrs, closeKernels := openKernels(r.specs)
	closeAll = func() { _ = closeKernels() }
	if err := sameName(kernels); err != nil {
		return closeAll, err
	}
	read := readObjects(args, r.streams.In)
	r.passed = read.passed
	if err := checkRodata(r.in.Options.Plan.Rodata, read.objects, r.set.fromFile("rodata")); err != nil {
		return closeAll, err
	}
	r.in.Kernels, r.in.Objects = kernels, read.objects
	r.in.Errors = append(kernelErrs, read.errors...)
	r.in.Options.Suppress.Baseline = r.entries(r.known, objectNames(read.objects))
	root := r.sourceRoot
	if root == "" {
		root = r.set.root
	}
	if src := newSources(root, r.set.file.Build.Given(), &r.in.Options); src != nil {
		r.in.Options.Sources = src.read
		closeAll = func() { _, _ = closeKernels(), src.close() }
	}
	return closeAll, nil
}

func objectNames(objects []*bpfobj.Object) []string {
	names := make([]string, len(objects))
	for i, obj := range objects {
		names[i] = obj.Name
	}
	return names
}

// objects are the objects of the configuration, as arguments.
func (s *settings) objects() ([]string, error) {
	if len(s.file.Objects) == 0 {
		return nil, errors.New("check what? name an object file, a directory, a glob, or -, or list \"objects\" in .btflint.yaml")
	}
	var args []string
	for _, t := range s.file.Objects {
		args = append(args, s.below(t.Value))
	}
	return args, nil
}

// finish writes the reports.
func (r *checkRun) finish(rep *analyzer.Report) error {
	written := true
	for _, out := range r.outputs {
		if err := out.write(rep); err != nil {
			fmt.Fprintf(r.streams.Err, "btflint: %s: %v\n", out.name(), err)
			written = false
		}
	}
	if !written {
		return exit(analyzer.ExitFailed)
	}
	if code := r.failOn.exitCode(rep); code != analyzer.ExitClean {
		return exit(code)
	}
	return nil
}

// finishBaseline writes the baseline instead.
func (r *checkRun) finishBaseline(rep *analyzer.Report) error {
	if len(rep.Errors) > 0 {
		return failed{errors.New("the baseline is not written: it would not be complete")}
	}
	n, err := r.writeKnown(rep)
	if err != nil {
		return failed{fmt.Errorf("baseline %s: %w", r.baseline, err)}
	}
	noun := "findings"
	if n == 1 {
		noun = "finding"
	}
	_, err = fmt.Fprintf(r.streams.Out, "%s: %d %s\n", r.baseline, n, noun)
	return err
}

// input is what of the run does not have to be opened.
func (o *checkOptions) input(file *config.File) (analyzer.Input, error) {
	var in analyzer.Input
	var err error
	if in.Loaders, err = o.loaderValues(); err != nil {
		return in, err
	}
	if in.Options, err = sourceOptions(o.sourceRoot, o.pathMaps); err != nil {
		return in, err
	}
	all := catalogue()
	in.Options.Suppress.Catalogue = all
	disable, severities := ruleSettings(all, file, len(o.enable) > 0)
	in.Options.Severities = severities
	if in.Rules, err = analyzer.Select(all, o.enable, append(disable, o.disable...)); err != nil {
		return in, err
	}
	if in.Options.Plan.Rodata, err = parseRodata(o.rodata); err != nil {
		return in, err
	}
	return in, nil
}

// ruleSettings are the rules that the configuration turns off, none if --enable
// chooses, and the severities that it sets. Later lines win over earlier ones,
// as an alias and a name may mean the same rule.
func ruleSettings(all []*analyzer.Rule, file *config.File, chosen bool) (disable []string, severities map[string]analyzer.Severity) {
	off := map[string]bool{}
	severities = map[string]analyzer.Severity{}
	for _, p := range file.Rules {
		found, err := analyzer.Lookup(all, p.Key.Value)
		if err != nil {
			continue // the reader of the configuration has checked it
		}
		for _, rule := range found {
			delete(severities, rule.Name)
			off[rule.Name] = p.Value.Value == config.Off
			for i, word := range config.Severities {
				if word == p.Value.Value {
					severities[rule.Name] = analyzer.Severity(i)
				}
			}
		}
	}
	for name, isOff := range off {
		if isOff && !chosen {
			disable = append(disable, name)
		}
	}
	slices.Sort(disable)
	return disable, severities
}
