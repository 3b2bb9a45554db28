package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

// complete asks what may come next, as the scripts of the shells do: the last
// argument is what is typed. It returns the words without descriptions, and the
// directive.
func complete(t *testing.T, args ...string) (words []string, directive string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), append([]string{cobra.ShellCompRequestCmd}, args...), cli.Streams{In: &bytes.Buffer{}, Out: &out, Err: &errs})
	require.Equal(t, 0, code, errs.String())
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		words = append(words, word)
	}
	return words, lines[len(lines)-1]
}

// Directives as they are printed.
const (
	anyFile = ":0"
	noFile  = ":4"
	ofKind  = ":8" // files with the extensions that the words are, and directories
	dirs    = ":16"
)

func TestComplete(t *testing.T) {
	t.Parallel()
	const object = "testdata/example/unlink.bpf.o"
	tests := []struct {
		name      string
		args      []string
		words     []string // all of them
		directive string
	}{
		{"loaders", []string{"check", "--loader", ""}, []string{"libbpf", "cilium", "aya", "lskel"}, noFile},
		{"versions", []string{"check", "-l", "libbpf@1.7"}, []string{"libbpf@1.7"}, noFile},
		{"loaders as arguments", []string{"loaders", "ci"}, []string{"cilium"}, noFile},
		{"severities", []string{"check", "--fail-on", ""}, []string{"note", "warning", "error", "none", "undecided"}, noFile},
		{"grades", []string{"diff", "--fail-on", ""}, []string{"breaks", "semantic", "relocatable", "addition", "none"}, noFile},
		{"a list", []string{"diff", "--grade", "breaks,s"}, []string{"breaks,semantic"}, noFile},
		{"kinds", []string{"diff", "--kind", "struct,struct"}, []string{"struct,struct_ops"}, noFile},
		{"rules", []string{"check", "--disable", "kfunc-miss"}, []string{"kfunc-missing"}, noFile},
		{"explained rules", []string{"explain", "kfunc-missing", "kfunc-miss"}, nil, noFile},
		{"rules beside a log", []string{"explain", "--log", "x", ""}, nil, noFile},
		{"formats of a check", []string{"check", "--format", "git"}, []string{"github", "gitlab", "github-sarif"}, noFile},
		{"file of a format", []string{"check", "--format", "html="}, nil, anyFile},
		{"formats of a diagnosis", []string{"explain", "-f", ""}, []string{"text", "json"}, noFile},
		{"colours", []string{"doctor", "--color", "a"}, []string{"auto", "always"}, noFile},
		{"languages", []string{"shadow", "--lang", ""}, []string{"c", "go", "rust", "json"}, noFile},
		{"styles", []string{"shadow", "--style", "2"}, []string{"2024"}, noFile},
		{"commands", []string{"config", ""}, []string{"check", "init", "show"}, noFile},
		{"configurations", []string{"config", "check", ""}, []string{"yaml", "yml"}, ofKind},
		{"objects", []string{"check", ""}, []string{"o", "lskel.h"}, ofKind},
		{"more objects", []string{"deps", object, ""}, []string{"o", "lskel.h"}, ofKind},
		{"one object", []string{"plan", object, ""}, nil, noFile},
		{"file of arguments", []string{"check", "@unwritten"}, []string{"o", "lskel.h"}, ofKind},
		{"running kernel", []string{"check", "--kernel", "r"}, []string{"running"}, noFile},
		{"file of a kernel", []string{"check", "--kernel", ""}, nil, anyFile},
		{"kernels", []string{"diff", "6.12.b"}, nil, anyFile},
		{"directory", []string{"check", "--modules", ""}, nil, dirs},
		{"programs", []string{"plan", object, "--program", ""}, []string{"on_unlink"}, noFile},
		{"programs of what is no object", []string{"plan", "README.md", "--program", ""}, nil, noFile},
		{"nothing", []string{"version", ""}, nil, noFile},
		{"completion", []string{"compl"}, []string{"completion"}, noFile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			words, directive := complete(t, tt.args...)
			assert.ElementsMatch(t, tt.words, words)
			assert.Equal(t, tt.directive, directive)
		})
	}
}

// TestBashCompletion has bash complete lists, with what bash offers beside.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("needs bash and paths that it understands")
	}
	dir := t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "btflint"), "./cmd/btflint").CombinedOutput()
	require.NoError(t, err, string(out))
	const script = `source <(btflint completion bash)
_init_completion() { cur=${COMP_WORDS[COMP_CWORD]}; words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9
COMP_POINT=${#COMP_LINE}
[ "$(complete -p btflint)" = "complete -o default -F __btflint_with_commas btflint" ] || exit 1
__btflint_with_commas btflint "${COMP_WORDS[COMP_CWORD]}"
printf '%s\n' "${COMPREPLY[@]}"`
	for typed, want := range map[string]string{
		"kfunc-missing,kfunc-no-a": "kfunc-missing,kfunc-no-address\n",
		"kfunc-missing,kfunc-no":   "kfunc-missing,kfunc-no-address\nkfunc-missing,kfunc-not-registered\n",
		"kfunc-mis":                "kfunc-missing\n",
		"nothing":                  "\n",
	} {
		cmd := exec.Command(bash, "--norc", "-c", script, "bash", "btflint", "check", "--disable", typed)
		cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Equal(t, want, string(out), typed)
	}
}

// Every flag with a value says what it may be: a flag without a completion of
// its own is offered files, which only those are that name some.
func TestCompleteEveryFlag(t *testing.T) {
	t.Parallel()
	wantFile := map[string]bool{"kernel": true, "symbols": true, "kernel-config": true, "baseline": true, "log": true, "output": true, "verify": true}
	root := cli.Root(cli.Streams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	flags := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" || f.Hidden { // a flag without a value, or of make docs
				return
			}
			flags++
			words, directive := complete(t, append(path, "--"+f.Name, "")...)
			assert.Equal(t, wantFile[f.Name], directive == anyFile, "%s --%s: %s %s", cmd.CommandPath(), f.Name, words, directive)
			for _, w := range words {
				assert.NotContains(t, w, "`")
			}
		})
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	assert.Greater(t, flags, 50)
}
