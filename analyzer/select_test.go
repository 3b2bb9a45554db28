package analyzer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	rules := []*analyzer.Rule{
		{Name: "kfunc-missing", Aliases: []string{"KF-01", "KF-02"}},
		{Name: "kfunc-weak", Aliases: []string{"KF-02"}},
		{Name: "ksym-missing"},
	}
	tests := []struct {
		name            string
		enable, disable []string
		want            []string
	}{
		{"default", nil, nil, []string{"kfunc-missing", "kfunc-weak", "ksym-missing"}},
		{"enabled", []string{"ksym-missing", "KFUNC-WEAK"}, nil, []string{"kfunc-weak", "ksym-missing"}},
		{"disabled", nil, []string{"ksym-missing"}, []string{"kfunc-missing", "kfunc-weak"}},
		{"alias of two rules", []string{"kf-02"}, nil, []string{"kfunc-missing", "kfunc-weak"}},
		{"disable wins", []string{"KF-02"}, []string{"kfunc-weak"}, []string{"kfunc-missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := analyzer.Select(rules, tt.enable, tt.disable)
			require.NoError(t, err)
			var names []string
			for _, r := range got {
				names = append(names, r.Name)
			}
			assert.Equal(t, tt.want, names)
		})
	}

	unknown := []struct {
		name, in string
		want     []string
	}{
		{"letter missing", "kfunc-mising", []string{"kfunc-missing"}},
		{"nearest first", "ksym-mising", []string{"ksym-missing"}},
		{"part", "missing", []string{"ksym-missing", "kfunc-missing"}},
		{"nothing near", "zzz", nil},
		{"endless", string(make([]byte, 1<<20)), nil},
	}
	for _, tt := range unknown {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := analyzer.Select(rules, nil, []string{tt.in})
			var target *analyzer.UnknownRuleError
			require.ErrorAs(t, err, &target)
			assert.Equal(t, tt.in, target.Name)
			assert.Equal(t, tt.want, target.Candidates)
		})
	}
	_, err := analyzer.Lookup(rules, "kfunc-weka")
	assert.EqualError(t, err, `unknown rule "kfunc-weka"; did you mean "kfunc-weak"?`)
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Findings: []analyzer.Finding{
		{Severity: analyzer.Warning},
		{Severity: analyzer.Note},
		{Severity: analyzer.Error, Suppressed: "known"},
	}}
	assert.Equal(t, analyzer.Counts{Warnings: 1, Notes: 1, Suppressed: 1}, rep.Count())
	assert.Equal(t, analyzer.ExitClean, rep.ExitCode(analyzer.Error))
	assert.Equal(t, analyzer.ExitFindings, rep.ExitCode(analyzer.Warning))
	assert.Equal(t, analyzer.ExitFindings, rep.ExitCode(analyzer.Note))
	assert.Equal(t, analyzer.ExitClean, rep.ExitCode(analyzer.Error+1))
	rep.Errors = []analyzer.RuleError{{Object: "x.o", Message: "not an ELF file"}}
	assert.Equal(t, analyzer.ExitFailed, rep.ExitCode(analyzer.Error+1))
	assert.Equal(t, "x.o: not an ELF file", rep.Errors[0].Error())
}
