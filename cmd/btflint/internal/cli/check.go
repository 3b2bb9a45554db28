package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkOptions are the flags of check.
type checkOptions struct {
	target
	enable, disable []string
	failOn          string
	sourceRoot      string
	category        string
	pathMaps        []string
	formats         []string
	color           string
	notes           bool
	rodata          []string
}

func newCheck(s Streams) *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use:   "check OBJECT...",
		Short: "Check objects against kernels",
		Long: "Check compiled BPF objects against kernels. An OBJECT is an ELF file, a light\n" +
			"skeleton (*.lskel.h, or data=FILE,insns=FILE for dumps of its two arrays), a directory\n" +
			"with *.o and *.lskel.h files below it, or - for standard input.\n\n" +
			"Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, 3 something could not be checked.",
		Example: "  btflint check prog.bpf.o\n" +
			"  btflint check --kernel 6.12=vmlinux.btf,modules=none --loader libbpf --loader cilium build/",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("check what? name an object file, a directory, or -")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args) },
	}
	o.register(cmd.Flags())
	return cmd
}

func (o *checkOptions) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	o.target.register(flags)
	rodataFlag(flags, &o.rodata)
	flags.StringSliceVar(&o.enable, "enable", nil, "run only these `RULES`")
	flags.StringSliceVar(&o.disable, "disable", nil, "do not run these `RULES`")
	flags.StringVar(&o.failOn, "fail-on", "error", "what makes the exit code 1, `WORD`: error, warning or note, the lowest severity;\n"+
		"undecided, an error or an undecided verdict; or none")
	flags.StringArrayVarP(&o.formats, "format", "f", []string{"text"}, "`NAME[=FILE]` of the output, - is standard output; repeatable:\n"+strings.Join(report.Formats(), ", "))
	colorFlag(flags, &o.color)
	flags.BoolVar(&o.notes, "notes", false, "show notes too")
	flags.StringVar(&o.category, "category", "", "`NAME` that tells several sarif files of one commit apart")
	sourceFlags(flags, &o.sourceRoot, &o.pathMaps)
}

func sourceFlags(flags *pflag.FlagSet, root *string, pathMaps *[]string) {
	flags.StringVar(root, "source-root", "", "`DIR` to which the paths of source files are made relative")
	flags.StringArrayVar(pathMaps, "path-map", nil, "`FROM=TO` replaces a leading path of source files; repeatable")
}

