package report_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

func renderDiff(t testing.TB, format string, d *report.Diff, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	opts.Version = "1.2.3"
	require.NoError(t, report.WriteDiff(&b, format, d, opts))
	return b.String()
}

func TestGoldenDiff(t *testing.T) {
	t.Parallel()
	verbose := sampleDiff()
	verbose.Verbose = true
	tests := []struct {
		name, format string
		diff         *report.Diff
		opts         report.Options
	}{
		{"diff-text", "text", sampleDiff(), report.Options{}},
		{"diff-text-verbose", "text", verbose, report.Options{Color: true, Width: 70}},
		{"diff-json", "json", sampleDiff(), report.Options{}},
		{"diff-sarif", "sarif", sampleDiff(), report.Options{}},
		{"diff-sarif-notes", "sarif", sampleDiff(), report.Options{ShowNotes: true}},
		{"diff-markdown", "markdown", sampleDiff(), report.Options{}},
		{"diff-html", "html", sampleDiff(), report.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := renderDiff(t, tt.format, tt.diff, tt.opts)
			golden(t, tt.name, got)
			assert.NotContains(t, strings.ReplaceAll(got, "\x1b[", ""), "\x1b", "only our own colours")
			assert.NotContains(t, got, "\u202e")
			if tt.format == "markdown" {
				assert.NotContains(t, got, "http://")
			}
			if tt.format == "html" || tt.format == "markdown" {
				assert.NotContains(t, got, "<img")
				assert.NotContains(t, got, "<script>window")
			}
		})
	}
}

func TestDiffSchema(t *testing.T) {
	t.Parallel()
	const schema = "../docs/diff-schema.json"
	validate(t, schema, renderDiff(t, "json", &report.Diff{}, report.Options{}))
	good := renderDiff(t, "json", sampleDiff(), report.Options{})
	validate(t, schema, good)
	for _, edit := range [][2]string{
		{`"kind":"kfunc"`, `"kind":"kfunk"`}, {`"grade":"semantic"`, `"grade":"odd"`}, {`"used_by":[]`, `"used_by":null`},
		{`"what":"moved"`, `"what":"went"`}, {`"version": 1`, `"version": 2`}, {`"change":"added",`, ``}, {`"findings":[0,3]`, `"findings":[-1]`},
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

// TestDiffWordsInSchema compares kinds, grades and what can happen with the
// words of the schema.
func TestDiffWordsInSchema(t *testing.T) {
	t.Parallel()
	d := &report.Diff{}
	for _, kind := range btfdiff.Kinds() {
		c := btfdiff.Change{Kind: kind, Name: "x", Change: btfdiff.Changed}
		for what := btfdiff.WhatAdded; what.String() != "unknown"; what++ {
			c.Details = append(c.Details, btfdiff.Detail{What: what, Subject: "y"})
		}
		require.NotEmpty(t, c.Details)
		for _, g := range report.Grades() {
			graded := c
			graded.Grade = g
			d.Changes = append(d.Changes, report.DiffChange{Change: &graded})
		}
	}
	validate(t, "../docs/diff-schema.json", renderDiff(t, "json", d, report.Options{}))
}

func TestDiffSARIF(t *testing.T) {
	t.Parallel()
	validate(t, "testdata/sarif-2.1.0.json", renderDiff(t, "sarif", sampleDiff(), report.Options{}))
	validate(t, "testdata/sarif-2.1.0.json", renderDiff(t, "sarif", &report.Diff{}, report.Options{}))
}

// TestDiffMarkdownBound checks that a difference of many changes stays below
// what GitHub takes, and says what it leaves out.
func TestDiffMarkdownBound(t *testing.T) {
	t.Parallel()
	d := &report.Diff{}
	const changes = 20_000
	for i := range changes {
		d.Changes = append(d.Changes, report.DiffChange{Change: &btfdiff.Change{
			Kind: btfdiff.KindStruct, Name: "some_struct_" + strconv.Itoa(i), Change: btfdiff.Removed, Grade: btfdiff.GradeBreaks,
		}})
	}
	d.Findings = []analyzer.Finding{{Rule: "x", Severity: analyzer.Error, Message: strings.Repeat("y", 60_000)}}
	for range 300 {
		d.Errors = append(d.Errors, analyzer.RuleError{Object: "x.o", Message: "not an ELF file"})
		d.Unchecked = append(d.Unchecked, btfdiff.Unchecked{Text: "something that cannot be compared"})
	}
	d.Changes[changes-1].Grade = btfdiff.GradeSemantic
	got := renderDiff(t, "markdown", d, report.Options{})
	assert.LessOrEqual(t, len(got), 60_000)
	assert.NotContains(t, got, "semantic (1)", "a table without rows")
	shown := strings.Count(got, "some_struct_")
	assert.Greater(t, shown, 500)
	assert.True(t, strings.HasSuffix(got, "\n"+strconv.Itoa(changes-shown+1+300)+" entries are left out here: the formats text, html and json have all.\n"))
}

func TestWriteDiffErrors(t *testing.T) {
	t.Parallel()
	for _, format := range report.DiffFormats() {
		assert.ErrorIs(t, report.WriteDiff(full{}, format, sampleDiff(), report.Options{}), errFull, format)
	}
	assert.EqualError(t, report.WriteDiff(full{}, "yaml", sampleDiff(), report.Options{}), `unknown format "yaml": want text, json, sarif, markdown, html`)
}
