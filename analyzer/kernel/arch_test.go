package kernel_test

import (
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
