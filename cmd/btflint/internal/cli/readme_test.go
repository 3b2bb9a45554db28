package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rootPages are the pages whose examples run in the module's root.
var rootPages = []string{"README.md", "docs/btfdiff.md", "docs/code-scanning.md", "docs/formats.md", "docs/gitlab.md", "docs/light-skeletons.md"}

// TestDocumentedCommands runs the examples of the [rootPages]: console blocks
// whose command is btflint, with its arguments over several lines, and what it
// prints. Files that an example writes with --format NAME=FILE go to a
// directory of the test.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	for _, file := range rootPages {
		examples := 0
		page, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, part := range strings.Split(string(page), "```console\n$ btflint ")[1:] {
			block, _, found := strings.Cut(part, "```\n")
			require.True(t, found, "block without an end")
			command, output, _ := strings.Cut(strings.ReplaceAll(block, "\\\n", ""), "\n")
			args, written := strings.Fields(command), []string{}
			for i, arg := range args {
				if format, name, ok := strings.Cut(arg, "="); ok && i > 0 && args[i-1] == "--format" {
					written = append(written, filepath.Join(t.TempDir(), name))
					args[i] = format + "=" + written[len(written)-1]
				}
			}
			var stdout, stderr bytes.Buffer
			cli.Main(t.Context(), args, cli.Streams{In: &bytes.Buffer{}, Out: &stdout, Err: &stderr})
			assert.Empty(t, stderr.String(), file)
			assert.Equal(t, output, stdout.String(), "%s: btflint %s", file, command)
			for _, name := range written {
				assert.FileExists(t, name, file)
			}
			examples++
		}
		assert.Positive(t, examples, file)
	}
}
