package cli

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/cmd/btflint/internal/usedby"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
)

// tellApart gives kernels that would have the same name, because nothing but
// the directories of their files differs, the names of those directories.
func tellApart(specs []kernel.Spec) {
	bases := make(map[string]int)
	for _, spec := range specs {
		if spec.Name == "" {
			bases[filepath.Base(spec.Types)]++
		}
	}
	for base, n := range bases {
		if n < 2 {
			continue
		}
		var same []*kernel.Spec
		for i := range specs {
			if specs[i].Name == "" && filepath.Base(specs[i].Types) == base {
				same = append(same, &specs[i])
			}
		}
		nameByDirectory(same)
	}
}

// nameByDirectory names kernels by the last element of their paths that tells
// all of them apart, else by their paths.
func nameByDirectory(specs []*kernel.Spec) {
	var paths [][]string
	depth := 0
	for _, spec := range specs {
		elems := strings.Split(filepath.ToSlash(filepath.Clean(spec.Types)), "/")
		slices.Reverse(elems)
		paths = append(paths, elems)
		depth = max(depth, len(elems))
	}
	for i := 1; i < depth; i++ {
		seen := make(map[string]bool)
		for _, elems := range paths {
			if i < len(elems) && elems[i] != "" && elems[i] != ".." {
				seen[elems[i]] = true
			}
		}
		if len(seen) == len(specs) {
			for k := range specs {
				specs[k].Name = paths[k][i]
			}
			return
		}
	}
	count := make(map[string]int)
	for _, spec := range specs {
		spec.Name = path.Clean(filepath.ToSlash(spec.Types))
		if count[spec.Name]++; count[spec.Name] > 1 {
			spec.Name += " (" + strconv.Itoa(count[spec.Name]) + ")"
		}
	}
}

// comparison compares kernels, for objects if there are any.
type comparison struct {
	kernels []*kernel.Kernel
	objects []*bpfobj.Object
	loaders []*plan.Loader
	options analyzer.Options
	filter  diffFilter
	meter   *meter
}

// run compares the two kernels.
func (c *comparison) run(ctx context.Context) (*report.Diff, error) {
	before, after := c.kernels[0], c.kernels[1]
	d := &report.Diff{Filter: c.filter.String()}
	if len(c.objects) == 0 {
		opts := btfdiff.Options{Kinds: c.filter.kinds}
		if len(c.filter.names) > 0 {
			opts.Match = func(_ btfdiff.Kind, name string) bool { return c.filter.matches(name) }
		}
		diff, err := btfdiff.Compare(before, after, opts)
		if err != nil {
			return nil, failed{err}
		}
		d.Unchecked = diff.Unchecked
		d.Changes = make([]report.DiffChange, len(diff.Changes))
		for i := range diff.Changes {
			d.Changes[i].Change = &diff.Changes[i]
		}
	} else if err := c.restricted(ctx, d); err != nil {
		return nil, err
	}
	c.filter.apply(d)
	d.Old, d.New = kernelInfo(before), kernelInfo(after)
	d.Errors = append(d.Errors, c.kernelErrors()...)
	return d, nil
}

// restricted compares what the objects use, and joins the changes to the
// findings that they cause.
func (c *comparison) restricted(ctx context.Context, d *report.Diff) error {
	deps, errs := c.dependencies()
	d.Errors = append(d.Errors, errs...)
	set := usedby.New(deps, c.kernels...)
	diff, err := btfdiff.Compare(c.kernels[0], c.kernels[1], btfdiff.Options{Match: set.Match})
	if err != nil {
		return failed{err}
	}
	d.Unchecked, d.Changes = diff.Unchecked, set.Restrict(diff)
	rep, err := analyzer.Run(ctx, analyzer.Input{
		Objects: c.objects, Kernels: c.kernels, Loaders: c.loaders, Rules: rules.All(), Options: c.options,
		Progress: c.meter.checked,
	})
	c.meter.erase()
	if err != nil {
		return err
	}
	d.Objects, d.Rules, d.Skips = rep.Objects, rep.Rules, rep.Skips
	d.Findings = usedby.Join(d.Changes, rep, c.kernels[0].Name, c.kernels[1].Name)
	for _, e := range rep.Errors {
		if e.Kernel == "" && !slices.Contains(d.Errors, e) { // those of kernels follow
			d.Errors = append(d.Errors, e)
		}
	}
	return nil
}

// dependencies are what the objects use, by the first of the loaders. The names
// that plans will look up are announced, so that the kernels are walked once.
func (c *comparison) dependencies() ([]report.ObjectDeps, []analyzer.RuleError) {
	var names []string
	for _, obj := range c.objects {
		names = append(names, plan.Names(obj)...)
	}
	for _, k := range c.kernels {
		k.Prefetch(names...)
	}
	deps := dependencies(c.objects, c.loaders[0], false)
	file := c.options.SourceFiles()
	for i := range deps.Objects {
		for k := range deps.Objects[i].Deps {
			uses := deps.Objects[i].Deps[k].Uses
			for u := range uses {
				uses[u].Source.File = file(uses[u].Source.File)
			}
		}
	}
	return deps.Objects, deps.Errors
}

// history tells what becomes of what the objects use.
func (c *comparison) history() (*report.History, error) {
	deps, errs := c.dependencies()
	rows, err := usedby.History(deps, c.kernels)
	if err != nil {
		return nil, failed{err}
	}
	h := &report.History{Rows: rows, Errors: append(errs, c.kernelErrors()...)}
	for _, k := range c.kernels {
		h.Kernels = append(h.Kernels, kernelInfo(k))
	}
	for _, obj := range c.objects {
		h.Objects = append(h.Objects, analyzer.ObjectInfo{Name: obj.Name, SHA256: obj.SHA256()})
	}
	return h, nil
}

// kernelErrors are the parts of the kernels that proved unreadable.
func (c *comparison) kernelErrors() []analyzer.RuleError {
	var errs []analyzer.RuleError
	for _, k := range c.kernels {
		for _, e := range k.Errors() {
			errs = append(errs, analyzer.RuleError{Kernel: k.Name, Message: reason(k.Name, e)})
		}
	}
	return errs
}

// kernelInfo describes a kernel that was compared.
func kernelInfo(k *kernel.Kernel) analyzer.KernelInfo {
	return analyzer.KernelInfo{Name: k.Name, Release: k.Release, Arch: k.Arch, Unknown: k.Unknown(), Notes: k.Remarks()}
}
