package baseline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/cmd/btflint/internal/baseline"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func same(name string) string { return name }

func never(string) bool { return false }

// finding is an error of rule a in x.o.
func finding(change func(*analyzer.Finding)) analyzer.Finding {
	f := analyzer.Finding{
		Rule: "a", Severity: analyzer.Error, Message: "m <1>", Kernels: []string{"5.10"}, Loaders: []string{"libbpf"}, Fingerprint: "aa",
		Location: bpfobj.Location{Object: "x.o", Program: "p", Symbol: "kfunc f"},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rep := &analyzer.Report{Findings: []analyzer.Finding{
		finding(func(f *analyzer.Finding) { f.Location.Object, f.Fingerprint, f.Optional = "y.o", "bb", true }),
		finding(nil),
		finding(func(f *analyzer.Finding) { f.Severity, f.Fingerprint = analyzer.Note, "cc" }),
		finding(func(f *analyzer.Finding) { f.Rule, f.Fingerprint = "suppression-invalid", "dd" }),
		finding(func(f *analyzer.Finding) { f.Suppressed, f.SuppressedBy, f.Fingerprint = "r", analyzer.ByIgnore, "ee" }),
		finding(func(f *analyzer.Finding) {
			f.Suppressed, f.SuppressedBy, f.Fingerprint = "r", analyzer.ByBaseline, "ff"
		}),
	}}
	old := &baseline.File{Findings: []baseline.Entry{{Fingerprint: "aa", Reason: "why"}}}
	var b bytes.Buffer
	require.NoError(t, baseline.Of(rep, old, same, never).Write(&b))
	const want = `{"version": 1, "findings": [
{"rule":"a","severity":"error","object":"x.o","program":"p","symbol":"kfunc f","message":"m <1>","kernels":["5.10"],"loaders":["libbpf"],"reason":"why","fingerprint":"aa"},
{"rule":"a","severity":"error","object":"x.o","program":"p","symbol":"kfunc f","message":"m <1>","kernels":["5.10"],"loaders":["libbpf"],"fingerprint":"ff"},
{"rule":"a","severity":"warning","object":"y.o","program":"p","symbol":"kfunc f","message":"m <1>","kernels":["5.10"],"loaders":["libbpf"],"fingerprint":"bb"}
]}
`
	assert.Equal(t, want, b.String())

	f, err := baseline.Parse(b.Bytes())
	require.NoError(t, err)
	known := f.Known("b.json", func(name string) string { return "up/" + name })
	require.Len(t, known, 3)
	assert.Equal(t, analyzer.Known{
		Fingerprint: "aa", Rule: "a", Object: "up/x.o", Severity: analyzer.Error, Kernels: []string{"5.10"}, Loaders: []string{"libbpf"},
		Reason: "why", Location: bpfobj.Location{Object: "b.json", Insn: -1, Source: bpfobj.Source{File: "b.json", Line: 2}},
	}, known[0])
	assert.Equal(t, "known before", known[1].Reason)
	assert.Equal(t, analyzer.Warning, known[2].Severity)
}

func TestOfNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, baseline.Of(&analyzer.Report{}, nil, same, never).Write(&b))
	assert.Equal(t, "{\"version\": 1, \"findings\": [\n]}\n", b.String())
	f, err := baseline.Parse(b.Bytes())
	require.NoError(t, err)
	assert.Empty(t, f.Findings)
}

func TestOfAnyKernel(t *testing.T) {
	t.Parallel()
	f := baseline.Of(&analyzer.Report{Findings: []analyzer.Finding{finding(nil)}}, nil, same, func(name string) bool { return name == "5.10" })
	require.Len(t, f.Findings, 1)
	assert.Empty(t, f.Findings[0].Kernels)
}

func TestParseRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"no JSON", "{\n\"version\": 1,,", "line 2: invalid character"},
		{"nothing", "", "unexpected end of JSON input"},
		{"version", `{"version": 2}`, "version 2: want 1"},
		{"no severity", `{"version": 1, "findings": [{"rule": "a", "fingerprint": "aa"}]}`, "finding 1: want a rule, a severity and a fingerprint"},
		{"another form", `{"version": 1, "findings": "all"}`, "cannot unmarshal string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := baseline.Parse([]byte(tt.text))
			assert.ErrorContains(t, err, tt.want)
		})
	}
	path := filepath.Join(t.TempDir(), "b.json")
	_, err := baseline.ReadFile(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = baseline.ReadFile(path)
	assert.ErrorContains(t, err, path+": line 1: ")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version": 1, "findings": [{"rule":"a","severity":"note","object":"x","message":"","fingerprint":"aa"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := baseline.Parse(data)
		require.Equal(t, err == nil, file != nil)
		if err != nil {
			return
		}
		var b bytes.Buffer
		require.NoError(t, file.Write(&b))
		again, err := baseline.Parse(b.Bytes())
		require.NoError(t, err)
		assert.Len(t, again.Findings, len(file.Findings))
	})
}
