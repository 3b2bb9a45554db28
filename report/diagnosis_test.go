package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/loadlog"
	"github.com/btflint/btflint/report"
)

// sampleLog has a harmless line, a cause with a source line, one of the verifier's
// own, bytes that a terminal must not get, and a report in sections.
const sampleLog = `libbpf: Error in bpf_create_map_xattr(counts): -EOPNOTSUPP. Retrying without BTF.
libbpf: prog 'on_exit': -- BEGIN PROG LOAD LOG --
; n = bpf_new_helper(ctx); @ tool.bpf.c:46
12: (85) call unknown#230
invalid func unknown#230
processed 13 insns (limit 1000000)
-- END PROG LOAD LOG --
libbpf: prog 'evil` + "\x1b[2J\u202e" + `': -- BEGIN PROG LOAD LOG --
3: (79) r0 = *(u64 *)(r1 +0)
R1 invalid mem access 'scalar'

Verification failed: Register Type Safety: Invalid dereference

Reason:
  R1 is an integer scalar here, not a pointer to memory.
processed 4 insns (limit 1000000)
libbpf: failed to load object 'tool'
`

func diagnose(t *testing.T, log string) *report.Diagnosis {
	t.Helper()
	d, err := loadlog.Read(strings.NewReader(log))
	require.NoError(t, err)
	return &report.Diagnosis{Name: "load.log", Diagnosis: d}
}

func renderDiagnosis(t *testing.T, format string, d *report.Diagnosis, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.WriteDiagnosis(&b, format, d, opts))
	return b.String()
}

func TestWriteDiagnosis(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format, log string
		opts              report.Options
	}{
		{"diagnosis-text", "text", sampleLog, report.Options{}},
		{"diagnosis-text-color", "text", sampleLog, report.Options{Color: true, Width: 72}},
		{"diagnosis-json", "json", sampleLog, report.Options{}},
		{"diagnosis-vague", "text", "libbpf: prog 'a': BPF program load failed: -EACCES\n3: (95) exit\nsomething new\n", report.Options{}},
		{"diagnosis-nothing", "text", "hello\n", report.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := renderDiagnosis(t, tt.format, diagnose(t, tt.log), tt.opts)
			golden(t, tt.name, got)
			assert.NotContains(t, strings.ReplaceAll(got, "\x1b[", ""), "\x1b", "only our own colours")
			assert.NotContains(t, got, "\x1b[2J")
			assert.NotContains(t, got, "\u202e")
		})
	}
}

func TestDiagnosisSchema(t *testing.T) {
	t.Parallel()
	for _, log := range []string{"", sampleLog, "program a: load program: invalid argument: R1 !read_ok (1 line(s) omitted)\n"} {
		validate(t, "../docs/log-schema.json", renderDiagnosis(t, "json", diagnose(t, log), report.Options{}))
	}
}

func TestWriteDiagnosisErrors(t *testing.T) {
	t.Parallel()
	for _, format := range report.DiagnosisFormats() {
		assert.ErrorIs(t, report.WriteDiagnosis(full{}, format, diagnose(t, sampleLog), report.Options{}), errFull, format)
	}
	assert.EqualError(t, report.WriteDiagnosis(full{}, "sarif", diagnose(t, ""), report.Options{}), `unknown format "sarif": want text, json`)
}

// The page has every symptom once, and no link leads nowhere.
func TestSymptomsPage(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report.Symptoms(&b))
	assert.Equal(t, len(loadlog.Symptoms()), strings.Count(b.String(), "\n### "))
	for _, s := range loadlog.Symptoms() {
		for _, rule := range s.Rules {
			assert.FileExists(t, "../docs/rules/"+rule+".md")
		}
	}
	assert.ErrorIs(t, report.Symptoms(full{}), errFull)
}
