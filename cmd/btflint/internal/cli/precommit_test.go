package cli_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scratch is a repository that commits through hooks.
type scratch struct {
	dir string
	env []string
}

// git runs git in the repository and returns what it printed.
func (s *scratch) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// commit commits the working tree.
func (s *scratch) commit(t *testing.T) (string, error) {
	t.Helper()
	out, err := s.git("add", "-A")
	require.NoError(t, err, out)
	return s.git("commit", "-m", "change")
}

// write writes a file of the repository.
func (s *scratch) write(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
}

// copyFile copies a file of the module into the repository.
func (s *scratch) copyFile(t *testing.T, from, name string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	s.write(t, name, data)
}

// newScratch makes an empty repository in a directory that does not exist yet.
func newScratch(t *testing.T, dir string, env []string) *scratch {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	s := &scratch{dir, env}
	out, err := s.git("init", "-q", "-b", "main")
	require.NoError(t, err, out)
	return s
}

// hookEnv is an environment in which pre-commit builds hooks without a network,
// from the modules that built this test.
func hookEnv(t *testing.T, home string) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE").Output()
	require.NoError(t, err)
	dirs := strings.Fields(string(out))
	require.Len(t, dirs, 2)
	env := []string{
		"HOME=" + home, "PRE_COMMIT_HOME=" + filepath.Join(home, "pre-commit"), "PRE_COMMIT_COLOR=never",
		"GOMODCACHE=" + dirs[0], "GOCACHE=" + dirs[1], "GOPROXY=off", "GOFLAGS=", "GOTOOLCHAIN=local", "CGO_ENABLED=0",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
		"PATH=" + filepath.Join(home, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	return env
}

// copyModule copies the module, without its tests' data, into a repository of
// hooks and returns the commit.
func copyModule(t *testing.T, s *scratch) string {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (d.Name() == "testdata" || d.Name() == "bin" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.Type().IsRegular() && path != ".git" && !strings.HasSuffix(path, "_test.go"): // .git is a file in a worktree
			s.copyFile(t, path, path)
		}
		return nil
	})
	require.NoError(t, err)
	out, err := s.commit(t)
	require.NoError(t, err, out)
	out, err = s.git("rev-parse", "HEAD")
	require.NoError(t, err, out)
	return strings.TrimSpace(out)
}

// TestPreCommit has a real pre-commit run the hooks of .pre-commit-hooks.yaml,
// configured as docs/pre-commit.md has it, in a scratch repository: what is bad
// is not committed.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pre-commit", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	home := t.TempDir()
	env := hookEnv(t, home)
	hooks := newScratch(t, filepath.Join(home, "hooks"), env)
	rev := copyModule(t, hooks)

	build := exec.Command("go", "build", "-o", filepath.Join(home, "bin")+string(filepath.Separator), "./cmd/btflint")
	build.Env = env
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	s := newScratch(t, filepath.Join(home, "repo"), env)
	install := exec.Command("pre-commit", "install")
	install.Dir, install.Env = s.dir, env
	out, err = install.CombinedOutput()
	require.NoError(t, err, string(out))

	s.copyFile(t, "testdata/kernels/old.o", "kernels/5.10.btf")
	s.write(t, ".btflint.yaml", []byte("kernels:\n  - 5.10=kernels/5.10.btf,modules=none\nobjects: build/*.o\nbuild: mkdir -p build && cp prebuilt.bin build/prog.bpf.o\n"))
	s.write(t, ".gitignore", []byte("build/\n"))
	page := blocks(t, "docs/pre-commit.md")
	ours := strings.NewReplacer("https://github.com/btflint/btflint", "file://"+filepath.ToSlash(hooks.dir), "rev: v0.1.0", "rev: "+rev)
	config := ours.Replace(page[0].text)
	for _, id := range []string{"btflint-config", "btflint-built", "btflint-system"} {
		config += "      - id: " + id + "\n"
	}
	s.write(t, ".pre-commit-config.yaml", []byte(config))

	commitSteps(t, s, preCommitSteps())

	require.Contains(t, page[3].text, "pass_filenames: false")
	s.write(t, ".pre-commit-config.yaml", []byte(ours.Replace(page[3].text)))
	require.Contains(t, page[4].text, "object-stale: error")
	s.write(t, ".btflint.yaml", []byte(strings.Replace(page[4].text, "5.10/vmlinux.btf", "5.10.btf", 1)))
	commitSteps(t, s, stalenessSteps())
}

