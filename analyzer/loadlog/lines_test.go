package loadlog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/loadlog"
)

// prefixed has a log with something before each line.
func prefixed(prefix string) func(*testing.T, string) string {
	return func(_ *testing.T, log string) string {
		return prefix + strings.ReplaceAll(strings.TrimSuffix(log, "\n"), "\n", "\n"+prefix) + "\n"
	}
}

// quoted has a log as a string of JSON.
func quoted(t *testing.T, log string) string {
	t.Helper()
	text, err := json.Marshal(log)
	require.NoError(t, err)
	return string(text)
}

// TestReadWrapped reads the recorded logs as loggers wrap them: it tells the same.
func TestReadWrapped(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../testdata/loadlog/*.log")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 60)
	wrappings := map[string]func(*testing.T, string) string{
		"journal":         prefixed("Nov  2 15:00:00 host agent[123]: "),
		"ISO journal":     prefixed("2026-11-22T15:00:00+0100 host agent[123]: "),
		"syslog":          prefixed("Nov 22 15:00:00 host agent: "),
		"dmesg":           prefixed("[   12.345678] "),
		"Go":              prefixed("2026/11/22 15:00:00.123456 "),
		"Docker":          prefixed("2026-11-22T15:00:00.123456789Z "),
		"Docker Compose":  prefixed("agent-1  | "),
		"CRI":             prefixed("2026-11-22T15:00:00.123456789Z stderr F "),
		"carriage return": func(_ *testing.T, log string) string { return strings.ReplaceAll(log, "\n", "\r\n") },
		"JSON": func(t *testing.T, log string) string {
			return `{"level":"error","error":` + quoted(t, log) + `,"ts":1.5}`
		},
		"logfmt": func(t *testing.T, log string) string {
			return "time=2026-11-22T15:00:00Z level=error msg=\"load failed\" error=" + quoted(t, log)
		},
		"JSON in a journal": func(t *testing.T, log string) string {
			return "Nov 22 15:00:00 host agent[123]: {\"msg\":" + quoted(t, log) + "}\n"
		},
	}
	for _, path := range paths {
		log, err := os.ReadFile(path)
		require.NoError(t, err)
		want := told(t, string(log))
		for name, wrap := range wrappings {
			assert.Equal(t, want, told(t, wrap(t, string(log))), "%s: %s", name, path)
		}
	}
}

// told is what a log tells, without the numbers of its lines.
func told(t *testing.T, log string) []loadlog.Cause {
	t.Helper()
	d, err := loadlog.Read(strings.NewReader(log))
	require.NoError(t, err)
	list := make([]loadlog.Cause, 0, len(d.Causes))
	for _, c := range d.Causes {
		list = append(list, loadlog.Cause{
			Symptom: c.Symptom, Means: c.Means, Fix: c.Fix, Program: c.Program, Map: c.Map, Insn: c.Insn, Code: c.Code, Place: c.Place, Loader: c.Loader,
		})
	}
	return list
}

// TestReadKept has lines that look as if a logger had wrapped them.
func TestReadKept(t *testing.T) {
	t.Parallel()
	const refusal = "invalid func unknown#163"
	for _, line := range []string{
		`; bpf_printk("%d\n", x); @ tool.bpf.c:9`, // source with an escape
		"12: (4c) w1 |= w2",                       // no name of a container
		"[12] STRUCT task size=4 vlen=1",          // BTF, not seconds since boot
		"libbpf: map 'x': found type = 2.",
		"2026 is no date | nor is this a name",
	} {
		d, err := loadlog.Read(strings.NewReader(line + "\n" + refusal + "\n"))
		require.NoError(t, err)
		require.Len(t, d.Causes, 1, line)
		assert.Equal(t, 2, d.Causes[0].Line)
		assert.Equal(t, refusal, d.Causes[0].Text)
	}
	d, err := loadlog.Read(strings.NewReader("7: (85) call unknown#163\n; bpf_printk(\"%d\\n\", x); @ tool.bpf.c:9\n" + refusal + "\n"))
	require.NoError(t, err)
	require.Len(t, d.Causes, 1)
	assert.Equal(t, `bpf_printk("%d\n", x);`, d.Causes[0].Code)
}
