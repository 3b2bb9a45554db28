package report_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/report"
)

func TestRows(t *testing.T) {
	t.Parallel()
	rows := []report.Row{
		{Name: "types", State: "ok", Good: true, Text: "all of them"},
		{Name: "modules", State: "missing", Bad: true, Text: "none\x1b[2J", Note: "what only a module has is a warning"},
		{Name: "x", State: "partly", Text: "some"},
	}
	var b bytes.Buffer
	require.NoError(t, report.Rows(&b, rows, report.Options{}))
	assert.Equal(t, `types    ok       all of them
modules  missing  none\x1b[2J
                  what only a module has is a warning
x        partly   some
`, b.String())
	b.Reset()
	require.NoError(t, report.Rows(&b, rows[:1], report.Options{Color: true}))
	assert.Equal(t, "\x1b[1mtypes\x1b[0m  \x1b[1;32mok\x1b[0m  all of them\n", b.String())
	assert.ErrorIs(t, report.Rows(full{}, rows, report.Options{}), errFull)
}
