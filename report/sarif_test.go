package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/report"
)

// validate checks a document against a schema, formats included.
func validate(t *testing.T, schemaFile, document string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(schemaFile)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(v))
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format, schema string
		report               *analyzer.Report
		opts                 report.Options
	}{
		{"json", "json", "../docs/json-schema.json", sample(t), report.Options{}},
		{"json of nothing", "json", "../docs/json-schema.json", &analyzer.Report{}, report.Options{}},
		{"sarif", "sarif", "testdata/sarif-2.1.0.json", sample(t), report.Options{Category: "a/b"}},
		{"sarif with hashes", "sarif", "testdata/sarif-2.1.0.json", sample(t), report.Options{SourceRoot: "testdata/src"}},
		{"github-sarif", "github-sarif", "testdata/sarif-2.1.0.json", sample(t), report.Options{Category: "a/b", SourceRoot: "testdata/src"}},
		{"sarif of nothing", "sarif", "testdata/sarif-2.1.0.json", &analyzer.Report{}, report.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			validate(t, tt.schema, render(t, tt.format, tt.report, tt.opts))
		})
	}
}

// TestSchemaHasTeeth breaks a valid report in ways that the schema must see.
func TestSchemaHasTeeth(t *testing.T) {
	t.Parallel()
	good := render(t, "json", sample(t), report.Options{})
	for _, edit := range [][2]string{
		{`"verdict":"fails"`, `"verdict":"broken"`}, {`"findings":[]`, `"findings":null`},
		{`"severity":"note"`, `"severity":"info"`}, {`"version": 1`, `"version": 2`}, {`"stage":"load",`, ``},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		require.NotEqual(t, good, bad)
		schema, err := jsonschema.NewCompiler().Compile("../docs/json-schema.json")
		require.NoError(t, err)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		require.NoError(t, err)
		assert.Error(t, schema.Validate(v), edit[1])
	}
}

// TestSARIFSaysNothingTwice looks for what the library writes unasked.
func TestSARIFSaysNothingTwice(t *testing.T) {
	t.Parallel()
	for _, rep := range []*analyzer.Report{sample(t), {}} {
		var log any
		require.NoError(t, json.Unmarshal([]byte(render(t, "sarif", rep, report.Options{})), &log))
		var walk func(path string, v any)
		walk = func(path string, v any) {
			switch v := v.(type) {
			case map[string]any:
				assert.NotEmpty(t, v, path)
				for key, child := range v {
					walk(path+"."+key, child)
				}
			case []any:
				if !strings.HasSuffix(path, ".results") && !strings.HasSuffix(path, ".rules") {
					assert.NotEmpty(t, v, path)
				}
				for _, child := range v {
					walk(path+"[]", child)
				}
			case float64:
				assert.GreaterOrEqual(t, v, 0.0, path)
			case nil:
				t.Errorf("%s is null", path)
			}
		}
		walk("", log)
	}
}

// sarifLog is the part of a log that code scanning reads.
type sarifLog struct {
	Runs []struct {
		Results []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
					Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
				}
			}
			PartialFingerprints map[string]string
			Suppressions        []any
			RelatedLocations    []struct {
				ID      int
				Message struct{ Text string }
			}
		}
		Invocations []struct {
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Tool struct {
			Driver struct {
				Version string
				Rules   []struct{ ID string }
			}
		}
	}
}

func decodeSARIF(t *testing.T, format string, rep *analyzer.Report, opts report.Options) sarifLog {
	t.Helper()
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(render(t, format, rep, opts)), &log))
	require.Len(t, log.Runs, 1)
	return log
}

// TestSARIFForCodeScanning checks what GitHub asks of every result: a place
// with line and column, a rule that is described, a hash to track it by.
func TestSARIFForCodeScanning(t *testing.T) {
	t.Parallel()
	log := decodeSARIF(t, "github-sarif", sample(t), report.Options{ShowNotes: true})
	rules := log.Runs[0].Tool.Driver.Rules
	require.Len(t, log.Runs[0].Results, 5, "the suppressed finding would open an alert")
	unasked := decodeSARIF(t, "github-sarif", sample(t), report.Options{}).Runs[0].Results
	require.Len(t, unasked, 4, "and so would the note")
	for _, r := range unasked {
		assert.NotEqual(t, "note", r.Level)
	}
	for _, r := range log.Runs[0].Results {
		assert.Equal(t, r.RuleID, rules[r.RuleIndex].ID)
		require.NotEmpty(t, r.Locations)
		region := r.Locations[0].PhysicalLocation.Region
		assert.Positive(t, region.StartLine)
		assert.Positive(t, region.StartColumn)
		assert.Equal(t, region.StartLine, region.EndLine)
		assert.Greater(t, region.EndColumn, region.StartColumn)
		assert.NotEmpty(t, r.PartialFingerprints["btflint/v1"])
		assert.Equal(t, r.PartialFingerprints["btflint/v1"]+":1", r.PartialFingerprints["primaryLocationLineHash"])
	}
	all := decodeSARIF(t, "sarif", sample(t), report.Options{})
	require.Len(t, all.Runs[0].Results, 6)
	assert.Len(t, all.Runs[0].Results[0].Suppressions, 1)
}

