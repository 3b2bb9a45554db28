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
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkOptions are the flags of check.
type checkOptions struct {
	target
	configFlags
	build           bool
	baseline        string
	writeBaseline   bool
	showSuppressed  bool
	quiet           bool
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
		Use:   "check [OBJECT...]",
		Short: "Check objects against kernels",
		Long: "Check compiled BPF objects against kernels. An OBJECT is an ELF file, a light\n" +
			"skeleton (*.lskel.h, or data=FILE,insns=FILE for dumps of its two arrays), a directory\n" +
			"with *.o and *.lskel.h files below it (what is no BPF object is passed over there), a\n" +
			"glob like 'build/**/*.o', or - for standard input; without one, the objects of the\n" +
			"configuration are checked. @FILE stands for the lines of a file.\n\n" +
			"What is not given by flags comes from variables like BTFLINT_FAIL_ON, else from\n" +
			".btflint.yaml; \"btflint config show\" tells from where.\n\n" +
			"Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, 3 something could not be checked.",
		Example: "  btflint check prog.bpf.o\n" +
			"  btflint check --kernel 6.12=vmlinux.btf,modules=none --loader libbpf --loader cilium build/",
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), cmd.Flags(), s, args) },
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
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "print findings and nothing else in the text and compact formats")
	flags.StringVar(&o.baseline, "baseline", "", "do not report the findings that `FILE` knows")
	flags.BoolVar(&o.writeBaseline, "write-baseline", false, "write the findings of this run to the baseline instead of reporting them")
	flags.BoolVar(&o.showSuppressed, "show-suppressed", false, "show suppressed findings too")
	flags.BoolVar(&o.build, "build", false, "run the configuration's build command first")
	flags.StringVar(&o.category, "category", "", "`NAME` that tells several sarif files of one commit apart")
	sourceFlags(flags, &o.sourceRoot, &o.pathMaps)
	o.configFlags.register(flags)
}

func sourceFlags(flags *pflag.FlagSet, root *string, pathMaps *[]string) {
	flags.StringVar(root, "source-root", "", "`DIR` to which the paths of source files are made relative")
	flags.StringArrayVar(pathMaps, "path-map", nil, "`FROM=TO` replaces a leading path of source files; repeatable")
}

// run checks the objects, writes the reports and returns the exit code.
func (o *checkOptions) run(ctx context.Context, flags *pflag.FlagSet, s Streams, args []string) error {
	set, err := o.configFlags.load()
	if err != nil {
		return err
	}
	if err := set.apply(flags); err != nil {
		return err
	}
	r := checkRun{checkOptions: o, set: set, streams: s}
	if err := r.prepare(); err != nil {
		return err
	}
	if o.build {
		if err := set.build(ctx, s); err != nil {
			return err
		}
	}
	closeAll, err := r.open(args)
	defer closeAll()
	if err != nil {
		return err
	}
	m := newMeter(s.Err, o.quiet)
	r.in.Progress = m.checked
	rep, err := analyzer.Run(ctx, r.in)
	m.erase()
	if err != nil {
		return err
	}
	rep.Skips = append(rep.Skips, r.passed...)
	for _, e := range rep.Errors {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	if o.writeBaseline {
		return r.finishBaseline(rep)
	}
	return r.finish(rep)
}

// sourceOptions reads --source-root and --path-map.
func sourceOptions(root string, pathMaps []string) (analyzer.Options, error) {
	var opts analyzer.Options
	for _, arg := range pathMaps {
		mapping, err := parsePathMap(arg)
		if err != nil {
			return opts, fmt.Errorf("--path-map %w", err)
		}
		opts.PathMap = append(opts.PathMap, mapping)
	}
	if root != "" {
		var err error
		if opts.SourceRoot, err = filepath.Abs(root); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

func parsePathMap(arg string) (analyzer.PathMapping, error) {
	from, to, ok := strings.Cut(arg, "=")
	if !ok || from == "" {
		return analyzer.PathMapping{}, fmt.Errorf("%q: want FROM=TO", arg)
	}
	return analyzer.PathMapping{From: from, To: to}, nil
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
	for i, n := range failOnWords() {
		if n == word {
			return failOn{severity: analyzer.Severity(i)}, nil
		}
	}
	return failOn{}, fmt.Errorf("unknown word %s", quoteWithHint(word, failOnWords()))
}

// noneWord is the value of --fail-on that no finding and no change reaches.
const noneWord = "none"

// failOnWords are the words of --fail-on, the severities first.
func failOnWords() []string {
	return []string{analyzer.Note.String(), analyzer.Warning.String(), analyzer.Error.String(), noneWord, analyzer.Undecided}
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
		opts.ShowNotes, opts.ShowSuppressed, opts.Quiet = o.notes, o.showSuppressed, o.quiet
		opts.SourceRoot, opts.Category = o.sourceRoot, o.category
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
		if file != "" && slices.ContainsFunc(list, func(o output) bool { return filepath.Clean(o.file) == filepath.Clean(file) && o.file != "" }) {
			return nil, fmt.Errorf("--format: two formats are written to %s", file)
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