// run checks the objects, writes the reports and returns the exit code.
func (o *checkOptions) run(ctx context.Context, s Streams, args []string) error {
	in, err := o.input()
	if err != nil {
		return err
	}
	failOn, err := parseFailOn(o.failOn)
	if err != nil {
		return err
	}
	outputs, err := o.outputs(s.Out)
	if err != nil {
		return err
	}
	specs, err := o.specs()
	if err != nil {
		return err
	}
	kernels, kernelErrs, closeAll := openKernels(specs)
	defer closeAll()
	if err := sameName(kernels); err != nil {
		return err
	}
	objects, objectErrs := readObjects(args, s.In)
	if err := checkRodata(in.Options.Plan.Rodata, objects); err != nil {
		return err
	}
	in.Kernels, in.Objects = kernels, objects
	in.Errors = append(kernelErrs, objectErrs...)

	rep, err := analyzer.Run(ctx, in)
	if err != nil {
		return err
	}
	for _, e := range rep.Errors {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	written := true
	for _, out := range outputs {
		if err := out.write(rep); err != nil {
			fmt.Fprintf(s.Err, "btflint: %s: %v\n", out.name(), err)
			written = false
		}
	}
	if !written {
		return exit(analyzer.ExitFailed)
	}
	if code := failOn.exitCode(rep); code != analyzer.ExitClean {
		return exit(code)
	}
	return nil
}

// input is what of the run does not have to be opened.
func (o *checkOptions) input() (analyzer.Input, error) {
	var in analyzer.Input
	var err error
	if in.Loaders, err = o.loaderValues(); err != nil {
		return in, err
	}
	if in.Rules, err = analyzer.Select(rules.All(), o.enable, o.disable); err != nil {
		return in, err
	}
	if in.Options, err = sourceOptions(o.sourceRoot, o.pathMaps); err != nil {
		return in, err
	}
	in.Options.Plan.Rodata, err = parseRodata(o.rodata)
	return in, err
}

// sourceOptions reads --source-root and --path-map.
func sourceOptions(root string, pathMaps []string) (analyzer.Options, error) {
	var opts analyzer.Options
	for _, arg := range pathMaps {
		from, to, ok := strings.Cut(arg, "=")
		if !ok || from == "" {
			return opts, fmt.Errorf("--path-map %q: want FROM=TO", arg)
		}
		opts.PathMap = append(opts.PathMap, analyzer.PathMapping{From: from, To: to})
	}
	if root != "" {
		var err error
		if opts.SourceRoot, err = filepath.Abs(root); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

// failOn is what makes the exit code 1.
type failOn struct {
	severity  analyzer.Severity // and above
	undecided bool              // undecided verdicts too
}

// parseFailOn reads --fail-on. None is above every severity.
func parseFailOn(word string) (failOn, error) {
	if word == analyzer.Undecided {
		return failOn{analyzer.Error, true}, nil
	}
	names := []string{analyzer.Note.String(), analyzer.Warning.String(), analyzer.Error.String(), "none", analyzer.Undecided}
	for i, n := range names {
		if n == word {
			return failOn{severity: analyzer.Severity(i)}, nil
		}
	}
	return failOn{}, fmt.Errorf("--fail-on: unknown word %s", quoteWithHint(word, names))
}

func (f failOn) exitCode(rep *analyzer.Report) int {
	code := rep.ExitCode(f.severity)
	if code == analyzer.ExitClean && f.undecided && rep.HasUndecided() {
		return analyzer.ExitFindings
	}
	return code
}

// stdoutName stands for standard output in --format NAME=FILE.
const stdoutName = "-"

// output is one --format.
type output struct {
	format, file string // file "" is stdout
	stdout       io.Writer
	options      report.Options
}

// outputs reads --format and --color.
func (o *checkOptions) outputs(stdout io.Writer) ([]output, error) {
	list, err := parseOutputs(o.formats, report.Formats(), o.color, stdout)
	for i := range list {
		opts := &list[i].options
		opts.ShowNotes, opts.SourceRoot, opts.Category = o.notes, o.sourceRoot, o.category
	}
	return list, err
}

// parseOutputs reads the values of --format, which name known formats, and
// that of --color. Two outputs cannot both be standard output.
func parseOutputs(formats, known []string, when string, stdout io.Writer) ([]output, error) {
	color, err := useColor(when, stdout)
	if err != nil {
		return nil, err
	}
	var list []output
	onStdout := ""
	for _, arg := range formats {
		name, file, _ := strings.Cut(arg, "=")
		name = report.FormatName(name)
		if file == stdoutName {
			file = ""
		}
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--format: unknown format %s", quoteWithHint(name, known))
		}
		if file == "" {
			if onStdout != "" {
				return nil, fmt.Errorf("--format: %q and %q both write to standard output, name a file: %s=FILE", onStdout, name, name)
			}
			onStdout = name
		}
		list = append(list, output{
			format: name, file: file, stdout: stdout,
			options: report.Options{Color: color && file == "", Width: width(stdout), Version: version()},
		})
	}
	return list, nil
}

// name is how errors call the output.
func (o output) name() string {
	if o.file == "" {
		return "standard output"
	}
	return o.file
}

func (o output) write(rep *analyzer.Report) error {
	return o.writeBy(func(w io.Writer, o output) error { return report.Write(w, o.format, rep, o.options) })
}

// writeBy opens the file, if it is one, and has it written.
func (o output) writeBy(write func(io.Writer, output) error) error {
	if o.file == "" {
		return write(o.stdout, o)
	}
	f, err := os.Create(o.file)
	if err != nil {
		return errors.New(reason(o.file, err))
	}
	if err := write(f, o); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
