package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/rules"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRules runs every rule over its C files.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, rule := range rules.All() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			analyzertest.Run(t, rule)
		})
	}
}

// TestCatalogue checks the order and the names of the catalogue.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	all := rules.All()
	require.NotEmpty(t, all)
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Name
	}
	assert.True(t, slices.IsSorted(names))
	assert.Len(t, slices.Compact(slices.Clone(names)), len(names), "names are unique")
	for _, r := range all {
		for _, alias := range r.Aliases {
			assert.NotContains(t, names, alias, "alias of %s", r.Name)
		}
	}
}

var ruleName = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)

// TestDocs checks that every rule explains itself.
func TestDocs(t *testing.T) {
	t.Parallel()
	for _, r := range rules.All() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			assert.Regexp(t, ruleName, r.Name, "Name: lower case with dashes")
			assert.NotEmpty(t, r.Since, "Since: the next version of btflint")
			assert.NotNil(t, r.Run, "Run")
			assert.NotEmpty(t, r.Doc.Title, "Doc.Title")
			assert.NotContains(t, r.Doc.Title, "\n", "Doc.Title: one line")
			assert.False(t, strings.HasSuffix(r.Doc.Title, "."), "Doc.Title ends with a period")
			assert.NotEmpty(t, r.Doc.Why, "Doc.Why")
			assert.NotEmpty(t, r.Doc.Fix, "Doc.Fix")
			assert.NotEmpty(t, r.Doc.Wrong, "Doc.Wrong")
			assert.NotEmpty(t, r.Doc.Right, "Doc.Right")
			assert.NotEmpty(t, r.Doc.References, "Doc.References")
		})
	}
}

// TestFiles checks that the C files of every rule show both sides: a finding
// and a program, or for rules about maps and types an object, without one.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(analyzertest.Dir(t), "rules")
	for _, r := range rules.All() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			names, err := rulefile.Names(dir, r.Name)
			require.NoError(t, err)
			wants, clean := 0, 0
			for _, name := range names {
				f, err := rulefile.Read(name)
				require.NoError(t, err)
				wants += len(f.Wants)
				clean += cleanPrograms(t, f)
			}
			assert.Positive(t, wants, "wanted findings")
			assert.Positive(t, clean, "programs or files without findings")
		})
	}
}

// cleanPrograms counts the programs of a file that no want is in, between the
// first and the last own line of the program.
func cleanPrograms(t *testing.T, f *rulefile.File) int {
	t.Helper()
	obj, err := bpfobj.ReadFile(f.Object())
	require.NoError(t, err)
	count := 0
	for _, p := range obj.Programs {
		first, last := len(f.Lines), 0
		for insn := range p.Insns {
			if src := obj.Locate(p.Function, insn).Source; filepath.Base(src.File) == f.Base() {
				first, last = min(first, src.Line), max(last, src.Line)
			}
		}
		if !slices.ContainsFunc(f.Wants, func(w rulefile.Want) bool { return first <= w.Line && w.Line <= last }) {
			count++
		}
	}
	return count
}

// TestFilesHaveRules finds C files that no rule reads.
func TestFilesHaveRules(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(analyzertest.Dir(t), "rules")
	var known []string
	for _, r := range rules.All() {
		names, err := rulefile.Names(dir, r.Name)
		require.NoError(t, err)
		known = append(known, names...)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.c"))
	require.NoError(t, err)
	for _, name := range files {
		assert.Contains(t, known, name, "no rule of that name")
	}
	objects, err := filepath.Glob(filepath.Join(dir, "*.o"))
	require.NoError(t, err)
	for _, name := range objects {
		_, err := os.Stat(strings.TrimSuffix(strings.TrimSuffix(name, ".o"), "_bpfeb") + ".c")
		assert.NoError(t, err, "object without a source")
	}
}
