package cli_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

// Directories of builds hold the objects of the program that loads the others.
func TestDirectoryWithOtherELF(t *testing.T) {
	t.Parallel()
	bpf, err := os.ReadFile("testdata/objects/subprogs.o")
	require.NoError(t, err)
	host := bytes.Clone(bpf)
	binary.LittleEndian.PutUint16(host[18:], uint16(elf.EM_X86_64)) // e_machine
	mixed, foreign := t.TempDir(), t.TempDir()
	object, program, alone := filepath.Join(mixed, "prog.bpf.o"), filepath.Join(mixed, "main.o"), filepath.Join(foreign, "main.o")
	require.NoError(t, os.WriteFile(object, bpf, 0o600))
	require.NoError(t, os.WriteFile(program, host, 0o600))
	require.NoError(t, os.WriteFile(alone, host, 0o600))

	const notBPF = `: not a BPF object: built for "EM_X86_64"` + "\n"
	tests := []struct {
		name string
		args []string
		code int
		err  string
	}{
		{"passed over", []string{mixed}, analyzer.ExitClean, ""},
		{"named itself", []string{program}, analyzer.ExitFailed, "btflint: " + program + notBPF},
		{"named beside its directory", []string{mixed, program}, analyzer.ExitFailed, "btflint: " + program + notBPF},
		{"glob", []string{filepath.Join(mixed, "*.o*")}, analyzer.ExitFailed, "btflint: " + program + notBPF},
		{"nothing else", []string{foreign}, analyzer.ExitFailed, "btflint: " + foreign + ": no *.o file below this directory is a BPF object\n"},
		{"nothing else beside an object", []string{foreign, object}, analyzer.ExitFailed, "btflint: " + foreign + ": no *.o file below this directory is a BPF object\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			args := append([]string{"check", "--no-config", "--kernel", "modern=testdata/kernels/modern.o,modules=none"}, tt.args...)
			code := cli.Main(context.Background(), args, cli.Streams{In: &bytes.Buffer{}, Out: &out, Err: &errs})
			assert.Equal(t, tt.code, code, out.String())
			assert.Equal(t, tt.err, errs.String())
		})
	}
}
