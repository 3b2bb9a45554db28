package kernel_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

const configText = `CONFIG_FIRST=y
#
# Linux/x86 6.12.107 Kernel Configuration
#
CONFIG_MODULE=m
CONFIG_HZ=250
CONFIG_HZ_250=y
CONFIG_VERSION_TEXT="gcc (Debian) = 14"
# CONFIG_OFF is not set
# CONFIG_OFF_TOO is not set, or is it
# a comment on CONFIG_COMMENT=y
CONFIG_TWICE=1
CONFIG_TWICE=2
CONFIG_NO_SEPARATOR
CONFIG_NO_VALUE=
CONFIG_LAST=0x10`

func compress(t testing.TB, text string) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.String()
}

func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, option, want string
		set, disabled      bool
	}{
		{"first line", "CONFIG_FIRST", "y", true, false},
		{"module", "CONFIG_MODULE", "m", true, false},
		{"number", "CONFIG_HZ", "250", true, false},
		{"text", "CONFIG_VERSION_TEXT", `"gcc (Debian) = 14"`, true, false},
		{"last line", "CONFIG_LAST", "0x10", true, false},
		{"not set", "CONFIG_OFF", "", false, true},
		{"longer comment", "CONFIG_OFF_TOO", "", false, false},
		{"in a comment", "CONFIG_COMMENT", "", false, false},
		{"missing", "CONFIG_MISSING", "", false, false},
		{"part of a name", "CONFIG_HZ_2", "", false, false},
		{"end of a name", "FIRST", "", false, false},
		{"twice", "CONFIG_TWICE", "1", true, false},
		{"no value", "CONFIG_NO_VALUE", "", true, false},
		{"no separator", "CONFIG_NO_SEPARATOR", "", false, false},
	}
	for _, text := range []string{configText, compress(t, configText)} {
		c, err := kernel.NewConfig([]byte(text))
		require.NoError(t, err)
		require.NoError(t, c.Err())
		assert.Equal(t, []kernel.BadLine{{Line: 14, Text: "CONFIG_NO_SEPARATOR"}, {Line: 15, Text: "CONFIG_NO_VALUE="}}, c.Malformed())
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				got, set := c.Lookup(tt.option)
				assert.Equal(t, tt.want, got)
				assert.Equal(t, tt.set, set)
				assert.Equal(t, tt.disabled, c.Disabled(tt.option))
			})
		}
	}
}

func TestConfigManyBadLines(t *testing.T) {
	t.Parallel()
	c, err := kernel.NewConfig([]byte(strings.Repeat("CONFIG_"+strings.Repeat("X", 200)+"\n", 100)))
	require.NoError(t, err)
	bad := c.Malformed()
	require.Len(t, bad, 8)
	assert.Len(t, bad[7].Text, 120)
	assert.Equal(t, 8, bad[7].Line)
}

func TestNewConfigErrors(t *testing.T) {
	t.Parallel()
	whole := compress(t, configText)
	tests := []struct{ name, text, want string }{
		{"nothing", "", "empty file"},
		{"binary", "CONFIG_X=y\n\x00", "binary data"},
		{"symbols", symbolTable, "no CONFIG_ line"},
		{"compressed nothing", compress(t, ""), "empty file"},
		{"compressed symbols", compress(t, symbolTable), "no CONFIG_ line"},
		{"truncated", whole[:len(whole)/2], "gzip"},
		{"gzip header alone", whole[:4], "gzip"},
		{"bomb", compress(t, strings.Repeat("CONFIG_X=y\n", 64<<20/11+1)), "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := kernel.NewConfig([]byte(tt.text))
			require.ErrorContains(t, err, tt.want)
			assert.Nil(t, c)
		})
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(configText))
	f.Add([]byte(compress(f, configText)))
	f.Add([]byte("CONFIG_"))
	f.Add([]byte("# CONFIG_X is not set"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := kernel.NewConfig(data)
		again, errAgain := kernel.NewConfig(data)
		if err != nil {
			require.Nil(t, c)
			require.EqualError(t, errAgain, err.Error())
			return
		}
		require.Equal(t, c.Malformed(), again.Malformed())
		for _, line := range strings.Split(string(data), "\n") {
			name, value, ok := strings.Cut(line, "=")
			if data[0] == 0x1f || !strings.HasPrefix(name, "CONFIG_") || !ok {
				continue
			}
			got, set := c.Lookup(name)
			require.True(t, set, "a line that is there is found")
			if first, _ := again.Lookup(name); first != value {
				require.Equal(t, first, got, "another line of the same option comes first")
			}
		}
	})
}

func TestOpenConfigArch(t *testing.T) {
	t.Parallel()
	text := func(arch, options string) string {
		return "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/" + arch + " 6.12.107 Kernel Configuration\n#\n" +
			strings.Repeat("# filler of the general options\n", 200) + options + "CONFIG_HZ=250\n"
	}
	dir := files(t, map[string][]byte{"little": raw(vmlinux()), "big": vmlinux().Bytes(binary.BigEndian)})
	tests := []struct {
		name, config, types, want string
	}{
		{"x86 of 64 bits", text("x86", "CONFIG_X86_64=y\n"), "little", "amd64"},
		{"x86 of 32 bits", text("x86", "# CONFIG_64BIT is not set\nCONFIG_X86_32=y\n"), "little", "386"},
		{"x86 of unknown width", text("x86", ""), "little", ""},
		{"arm64", text("arm64", ""), "little", "arm64"},
		{"s390", text("s390", ""), "big", "s390x"},
		{"powerpc", text("powerpc", "CONFIG_PPC64=y\n"), "big", "ppc64"},
		{"powerpc of little endian", text("powerpc", "CONFIG_PPC64=y\n"), "little", "ppc64le"},
		{"riscv", text("riscv", "CONFIG_64BIT=y\n"), "little", "riscv64"},
		{"loongarch", text("loongarch", "CONFIG_64BIT=y\n"), "little", "loong64"},
		{"another", text("sparc", "CONFIG_64BIT=y\n"), "big", ""},
		{"gzip", compress(t, text("x86", "CONFIG_X86_64=y\n")), "little", "amd64"},
		{"no header", "CONFIG_X86_64=y\n", "little", ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := fmt.Sprintf("config%d", i)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(tt.config), 0o600))
			k, err := open(t, dir, kernel.Spec{Types: tt.types, Config: name})
			require.NoError(t, err)
			assert.Empty(t, k.Errors())
			assert.Equal(t, tt.want, k.Arch)
			assert.Empty(t, k.Release, "a configuration does not tell uname -r")
		})
	}
}
