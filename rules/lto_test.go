package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestRenamedByLTO checks that clones of a function prove nothing where the
// kernel was or may have been built with LTO, whose "name.llvm.HASH" the kernel
// finds as name.
func TestRenamedByLTO(t *testing.T) {
	t.Parallel()
	const isra = "ffffffff81000100 t finish_task_switch.isra.0\n"
	tests := []struct {
		name, config, symbols string
		severity              analyzer.Severity
	}{
		{"without LTO", "# CONFIG_LTO_CLANG is not set\n", isra, analyzer.Error},
		{"with LTO", "CONFIG_LTO_CLANG=y\n", isra, analyzer.Warning},
		{"configuration unknown", "", isra, analyzer.Error},
		{"configuration unknown and a clone of LTO", "", isra + "ffffffff81000200 t finish_task_switch.llvm.12\n", analyzer.Warning},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := toyKernel(t, "recent")
			var err error
			k.Symbols, err = kernel.NewSymbols([]byte(tt.symbols))
			require.NoError(t, err)
			k.Config = nil
			if tt.config != "" {
				k.Config, err = kernel.NewConfig([]byte(tt.config))
				require.NoError(t, err)
			}
			found := 0
			for _, f := range findingsOf(t, "attach-symbol-missing", "attach_symbol_missing", k, plan.Libbpf) {
				if !contains(f.Scope, "program rewritten") {
					continue
				}
				found++
				assert.Equal(t, tt.severity, f.Severity)
				assert.Equal(t, tt.severity == analyzer.Warning, f.DependsOn == "config")
			}
			assert.Equal(t, 1, found)
		})
	}
}