// commitSteps makes the commits. What is blocked is undone.
func commitSteps(t *testing.T, s *scratch, steps []preCommitStep) {
	t.Helper()
	for _, step := range steps {
		step.change(t, s)
		out, err := s.commit(t)
		if step.blocked {
			assert.Error(t, err, "%s: %s", step.name, out)
		} else {
			assert.NoError(t, err, "%s: %s", step.name, out)
		}
		for _, want := range step.want {
			assert.Contains(t, out, want, step.name)
		}
		if step.blocked {
			undo, err := s.git("reset", "-q", "--hard")
			require.NoError(t, err, undo)
		}
	}
}

// preCommitStep is a commit.
type preCommitStep struct {
	name    string
	change  func(*testing.T, *scratch)
	blocked bool
	want    []string
}

func preCommitSteps() []preCommitStep {
	const good, bad = "testdata/gate/verifier.o", "testdata/example/unlink.bpf.o"
	const missing = "error: kfunc \"scx_bpf_now\" not found in 5.10 [kfunc-missing]"
	return []preCommitStep{
		{"first commit", func(*testing.T, *scratch) {}, false, []string{
			"btflint..............................................(no files to check)Skipped", "btflint (configuration)..................................................Passed",
		}},
		{"good object", func(t *testing.T, s *scratch) { s.copyFile(t, good, "prog_bpfel.o") }, false, []string{
			"btflint..................................................................Passed", "btflint (installed)......................................................Passed",
		}},
		{"bad object", func(t *testing.T, s *scratch) { s.copyFile(t, bad, "new_bpfel.o") }, true, []string{
			"btflint..................................................................Failed", "btflint (installed)......................................................Failed",
			"unlink.bpf.c:11:9: " + missing, "hint: declare it __weak", "new_bpfel.o",
		}},
		{"object of big-endian machines", func(t *testing.T, s *scratch) { s.copyFile(t, bad, "new_bpfeb.o") }, false, nil},
		{"bad configuration", func(t *testing.T, s *scratch) { s.write(t, ".btflint.yaml", []byte("kernles: []\n")) }, true, []string{
			".btflint.yaml:1:1: unknown key \"kernles\"; did you mean \"kernels\"?\n    1 | kernles: []\n      | ^",
		}},
		{"good source", func(t *testing.T, s *scratch) {
			s.copyFile(t, good, "prebuilt.bin")
			s.write(t, "bpf/prog.bpf.c", []byte("int x;\n"))
		}, false, []string{"btflint (built objects)..................................................Passed"}},
		{"bad source", func(t *testing.T, s *scratch) {
			s.copyFile(t, bad, "prebuilt.bin")
			s.write(t, "bpf/prog.bpf.c", []byte("int y;\n"))
		}, true, []string{"btflint (built objects)..................................................Failed", missing, "build/prog.bpf.o"}},
		{"no source", func(t *testing.T, s *scratch) { s.write(t, "README", []byte("x\n")) }, false, []string{
			"btflint (built objects)..............................(no files to check)Skipped",
		}},
		{"no kernels", func(t *testing.T, s *scratch) {
			s.write(t, ".btflint.yaml", []byte("loaders: cilium\n"))
			s.copyFile(t, good, "other_bpfel.o")
		}, true, []string{"no kernel is named: list \"kernels\" in .btflint.yaml"}},
	}
}

// stalenessSteps are commits of a repository whose hook looks at all objects
// whenever a source changes.
func stalenessSteps() []preCommitStep {
	const source, object = "testdata/example/guarded.bpf.c", "testdata/example/guarded.bpf.o"
	const passed = "btflint..................................................................Passed"
	return []preCommitStep{
		{"object with its source", func(t *testing.T, s *scratch) {
			s.copyFile(t, source, source)
			s.copyFile(t, object, "guarded_bpfel.o")
		}, false, []string{passed}},
		{"source without its object", func(t *testing.T, s *scratch) {
			text, err := os.ReadFile(source)
			require.NoError(t, err)
			s.write(t, source, []byte(strings.Replace(string(text), "last = scx", "last += scx", 1)))
		}, true, []string{source, "object was built from another version of this file", "[object-stale]", "guarded_bpfel.o"}},
		{"another file", func(t *testing.T, s *scratch) { s.write(t, "README", []byte("y\n")) }, false, []string{
			"btflint..............................................(no files to check)Skipped",
		}},
	}
}
