package btflint_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/loadlog"
)

// TestDocumentedPrograms builds every Go program of the README and of docs.
func TestDocumentedPrograms(t *testing.T) {
	t.Parallel()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	built := 0
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, block := range strings.Split(string(text), "```go\n")[1:] {
			code, _, closed := strings.Cut(block, "\n```")
			require.True(t, closed, page)
			if !strings.HasPrefix(code, "package main") {
				continue // a part of one, or of several files, see TestShadowExample
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "main.go")
			require.NoError(t, os.WriteFile(file, []byte(code), 0o600))
			out, err := exec.Command(goTool, "build", "-o", filepath.Join(dir, "main"), file).CombinedOutput()
			assert.NoError(t, err, "%s: %s", page, out)
			built++
		}
	}
	assert.GreaterOrEqual(t, built, 2)
}

// TestDocumentedRule builds the rule of docs/adding-a-rule.md, and reads its test
// as those in testdata/rules are read.
func TestDocumentedRule(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/adding-a-rule.md")
	require.NoError(t, err)
	block := func(info string) string {
		_, rest, found := strings.Cut(string(text), "```"+info+"\n")
		require.True(t, found, info)
		code, _, _ := strings.Cut(rest, "```")
		return code
	}
	dir := t.TempDir()
	test := filepath.Join(dir, "kfunc_missing.c")
	require.NoError(t, os.WriteFile(test, []byte(block("c")), 0o600))
	f, err := rulefile.Read(test)
	require.NoError(t, err)
	assert.Equal(t, []string{"old", "modern"}, f.Kernels)
	assert.Contains(t, f.Example(), "calls_missing")
	assert.Len(t, f.Wants, 3)

	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	program := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(program, []byte("package main\n\nimport \"github.com/btflint/btflint/analyzer\"\n\n"+block("go")+
		"\nfunc runMapHuge(*analyzer.Pass) error { return nil }\n\nfunc main() { _ = mapHuge }\n"), 0o600))
	out, err := exec.Command(goTool, "build", "-o", filepath.Join(dir, "main"), program).CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

// TestFAQ checks that "explain --log" knows every line that docs/faq.md explains,
// and that the page names the rules that it names.
func TestFAQ(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/faq.md")
	require.NoError(t, err)
	entries := strings.Split(string(text), "\n## `")[1:]
	assert.Len(t, entries, 10)
	for _, entry := range entries {
		line, body, found := strings.Cut(entry, "`\n")
		require.True(t, found, entry)
		d, err := loadlog.Read(strings.NewReader(line + "\n"))
		require.NoError(t, err)
		require.Len(t, d.Causes, 1, line)
		var named []string
		for _, m := range regexp.MustCompile(`\]\(rules/([a-z-]+)\.md\)`).FindAllStringSubmatch(body, -1) {
			named = append(named, m[1])
			assert.FileExists(t, filepath.Join("docs", "rules", m[1]+".md"))
		}
		assert.ElementsMatch(t, d.Causes[0].Symptom.Rules, named, line)
	}
}

// TestDocumentedLinks checks that every relative link of the README and of docs
// leads to a file, and one with a fragment to a heading of it. What stands in
// docs is in its index.
func TestDocumentedLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	index, err := os.ReadFile("docs/README.md")
	require.NoError(t, err)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			path, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := filepath.Join(filepath.Dir(page), path)
			if path == "" {
				target = page
			}
			if assert.FileExists(t, target, "%s: %s", page, m[1]) && fragment != "" {
				assert.Contains(t, anchors(t, target), fragment, "%s: %s", page, m[1])
			}
		}
		if name := filepath.Base(page); name != "README.md" {
			assert.Contains(t, string(index), "]("+name+")", "docs/README.md lists every page")
		}
	}
}

// anchors are the fragments that GitHub makes of the headings of a page.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, strings.ReplaceAll(name, " ", "-"))
	}
	return list
}

// TestShadowExample runs the example of docs/shadow-types.md, which stands on a
// generated file; where BPF is not permitted it is only built.
func TestShadowExample(t *testing.T) {
	t.Parallel()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	page, err := os.ReadFile("docs/shadow-types.md")
	require.NoError(t, err)
	code, err := os.ReadFile("testdata/shadow/example/main.go")
	require.NoError(t, err)
	assert.Contains(t, string(page), "```go\n"+string(code)+"```\n", "the page has the program as it is")

	binary := filepath.Join(t.TempDir(), "example")
	out, err := exec.Command(goTool, "build", "-o", binary, "./testdata/shadow/example").CombinedOutput()
	require.NoError(t, err, "%s", out)
	if err := canLoad(); err != nil || os.Geteuid() != 0 {
		t.Skipf("running it needs root and BPF: %v", err)
	}
	k, err := kernel.Running()
	if err != nil {
		t.Skipf("running it needs the kernel's BTF: %v", err)
	}
	defer k.Close()
	if btfgraph.First(k.Types, btfgraph.KindStruct, "bpf_struct_ops_tcp_congestion_ops") == btfgraph.Void {
		t.Skip("running it needs a kernel with tcp_congestion_ops")
	}
	out, err = exec.Command(binary).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "loaded my_ops with flags 2\n", string(out))
}
