package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExamples runs the examples of the README and of pages of docs: console
// blocks whose command is btflint, with its arguments over several lines, and
// what it prints.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"README.md", "docs/btfdiff.md"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			page, err := os.ReadFile(file)
			require.NoError(t, err)
			examples := 0
			for _, part := range strings.Split(string(page), "```console\n$ btflint ")[1:] {
				block, _, found := strings.Cut(part, "```\n")
				require.True(t, found, "block without an end")
				command, output, _ := strings.Cut(strings.ReplaceAll(block, "\\\n", ""), "\n")
				var stdout, stderr bytes.Buffer
				cli.Main(t.Context(), strings.Fields(command), cli.Streams{In: &bytes.Buffer{}, Out: &stdout, Err: &stderr})
				assert.Empty(t, stderr.String())
				assert.Equal(t, output, stdout.String(), "btflint %s", command)
				examples++
			}
			assert.Positive(t, examples)
		})
	}
}
