package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

func TestVersionCode(t *testing.T) {
	t.Parallel()
	const heading = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.12.107 Kernel Configuration\n#\n"
	tests := []struct {
		name, release, version, config string
		want                           uint64
		unknown                        bool
	}{
		{name: "release", release: "6.12.107+deb13-amd64", want: 6<<16 + 12<<8 + 107},
		{name: "release candidate", release: "7.3.0-rc7", want: 7<<16 + 3<<8},
		{name: "ABI number", release: "5.15.0-91-generic", unknown: true},
		{name: "Debian", release: "6.1.0-18-amd64", version: "#1 SMP Debian 6.1.76-1", want: 6<<16 + 1<<8 + 76},
		{name: "configuration", release: "6.12.0-1-amd64", config: heading, want: 6<<16 + 12<<8 + 107},
		{name: "configuration without heading", release: "6.12.3", config: "CONFIG_A=y\n", want: 6<<16 + 12<<8 + 3},
		{name: "patch level above 255", release: "4.14.336", want: 4<<16 + 14<<8 + 255},
		{name: "two numbers", release: "7.3-custom", unknown: true},
		{name: "nothing", unknown: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := &kernel.Kernel{Release: tt.release, Version: tt.version}
			if tt.config != "" {
				config, err := kernel.NewConfig([]byte(tt.config + "CONFIG_X=y\n"))
				require.NoError(t, err)
				k.Config = config
			}
			code, ok := k.VersionCode()
			assert.Equal(t, !tt.unknown, ok)
			if ok {
				assert.Equal(t, tt.want, code)
			}
		})
	}
}
