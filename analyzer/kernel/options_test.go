package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

func TestConfigOptions(t *testing.T) {
	t.Parallel()
	c, err := kernel.NewConfig([]byte("# CONFIG_OFF is not set\nCONFIG_A=y\nCONFIG_A=n\nCONFIG_S=\"a=b\"\nCONFIG_BARE\nOTHER=1\n"))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"CONFIG_A": "y", "CONFIG_S": `"a=b"`}, c.Options())
	assert.Empty(t, (&kernel.Config{}).Options())
}
