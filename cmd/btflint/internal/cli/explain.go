package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/loadlog"
	"github.com/btflint/btflint/report"
	"github.com/spf13/cobra"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	log, format, color string
	json, markdown     bool
}

func newExplain(s Streams) *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain RULE... | explain --log FILE",
		Short: "Explain rules, or the output of a failed load",
		Long: "Explain rules: why, how to fix, sources. With --log, explain what a loader and the verifier\n" +
			"printed when a load failed: libbpf, cilium/ebpf, aya or bpftool. It names the line that\n" +
			"decides, what it means, the rule that finds it before the load, and the command that tells more.\n" +
			"Lines may be as a journal or a container has them, or escaped in JSON or logfmt.\n\n" +
			"Exit codes: 0 explained, 1 no cause recognised, 2 usage, 3 the log could not be read.",
		Example: "  btflint explain kfunc-missing\n" +
			"  bpftool -d prog loadall prog.bpf.o /sys/fs/bpf/x 2>&1 | btflint explain --log -",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case o.markdown:
				return nil
			case o.log != "" && len(args) > 0:
				return errors.New("--log explains a log: name no rules with it")
			case o.log == "" && len(args) == 0:
				return errors.New("explain what? \"btflint rules\" lists the rules; --log FILE explains the output of a failed load")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case o.markdown:
				return orFailed(report.Symptoms(s.Out))
			case o.log != "":
				return o.explainLog(s)
			}
			return o.explainRules(s, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.log, "log", "", "explain the output of a failed load in `FILE`, - for standard input")
	flags.StringVarP(&o.format, "format", "f", report.DiagnosisFormats()[0], "with --log, `NAME` of the output's format: "+strings.Join(report.DiagnosisFormats(), " or "))
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	colorFlag(flags, &o.color)
	flags.BoolVar(&o.markdown, "markdown", false, "write the page of all known lines of logs")
	if err := flags.MarkHidden("markdown"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

// explainRules prints the documentation of rules.
func (o *explainOptions) explainRules(s Streams, names []string) error {
	if o.json || o.format != report.DiagnosisFormats()[0] {
		return errors.New("--format is for --log: rules are explained as text")
	}
	useColor, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	var found []*analyzer.Rule
	for _, name := range names {
		if strings.ContainsAny(name, " \t") {
			return fmt.Errorf("%q is no name of a rule; --log FILE explains lines of a log, --log - those of standard input", name)
		}
		list, err := analyzer.Lookup(catalogue(), name)
		if err != nil {
			return err
		}
		found = append(found, list...)
	}
	for i, r := range found {
		if i > 0 {
			if _, err := s.Out.Write([]byte("\n")); err != nil {
				return failed{err}
			}
		}
		if err := report.Explain(s.Out, r, report.Options{Color: useColor, Width: width(s.Out)}); err != nil {
			return failed{err}
		}
	}
	return nil
}

// explainLog prints what the log of a failed load tells.
func (o *explainOptions) explainLog(s Streams) error {
	if o.json {
		o.format = "json"
	}
	if !slices.Contains(report.DiagnosisFormats(), o.format) {
		return fmt.Errorf("--format: unknown format %s", quoteWithHint(o.format, report.DiagnosisFormats()))
	}
	color, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	in := s.In
	if o.log != "-" {
		f, err := os.Open(o.log)
		if err != nil {
			return failed{fmt.Errorf("%s: %s", o.log, reason(o.log, err))}
		}
		defer f.Close()
		in = f
	}
	d, err := loadlog.Read(in)
	if err != nil {
		return failed{fmt.Errorf("%s: %w", o.log, err)}
	}
	opts := report.Options{Color: color, Width: width(s.Out), Version: version()}
	if err := report.WriteDiagnosis(s.Out, o.format, &report.Diagnosis{Name: o.log, Diagnosis: d}, opts); err != nil {
		return failed{fmt.Errorf("standard output: %w", err)}
	}
	if len(d.Causes) == 0 && d.Sections == nil {
		return exit(analyzer.ExitFindings)
	}
	return nil
}

// orFailed makes an error one that is no wrong usage.
func orFailed(err error) error {
	if err != nil {
		return failed{err}
	}
	return nil
}
