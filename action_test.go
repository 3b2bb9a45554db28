package btflint_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const checkScript = ".github/action/check.sh"

// action is a run of the script of the GitHub Action in a workspace of its own.
type action struct {
	log, summary string
	outputs      map[string]string
	workspace    string
}

// runAction runs the script as the runner does, with btflint, or what the test
// puts in its place, first in the path. The workspace has an object in build/
// and the BTF of two kernels in kernels/.
func runAction(t *testing.T, btflint string, inputs map[string]string) action {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("needs bash and paths that it understands")
	}
	script, err := filepath.Abs(checkScript)
	require.NoError(t, err)
	a := action{workspace: t.TempDir(), outputs: map[string]string{}}
	for from, to := range map[string]string{
		"testdata/example/unlink.bpf.o": "build/unlink.bpf.o", "testdata/kernels/old.o": "kernels/old", "testdata/kernels/modern.o": "kernels/modern",
	} {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		path := filepath.Join(a.workspace, to)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	runner := t.TempDir()
	file := func(name string) string { return filepath.Join(runner, name) }
	cmd := exec.Command(bash, script)
	cmd.Dir = filepath.Join(a.workspace, inputs["WORKING_DIRECTORY"])
	cmd.Env = []string{
		"PATH=" + filepath.Dir(btflint) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"GITHUB_OUTPUT=" + file("output"), "GITHUB_STEP_SUMMARY=" + file("summary"),
		"GITHUB_WORKSPACE=" + a.workspace, "RUNNER_TEMP=" + runner, "GITHUB_ACTIONS=true", "CI=true",
	}
	for name, value := range inputs {
		cmd.Env = append(cmd.Env, "INPUT_"+name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "the step succeeds, so that the next one uploads: %s", out)
	a.log = string(out)
	if summary, err := os.ReadFile(file("summary")); err == nil {
		a.summary = string(summary)
	}
	outputs, err := os.ReadFile(file("output"))
	require.NoError(t, err)
	for line := range strings.Lines(string(outputs)) {
		name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		require.True(t, found, line)
		a.outputs[name] = value
	}
	return a
}

// buildCommand builds the command.
func buildCommand(t *testing.T) string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	path := filepath.Join(t.TempDir(), "btflint")
	out, err := exec.Command(goTool, "build", "-o", path, "./cmd/btflint").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// obeyed are the workflow commands of a log that the runner obeys.
func obeyed(log string) []string {
	var list []string
	end := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		switch {
		case end != "":
			if line == end {
				end = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			end = "::" + strings.TrimPrefix(line, "::stop-commands::") + "::"
		case strings.HasPrefix(line, "::"):
			list = append(list, line)
		}
	}
	return list
}

// TestActionScript runs the step that checks with what the runner gives it.
func TestActionScript(t *testing.T) {
	t.Parallel()
	btflint := buildCommand(t)
	const kernels = "5.10=kernels/old,modules=none\n\n  7.2=kernels/modern,modules=none  \n"

	t.Run("findings", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{"PATHS": "build/**/*.o\n", "KERNELS": kernels, "LOADERS": "libbpf\ncilium", "UPLOAD": "true"})
		assert.Equal(t, map[string]string{"exit-code": "1", "errors": "1", "warnings": "0", "findings": "1", "sarif-file": "btflint.sarif"}, a.outputs)
		assert.Contains(t, a.log, "unlink.bpf.c:11:9: error: kfunc \"scx_bpf_now\" not found in 5.10")
		assert.Contains(t, a.summary, "## btflint: 1 error, 0 warnings\n")
		assert.Contains(t, a.summary, "❌ fails | ✅ loads |")
		assert.Empty(t, obeyed(a.log), "what is uploaded is not annotated too")
		sarif, err := os.ReadFile(filepath.Join(a.workspace, "btflint.sarif"))
		require.NoError(t, err)
		assert.Contains(t, string(sarif), `"id": "btflint/"`)
	})
	t.Run("annotations", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{"PATHS": "build", "KERNELS": kernels, "UPLOAD": "false", "STEP_SUMMARY": "false", "CATEGORY": "nightly", "HTML_FILE": "report.html"})
		commands := obeyed(a.log)
		require.Len(t, commands, 2)
		assert.Contains(t, commands[0], "::error file=testdata/example/unlink.bpf.c,line=11,")
		assert.Contains(t, commands[1], "::notice title=btflint::not checked: 5.10 and 7.2: symbols unknown")
		assert.Empty(t, a.summary)
		assert.FileExists(t, filepath.Join(a.workspace, "report.html"))
	})
	t.Run("clean", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{"PATHS": "build/unlink.bpf.o", "KERNELS": "7.2=kernels/modern,modules=none", "FAIL_ON": "undecided"})
		assert.Equal(t, "0", a.outputs["exit-code"])
		assert.Equal(t, "0", a.outputs["findings"])
		assert.Contains(t, a.summary, "nothing found")
	})
	t.Run("working directory", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{
			"PATHS": "*.o", "KERNELS": "5.10=../kernels/old,modules=none", "WORKING_DIRECTORY": "build", "SARIF_FILE": "out.sarif", "ARGS": "--disable\nkfunc-missing",
		})
		assert.Equal(t, "build/out.sarif", a.outputs["sarif-file"])
		assert.Equal(t, "0", a.outputs["errors"])
		sarif, err := os.ReadFile(filepath.Join(a.workspace, "build", "out.sarif"))
		require.NoError(t, err)
		assert.Contains(t, string(sarif), `"uri": "build/unlink.bpf.o"`, "from the root of the workspace")
	})
	t.Run("nothing to check", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{"PATHS": "missing/*.o", "KERNELS": kernels})
		assert.Equal(t, "3", a.outputs["exit-code"])
		assert.Contains(t, a.log, "missing/*.o")
	})
	t.Run("wrong usage", func(t *testing.T) {
		t.Parallel()
		a := runAction(t, btflint, map[string]string{"PATHS": "build", "ARGS": "--colour"})
		assert.Equal(t, map[string]string{"exit-code": "2"}, a.outputs, "nothing to upload")
		assert.Contains(t, a.log, "unknown flag")
	})
}

