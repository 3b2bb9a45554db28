package rules_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

// maxMessage is the length of a message as the documentation promises it.
const maxMessage = 120

// symbols is the vocabulary of [bpfobj.Location.Symbol].
var symbols = regexp.MustCompile(`^(func|kfunc|ksym|kconfig|map|struct_ops map|program|section|variable|helper|instruction|struct|union|enum|typedef) \S`)

// TestMessages runs all rules over the objects of all rule tests, on every toy
// kernel with every loader, and checks the form of what they say.
func TestMessages(t *testing.T) {
	t.Parallel()
	dir := analyzertest.Dir(t)
	names, err := filepath.Glob(filepath.Join(dir, "rules", "*.o"))
	require.NoError(t, err)
	var objects []*bpfobj.Object
	for _, name := range names {
		obj, err := bpfobj.ReadFile(name)
		require.NoError(t, err)
		objects = append(objects, obj)
	}
	for _, name := range []string{"ancient", "old", "modern", "recent", "ops", "ops_old", "quirks", "untagged", "fields", "arm64", "insns_v3"} {
		k := toyKernel(t, name)
		for _, l := range plan.Loaders {
			t.Run(name+"/"+l.Name, func(t *testing.T) {
				t.Parallel()
				report, err := analyzer.Run(t.Context(), analyzer.Input{
					Objects: objects, Kernels: []*kernel.Kernel{k}, Loaders: []*plan.Loader{l}, Rules: rules.All(),
				})
				require.NoError(t, err)
				require.Empty(t, report.Errors)
				require.NotEmpty(t, report.Findings)
				for i := range report.Findings {
					checkForm(t, &report.Findings[i])
				}
			})
		}
	}
}

// checkForm checks a finding by the rules of docs/adding-a-rule.md.
func checkForm(t *testing.T, f *analyzer.Finding) {
	t.Helper()
	assert.LessOrEqual(t, len(f.Message), maxMessage, "%s: %s", f.Rule, f.Message)
	assert.NotContains(t, f.Message, "\n", f.Rule)
	assert.False(t, strings.HasSuffix(f.Message, "."), "%s: period: %s", f.Rule, f.Message)
	assert.NotRegexp(t, `^[A-Z][a-z]`, f.Message, "%s: capital", f.Rule)
	assert.NotRegexp(t, `^\W*$|please|possibly`, f.Message, f.Rule)
	if at := &f.Location; at.Section != "" || at.Program != "" || at.Symbol != "" { // not about the object itself
		assert.Regexp(t, symbols, at.Symbol, "%s: symbol of: %s", f.Rule, f.Message)
	}
	if f.Severity == analyzer.Error {
		assert.NotEmpty(t, f.Hint, "%s: no way out: %s", f.Rule, f.Message)
	}
	assert.False(t, strings.HasSuffix(f.Hint, "."), "%s: period: %s", f.Rule, f.Hint)
}
