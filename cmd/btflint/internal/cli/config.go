package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/cmd/btflint/internal/baseline"
	"github.com/btflint/btflint/cmd/btflint/internal/config"
)

//go:embed template.yaml
var configTemplate []byte

func newConfig(s Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check, write or show the configuration",
		Long:  "Check, write or show .btflint.yaml. It is looked for in the working directory and above it, up to\nthe root of the repository.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("config what? one of %s", strings.Join(commandNames(cmd), ", "))
			}
			return fmt.Errorf("unknown command %s", quoteWithHint(args[0], commandNames(cmd)))
		},
		RunE: func(*cobra.Command, []string) error { return nil }, // Args has the say
	}
	cmd.AddCommand(newConfigCheck(s), newConfigInit(s), newConfigShow(s))
	return cmd
}

func newConfigCheck(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Tell what is wrong with configurations",
		Long: "Tell what is wrong with configurations: their form, the names in them, files that they name and\n" +
			"that do not exist, ignores that have expired. Without FILE, that of the working directory.\n\n" +
			"Exit codes: 0 nothing, 2 something is wrong.",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				path, _, err := config.Find(".")
				if err != nil {
					return err
				}
				if path == "" {
					return fmt.Errorf("no %s in the working directory, or above it in the repository; \"btflint config init\" writes one", config.Names[0])
				}
				args = []string{path}
			}
			wrong := false
			for _, path := range args {
				for _, err := range configProblems(path, time.Now()) {
					fmt.Fprintf(s.Err, "btflint: %v\n", err)
					wrong = true
				}
			}
			if wrong {
				return exit(exitUsage)
			}
			return nil
		},
	}
}

// configProblems is all that is wrong with a configuration. Of what makes it
// unreadable there is only the first.
func configProblems(path string, today time.Time) []error {
	f, err := readConfig(path)
	if err != nil {
		return []error{err}
	}
	s := &settings{file: f, dir: filepath.Dir(path)}
	var errs []error
	missing := func(t config.Text, what, name string) {
		if name == "" {
			return
		}
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, f.ErrorAt(t, "%s: %s does not exist", what, name))
		}
	}
	for _, t := range s.kernels() {
		spec, err := kernel.ParseSpec(t.Value)
		if err != nil {
			errs = append(errs, f.ErrorAt(t, "kernels: %v", err))
			continue
		}
		if spec.Types != runningKernel {
			missing(t, "kernels", spec.Types)
		}
		missing(t, "kernels", spec.Symbols)
		missing(t, "kernels", spec.Config)
		if spec.Modules != noModules {
			missing(t, "kernels", spec.Modules)
		}
	}
	for _, t := range given(f.SourceRoot) {
		missing(t, "source-root", s.below(t.Value))
	}
	for _, t := range given(f.Baseline) {
		if _, err := baseline.ReadFile(s.below(t.Value)); errors.Is(err, fs.ErrNotExist) {
			missing(t, "baseline", s.below(t.Value))
		} else if err != nil {
			errs = append(errs, f.ErrorAt(t, "baseline: %v", err))
		}
	}
	for i, ignore := range s.ignores(today) {
		if ignore.Expired != "" {
			errs = append(errs, f.ErrorAt(f.Ignores[i].Expires, "ignore: expired on %s: %s", ignore.Expired, ignore.Reason))
		}
	}
	return errs
}

func newConfigInit(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a configuration to start from",
		Long:  "Write a .btflint.yaml to start from in the working directory, unless there is one.",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			for _, name := range config.Names {
				if _, err := os.Lstat(name); err == nil {
					return fmt.Errorf("%s exists", name)
				}
			}
			path := config.Names[0]
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return failed{err}
			}
			_, err = f.Write(configTemplate)
			if err := errors.Join(err, f.Close()); err != nil {
				return failed{err}
			}
			_, err = fmt.Fprintln(s.Out, path)
			return err
		},
	}
}

func newConfigShow(s Streams) *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the settings of a check, and where each comes from",
		Long: "Show the settings that \"btflint check\" would have with the same flags, each with its origin: a\n" +
			"flag, a variable of the environment, a line of the configuration, or \"default\".",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := o.configFlags.load()
			if err != nil {
				return err
			}
			if err := set.apply(cmd.Flags()); err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
			for _, row := range set.rows(o, cmd.Flags()) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", row.name, row.value, row.origin)
			}
			if err := w.Flush(); err != nil {
				return failed{err}
			}
			return nil
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// shownRow is a setting with its value and origin.
type shownRow struct{ name, value, origin string }

// defaultOrigin is the origin of what nobody has set.
const defaultOrigin = "default"

// noValue stands for no value.
const noValue = "-"

// rows are the settings of a check. A list has a row for each value.
func (s *settings) rows(o *checkOptions, flags *pflag.FlagSet) []shownRow {
	path := s.file.Path
	if path == "" {
		path = noValue
	}
	at := func(t config.Text) string {
		if !t.Given() {
			return defaultOrigin
		}
		return s.file.Path + ":" + strconv.Itoa(t.Line)
	}
	rows := []shownRow{{"configuration", path, noValue}}
	rows = append(rows, s.textRows("objects", s.file.Objects, true)...)
	rows = append(rows, s.textRows("build", given(s.file.Build), false)...)
	for _, row := range settingsTable() {
		f := flags.Lookup(row.flag)
		name, origin := row.flag, s.origins[row.flag]
		if row.key != "" {
			name = row.key
		}
		if origin == "" {
			origin = defaultOrigin
		}
		values := flagValues(f)
		if row.flag == "kernel" && len(values) == 0 {
			values = []string{runningKernel}
		}
		if row.flag == "loader" && len(values) == 0 {
			values = []string{loaderNames()[0]}
		}
		if len(values) == 0 {
			values = []string{noValue}
		}
		for i, v := range values {
			of := origin
			if read := row.read; read != nil && s.fromFile(row.flag) && i < len(read(s)) {
				of = at(read(s)[i])
			}
			rows = append(rows, shownRow{name, v, of})
		}
	}
	for _, p := range s.file.Rules {
		rows = append(rows, shownRow{"rules", p.Key.Value + "=" + p.Value.Value, at(p.Key)})
	}
	for i, ignore := range s.ignores(time.Now()) {
		value := strings.Join(ignore.Rules, ",") + ": " + ignore.Reason
		if ignore.Expired != "" {
			value += " (expired)"
		}
		rows = append(rows, shownRow{"ignore", value, at(s.file.Ignores[i].Rules[0])})
	}
	return rows
}

// textRows are the rows of values that only the file has.
func (s *settings) textRows(name string, texts []config.Text, paths bool) []shownRow {
	if len(texts) == 0 {
		return []shownRow{{name, noValue, defaultOrigin}}
	}
	var rows []shownRow
	for _, t := range texts {
		value := t.Value
		if paths {
			value = s.below(value)
		}
		rows = append(rows, shownRow{name, value, s.file.Path + ":" + strconv.Itoa(t.Line)})
	}
	return rows
}

// flagValues are the values of a flag.
func flagValues(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return slices.Clone(list.GetSlice())
	}
	if v := f.Value.String(); v != "" {
		return []string{v}
	}
	return nil
}
