package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/cmd/btflint/internal/usedby"
	"github.com/btflint/btflint/report"
)

// diffOptions are the flags of diff.
type diffOptions struct {
	usedBy, loaders   []string
	kinds, names      []string
	grades            []string
	failOn            string
	formats           []string
	history           bool
	sourceRoot, color string
	pathMaps          []string
	json, verbose     bool
	notes             bool
}

func newDiff(s Streams) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed between two kernels, and what of it breaks objects",
		Long: "Compare the types of two kernels by meaning: structs and their members, enums, functions, kfuncs,\n" +
			"tracepoints, helpers and so on, each change graded by what it does to BPF programs. With --used-by\n" +
			"only what the objects use, with the source lines and the findings that the changes cause. OLD and\n" +
			"NEW are kernels as --kernel of \"btflint check\" takes them.\n\n" +
			"Exit codes: 0 compared, 1 a change at or above --fail-on, 2 usage, 3 something could not be read.",
		Example: "  btflint diff 6.12.btf 7.3.btf --grade breaks --kind struct --name 'bio*'\n" +
			"  btflint diff running new=vmlinux.btf --used-by build/ --fail-on breaks --format html=diff.html\n" +
			"  btflint diff --history 5.10.btf 6.1.btf 6.12.btf --used-by prog.bpf.o",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.history {
				return o.runHistory(s, args)
			}
			return o.run(cmd.Context(), s, args)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func (o *diffOptions) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringArrayVar(&o.usedBy, "used-by", nil, "only what this `OBJECT` uses: an ELF file, a directory with *.o files below it, or -; repeatable")
	flags.StringArrayVarP(&o.loaders, "loader", "l", nil, "`NAME[@VERSION]` of the loader of the objects, as of \"btflint check\"; repeatable")
	flags.StringSliceVar(&o.kinds, "kind", nil, "only these `KINDS`: "+strings.Join(kindNames(), ", "))
	flags.StringArrayVar(&o.names, "name", nil, "only names that match the `GLOB`, in which * and ? stand for anything; repeatable")
	flags.StringSliceVar(&o.grades, "grade", nil, "only changes of these `GRADES`: "+strings.Join(gradeNames(), ", "))
	flags.StringVar(&o.failOn, "fail-on", noneWord, "what makes the exit code 1, `GRADE`: a change of that grade or a worse one; or none")
	flags.StringArrayVarP(&o.formats, "format", "f", []string{report.DiffFormats()[0]}, "`NAME[=FILE]` of the output, - is standard output: "+strings.Join(report.DiffFormats(), ", ")+"; repeatable")
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	flags.BoolVar(&o.history, "history", false, "a timeline over kernels in the order given, for each dependency of the objects")
	flags.BoolVar(&o.verbose, "verbose", false, "show every member that moved, and with --history what never changes")
	flags.BoolVar(&o.notes, "notes", false, "show findings of severity note too")
	sourceFlags(flags, &o.sourceRoot, &o.pathMaps)
	colorFlag(flags, &o.color)
}

func kindNames() []string {
	var names []string
	for _, k := range btfdiff.Kinds() {
		names = append(names, k.String())
	}
	return names
}

func gradeNames() []string {
	var names []string
	for _, g := range report.Grades() {
		names = append(names, g.String())
	}
	return names
}

// run compares two kernels and writes the outputs.
func (o *diffOptions) run(ctx context.Context, s Streams, args []string) error {
	if len(args) != 2 {
		return errors.New("diff what? name two kernels, the old one and the new one")
	}
	f, err := o.filter()
	if err != nil {
		return err
	}
	in, err := o.input(args)
	if err != nil {
		return err
	}
	outputs, err := o.outputs(s.Out, report.DiffFormats())
	if err != nil {
		return err
	}
	if len(o.usedBy) == 0 && slices.ContainsFunc(outputs, func(out output) bool { return out.format == "sarif" }) {
		return errors.New("--format sarif needs --used-by: its locations are source lines of objects")
	}
	kernels, failures, closeAll := openKernels(in.specs)
	defer closeAll()
	if err := sameName(kernels); err != nil {
		return err
	}
	if len(failures) > 0 { // half a difference would look like one
		return unreadable(s, failures)
	}
	used := readObjects(o.usedBy, s.In)
	if len(o.usedBy) > 0 && len(used.objects) == 0 {
		return unreadable(s, used.errors)
	}
	c := comparison{kernels: kernels, objects: used.objects, loaders: in.loaders, options: in.options, filter: f, meter: newMeter(s.Err, false)}
	d, err := c.run(ctx)
	if err != nil {
		return err
	}
	d.Errors = append(used.errors, d.Errors...)
	d.Verbose = o.verbose
	code := analyzer.ExitClean
	if f.fails(d) {
		code = analyzer.ExitFindings
	}
	return finish(s, d.Errors, outputs, code, func(w io.Writer, out output) error {
		return report.WriteDiff(w, out.format, d, out.options)
	})
}