// TestActionArguments looks at what the script gives to btflint, with a
// workflow command and white space in what it is given.
func TestActionArguments(t *testing.T) {
	t.Parallel()
	fake := filepath.Join(t.TempDir(), "btflint")
	require.NoError(t, os.WriteFile(fake, []byte("#!/bin/sh\nprintf '[%s]\\n' \"$@\"\necho '::add-mask::x'\nexit 1\n"), 0o700))
	a := runAction(t, fake, map[string]string{
		"PATHS": "build/*.o\nwith space.o\n$(id)\n", "CONFIG": "a b.yaml", "BASELINE": "known.json", "FAIL_ON": "note", "ARGS": "--rodata\nx=1",
	})
	assert.Equal(t, map[string]string{"exit-code": "1"}, a.outputs)
	assert.Empty(t, obeyed(a.log))
	given := a.log[strings.Index(a.log, "[--rodata]"):]
	given = given[:strings.Index(given, "::add-mask")]
	assert.Equal(t, "[--rodata] [x=1] [--config] [a b.yaml] [--baseline] [known.json] [--fail-on] [note] "+
		"[--category] [btflint] [--source-root] ["+a.workspace+"] [--] [build/unlink.bpf.o] [with space.o] [$(id)]",
		strings.ReplaceAll(strings.TrimSpace(given), "\n", " "))
}

// TestActionInputs checks that action.yml gives the script what it reads, and
// that every input of the action is used and documented.
func TestActionInputs(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(checkScript)
	require.NoError(t, err)
	text, err := os.ReadFile("action.yml")
	require.NoError(t, err)
	read := map[string]bool{}
	for _, m := range regexp.MustCompile(`INPUT_[A-Z_]+`).FindAllString(string(script), -1) {
		if m != "INPUT_" {
			read[m] = true
		}
	}
	given := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s+(INPUT_[A-Z_]+):`).FindAllStringSubmatch(string(text), -1) {
		given[m[1]] = true
	}
	assert.Equal(t, given, read)
	inputs, steps, found := strings.Cut(string(text), "\noutputs:\n")
	require.True(t, found)
	names := regexp.MustCompile(`(?m)^  ([a-z-]+):$`).FindAllStringSubmatch(inputs, -1)
	assert.Greater(t, len(names), 10)
	page, err := os.ReadFile("docs/github-action.md")
	require.NoError(t, err)
	for _, name := range names {
		assert.Contains(t, steps, "inputs."+name[1])
		assert.Contains(t, string(page), "\n| `"+name[1]+"` |")
	}
	for _, line := range strings.Split(steps, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "run: ") {
			assert.NotContains(t, line, "${{", "an input in a script is a way to inject commands")
		}
	}
}

// TestPinnedActions checks that workflows and the action name the actions of
// others by the hash of a commit: a tag may be moved to another one.
func TestPinnedActions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d`)
	found := 0
	for _, file := range append(files, "action.yml") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n") {
			_, action, uses := strings.Cut(line, "uses: ")
			if !uses || action == "./" {
				continue
			}
			found++
			assert.Regexp(t, pinned, action, file)
		}
	}
	assert.Greater(t, found, 8)
}
