package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The bill of this test's own binary has the modules that it is linked from.
func TestWrite(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	first, second := filepath.Join(t.TempDir(), "a.json"), filepath.Join(t.TempDir(), "b.json")
	require.NoError(t, write(self, first))
	require.NoError(t, write(self, second))
	data, err := os.ReadFile(first)
	require.NoError(t, err)
	again, err := os.ReadFile(second)
	require.NoError(t, err)
	assert.Equal(t, data, again)
	var bom cdx.BOM
	require.NoError(t, json.Unmarshal(data, &bom))
	require.NotNil(t, bom.Components)
	i := slices.IndexFunc(*bom.Components, func(c cdx.Component) bool { return c.Name == "github.com/CycloneDX/cyclonedx-go" })
	require.GreaterOrEqual(t, i, 0)
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	assert.Len(t, *bom.Components, len(info.Deps)+1)
	assert.Equal(t, "github.com/btflint/btflint", bom.Metadata.Component.Name)
	assert.Len(t, (*(*bom.Components)[i].Hashes)[0].Value, 64)
}

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	assert.Error(t, write("main.go", filepath.Join(t.TempDir(), "x")), "no binary")
	self, err := os.Executable()
	require.NoError(t, err)
	assert.Error(t, write(self, filepath.Join(t.TempDir(), "no", "directory")))
}
