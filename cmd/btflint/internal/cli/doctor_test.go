package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

// What doctor says agrees with what opening the running kernel finds.
func TestDoctor(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := cli.Main(context.Background(), []string{"doctor", "--json"}, cli.Streams{In: &bytes.Buffer{}, Out: &out, Err: &errs})
	assert.Empty(t, errs.String())
	var got struct {
		Version int
		Checks  []struct{ Name, State, Found, Without string }
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	assert.Equal(t, 1, got.Version)
	states, missing := map[string]string{}, false
	for _, c := range got.Checks {
		states[c.Name] = c.State
		assert.NotEmpty(t, c.Found, c.Name)
		assert.Contains(t, []string{"ok", "partly", "missing"}, c.State, c.Name)
		assert.Equal(t, c.State == "ok", c.Without == "", c.Name)
		missing = missing || c.State == "missing" && c.Name != "loading"
	}
	assert.Equal(t, missing, code == 1)
	assert.Contains(t, states, "loading")
	k, err := kernel.Running()
	if err != nil {
		assert.Equal(t, "missing", states["types"])
		return
	}
	defer k.Close()
	assert.Equal(t, "ok", states["types"])
	assert.Equal(t, k.Config == nil, states["config"] == "missing")
	assert.Equal(t, k.Symbols == nil, states["symbols"] == "missing")
	var text bytes.Buffer
	cli.Main(context.Background(), []string{"doctor"}, cli.Streams{In: &bytes.Buffer{}, Out: &text, Err: &errs})
	assert.Contains(t, text.String(), "("+runtime.GOARCH+")")
}

func TestDoctorUsage(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	streams := cli.Streams{In: &bytes.Buffer{}, Out: &out, Err: &errs}
	assert.Equal(t, 2, cli.Main(context.Background(), []string{"doctor", "--format", "xml"}, streams))
	assert.Contains(t, errs.String(), `unknown format "xml"`)
	assert.Equal(t, 2, cli.Main(context.Background(), []string{"doctor", "me"}, streams))
	assert.Empty(t, out.String())
}
