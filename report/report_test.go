package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// hostile is a name that would recolour a terminal, forge a line, hide what
// follows, and is no UTF-8.
const hostile = "evil\x1b[2J\nx.c:1:1: error: forged\u202e\u009b\xff"

// doc documents every fake rule.
var doc = analyzer.Doc{
	Title: "kfunc that the kernel does not have",
	Why:   "A kfunc is resolved by name.\nWithout it the load fails.\n\n- strong: always\n- weak: when it is\n  called",
	Wrong: "int bpf_foo(void) __ksym;\n\nint x;", Right: "int bpf_foo(void) __ksym __weak;",
	Fix:        "Declare it `__weak`:\n\n```c\nif (bpf_ksym_exists(bpf_foo))\n\n\tbpf_foo();\n```\n\nand guard the call.",
	References: []string{"libbpf.c, bpf_object__resolve_ksym_func_btf_id"},
}

// sample is the report of a run of fake rules over two objects and three kernels.
func sample(t testing.TB) *analyzer.Report {
	t.Helper()
	const path = "build/prog.bpf.o"
	in := func(program, section string, insn int, src bpfobj.Source) bpfobj.Location {
		return bpfobj.Location{Object: path, Section: section, Program: program, Insn: insn, Offset: uint64(8 * insn), Source: src}
	}
	at := func(l bpfobj.Location, symbol string) bpfobj.Location {
		l.Symbol = symbol
		return l
	}
	own := bpfobj.Source{File: "./bpf/prog.bpf.c", Line: 42, Column: 12, Text: "\tif (\tü + bpf_foo(t->state) == 0)", Origin: bpfobj.OriginOwn}
	next := bpfobj.Source{File: "bpf/prog.bpf.c", Line: 123, Text: "\treturn x;", Origin: bpfobj.OriginNext}
	outside := bpfobj.Source{File: "/usr/include/a b%.h", Line: 7, Column: 99, Text: "static inline int f(void)", Origin: bpfobj.OriginPrevious}
	findings := []struct {
		analyzer.Finding
		on string // kernels; "" is all
	}{
		{analyzer.Finding{
			Rule: "kfunc-missing", Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
			Message:  `kfunc "bpf_foo" not found in {kernel}`,
			Hint:     "declare it __weak and guard the call with bpf_ksym_exists, or load the object only where the kernel has it",
			Location: at(in("on_switch", "tp_btf/sched_switch", 12, own), "kfunc bpf_foo"),
			Related:  []analyzer.Related{{Message: "declared here", Location: bpfobj.Location{Object: path, Insn: -1, Source: outside}}},
		}, "5.10 6.1"},
		{analyzer.Finding{
			Rule: "kfunc-module", Severity: analyzer.Warning, Stage: plan.StageLoad, Scope: plan.ScopeObject, DependsOn: "modules",
			Message: `kfunc "bpf_nf" not found in vmlinux of {kernel}`, Location: at(in("helper", ".text", 3, next), "kfunc bpf_nf"),
		}, ""},
		{analyzer.Finding{
			Rule: "map-refused", Severity: analyzer.Error, Stage: plan.StageLoad, Scope: plan.ScopeObject,
			Message: `map "events" is refused by {loader}`, Location: bpfobj.Location{Section: ".maps", Insn: -1, Symbol: "map events"},
		}, "7.2"},
		{analyzer.Finding{
			Rule: "map-refused", Severity: analyzer.Note, Stage: plan.StageAttach,
			Message: "worth knowing <here>", Location: in("on_switch", "tp_btf/sched_switch", 2, outside),
		}, ""},
		{analyzer.Finding{
			Rule: "map-refused", Severity: analyzer.Warning, Stage: plan.StageLoad, Suppressed: "known, see issue 12", SuppressedBy: analyzer.ByComment,
			Message: `map "old" is deprecated`, Location: bpfobj.Location{Insn: -1, Symbol: "map old"},
		}, ""},
		{analyzer.Finding{
			Rule: "kfunc-missing", Severity: analyzer.Warning, Stage: plan.StageOpen, Hint: hostile, DependsOn: hostile,
			Message: hostile, Location: bpfobj.Location{
				Section: hostile, Program: hostile, Symbol: hostile, Insn: 0,
				Source: bpfobj.Source{File: hostile, Line: 1, Column: 3, Text: hostile, Origin: bpfobj.OriginOwn},
			},
		}, "7.2"},
	}
	var rules []*analyzer.Rule
	for _, name := range []string{"kfunc-missing", "kfunc-module", "map-refused"} {
		rules = append(rules, &analyzer.Rule{
			Name: name, Severity: analyzer.Error, Since: "0.1.0", Doc: doc, Aliases: []string{"KF-01"},
			Run: func(p *analyzer.Pass) error {
				for _, f := range findings {
					if f.Rule == name && p.Plan.Object.Name == path && (f.on == "" || strings.Contains(f.on, p.Plan.Kernel.Name)) {
						p.Report(f.Finding)
					}
				}
				return nil
			},
		})
	}
	rules = append(rules, &analyzer.Rule{Name: "kconfig-missing", Needs: analyzer.NeedsConfig, Doc: analyzer.Doc{Title: "option that is off"},
		Run: func(*analyzer.Pass) error { return nil }})

	fn := &bpfobj.Function{Name: "on_switch", Section: 1, SectionName: "tp_btf/sched_switch", SizeBytes: 128}
	prog := &bpfobj.Program{Function: fn}
	fn.Program = prog
	obj := &bpfobj.Object{
		Name: path, Functions: []*bpfobj.Function{fn}, Programs: []*bpfobj.Program{prog},
		Sections: []bpfobj.Section{{}, {Index: 1, Name: "tp_btf/sched_switch", Data: make([]byte, 128), FileOffset: 64}},
	}
	types := new(btftest.Builder).Graph(t)
	rep, err := analyzer.Run(context.Background(), analyzer.Input{
		Objects: []*bpfobj.Object{obj, {Name: "build/other.bpf.o"}},
		Kernels: []*kernel.Kernel{
			{Name: "6.1", Release: "6.1.0-47-amd64", Arch: "amd64", Types: types, Config: &kernel.Config{}},
			{Name: "5.10", Types: types, Notes: []string{"System.map is Debian's stub: symbols are unknown"}},
			{Name: "7.2", Types: types},
		},
		Loaders: plan.Loaders[:1],
		Rules:   rules,
		Errors:  []analyzer.RuleError{{Object: "build/broken.o", Message: "not an ELF file"}},
	})
	require.NoError(t, err)
	rep.Objects[1].SHA256 = strings.Repeat("5a", 32)
	return rep
}

