package rules_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/rules"
)

// checkSkeleton runs all rules over a skeleton of testdata/lskel and returns the
// findings as "severity: message [rule] FILE:LINE" and the verdict.
func checkSkeleton(t *testing.T, name, target string) (findings []string, verdict string) {
	t.Helper()
	dir := analyzertest.Dir(t)
	s, err := lskel.ReadFile(filepath.Join(dir, "lskel", filepath.FromSlash(name)+".lskel.h"))
	require.NoError(t, err)
	obj, err := s.Object()
	require.NoError(t, err)
	var kernels []*kernel.Kernel
	if target != "" {
		spec := kernel.Spec{Name: target, Types: filepath.Join(dir, "kernels", target+".o"), Modules: "none"}
		if target == "modern" {
			spec.Config = filepath.Join(dir, "kernels", "modern.config")
		}
		k, err := kernel.Open(spec)
		require.NoError(t, err)
		t.Cleanup(func() { _ = k.Close() })
		kernels = append(kernels, k)
	}
	rep, err := analyzer.Run(context.Background(), analyzer.Input{Objects: []*bpfobj.Object{obj}, Kernels: kernels, Rules: rules.All()})
	require.NoError(t, err)
	require.Empty(t, rep.Errors)
	assert.Equal(t, "lskel", rep.Verdicts[0].Loader)
	for i := range rep.Findings {
		f := &rep.Findings[i]
		assert.LessOrEqual(t, len(f.Message), 130, f.Message)
		findings = append(findings, f.Severity.String()+": "+f.Message+" ["+f.Rule+"] "+filepath.Base(f.Location.Source.File))
	}
	return findings, rep.Verdicts[len(rep.Verdicts)-1].Verdict
}

// TestSkeletons checks the skeletons that are checked in. Those of struct_ops
// have the type ids of kernel "ops".
func TestSkeletons(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, kernel, verdict, want string }{
		{"struct_ops", "ops", analyzer.Loads, `note: struct_ops map "light" has the value type id 24, "struct bpf_struct_ops_tcp_congestion_ops" in ops [lskel-struct-ops] struct_ops.lskel.h`},
		{"struct_ops", "ops_old", analyzer.Fails, `error: struct_ops map "light" has the value type id 24, which is`},
		{"struct_ops", "modern", analyzer.Fails, `error: program "ssthresh" has the attach_btf_id 31, which is`},
		{"struct_ops", "", analyzer.Undecided, `warning: struct_ops map "light" has the value type id 24 of one kernel [lskel-struct-ops]`},
		{"struct_ops_key_type", "ops", analyzer.Fails, `error: struct_ops map "light" has btf_key_type_id 1 beside a type of the kernel`},
		{"struct_ops_key_type", "", analyzer.Fails, `error: struct_ops map "light" has btf_key_type_id 1 beside a type of the kernel`},
		{"struct_ops_value_type", "ops", analyzer.Fails, `error: struct_ops map "light" has btf_value_type_id 1 beside a type of the kernel`},
		{"struct_ops_no_btf_fd", "ops", analyzer.Fails, `error: struct_ops map "light" is created without btf_fd, which is left 0`},
		{"struct_ops_no_type", "ops", analyzer.Fails, `error: struct_ops map "light" has no btf_vmlinux_value_type_id`},
		{"struct_ops_size", "ops", analyzer.Fails, `error: struct_ops map "light" has values of 256 bytes, "struct bpf_struct_ops_tcp_congestion_ops" has 192 in ops`},
		{"struct_ops_other_type", "ops", analyzer.Fails, `error: struct_ops map "light" has the value type id 25, which is "struct bpf_struct_ops_common_value" in ops`},
		{"struct_ops_attach", "ops", analyzer.Fails, `error: program "ssthresh" has the attach_btf_id 32, which is "u32 (*)(struct sock *)" in ops [lskel-struct-ops] struct_ops.c`},
		{"struct_ops_member", "ops", analyzer.Fails, `error: program "ssthresh" is callback 1000, "struct tcp_congestion_ops" has 9 members in ops`},
		{"bpftool-7.1/kconfig", "modern", analyzer.Loads, `warning: "LINUX_HAS_BPF_COOKIE" is baked into the skeleton as 1; in modern it is 0`},
		{"bpftool-6.12/kconfig", "modern", analyzer.Loads, `is baked into the skeleton as`},
		{"bpftool-6.12/kfuncs", "ancient", analyzer.Fails, `error: the loader program has type BPF_PROG_TYPE_SYSCALL, unknown in ancient: it takes 5.14`},
		{"bpftool-6.12/kfuncs", "modern", analyzer.Fails, `error: kfunc "bpf_task_from_pid" not found in modern`},
		{"bpftool-7.1/attach", "modern", analyzer.Fails, `error: function "bpf_iter_task" of modern is no iterator [attach-target-missing] attach.c`},
		{"bpftool-7.1/percpu", "ops", analyzer.Fails, `error: ksym "runqueues" not found in BTF of ops [ksym-missing] percpu.c`},
	}
	for _, tt := range tests {
		t.Run(tt.name+" on "+tt.kernel, func(t *testing.T) {
			t.Parallel()
			findings, verdict := checkSkeleton(t, tt.name, tt.kernel)
			assert.Contains(t, strings.Join(findings, "\n"), tt.want)
			assert.Equal(t, tt.verdict, verdict, findings)
		})
	}
}

