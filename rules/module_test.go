package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestModulesOfFiles checks that what only a module of a file decides is left
// open, and that the modules of the running kernel are loaded.
func TestModulesOfFiles(t *testing.T) {
	t.Parallel()
	config, err := kernel.NewConfig([]byte("# CONFIG_BPF_JIT is not set\n"))
	require.NoError(t, err)
	noJIT := func(k *kernel.Kernel) { k.Config = config }
	tests := []struct {
		name, rule, file, symbol string
		change                   func(k *kernel.Kernel)
		severity                 analyzer.Severity
		dependsOn                string
		loader                   *plan.Loader
		loaded                   bool // a loaded module leaves nothing to report
	}{
		{"weak kfunc and license", "kfunc-license", "kfunc_license__module", "program weak", nil, analyzer.Warning, "modules", plan.Cilium, false},
		{"strong kfunc and license", "kfunc-license", "kfunc_license__module", "program strong", nil, analyzer.Error, "", plan.Cilium, false},
		{"weak kfunc without JIT", "kfunc-unsupported", "kfunc_license__module", "program weak", noJIT, analyzer.Warning, "modules", plan.Cilium, false},
		{"strong kfunc without JIT", "kfunc-unsupported", "kfunc_license__module", "program strong", noJIT, analyzer.Error, "", plan.Cilium, false},
		{"strong kfunc", "kfunc-in-module", "kfunc_in_module", "program strong", nil, analyzer.Warning, "modules", plan.Cilium, true},
		{"attach target", "attach-target-missing", "attach_target_missing__late", "program late", nil, analyzer.Warning, "modules", plan.Cilium, true},
		{"struct_ops type", "struct-ops-type-missing", "struct_ops_type_missing__late", "object", nil, analyzer.Warning, "modules", plan.Libbpf, true},
		{"ambiguous symbol", "ksym-ambiguous", "ksym_ambiguous__module", "program module", nil, analyzer.Warning, "modules", plan.Cilium, false},
		{"missing symbol", "ksym-missing", "ksym_missing__late", "program strong", nil, analyzer.Warning, "modules", plan.Cilium, false},
		{"many weak kfuncs", "kfunc-limit", "kfunc_limit__weak", "program calls", nil, analyzer.Warning, "modules", plan.Cilium, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, running := range []bool{false, true} {
				k := toyKernel(t, "modern")
				k.Running = running
				if tt.change != nil {
					tt.change(k)
				}
				severity, dependsOn := tt.severity, tt.dependsOn
				if running {
					severity, dependsOn = analyzer.Error, ""
				}
				var found []analyzer.Finding
				for _, f := range findingsOf(t, tt.rule, tt.file, k, tt.loader) {
					if contains(f.Scope, tt.symbol) {
						found = append(found, f)
					}
				}
				if running && tt.loaded {
					assert.Empty(t, found)
					continue
				}
				require.Len(t, found, 1, "running: %t", running)
				assert.Equal(t, severity, found[0].Severity, "running: %t", running)
				assert.Equal(t, dependsOn, found[0].DependsOn, "running: %t", running)
			}
		})
	}
}

// contains reports whether a scope has a program, "program NAME", or the whole
// object, "object".
func contains(s plan.Scope, symbol string) bool {
	if symbol == "object" {
		return s.Whole || s.Object
	}
	for _, name := range s.Programs {
		if "program "+name == symbol {
			return true
		}
	}
	return false
}
