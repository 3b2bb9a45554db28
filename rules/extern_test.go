package rules_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

// findingsOf runs one rule over the object of a rule test.
func findingsOf(t *testing.T, rule, file string, k *kernel.Kernel, l *plan.Loader) []analyzer.Finding {
	t.Helper()
	obj, err := bpfobj.ReadFile(filepath.Join(analyzertest.Dir(t), "rules", file+".o"))
	require.NoError(t, err)
	var run []*analyzer.Rule
	for _, r := range rules.All() {
		if r.Name == rule {
			run = append(run, r)
		}
	}
	require.Len(t, run, 1)
	report, err := analyzer.Run(t.Context(), analyzer.Input{
		Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Loaders: []*plan.Loader{l}, Rules: run,
	})
	require.NoError(t, err)
	require.Empty(t, report.Errors)
	return report.Findings
}

// toyKernel opens a toy kernel with all its parts.
func toyKernel(t *testing.T, name string) *kernel.Kernel {
	t.Helper()
	k, err := (&rulefile.File{}).OpenKernel(filepath.Join(analyzertest.Dir(t), "kernels"), name)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

// TestExternHints checks that every cause has its own way out.
func TestExternHints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rule, file, kernel string
		loader                   *plan.Loader
		symbol, hint             string
	}{
		{"strong", "kfunc-missing", "kfunc_missing", "modern", plan.Libbpf, "kfunc bpf_gone", "declare it __weak and call it only if bpf_ksym_exists(bpf_gone)"},
		{"weak", "kfunc-missing", "kfunc_missing", "modern", plan.Libbpf, "kfunc bpf_tested_gone", "call it only if bpf_ksym_exists"},
		{"unused", "kfunc-missing", "kfunc_missing", "modern", plan.Libbpf, "kfunc bpf_unused_gone", "even if no program that is loaded by default uses them"},
		{"flavor", "kfunc-missing", "kfunc_missing", "modern", plan.Cilium, "kfunc scx_bpf_now___v2", `declare "scx_bpf_now" without the suffix`},
		{"modules", "kfunc-missing", "kfunc_missing__modules", "unknown modules", plan.Libbpf, "kfunc bpf_somewhere", "modules=DIR"},
		{"forward declaration", "kfunc-incompatible", "kfunc_incompatible", "modern", plan.Cilium, "kfunc bpf_task_release", "define the struct"},
		{"implicit argument declared", "kfunc-incompatible", "kfunc_incompatible", "modern", plan.Libbpf, "kfunc bpf_wq_set_callback___full", "passes the last argument itself"},
		{"implicit argument kept", "kfunc-incompatible", "kfunc_incompatible", "untagged", plan.Libbpf, "kfunc bpf_wq_set_callback", "keeps the implicit last argument"},
		{"twin", "kfunc-not-registered", "kfunc_not_registered", "modern", plan.Libbpf, "kfunc bpf_wq_set_callback_impl", `call "bpf_wq_set_callback"`},
		{"no twin", "kfunc-not-registered", "kfunc_not_registered", "modern", plan.Libbpf, "kfunc do_unlinkat", "registered as kfuncs"},
		{"kallsyms", "ksym-missing", "ksym_missing__typed", "modern", plan.Libbpf, "ksym jiffies", "extern const void jiffies __ksym"},
		{"flavor of a variable", "ksym-missing", "ksym_missing__typed", "modern", plan.Libbpf, "ksym runqueues___v2", `the kernel has "runqueues"`},
		{"LTO", "ksym-missing", "ksym_missing", "quirks", plan.Cilium, "ksym lto_var", "built with LTO"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := toyKernel(t, strings.Replace(tt.kernel, "unknown modules", "modern", 1))
			if tt.kernel == "unknown modules" {
				k.Modules = nil
			}
			found := false
			for _, f := range findingsOf(t, tt.rule, tt.file, k, tt.loader) {
				if f.Location.Symbol == tt.symbol {
					found = true
					assert.Contains(t, f.Hint, tt.hint)
				}
			}
			assert.True(t, found)
		})
	}
}

