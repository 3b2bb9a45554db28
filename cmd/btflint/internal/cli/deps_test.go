package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

// TestDepsPage runs the first example of docs/deps.md, which is cut at "...".
func TestDepsPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/deps.md")
	require.NoError(t, err)
	_, example, found := strings.Cut(string(page), "```\n$ btflint ")
	require.True(t, found)
	command, output, _ := strings.Cut(example, "\n")
	output, _, found = strings.Cut(output, "...\n")
	require.True(t, found)
	var stdout, stderr bytes.Buffer
	cli.Main(t.Context(), strings.Fields(command), cli.Streams{In: &bytes.Buffer{}, Out: &stdout, Err: &stderr})
	assert.Empty(t, stderr.String())
	assert.True(t, strings.HasPrefix(stdout.String(), output), stdout.String())
}
