package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/rules"
)

// catalogueSizes are the numbers of entries by family.
var catalogueSizes = []struct {
	family  string
	entries int
}{
	{"SO", 51}, {"KF", 28}, {"KS", 13}, {"KC", 11}, {"CR", 34}, {"EL", 7}, {"SEC", 13}, {"CALL", 12}, {"BTF", 10}, {"MAP", 13}, {"H", 12},
}

// TestCoverage checks testdata/rules/CATALOGUE: it lists every entry of the
// catalogue once, and each has a rule, a program for which the rule fires and
// one for which it does not, or a reason why there is none.
func TestCoverage(t *testing.T) {
	t.Parallel()
	lines, err := os.ReadFile(filepath.Join(analyzertest.Dir(t), "rules", "CATALOGUE"))
	require.NoError(t, err)
	var ids []string
	for line := range strings.Lines(string(lines)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.GreaterOrEqual(t, len(fields), 3, line)
		ids = append(ids, fields[0])
		t.Run(fields[0], func(t *testing.T) {
			t.Parallel()
			entryCovered(t, fields[0], fields[1], fields[2:])
		})
	}
	var want []string
	for _, f := range catalogueSizes {
		for n := range f.entries {
			id := fmt.Sprintf("%s-%02d", f.family, n+1)
			if len(f.family) == 1 { // those of the kernel's side
				id = strings.Replace(id, "-", "", 1)
			}
			want = append(want, id)
		}
	}
	assert.Equal(t, want, ids)
}

// entryCovered checks one line; rule is "-" for an entry that needs none.
func entryCovered(t *testing.T, id, rule string, witness []string) {
	t.Helper()
	holders := slices.DeleteFunc(rules.All(), func(r *analyzer.Rule) bool { return !slices.Contains(r.Aliases, id) })
	if rule == "-" {
		assert.Empty(t, holders, "a rule says that it covers the entry")
		assert.Greater(t, len(witness[0]), len("unobservable"), "the reason")
		return
	}
	require.True(t, slices.ContainsFunc(holders, func(r *analyzer.Rule) bool { return r.Name == rule }), "no alias of rule %s", rule)
	names, err := rulefile.Names(filepath.Join(analyzertest.Dir(t), "rules"), rule)
	require.NoError(t, err)
	fires, clean := false, 0
	for _, name := range names {
		f, err := rulefile.Read(name)
		require.NoError(t, err)
		clean += cleanPrograms(t, f)
		fires = fires || slices.ContainsFunc(f.Lines, func(line string) bool {
			_, want, ok := strings.Cut(line, "want")
			return ok && strings.Contains(want, witness[0])
		})
	}
	if pkg, ok := strings.CutPrefix(witness[0], "go:"); ok {
		fires = goTest(t, pkg, witness[1:])
	}
	assert.True(t, fires, "no finding of rule %s says %q", rule, witness)
	assert.Positive(t, clean, "programs without findings of rule %s", rule)
}

// goTest reports whether a package has a test, "PACKAGE TEST", and its test
// files all of the words behind it.
func goTest(t *testing.T, name string, words []string) bool {
	t.Helper()
	pkg, test, _ := strings.Cut(name, " ")
	files, err := filepath.Glob(filepath.Join(analyzertest.Dir(t), "..", filepath.FromSlash(pkg), "*_test.go"))
	require.NoError(t, err)
	var source []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		source = append(source, text...)
	}
	words = append([]string{"\nfunc " + test + "("}, words...)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(string(source), word) })
}
