package flow_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// BenchmarkAnalyze analyses every program of an object once.
func BenchmarkAnalyze(b *testing.B) {
	const path = "../../testdata/flow/guards_o2_v3.o"
	data, err := os.ReadFile(path)
	require.NoError(b, err)
	o, err := bpfobj.Read(path, data)
	require.NoError(b, err)
	facts := guardFacts(o, notKnown)
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range o.Programs {
			flow.Analyze(p.Function, facts, flow.Budget{})
		}
	}
}