// TestKernelWithoutBTF loads kfuncs and variables on a kernel that is known to
// be built without BTF.
func TestKernelWithoutBTF(t *testing.T) {
	t.Parallel()
	config, err := kernel.NewConfig([]byte("CONFIG_BPF=y\n# CONFIG_DEBUG_INFO_BTF is not set\n"))
	require.NoError(t, err)
	k := &kernel.Kernel{Name: "bare", Config: config}
	for rule, file := range map[string]string{"kfunc-missing": "kfunc_missing", "ksym-missing": "ksym_missing__typed"} {
		findings := findingsOf(t, rule, file, k, plan.Libbpf)
		require.NotEmpty(t, findings)
		for _, f := range findings {
			assert.Equal(t, analyzer.Error, f.Severity, "weak externs need BTF, too: %s", f.Message)
			assert.Contains(t, f.Message, "bare, which is built without BTF")
			assert.True(t, f.Scope.Object)
		}
	}
	for _, f := range findingsOf(t, "kfunc-missing", "kfunc_missing", k, plan.Cilium) {
		assert.False(t, f.Scope.Object, f.Message)
	}
}

// TestUnparsableVersion loads LINUX_KERNEL_VERSION where uname has two numbers.
func TestUnparsableVersion(t *testing.T) {
	t.Parallel()
	k := toyKernel(t, "modern")
	k.Release = "7.3-amd64"
	message := func(l *plan.Loader) (analyzer.Finding, bool) {
		for _, f := range findingsOf(t, "kconfig-virtual", "kconfig_virtual", k, l) {
			if strings.Contains(f.Message, `release "7.3-amd64" does not start with three numbers`) {
				return f, true
			}
		}
		return analyzer.Finding{}, false
	}
	f, ok := message(plan.Libbpf)
	require.True(t, ok)
	assert.Equal(t, analyzer.Warning, f.Severity)
	assert.Equal(t, "version", f.DependsOn)
	k.Version = "#1 SMP PREEMPT_DYNAMIC Debian 7.3~rc7-1~exp1"
	f, ok = message(plan.Libbpf)
	require.True(t, ok)
	assert.Equal(t, analyzer.Error, f.Severity)
	assert.True(t, f.Scope.Object)
	_, ok = message(plan.Cilium)
	assert.False(t, ok, "it asks the vDSO")
}

// TestRunningKernelHasModules finds nothing to say of a module that is loaded.
func TestRunningKernelHasModules(t *testing.T) {
	t.Parallel()
	k := toyKernel(t, "modern")
	assert.NotEmpty(t, findingsOf(t, "kfunc-in-module", "kfunc_in_module", k, plan.Libbpf))
	k.Running = true
	assert.Empty(t, findingsOf(t, "kfunc-in-module", "kfunc_in_module", k, plan.Libbpf))
	assert.Empty(t, findingsOf(t, "ksym-in-module", "ksym_in_module", k, plan.Libbpf))
}

// TestKsymsWithoutBTF asks a kernel that was built without BTF for typed
// variables: libbpf does without none, not even a weak one.
func TestKsymsWithoutBTF(t *testing.T) {
	t.Parallel()
	config, err := kernel.NewConfig([]byte("# CONFIG_DEBUG_INFO_BTF is not set\nCONFIG_BPF=y\n"))
	require.NoError(t, err)
	findings := findingsOf(t, "ksym-missing", "ksym_missing__typed", &kernel.Kernel{Name: "bare", Config: config}, plan.Libbpf)
	require.NotEmpty(t, findings)
	for _, f := range findings {
		assert.Equal(t, analyzer.Error, f.Severity, "%s", f.Message)
		assert.Contains(t, f.Message, "not found in bare, which is built without BTF")
	}
}