// unreadable ends the command without an output.
func unreadable(s Streams, errs []analyzer.RuleError) error {
	for _, e := range errs {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	return exit(analyzer.ExitFailed)
}

// finish writes the outputs and returns the exit code: that given, unless
// something could not be read or written.
func finish(s Streams, errs []analyzer.RuleError, outputs []output, code int, write func(io.Writer, output) error) error {
	for _, e := range errs {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
		code = analyzer.ExitFailed
	}
	for _, out := range outputs {
		if err := out.writeBy(write); err != nil {
			fmt.Fprintf(s.Err, "btflint: %s: %v\n", out.name(), err)
			code = analyzer.ExitFailed
		}
	}
	if code != analyzer.ExitClean {
		return exit(code)
	}
	return nil
}

// runHistory writes the timelines of what objects use.
func (o *diffOptions) runHistory(s Streams, args []string) error {
	if err := o.historyUsage(args); err != nil {
		return err
	}
	in, err := o.input(args)
	if err != nil {
		return err
	}
	outputs, err := o.outputs(s.Out, report.HistoryFormats())
	if err != nil {
		return err
	}
	kernels, failures, closeAll := openKernels(in.specs)
	defer closeAll()
	if err := sameName(kernels); err != nil {
		return err
	}
	if len(failures) > 0 {
		return unreadable(s, failures)
	}
	used := readObjects(o.usedBy, s.In)
	if len(used.objects) == 0 {
		return unreadable(s, used.errors)
	}
	c := comparison{kernels: kernels, objects: used.objects, loaders: in.loaders, options: in.options}
	h, err := c.history()
	if err != nil {
		return err
	}
	h.Errors = append(used.errors, h.Errors...)
	h.Verbose = o.verbose
	return finish(s, h.Errors, outputs, analyzer.ExitClean, func(w io.Writer, out output) error {
		return report.WriteHistory(w, out.format, h, out.options)
	})
}

// historyUsage says what is wrong with the arguments of --history.
func (o *diffOptions) historyUsage(args []string) error {
	switch {
	case len(args) < 2:
		return errors.New("history of what? name two kernels or more, in the order of time")
	case len(o.usedBy) == 0:
		return errors.New("--history needs --used-by: it tells what becomes of what objects use")
	case len(o.kinds)+len(o.names)+len(o.grades) > 0 || o.failOn != noneWord:
		return errors.New("--history shows everything that the objects use: --kind, --name, --grade and --fail-on do not go with it")
	}
	return nil
}

// outputs reads --format, --json and --color.
func (o *diffOptions) outputs(stdout io.Writer, known []string) ([]output, error) {
	formats := o.formats
	if o.json {
		formats = []string{"json"}
	}
	list, err := parseOutputs(formats, known, o.color, stdout)
	for i := range list {
		list[i].options.ShowNotes, list[i].options.SourceRoot = o.notes, o.sourceRoot
	}
	return list, err
}

// diffInput is what names the inputs.
type diffInput struct {
	specs   []kernel.Spec
	loaders []*plan.Loader
	options analyzer.Options
}

func (o *diffOptions) input(args []string) (diffInput, error) {
	var in diffInput
	var err error
	t := target{kernels: args, loaders: o.loaders}
	if in.loaders, err = t.loaderValues(); err != nil {
		return in, err
	}
	if in.options, err = sourceOptions(o.sourceRoot, o.pathMaps); err != nil {
		return in, err
	}
	in.specs, err = t.specs()
	tellApart(in.specs)
	return in, err
}

// diffFilter is which changes are shown and which make the exit code 1.
type diffFilter struct {
	kinds  []btfdiff.Kind
	names  []string
	grades []btfdiff.Grade
	// failing is the mildest grade that makes the exit code 1, beyond all of
	// them if none does.
	failing btfdiff.Grade
}

func (o *diffOptions) filter() (diffFilter, error) {
	f := diffFilter{names: o.names, failing: btfdiff.GradeBreaks + 1}
	for _, name := range o.kinds {
		k, err := btfdiff.ParseKind(name)
		if err != nil {
			return f, fmt.Errorf("--kind: unknown kind %s", quoteWithHint(name, kindNames()))
		}
		f.kinds = append(f.kinds, k)
	}
	for _, name := range o.grades {
		g, err := btfdiff.ParseGrade(name)
		if err != nil {
			return f, fmt.Errorf("--grade: unknown grade %s", quoteWithHint(name, gradeNames()))
		}
		f.grades = append(f.grades, g)
	}
	if o.failOn != noneWord {
		g, err := btfdiff.ParseGrade(o.failOn)
		if err != nil {
			return f, fmt.Errorf("--fail-on: unknown word %s", quoteWithHint(o.failOn, append(gradeNames(), noneWord)))
		}
		f.failing = g
	}
	return f, nil
}

// matches reports whether a name is asked for.
func (f *diffFilter) matches(name string) bool {
	return len(f.names) == 0 || slices.ContainsFunc(f.names, func(glob string) bool { return usedby.Glob(glob, name) })
}

// keeps reports whether a change is asked for.
func (f *diffFilter) keeps(c *report.DiffChange) bool {
	return (len(f.kinds) == 0 || slices.Contains(f.kinds, c.Kind)) && f.matches(c.Name) &&
		(len(f.grades) == 0 || slices.Contains(f.grades, c.Grade))
}

// apply drops the changes that are not asked for, and the findings that nothing
// but these causes.
func (f *diffFilter) apply(d *report.Diff) {
	if len(f.kinds)+len(f.names)+len(f.grades) == 0 {
		return
	}
	causes := make([]int, len(d.Findings)) // 0: none, 1: dropped ones alone, 2: one that is kept
	var kept []report.DiffChange
	for i := range d.Changes {
		c := &d.Changes[i]
		weight := 1
		if f.keeps(c) {
			weight = 2
			kept = append(kept, *c)
		}
		for k := range c.UsedBy {
			for _, at := range c.UsedBy[k].Findings {
				causes[at] = max(causes[at], weight)
			}
		}
	}
	index := make([]int, len(d.Findings))
	var findings []analyzer.Finding
	for i := range d.Findings {
		index[i] = len(findings)
		if causes[i] != 1 {
			findings = append(findings, d.Findings[i])
		}
	}
	for i := range kept {
		for k := range kept[i].UsedBy {
			for n, at := range kept[i].UsedBy[k].Findings {
				kept[i].UsedBy[k].Findings[n] = index[at]
			}
		}
	}
	d.Changes, d.Findings = kept, findings
}

// fails reports whether a change makes the exit code 1.
func (f *diffFilter) fails(d *report.Diff) bool {
	return f.failing <= btfdiff.GradeBreaks && slices.ContainsFunc(d.Changes, func(c report.DiffChange) bool { return c.Grade >= f.failing })
}

// String says what is left out, "" if nothing is.
func (f *diffFilter) String() string {
	var parts []string
	for _, part := range [...]struct {
		label string
		words []string
	}{{"kind", words(f.kinds)}, {"name", f.names}, {"grade", words(f.grades)}} {
		if len(part.words) > 0 {
			parts = append(parts, part.label+" "+strings.Join(part.words, " or "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "only " + strings.Join(parts, ", ")
}

// words are the names of kinds or grades.
func words[T fmt.Stringer](values []T) []string {
	var names []string
	for _, v := range values {
		names = append(names, v.String())
	}
	return names
}
