package btflint

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

func TestError(t *testing.T) {
	t.Parallel()
	finding := func(rule string, stage plan.Stage, severity analyzer.Severity) analyzer.Finding {
		return analyzer.Finding{
			Rule: rule, Stage: stage, Severity: severity,
			Message: `kfunc "bpf_foo" not found in 6.12`, Hint: "declare it __weak",
			Location: bpfobj.Location{Program: "prog", Source: bpfobj.Source{File: "a.bpf.c", Line: 7}},
		}
	}
	report := &analyzer.Report{
		Findings: []analyzer.Finding{
			finding("late", plan.StageLoad, analyzer.Error),
			finding("first", plan.StageOpen, analyzer.Error),
			finding("soft", plan.StageLoad, analyzer.Warning),
			finding("attach", plan.StageAttach, analyzer.Error),
		},
		Verdicts: []analyzer.Verdict{
			{Program: "prog", Kernel: "6.12", Verdict: analyzer.Fails, Findings: []int{0}},
			{Kernel: "6.12", Verdict: analyzer.Fails, Findings: []int{0, 1, 2, 3}},
		},
	}

	err := newError(report)
	require.NotNil(t, err)
	assert.Equal(t, `btflint: program "prog": a.bpf.c:7: kfunc "bpf_foo" not found in 6.12; declare it __weak [first] (and 1 more)`, err.Error())
	assert.Equal(t, err.Error(), fmt.Sprintf("%v", err))
	assert.Equal(t, err.Error(), fmt.Sprintf("%s", err))
	assert.Equal(t, "btflint: 6.12 refuses:\n"+
		"\tprogram \"prog\": a.bpf.c:7: kfunc \"bpf_foo\" not found in 6.12; declare it __weak [first]\n"+
		"\tprogram \"prog\": a.bpf.c:7: kfunc \"bpf_foo\" not found in 6.12; declare it __weak [late]", fmt.Sprintf("%+v", err))
	assert.ErrorIs(t, err, ebpf.ErrNotSupported)
	assert.NotErrorIs(t, err, ErrCannotCheck)

	wrapped := fmt.Errorf("start: %w", err)
	var got *Error
	require.True(t, errors.As(wrapped, &got))
	assert.Len(t, got.Findings, 2, "only what certainly refuses")
}

func TestNoError(t *testing.T) {
	t.Parallel()
	assert.Nil(t, newError(&analyzer.Report{Verdicts: []analyzer.Verdict{
		{Program: "alone", Verdict: analyzer.Fails}, // not part of the load as a whole
		{Verdict: analyzer.Undecided},
	}}))
}

// TestErrorNamesTheProgram: a finding in a subprogram names the program that
// links it.
func TestErrorNamesTheProgram(t *testing.T) {
	t.Parallel()
	f := analyzer.Finding{
		Rule: "r", Message: "m", Location: bpfobj.Location{Program: "helper"},
		Scope: plan.Scope{Programs: []string{"entry", "other"}},
	}
	assert.Equal(t, `program "entry": m [r]`, describe(f))
	f.Scope = plan.ScopeObject
	assert.Equal(t, `program "helper": m [r]`, describe(f))
}