func TestSARIFHashesSource(t *testing.T) {
	t.Parallel()
	log := decodeSARIF(t, "github-sarif", sample(t), report.Options{SourceRoot: "testdata/src"})
	hashed := 0
	for _, r := range log.Runs[0].Results {
		hash := r.PartialFingerprints["primaryLocationLineHash"]
		if r.Locations[0].PhysicalLocation.Region.StartLine == 42 {
			assert.Regexp(t, `^[0-9a-f]{1,16}:1$`, hash)
			hashed++
			continue
		}
		assert.Len(t, hash, len("0123456789abcdef0123456789abcdef:1"), "line 123 is beyond the file, /usr/include beside the root")
	}
	assert.Equal(t, 1, hashed)
}

// TestSARIFRegions has columns in bytes where SARIF wants UTF-16 code units.
func TestSARIFRegions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		src    bpfobj.Source
		uri    string
		region [4]int // start line, start column, end line, end column
	}{
		{"word", bpfobj.Source{File: "a.c", Line: 3, Column: 5, Text: "x = foo_1(y);"}, "a.c", [4]int{3, 5, 3, 10}},
		{"punctuation", bpfobj.Source{File: "a.c", Line: 3, Column: 3, Text: "x = y;"}, "a.c", [4]int{3, 3, 3, 4}},
		{"after wide characters", bpfobj.Source{File: "a.c", Line: 3, Column: 8, Text: "ü\U0001f600 ab"}, "a.c", [4]int{3, 5, 3, 7}},
		{"no column", bpfobj.Source{File: "a.c", Line: 3, Text: "\t x = y; "}, "a.c", [4]int{3, 3, 3, 9}},
		{"column beyond the text", bpfobj.Source{File: "a.c", Line: 3, Column: 70, Text: "x"}, "a.c", [4]int{3, 1, 3, 2}},
		{"no text", bpfobj.Source{File: "a.c", Line: 3, Column: 7}, "a.c", [4]int{3, 7, 3, 8}},
		{"no line", bpfobj.Source{File: "a.c"}, "x.o", [4]int{1, 1, 1, 2}},
		{"blank text", bpfobj.Source{File: "a.c", Line: 3, Text: " \t"}, "a.c", [4]int{3, 1, 3, 2}},
		{"path to encode", bpfobj.Source{File: "a b/ü#?.c", Line: 1}, "a%20b/%C3%BC%23%3F.c", [4]int{1, 1, 1, 2}},
		{"Windows path", bpfobj.Source{File: `src\a.c`, Line: 1}, "src/a.c", [4]int{1, 1, 1, 2}},
		{"Windows drive", bpfobj.Source{File: `C:\src\a.c`, Line: 1}, "./C:/src/a.c", [4]int{1, 1, 1, 2}},
		{"colon", bpfobj.Source{File: "a:b.c", Line: 1}, "./a:b.c", [4]int{1, 1, 1, 2}},
		{"upwards", bpfobj.Source{File: "../a.c", Line: 1}, "../a.c", [4]int{1, 1, 1, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := decodeSARIF(t, "sarif", &analyzer.Report{Findings: []analyzer.Finding{{
				Rule: "r", Message: "m", Location: bpfobj.Location{Object: "x.o", Source: tt.src},
			}}}, report.Options{})
			p := log.Runs[0].Results[0].Locations[0].PhysicalLocation
			assert.Equal(t, tt.uri, p.ArtifactLocation.URI)
			assert.Equal(t, tt.region, [4]int{p.Region.StartLine, p.Region.StartColumn, p.Region.EndLine, p.Region.EndColumn})
			if tt.src.Line == 0 {
				assert.Contains(t, log.Runs[0].Results[0].Message.Text, "no source line")
			}
		})
	}
}

// TestSARIFBelowRoot has absolute paths of this machine.
func TestSARIFBelowRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(root+"/a.c", []byte("int x;\n"), 0o644))
	require.NoError(t, os.Symlink("/etc/passwd", root+"/out.c"))
	for file, want := range map[string][2]string{
		root + "/a.c":        {"a.c", "hash"},
		root + "/missing.c":  {"missing.c", "none"},
		root + "x/a.c":       {root[1:] + "x/a.c", "none"},
		"out.c":              {"out.c", "none"}, // a link that leads out of the tree
		"../" + "etc/passwd": {"../etc/passwd", "none"},
	} {
		log := decodeSARIF(t, "sarif", &analyzer.Report{Findings: []analyzer.Finding{{
			Rule: "r", Message: "m", Fingerprint: "none", Location: bpfobj.Location{Object: "x.o", Source: bpfobj.Source{File: file, Line: 1}},
		}}}, report.Options{SourceRoot: root})
		r := log.Runs[0].Results[0]
		place := r.Locations[0].PhysicalLocation.ArtifactLocation
		assert.Equal(t, want[0], place.URI)
		assert.Equal(t, want[0] == root[1:]+"x/a.c", place.URIBaseID == "FILESYSTEM")
		assert.Equal(t, want[1] == "none", r.PartialFingerprints["primaryLocationLineHash"] == "none:1", file)
	}
}

