package cli_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/cmd/btflint/internal/cli"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain gives scripts a program to run in directories of their own.
func TestMain(m *testing.M) {
	testscript.Main(inRoot{m}, map[string]func(){"program": func() {
		os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}})
}

// inRoot runs everything in the module's root, so that arguments and output
// name testdata by short paths.
type inRoot struct{ *testing.M }

func (m inRoot) Run() int {
	if err := os.Chdir("../../../.."); err != nil {
		panic(err)
	}
	// What the environment says about colours and settings is the scripts' business.
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name == "NO_COLOR" || strings.HasPrefix(name, "BTFLINT_") {
			os.Unsetenv(name)
		}
	}
	return m.M.Run()
}

// TestScripts runs the scripts below testdata. Their command
//
//	btflint CODE ARG...
//
// runs the command line in this process and checks its exit code; "<FILE" as
// the last argument is standard input. Paths are relative to the module's
// root, which is $ROOT; $WORK is the script's own directory. "exec program" runs
// it as a process in the script's directory. For "hostile DIR" see [hostile], for
// "unpack HEADER DATA INSNS" [unpack].
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "cmd/btflint/internal/cli/testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			root, err := os.Getwd()
			env.Setenv("ROOT", root)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"btflint": run, "hostile": hostile, "unpack": unpack},
	})
}

// unpack writes the two arrays of a light skeleton into files: "unpack HEADER
// DATA INSNS".
func unpack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: unpack HEADER DATA INSNS")
	}
	s, err := lskel.ReadFile(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(args[1], s.Header.Data, 0o600))
	ts.Check(os.WriteFile(args[2], s.Header.Insns, 0o600))
}

func run(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: btflint CODE ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = args[1:]
	stdin := &bytes.Buffer{}
	if n := len(args) - 1; n >= 0 && strings.HasPrefix(args[n], "<") {
		stdin.WriteString(ts.ReadFile(args[n][1:]))
		args = args[:n]
	}
	if got := cli.Main(context.Background(), args, cli.Streams{In: stdin, Out: ts.Stdout(), Err: ts.Stderr()}); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
