package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// depsOptions are the flags of deps.
type depsOptions struct {
	configFlags
	loader, format, color string
	json                  bool
}

func newDeps(s Streams) *cobra.Command {
	o := &depsOptions{}
	cmd := &cobra.Command{
		Use:   "deps [OBJECT...]",
		Short: "List what objects want of a kernel",
		Long: "List what compiled BPF objects want of a kernel: types, fields, functions, kfuncs, helpers,\n" +
			"and so on, with the programs and the source lines that use them. No kernel is looked at. An\n" +
			"OBJECT is an ELF file, a directory with *.o files below it, or - for standard input; without\n" +
			"one, and without --loader, the objects and the first loader of .btflint.yaml are meant.\n\n" +
			"Exit codes: 0 listed, 2 usage, 3 something could not be read.",
		Example: "  btflint deps prog.bpf.o\n" +
			"  btflint deps --format json build/ | jq -r '.dependencies[] | select(.kind == \"field\").name'",
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Flags(), s, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	loaders := modelledLoaders()
	flags.StringVarP(&o.loader, "loader", "l", loaders[0], "`NAME[@VERSION]` of the loader that will load the objects: "+strings.Join(loaders, ", "))
	flags.StringVarP(&o.format, "format", "f", report.DepFormats()[0], "`NAME` of the output's format: "+strings.Join(report.DepFormats(), " or "))
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	colorFlag(flags, &o.color)
	o.configFlags.register(flags)
	return cmd
}

// modelledLoaders are the names of the loaders that know what sections mean.
func modelledLoaders() []string {
	var names []string
	for _, l := range plan.Loaders {
		names = append(names, l.Name)
	}
	return names
}

// run lists the dependencies of the objects.
func (o *depsOptions) run(flags *pflag.FlagSet, s Streams, args []string) error {
	set, err := o.configFlags.load()
	if err != nil {
		return err
	}
	if err := set.applyTargets(flags); err != nil {
		return err
	}
	if len(args) == 0 {
		if args, err = set.objects(); err != nil {
			return errors.New("dependencies of what? name an object file, a directory, or -, or list \"objects\" in .btflint.yaml")
		}
	}
	loader := plan.LoaderByName(o.loader)
	if loader == nil {
		return unknownLoader(o.loader, modelledLoaders())
	}
	if o.json {
		o.format = "json"
	}
	if !slices.Contains(report.DepFormats(), o.format) {
		return fmt.Errorf("--format: unknown format %s", quoteWithHint(o.format, report.DepFormats()))
	}
	color, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	in := readObjects(args, s.In)
	d := dependencies(in.objects, loader, o.format == "json")
	d.Errors = append(in.errors, d.Errors...)
	for _, e := range d.Errors {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	if err := report.WriteDeps(s.Out, o.format, d, report.Options{Color: color, Width: width(s.Out), Version: version()}); err != nil {
		return failed{fmt.Errorf("standard output: %w", err)}
	}
	if len(d.Errors) > 0 {
		return exit(analyzer.ExitFailed)
	}
	return nil
}

// dependencies collects what each object wants of a kernel, and its digest if
// the format shows it.
func dependencies(objects []*bpfobj.Object, loader *plan.Loader, digest bool) *report.Dependencies {
	d := &report.Dependencies{Objects: make([]report.ObjectDeps, len(objects))}
	failures := make([]error, len(objects))
	analyzer.Each(len(objects), func(i int) {
		obj, deps := objects[i], &d.Objects[i]
		deps.Name = obj.Name
		deps.Deps, failures[i] = plan.Make(obj, nil, loadersOf(obj, []*plan.Loader{loader})[0], plan.Options{}).Deps()
		if digest {
			deps.SHA256 = obj.SHA256()
		}
	})
	for i, err := range failures {
		if err != nil {
			d.Errors = append(d.Errors, analyzer.RuleError{Object: objects[i].Name, Message: reason(objects[i].Name, err)})
		}
	}
	return d
}
