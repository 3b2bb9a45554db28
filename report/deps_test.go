package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

// sampleDeps are dependencies of every form, some with hostile names.
func sampleDeps() *report.Dependencies {
	at := func(file string, line int) bpfobj.Location {
		return bpfobj.Location{
			Object: "build/prog.bpf.o", Section: "kprobe/x", Program: "on_x", Insn: 3, Offset: 24,
			Source: bpfobj.Source{File: file, Line: line, Column: 2, Text: "\treturn t->pid;", Origin: bpfobj.OriginOwn},
		}
	}
	nowhere := bpfobj.Location{Object: "build/prog.bpf.o", Section: ".maps", Insn: -1, Offset: 8}
	programs := []string{"on_exec", "on_exit", "on_switch", "on_wakeup"}
	return &report.Dependencies{
		Objects: []report.ObjectDeps{
			{Name: "build/prog.bpf.o", SHA256: strings.Repeat("5a", 32), Deps: []plan.Dep{
				{Kind: plan.DepStruct, Name: "task_struct", Flavors: []string{"new", "old"}, Programs: programs, Uses: []bpfobj.Location{at("bpf/prog.bpf.c", 7), nowhere}, UseCount: 2},
				{
					Kind: plan.DepField, Name: "task_struct.se.vruntime", Parent: "task_struct", As: []string{"byte_off", "field_exists"},
					Steps: []string{"sched_entity.vruntime", "task_struct.se"}, Programs: programs, Uses: []bpfobj.Location{at("bpf/prog.bpf.c", 42)}, UseCount: 1,
				},
				{
					Kind: plan.DepField, Name: "task_struct.state", Parent: "task_struct", As: []string{"field_exists"}, Optional: true,
					Flavors: []string{"old"}, Programs: programs[:1], Uses: []bpfobj.Location{at("prog.bpf.c", 0)}, UseCount: 9,
				},
				{Kind: plan.DepEnumerator, Name: "RED", Parent: "colour", As: []string{"enumval_value"}, Programs: programs[:2]},
				{Kind: plan.DepFunction, Name: "nf_hook", Module: "nf", As: []string{"fentry"}, Programs: programs[1:2], Uses: []bpfobj.Location{at("/a/b/prog.bpf.c", 9)}, UseCount: 1},
				{Kind: plan.DepKfunc, Name: hostile, Optional: true, Programs: []string{hostile}, Uses: []bpfobj.Location{at(hostile, 1)}, UseCount: 1},
				{Kind: plan.DepMapType, Name: "BPF_MAP_TYPE_HASH", Uses: []bpfobj.Location{nowhere}, UseCount: 1},
			}},
			{Name: hostile},
		},
		Errors: []analyzer.RuleError{{Object: "build/broken.o", Message: "not an ELF file"}},
	}
}

func renderDeps(t *testing.T, format string, d *report.Dependencies, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	opts.Version = "1.2.3"
	require.NoError(t, report.WriteDeps(&b, format, d, opts))
	return b.String()
}

func TestGoldenDeps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format string
		opts         report.Options
	}{
		{"deps-text", "text", report.Options{}},
		{"deps-text-color", "text", report.Options{Color: true, Width: 60}},
		{"deps-json", "json", report.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := renderDeps(t, tt.format, sampleDeps(), tt.opts)
			golden(t, tt.name, got)
			assert.NotContains(t, strings.ReplaceAll(got, "\x1b[", ""), "\x1b", "only our own colours")
			assert.NotContains(t, got, "\u202e")
		})
	}
}

func TestDepsSchema(t *testing.T) {
	t.Parallel()
	const schema = "../docs/deps-schema.json"
	validate(t, schema, renderDeps(t, "json", &report.Dependencies{}, report.Options{}))
	good := renderDeps(t, "json", sampleDeps(), report.Options{})
	validate(t, schema, good)
	for _, edit := range [][2]string{
		{`"kind":"kfunc"`, `"kind":"kfunk"`}, {`"optional":true`, `"optional":1`}, {`"flavors":[]`, `"flavors":null`},
		{`"useCount":9`, `"useCount":-1`}, {`"version": 1`, `"version": 2`}, {`"name":"RED",`, ``},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		require.NotEqual(t, good, bad)
		compiled, err := jsonschema.NewCompiler().Compile(schema)
		require.NoError(t, err)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		require.NoError(t, err)
		assert.Error(t, compiled.Validate(v), edit[1])
	}
}

// TestDepKindsInSchema compares the kinds with those of the schema.
func TestDepKindsInSchema(t *testing.T) {
	t.Parallel()
	d := &report.Dependencies{Objects: []report.ObjectDeps{{Name: "x.o"}}}
	for kind := plan.DepStruct; kind <= plan.DepVirtualKconfig; kind++ {
		d.Objects[0].Deps = append(d.Objects[0].Deps, plan.Dep{Kind: kind, Name: "x"})
	}
	validate(t, "../docs/deps-schema.json", renderDeps(t, "json", d, report.Options{}))
	assert.Equal(t, "unknown", (plan.DepVirtualKconfig + 1).String())
}

func TestWriteDepsErrors(t *testing.T) {
	t.Parallel()
	for _, format := range report.DepFormats() {
		assert.ErrorIs(t, report.WriteDeps(full{}, format, sampleDeps(), report.Options{}), errFull, format)
	}
	assert.EqualError(t, report.WriteDeps(full{}, "sarif", sampleDeps(), report.Options{}), `unknown format "sarif": want text, json`)
}