// render writes the sample.
func render(t testing.TB, format string, r *analyzer.Report, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	opts.Version = "1.2.3"
	require.NoError(t, report.Write(&b, format, r, opts))
	return b.String()
}

// golden compares with a golden file, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if strings.HasPrefix(got, "{") {
		assert.JSONEq(t, string(want), got)
	}
	assert.Equal(t, string(want), got)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format string
		opts         report.Options
	}{
		{"text", "text", report.Options{}},
		{"text-wide", "text", report.Options{Width: 60, ShowNotes: true, ShowSuppressed: true}},
		{"text-color", "text", report.Options{Color: true}},
		{"compact", "compact", report.Options{}},
		{"json", "json", report.Options{}},
		{"sarif", "sarif", report.Options{SourceRoot: "testdata/src"}},
		{"github-sarif", "github-sarif", report.Options{ShowNotes: true, Category: "btflint", SourceRoot: "testdata/src"}},
		{"github", "github", report.Options{ShowNotes: true}},
		{"gitlab", "gitlab", report.Options{ShowNotes: true, ShowSuppressed: true}},
		{"junit", "junit", report.Options{}},
		{"markdown", "markdown", report.Options{ShowNotes: true, ShowSuppressed: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := render(t, tt.format, sample(t), tt.opts)
			golden(t, tt.name, got)
			assert.Equal(t, got, render(t, tt.format, sample(t), tt.opts), "the same run gives the same bytes")
		})
	}
}

// TestGoldenClean is the report of one object that loads.
func TestGoldenClean(t *testing.T) {
	t.Parallel()
	clean := func() *analyzer.Report {
		rep, err := analyzer.Run(context.Background(), analyzer.Input{
			Objects: []*bpfobj.Object{{Name: "x.o"}},
			Kernels: []*kernel.Kernel{{
				Name: "6.12", Types: new(btftest.Builder).Graph(t), Modules: map[string]btfgraph.Graph{},
				Symbols: &kernel.Symbols{}, Config: &kernel.Config{},
			}},
		})
		require.NoError(t, err)
		return rep
	}
	assert.Equal(t, "x.o  libbpf: 6.12 loads (0 programs)\n1 object, 1 kernel: 0 errors, 0 warnings, 0 notes\n",
		render(t, "text", clean(), report.Options{}))
	assert.Empty(t, render(t, "compact", clean(), report.Options{}))
	golden(t, "json-clean", render(t, "json", clean(), report.Options{}))
	golden(t, "sarif-clean", render(t, "sarif", clean(), report.Options{}))
}

// TestHostileNames looks for what a terminal would obey in every format.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, format := range report.Formats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			out := render(t, format, sample(t), report.Options{ShowNotes: true})
			assert.True(t, utf8.ValidString(out))
			assert.Contains(t, out, "forged", "the finding is there")
			for _, r := range out {
				if r != '\n' && (r < ' ' || 0x7f <= r && r <= 0x9f || 0x2028 <= r && r <= 0x202e) {
					t.Errorf("output holds %U", r)
				}
			}
			for line := range strings.Lines(out) {
				assert.False(t, strings.HasPrefix(line, "x.c:1:1"), "a name forged a line")
			}
		})
	}
	var decoded struct {
		Findings []struct{ Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(render(t, "json", sample(t), report.Options{})), &decoded))
	var messages []string
	for _, f := range decoded.Findings {
		messages = append(messages, f.Message)
	}
	assert.Contains(t, messages, strings.ToValidUTF8(hostile, "\ufffd"), "behind the escapes json holds the exact text")
}

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	err := report.Write(&bytes.Buffer{}, "xml", &analyzer.Report{}, report.Options{})
	assert.EqualError(t, err, `unknown format "xml": want text, compact, json, sarif, github-sarif, github, gitlab, junit, markdown, html`)
	for _, format := range report.Formats() {
		assert.ErrorIs(t, report.Write(full{}, format, sample(t), report.Options{}), errFull, format)
	}
}

var errFull = errors.New("no space left on device")

// full is a writer that refuses everything.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestExplain(t *testing.T) {
	t.Parallel()
	rule := &analyzer.Rule{
		Name: "kfunc-missing", Severity: analyzer.Warning, Needs: analyzer.NeedsTypes | analyzer.NeedsConfig,
		Since: "0.1.0", Aliases: []string{"KF-01", "K01"}, Doc: doc,
	}
	golden(t, "rule.md", report.Markdown(rule))
	var b bytes.Buffer
	require.NoError(t, report.Explain(&b, rule, report.Options{Width: 48}))
	golden(t, "rule.txt", b.String())
	require.ErrorIs(t, report.Explain(full{}, rule, report.Options{}), errFull)
}
