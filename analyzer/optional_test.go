package analyzer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// What takes down only programs that are off by default fails no load of the
// object as it is, and so does not count for the exit code; switched on, the
// program fails. cilium/ebpf has no such programs.
func TestRunOptional(t *testing.T) {
	t.Parallel()
	refused := &analyzer.Rule{Name: "refused", Severity: analyzer.Error, Run: func(p *analyzer.Pass) error {
		p.Report(analyzer.Finding{
			Severity: analyzer.Error, Stage: plan.StageLoad, Message: "refused", Scope: plan.Scope{Programs: []string{"off"}},
		})
		return nil
	}}
	tests := []struct {
		loader   *plan.Loader
		optional bool
		exit     int
		whole    string
	}{
		{plan.Libbpf, true, analyzer.ExitClean, analyzer.Loads},
		{plan.Cilium, false, analyzer.ExitFindings, analyzer.Fails},
	}
	for _, tt := range tests {
		t.Run(tt.loader.Name, func(t *testing.T) {
			t.Parallel()
			obj := object("x.o", "on", "off")
			obj.Programs[1].SectionName, obj.Programs[1].Optional = "?xdp", true
			rep := run(t, analyzer.Input{
				Objects: []*bpfobj.Object{obj}, Kernels: kernels(t, "6.1"),
				Loaders: []*plan.Loader{tt.loader}, Rules: []*analyzer.Rule{refused},
			})
			require.Len(t, rep.Findings, 1)
			assert.Equal(t, tt.optional, rep.Findings[0].Optional)
			assert.Equal(t, analyzer.Error, rep.Findings[0].Severity)
			assert.Equal(t, tt.exit, rep.ExitCode(analyzer.Error))
			assert.Equal(t, analyzer.ExitFindings, rep.ExitCode(analyzer.Warning))
			require.Len(t, rep.Verdicts, 3)
			assert.Equal(t, analyzer.Loads, rep.Verdicts[0].Verdict)
			assert.Equal(t, analyzer.Fails, rep.Verdicts[1].Verdict, "loaded alone")
			assert.Equal(t, tt.whole, rep.Verdicts[2].Verdict)
		})
	}
}
