package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guides are the pages whose examples are run in a directory of their own.
var guides = []string{"docs/configuration.md", "docs/pre-commit.md", "docs/quick-start.md", "docs/suppressing.md"}

// TestGuides runs the examples of pages in order: a block of YAML is written to
// the file that its first line names, and the commands of a console block have
// to print what stands below them.
func TestGuides(t *testing.T) {
	t.Parallel()
	for _, page := range guides {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			dir := &scratch{dir: t.TempDir()}
			require.NoError(t, os.Mkdir(filepath.Join(dir.dir, ".git"), 0o755))
			dir.copyFile(t, "testdata/kernels/old.o", "kernels/5.10/vmlinux.btf")
			dir.copyFile(t, "testdata/kernels/modern.o", "kernels/6.12/vmlinux.btf")
			dir.copyFile(t, "testdata/example/unlink.bpf.o", "build/unlink.bpf.o")
			dir.copyFile(t, "testdata/example/guarded.bpf.o", "mended/unlink.bpf.o")
			commands := 0
			for _, b := range blocks(t, page) {
				switch {
				case b.info == "yaml" && !strings.HasPrefix(b.text, "name: "): // no workflow
					file, ok := strings.CutPrefix(strings.SplitN(b.text, "\n", 2)[0], "# ")
					require.True(t, ok, "no file name in %s", b.text)
					dir.write(t, file, []byte(b.text))
				case b.info == "console":
					for _, e := range b.examples() {
						assertShown(t, e, dir.run(t, e.command))
						commands++
					}
				}
			}
			assert.Positive(t, commands)
		})
	}
}

// run runs a command line of btflint in the directory and returns what it
// prints. This binary is the program, see TestMain.
func (s *scratch) run(t *testing.T, command string) string {
	t.Helper()
	args, ok := strings.CutPrefix(command, "btflint ")
	require.True(t, ok, command)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Args = append([]string{"program"}, strings.Fields(args)...)
	cmd.Dir = s.dir
	out, _ := cmd.CombinedOutput() // examples show what is wrong, too
	return string(out)
}
