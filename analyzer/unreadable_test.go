package analyzer_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// broken is a graph that fails while it is read.
type broken struct{ btfgraph.Graph }

func (broken) Err() error { return errors.New("type 7: name beyond the strings") }

func TestRunDistrustsBrokenTypes(t *testing.T) {
	t.Parallel()
	k := kernels(t, "6.1", "6.12")
	k[0].Types = broken{k[0].Types}
	typed := rule("kfunc-missing", always)
	typed.Needs = analyzer.NeedsTypes
	rep := run(t, analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: k, Rules: []*analyzer.Rule{typed},
	})
	require.Len(t, rep.Findings, 1)
	assert.Equal(t, []string{"6.12"}, rep.Findings[0].Kernels, "what a broken kernel does not hold proves nothing")
	require.Len(t, rep.Errors, 1)
	assert.Equal(t, "6.1", rep.Errors[0].Kernel)
	assert.Contains(t, rep.Errors[0].Message, "type 7: name beyond the strings")
	assert.Equal(t, []string{"types", "modules", "symbols", "config"}, rep.Kernels[0].Unknown)
	assert.Equal(t, analyzer.Undecided, rep.Verdicts[0].Verdict)
	assert.Equal(t, []string{"types unknown"}, rep.Verdicts[0].Reasons)
	assert.Equal(t, analyzer.Fails, rep.Verdicts[2].Verdict)
	assert.Empty(t, rep.Verdicts[2].Reasons)
}

// A part that proves unreadable only when it is asked costs what rests on it.
func TestRunDistrustsBrokenParts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	types, config := filepath.Join(dir, "vmlinux"), filepath.Join(dir, "config.gz")
	require.NoError(t, os.WriteFile(types, new(btftest.Builder).Bytes(binary.LittleEndian), 0o600))
	require.NoError(t, os.WriteFile(config, []byte("\x1f\x8b\x08 no gzip"), 0o600))
	k, err := kernel.Open(kernel.Spec{Name: "6.1", Types: types, Config: config, Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	require.Empty(t, k.Errors(), "nobody asked yet")

	unset := &analyzer.Rule{Name: "kconfig-unset", Severity: analyzer.Error, Needs: analyzer.NeedsConfig, Run: func(p *analyzer.Pass) error {
		if _, ok := p.Plan.Kernel.Config.Lookup("CONFIG_X"); !ok {
			p.Report(analyzer.Finding{Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject, Message: "CONFIG_X is not set"})
		}
		return nil
	}}
	rep := run(t, analyzer.Input{
		Objects: []*bpfobj.Object{object("x.o", "p")}, Kernels: []*kernel.Kernel{k},
		Rules: []*analyzer.Rule{unset, rule("map-refused", always)},
	})
	require.Len(t, rep.Findings, 1)
	assert.Equal(t, "map-refused", rep.Findings[0].Rule)
	assert.Equal(t, []string{"symbols", "config"}, rep.Kernels[0].Unknown)
	require.Len(t, rep.Errors, 1)
	assert.Equal(t, "6.1", rep.Errors[0].Kernel)
	assert.Contains(t, rep.Errors[0].Message, "gzip")
	assert.Equal(t, []analyzer.Skip{
		{Kernel: "6.1", Rule: "kconfig-unset", Rules: []string{"kconfig-unset"}, Reason: "config unknown: 1 rule not run"},
	}, rep.Skips)
}

// An object whose BTF cannot be read is an error of its own.
func TestRunUnreadableObjects(t *testing.T) {
	t.Parallel()
	types, ext := object("types.o", "p"), object("ext.o", "p")
	types.TypesErr = errors.New("section \".BTF\": type 3:\n cycle")
	ext.ExtErr = errors.New("section \".BTF.ext\": truncated")
	in := analyzer.Input{Objects: []*bpfobj.Object{types, ext, object("x.o", "p")}, Kernels: kernels(t, "6.1", "6.12")}
	rep := run(t, in)
	assert.Equal(t, []analyzer.RuleError{
		{Object: "ext.o", Message: `section ".BTF.ext": truncated`},
		{Object: "types.o", Message: `section ".BTF": type 3: cycle`},
	}, rep.Errors)
	for _, v := range rep.Verdicts {
		if v.Object == "x.o" {
			assert.Equal(t, analyzer.Loads, v.Verdict)
			continue
		}
		assert.Equal(t, analyzer.Undecided, v.Verdict)
		assert.Equal(t, []string{"the object's BTF cannot be read"}, v.Reasons)
	}
	// What the BTF seems to lack may be there: no finding is certain.
	in.Rules = []*analyzer.Rule{rule("map-refused", always)}
	rep = run(t, in)
	for _, v := range rep.Verdicts {
		want := analyzer.Undecided
		if v.Object == "x.o" {
			want = analyzer.Fails
		}
		assert.Equal(t, want, v.Verdict, v.Object)
	}
	for _, f := range rep.Findings {
		if f.Location.Object != "x.o" {
			assert.Equal(t, analyzer.Warning, f.Severity)
			assert.Equal(t, "btf", f.DependsOn)
		}
	}
}