// TestOwnFiles has files of this machine, objects and the configuration, whose
// names are relative to the working directory: reports for a repository name them
// from its root.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	config := bpfobj.Source{File: "rank.go", Line: 1, Text: "package report"}
	rep := &analyzer.Report{
		Objects: []analyzer.ObjectInfo{{Name: "build/x.o"}},
		Findings: []analyzer.Finding{
			{Rule: "r", Message: "without a line", Fingerprint: "1", Location: bpfobj.Location{Object: "build/x.o", Insn: -1}},
			{Rule: "r", Message: "in the source", Fingerprint: "2", Location: bpfobj.Location{Object: "build/x.o", Source: bpfobj.Source{File: "bpf/x.c", Line: 7}}},
			{Rule: "r", Message: "in the configuration", Fingerprint: "3", Location: bpfobj.Location{Object: config.File, Insn: -1, Source: config}},
			{Rule: "r", Message: "of standard input", Fingerprint: "4", Location: bpfobj.Location{Object: "-", Insn: -1}},
		},
		Errors: []analyzer.RuleError{{Object: "build/y.o", Message: "empty file"}},
	}
	want := []string{"report/build/x.o", "bpf/x.c", "report/rank.go", "-"}
	opts := report.Options{SourceRoot: root, ShowNotes: true}
	for _, format := range []string{"sarif", "github-sarif"} {
		run := decodeSARIF(t, format, rep, opts).Runs[0]
		require.Len(t, run.Results, len(want))
		for i, r := range run.Results {
			assert.Equal(t, want[i], r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
			assert.Equal(t, want[i] == "report/rank.go", r.PartialFingerprints["primaryLocationLineHash"] != r.PartialFingerprints["btflint/v1"]+":1", "a hash of the line")
		}
		assert.Contains(t, render(t, format, rep, opts), `"uri": "report/build/x.o"`)
	}
	gitlab, github, markdown := render(t, "gitlab", rep, opts), render(t, "github", rep, opts), render(t, "markdown", rep, opts)
	assert.Contains(t, gitlab, `"path":"report/build/y.o"`)
	for _, path := range want {
		assert.Contains(t, gitlab, `"path":"`+path+`"`)
		assert.Contains(t, github, "::notice file="+path+",")
		assert.Contains(t, markdown, "`"+path)
	}
}

// TestSARIFMessages has names that look like links, findings of several objects on
// one line, and what is open.
func TestSARIFMessages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(root+"/a.c", []byte("int x;\n"), 0o644))
	rep := &analyzer.Report{Verdicts: []analyzer.Verdict{{
		Object: "x.o", Kernel: "6.1", Loader: "lskel", Verdict: analyzer.Undecided, Reasons: []string{"the loader program is not understood"},
	}}}
	for i := range 30 {
		for _, object := range []string{"x.o", "y.o"} {
			rep.Findings = append(rep.Findings, analyzer.Finding{
				Rule: "r", Severity: analyzer.Error, Message: fmt.Sprintf("program \"[p%d](http://a.invalid)\" array[1]", i),
				Location: bpfobj.Location{Object: object, Source: bpfobj.Source{File: "a.c", Line: 1}},
			})
		}
	}
	run := decodeSARIF(t, "github-sarif", rep, report.Options{SourceRoot: root}).Runs[0]
	require.Len(t, run.Results, 1)
	lines := strings.Split(run.Results[0].Message.Text, "\n")
	require.Len(t, lines, 21)
	assert.Equal(t, `program "\[p1\](http://a.invalid)" array\[1\].`, lines[1])
	assert.Equal(t, "And 20 more of this rule on this line.", lines[20])
	require.Len(t, run.Invocations, 1)
	require.Len(t, run.Invocations[0].ToolExecutionNotifications, 1)
	assert.Equal(t, "x.o: undecided with lskel on 6.1: the loader program is not understood", run.Invocations[0].ToolExecutionNotifications[0].Message.Text)
}

func TestSARIFVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"": "", "v1.2.3": "1.2.3", "1.2.3-rc1": "1.2.3-rc1", "devel": "0.0.0-devel"} {
		var b bytes.Buffer
		require.NoError(t, report.Write(&b, "sarif", &analyzer.Report{}, report.Options{Version: version}))
		var log sarifLog
		require.NoError(t, json.Unmarshal(b.Bytes(), &log))
		assert.Equal(t, want, log.Runs[0].Tool.Driver.Version)
	}
}
