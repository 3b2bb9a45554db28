//go:build linux

package lskel_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/rules"
	"github.com/btflint/btflint/testdata/lskel/structops"
	"github.com/btflint/btflint/testdata/realload/lightload"
)

// loadable is the running kernel; the test is skipped where no program can be
// loaded.
func loadable(t *testing.T) *kernel.Kernel {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	k, err := kernel.Running()
	if err != nil {
		t.Skipf("needs a kernel with BTF: %v", err)
	}
	t.Cleanup(func() { _ = k.Close() })
	if err := rlimit.RemoveMemlock(); err != nil {
		t.Skipf("needs to load programs: %v", err)
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Syscall, Flags: 1 << 4, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		t.Skipf("needs to load programs of type SYSCALL: %v", err)
	}
	prog.Close()
	return k
}

// verdict is what the rules say of a skeleton on a kernel.
func verdict(t *testing.T, s *lskel.Skeleton, k *kernel.Kernel) (string, []analyzer.Finding) {
	t.Helper()
	obj, err := s.Object()
	require.NoError(t, err)
	rep, err := analyzer.Run(context.Background(), analyzer.Input{
		Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Rules: rules.All(),
	})
	require.NoError(t, err)
	require.Empty(t, rep.Errors)
	for _, v := range rep.Verdicts {
		if v.Program == "" {
			return v.Verdict, rep.Findings
		}
	}
	require.Fail(t, "no verdict")
	return "", nil
}

// TestRealLoad loads every skeleton of a released bpftool that is checked in,
// and compares the outcome with the verdict.
func TestRealLoad(t *testing.T) {
	t.Parallel()
	k := loadable(t)
	loaded := 0
	for _, dir := range released {
		names, err := filepath.Glob(filepath.Join(testdata, dir, "*.lskel.h"))
		require.NoError(t, err)
		for _, name := range names {
			if filepath.Base(name) == "attach.lskel.h" {
				continue // wants trampolines, which not every kernel has
			}
			s, err := lskel.ReadFile(name)
			require.NoError(t, err)
			said, findings := verdict(t, s, k)
			err = lightload.Load(s, lightload.Options{})
			switch said {
			case analyzer.Loads:
				assert.NoError(t, err, name)
			case analyzer.Fails:
				assert.Error(t, err, "%s: %+v", name, findings)
			}
			if err == nil {
				loaded++
			}
		}
	}
	assert.Positive(t, loaded)
}

// TestRealLoadStructOps makes skeletons with the type ids of the running kernel,
// one of them as they have to be, and compares the outcome with the verdict.
func TestRealLoadStructOps(t *testing.T) {
	t.Parallel()
	k := loadable(t)
	obj, err := bpfobj.ReadFile(filepath.Join(testdata, "struct_ops.o"))
	require.NoError(t, err)
	for _, v := range structops.Variants {
		t.Run(v.Name, func(t *testing.T) {
			generated, err := structops.Generate(obj, k.Types, v.Edit)
			if err != nil {
				t.Skipf("needs a kernel with tcp_congestion_ops: %v", err)
			}
			s, err := lskel.Read(v.Name, generated.Header(v.Layout))
			require.NoError(t, err)
			require.Empty(t, s.Trace.Unattributed)
			said, findings := verdict(t, s, k)
			err = lightload.Load(s, lightload.Options{})
			if v.Edit == (structops.Edit{}) {
				assert.NoError(t, err)
				assert.Equal(t, analyzer.Loads, said, findings)
				return
			}
			var refusal *lightload.Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, lightload.StageRun, refusal.Stage)
			assert.Equal(t, analyzer.Fails, said, findings)
			t.Log(refusal, refusal.Log)
		})
	}
}
