// Package cli is the command line of btflint: one file per subcommand. It
// reads and writes only the streams it is given, and files that its arguments
// name.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// exitUsage is the exit code of a wrong usage or configuration. The others are
// those of [analyzer.Report.ExitCode].
const exitUsage = 2

// exit ends a command with a code after it has said all there is to say.
type exit int

func (e exit) Error() string { return "exit " + strconv.Itoa(int(e)) }

// failed is an error that is no wrong usage: exit code 3.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

// Main runs the command line and returns its exit code. What goes wrong is one
// line on s.Err.
func Main(ctx context.Context, args []string, s Streams) int {
	asked := completing(args)
	if !asked { // an @FILE that is being typed is no file yet
		var err error
		if args, err = expandArgs(args, s.In); err != nil {
			fmt.Fprintf(s.Err, "btflint: %v\n", err)
			return exitUsage
		}
	}
	root := newRoot(s, args)
	// cobra's own completion command is built when asked for: start-up counts.
	root.CompletionOptions.DisableDefaultCmd = len(args) > 0 && !slices.Contains([]string{"completion", "help", "--help", "-h"}, args[0]) && !asked
	if asked {
		registerCompletions(root)
	}
	if len(args) > 0 && args[0] == "completion" {
		setBashCompletion(root, s.Out)
	}
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exit
	var fail failed
	switch {
	case err == nil:
		return analyzer.ExitClean
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(s.Err, "btflint: %v\n", err)
	if errors.As(err, &fail) {
		return analyzer.ExitFailed
	}
	return exitUsage
}

// Root is the whole command line, for what is made of its help: manual pages and
// completions.
func Root(s Streams) *cobra.Command { return newRoot(s, nil) }

// newRoot is the command without a subcommand; args are those of the process.
func newRoot(s Streams, args []string) *cobra.Command {
	printVersion := false
	root := &cobra.Command{
		Use:   "btflint",
		Short: "Will this compiled BPF object load on that kernel?",
		Long: "btflint tells offline, without root, whether a compiled BPF object will load on\n" +
			"a kernel with a loader, and which line of the source is why not.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if printVersion {
				return writeVersion(s.Out)
			}
			cmd.SetOut(s.Err)
			return errors.Join(exit(exitUsage), cmd.Help())
		},
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.Flags().BoolVar(&printVersion, "version", false, "print the version")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// A misspelt command is worth more than its flags.
		if cmd == root && !strings.HasPrefix(args[0], "-") {
			return unknownCommand(cmd, args[0])
		}
		return flagError(cmd, err)
	})
	root.AddCommand(newCheck(s), newConfig(s), newDeps(s), newDiff(s), newDoctor(s), newExplain(s), newLoad(s), newLoaders(s), newPlan(s), newRules(s), newShadow(s), newVersion(s))
	return root
}

func unknownCommand(root *cobra.Command, name string) error {
	return fmt.Errorf("unknown command %s", quoteWithHint(name, commandNames(root)))
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// flagError adds the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	given := "--" + unknown.GetSpecifiedName()
	return fmt.Errorf("unknown flag %s", quoteWithHint(given, names))
}

// didYouMean is the hint at the nearest of the names, "" if none is near.
func didYouMean(given string, names []string) string {
	near := analyzer.Nearest(given, names)
	if len(near) == 0 {
		return ""
	}
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = strconv.Quote(n)
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// quoteWithHint is an unknown name with the hint at what was meant.
func quoteWithHint(given string, names []string) string {
	return strconv.Quote(given) + didYouMean(given, names)
}