// TestSkeletonsClean: what is sound has no findings.
func TestSkeletonsClean(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"bpftool-7.1", "bpftool-6.12"} {
		for _, name := range []string{"maps", "nested", "data", "subprogs"} {
			t.Run(dir+"/"+name, func(t *testing.T) {
				t.Parallel()
				findings, _ := checkSkeleton(t, dir+"/"+name, "")
				assert.Empty(t, findings)
			})
		}
	}
}

// patched are the findings on struct_ops.lskel.h on another kernel than it
// was generated for, with a number written into its blob.
func patched(t *testing.T, offset func(*lskel.Skeleton) int64, number uint32) []analyzer.Finding {
	t.Helper()
	dir := analyzertest.Dir(t)
	s, err := lskel.ReadFile(filepath.Join(dir, "lskel", "struct_ops.lskel.h"))
	require.NoError(t, err)
	data := bytes.Clone(s.Header.Data)
	binary.LittleEndian.PutUint32(data[offset(s):], number)
	s, err = lskel.ReadDumps("x", data, s.Header.Insns)
	require.NoError(t, err)
	obj, err := s.Object()
	require.NoError(t, err)
	k, err := kernel.Open(kernel.Spec{Name: "ops", Types: filepath.Join(dir, "kernels", "ops_old.o"), Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = k.Close() })
	rep, err := analyzer.Run(context.Background(), analyzer.Input{Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Rules: rules.All()})
	require.NoError(t, err)
	require.Empty(t, rep.Errors)
	return rep.Findings
}

// TestSkeletonsOfModules: ids that are those of a module's types are not
// compared with vmlinux, as which they would be wrong.
func TestSkeletonsOfModules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		offset func(*lskel.Skeleton) int64
		number uint32
		want   string
	}{
		{"map", func(s *lskel.Skeleton) int64 { return s.Maps[0].Attr.Offset + 16 }, 1<<13 | 1<<15,
			`struct_ops map "light" has the value type id 24 of one kernel`},
		{"program", func(s *lskel.Skeleton) int64 { return s.Programs[0].Attr.Offset + 112 }, 5,
			`program "ssthresh" has the attach_btf_id 31 of one kernel`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range patched(t, tt.offset, tt.number) {
				got = append(got, f.Severity.String()+": "+f.Message)
			}
			assert.Contains(t, got, "warning: "+tt.want)
		})
	}
}
