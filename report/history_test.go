package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// sampleHistory is a history of every form, some of it with hostile names.
func sampleHistory() *report.History {
	deps := sampleDeps().Objects[0].Deps
	renamed := btfdiff.Change{
		Kind: btfdiff.KindStruct, Name: "task_struct", Change: btfdiff.Changed, Grade: btfdiff.GradeBreaks,
		Details: []btfdiff.Detail{{Grade: btfdiff.GradeBreaks, What: btfdiff.WhatRemoved, Subject: "state"}},
	}
	added := btfdiff.Change{Kind: btfdiff.KindKfunc, Name: hostile, Change: btfdiff.Added}
	cells := func(states ...report.HistoryState) []report.HistoryCell {
		list := make([]report.HistoryCell, len(states))
		for i, s := range states {
			list[i].State = s
		}
		return list
	}
	h := &report.History{
		Kernels: []analyzer.KernelInfo{{Name: "5.10"}, {Name: "6.12", Release: "6.12.107+deb13-amd64", Arch: "amd64"}, {Name: hostile}},
		Objects: []analyzer.ObjectInfo{{Name: "build/prog.bpf.o", SHA256: strings.Repeat("5a", 32)}, {Name: hostile}},
		Rows: []report.HistoryRow{
			{Object: "build/prog.bpf.o", Dep: &deps[0], Cells: cells(report.HistoryPresent, report.HistoryPresent, report.HistoryPresent)},
			{Object: "build/prog.bpf.o", Dep: &deps[1], Cells: cells(report.HistoryAbsent, report.HistoryAbsent, report.HistoryAbsent)},
			{Object: "build/prog.bpf.o", Dep: &deps[2], Cells: cells(report.HistoryPresent, report.HistoryAbsent, report.HistoryAbsent)},
			{Object: hostile, Dep: &deps[5], Cells: cells(report.HistoryUnknown, report.HistoryChanged, report.HistoryPresent)},
			{Object: hostile, Dep: &deps[6], Cells: cells(report.HistoryUnknown, report.HistoryUnknown, report.HistoryUnknown)},
		},
		Errors: []analyzer.RuleError{{Object: "build/broken.o", Message: "not an ELF file"}},
	}
	h.Rows[2].Cells[1].Changes = []btfdiff.Change{renamed}
	h.Rows[3].Cells[1].Changes = []btfdiff.Change{added}
	return h
}

func renderHistory(t *testing.T, format string, h *report.History, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	opts.Version = "1.2.3"
	require.NoError(t, report.WriteHistory(&b, format, h, opts))
	return b.String()
}

func TestGoldenHistory(t *testing.T) {
	t.Parallel()
	verbose := sampleHistory()
	verbose.Verbose = true
	tests := []struct {
		name, format string
		history      *report.History
		opts         report.Options
	}{
		{"history-text", "text", sampleHistory(), report.Options{}},
		{"history-text-verbose", "text", verbose, report.Options{Color: true, Width: 60}},
		{"history-json", "json", sampleHistory(), report.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := renderHistory(t, tt.format, tt.history, tt.opts)
			golden(t, tt.name, got)
			assert.NotContains(t, strings.ReplaceAll(got, "\x1b[", ""), "\x1b", "only our own colours")
			assert.NotContains(t, got, "\u202e")
		})
	}
}

func TestHistorySchema(t *testing.T) {
	t.Parallel()
	const schema = "../docs/history-schema.json"
	validate(t, schema, renderHistory(t, "json", &report.History{}, report.Options{}))
	good := renderHistory(t, "json", sampleHistory(), report.Options{})
	validate(t, schema, good)
	for _, edit := range [][2]string{
		{`"state":"changed"`, `"state":"gone"`}, {`"changes":[]`, `"changes":null`}, {`"grade":"breaks"`, `"grade":1`}, {`"kernel":"5.10",`, ``},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		require.NotEqual(t, good, bad, edit[0])
		compiled, err := jsonschema.NewCompiler().Compile(schema)
		require.NoError(t, err)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		require.NoError(t, err)
		assert.Error(t, compiled.Validate(v), edit[1])
	}
}

func TestWriteHistoryErrors(t *testing.T) {
	t.Parallel()
	for _, format := range report.HistoryFormats() {
		assert.ErrorIs(t, report.WriteHistory(full{}, format, sampleHistory(), report.Options{}), errFull, format)
	}
	assert.EqualError(t, report.WriteHistory(full{}, "html", sampleHistory(), report.Options{}), `unknown format "html": want text, json`)
}
