package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// planOptions are the flags of plan.
type planOptions struct {
	target
	configFlags
	rodata                 []string
	format, program, color string
	json, verbose          bool
}

func newPlan(s Streams) *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan OBJECT",
		Short: "Tell what a loader would do with an object, step by step",
		Long: "Tell what a loader would do with an object on a kernel, in the loader's own order: programs on\n" +
			"and off, externs, struct_ops members, CO-RE relocations with their values, maps. OBJECT is an\n" +
			"ELF file, a light skeleton, which brings its own loader, or - for standard input. For several\n" +
			"targets the plans follow one another.\n\n" +
			"Exit codes: 0 planned, whatever the plan says, 2 usage, 3 something could not be read.",
		Example: "  btflint plan prog.bpf.o --kernel 6.12=vmlinux.btf,modules=none --loader cilium\n" +
			"  btflint plan prog.bpf.o --json | jq '.core[] | select(.status == \"poisoned\")'",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("plan what? name one object file, or -")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Flags(), s, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	o.target.register(flags)
	rodataFlag(flags, &o.rodata)
	flags.StringVarP(&o.format, "format", "f", report.PlanFormats()[0], "`NAME` of the output's format: "+strings.Join(report.PlanFormats(), " or "))
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	flags.StringVar(&o.program, "program", "", "show only what concerns the program of that `NAME`")
	flags.BoolVar(&o.verbose, "verbose", false, "show all candidates of relocations, and all members of struct_ops maps")
	colorFlag(flags, &o.color)
	o.configFlags.register(flags)
	return cmd
}

// run plans the object for all targets.
func (o *planOptions) run(flags *pflag.FlagSet, s Streams, name string) error {
	set, err := o.configFlags.load()
	if err != nil {
		return err
	}
	if err := set.applyTargets(flags); err != nil {
		return err
	}
	if o.json {
		o.format = "json"
	}
	if !slices.Contains(report.PlanFormats(), o.format) {
		return fmt.Errorf("--format: unknown format %s", quoteWithHint(o.format, report.PlanFormats()))
	}
	color, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	loaders, err := o.loaderValues()
	if err != nil {
		return err
	}
	rodata, err := parseRodata(o.rodata)
	if err != nil {
		return err
	}
	specs, err := o.specs()
	if err != nil {
		return err
	}
	obj, err := readObject(name, s.In)
	if err != nil {
		return failed{fmt.Errorf("%s: %s", name, reason(name, err))}
	}
	if err := o.knowsProgram(obj); err != nil {
		return err
	}
	loaders = ownLoader(obj, loaders)
	if err := checkRodata(rodata, []*bpfobj.Object{obj}, set.fromFile("rodata")); err != nil {
		return err
	}
	kernels, errs, closeAll := openKernels(specs)
	defer closeAll()
	if err := sameName(kernels); err != nil {
		return err
	}
	plans, unread := makePlans(obj, kernels, loaders, plan.Options{Rodata: rodata})
	errs = append(errs, unread...)
	for _, e := range errs {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	out := report.Plans{Plans: plans, Program: o.program, Verbose: o.verbose}
	if err := report.WritePlans(s.Out, o.format, &out, report.Options{Color: color, Width: width(s.Out), Version: version()}); err != nil {
		return failed{fmt.Errorf("standard output: %w", err)}
	}
	if len(errs) > 0 {
		return exit(analyzer.ExitFailed)
	}
	return nil
}

// ownLoader are the loaders of an object: a light skeleton brings its own,
// whatever was asked for.
func ownLoader(obj *bpfobj.Object, asked []*plan.Loader) []*plan.Loader {
	if lskel.Of(obj) == nil {
		return asked
	}
	own := slices.DeleteFunc(slices.Clone(asked), func(l *plan.Loader) bool { return !l.Skeleton })
	if len(own) == 0 {
		return []*plan.Loader{plan.Lskel}
	}
	return own
}

// knowsProgram is an error if --program names none of the object.
func (o *planOptions) knowsProgram(obj *bpfobj.Object) error {
	if o.program == "" || obj.Program(o.program) != nil {
		return nil
	}
	names := make([]string, len(obj.Programs))
	for i, prog := range obj.Programs {
		names[i] = prog.Name
	}
	return fmt.Errorf("--program: no program %s", quoteWithHint(o.program, names))
}

// makePlans plans the object for every kernel and loader. Where parts of a
// kernel prove unreadable, they are unknown to its plans and an error.
func makePlans(obj *bpfobj.Object, kernels []*kernel.Kernel, loaders []*plan.Loader, opts plan.Options) ([]*plan.Plan, []analyzer.RuleError) {
	planner := plan.NewPlanner(obj, opts)
	loaders = loadersOf(obj, loaders)
	var plans []*plan.Plan
	var errs []analyzer.RuleError
	for _, k := range kernels {
		of := plansOf(planner, k, loaders)
		for readable := k.Readable(); readable != k; readable = k.Readable() {
			of, k = plansOf(planner, readable, loaders), readable
		}
		for _, e := range k.Errors() {
			errs = append(errs, analyzer.RuleError{Kernel: k.Name, Message: e.Error()})
		}
		plans = append(plans, of...)
	}
	return plans, errs
}

// loadersOf are the loaders that load an object: a light skeleton brings its own,
// whatever was asked for.
func loadersOf(obj *bpfobj.Object, asked []*plan.Loader) []*plan.Loader {
	if lskel.Of(obj) == nil {
		return asked
	}
	return []*plan.Loader{plan.Lskel}
}

func plansOf(planner *plan.Planner, k *kernel.Kernel, loaders []*plan.Loader) []*plan.Plan {
	plans := make([]*plan.Plan, len(loaders))
	for i, l := range loaders {
		plans[i] = planner.Plan(k, l)
	}
	return plans
}
