// Package analyzertest runs rules over compiled C files and compares what they
// find with the "// want" comments of those files. Package rulefile has the
// grammar. Neither clang nor root nor a BPF-capable kernel is needed: objects
// and toy kernels are built beforehand by "make testdata", and a file that is
// newer than its object fails its test.
package analyzertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Run tests every rule on its C files, testdata/rules/NAME.c and NAME__*.c of
// the module, on each kernel and loader that the file names, one at a time.
// Only the rule itself runs. A wanted finding that is missing fails the test,
// and so does a finding that is not wanted, or whose message breaks the style.
func Run(t *testing.T, rules ...*analyzer.Rule) {
	t.Helper()
	dir := Dir(t)
	manifest := readManifest(t, filepath.Join(dir, "MANIFEST"))
	for _, rule := range rules {
		names, err := rulefile.Names(filepath.Join(dir, "rules"), rule.Name)
		require.NoError(t, err)
		for _, name := range names {
			t.Run(filepath.Base(name), func(t *testing.T) {
				t.Parallel()
				runFile(t, manifest, name, rule)
			})
		}
	}
}

// runFile tests one rule on one C file.
func runFile(t *testing.T, m manifest, path string, rule *analyzer.Rule) {
	f, err := rulefile.Read(path)
	require.NoError(t, err)
	m.check(t, f.Object())
	obj, err := bpfobj.ReadFile(f.Object())
	require.NoError(t, err)
	checkLines(t, f, obj)

	var opts analyzer.Options
	if f.Shadow != "" {
		text, err := os.ReadFile(f.Shadow)
		require.NoError(t, err)
		file, err := shadow.Read(filepath.Base(f.Shadow), text)
		require.NoError(t, err)
		opts.Shadows = append(opts.Shadows, file)
	}
	for _, name := range f.Kernels {
		k, err := f.OpenKernel(filepath.Join(Dir(t), "kernels"), name)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, k.Close()) })
		m.check(t, filepath.Join(Dir(t), "kernels", name+".o"))
		for _, loader := range f.Loaders {
			l := plan.LoaderByName(loader)
			require.NotNil(t, l, "loader %q", loader)
			findings := run(t, obj, k, l, rule, opts)
			compare(t, f, name, loader, findings)
			for i := range findings {
				if fault := styleFault(findings[i].Message); fault != "" {
					t.Errorf("%s: message %q %s", f.Base(), findings[i].Message, fault)
				}
			}
		}
	}
}

// run returns the findings of one rule on one kernel with one loader.
func run(t *testing.T, obj *bpfobj.Object, k *kernel.Kernel, l *plan.Loader, rule *analyzer.Rule, opts analyzer.Options) []analyzer.Finding {
	t.Helper()
	report, err := analyzer.Run(t.Context(), analyzer.Input{
		Objects: []*bpfobj.Object{obj},
		Kernels: []*kernel.Kernel{k},
		Loaders: []*plan.Loader{l},
		Rules:   []*analyzer.Rule{rule},
		Options: opts,
	})
	require.NoError(t, err)
	require.Empty(t, report.Errors)
	return report.Findings
}

// errorfer is what compare needs of a test.
type errorfer interface {
	Helper()
	Errorf(format string, args ...any)
}

// compare matches findings and wants one to one.
func compare(t errorfer, f *rulefile.File, kernelName, loader string, findings []analyzer.Finding) {
	t.Helper()
	used := make([]bool, len(findings))
	for _, w := range f.Wants {
		if !w.Applies(f, kernelName, loader) {
			continue
		}
		found := false
		for i := range findings {
			if !used[i] && matches(f, &w, &findings[i]) {
				used[i], found = true, true
				break
			}
		}
		if !found {
			t.Errorf("%s:%d: on %s with %s: no finding %smatches %q",
				f.Base(), w.Line, kernelName, loader, subjectPrefix(w.Subject), w.Regexp)
		}
	}
	for i := range findings {
		if !used[i] {
			t.Errorf("%s: on %s with %s: unexpected finding: %s",
				place(f, &findings[i]), kernelName, loader, text(&findings[i]))
		}
	}
}

// matches reports whether the finding is at the want's line, or about its
// subject, and reads as it says.
func matches(f *rulefile.File, w *rulefile.Want, finding *analyzer.Finding) bool {
	line := lineIn(f, finding)
	if w.Subject == "" && line != w.Line {
		return false
	}
	if w.Subject != "" && (line != 0 || !about(finding, w.Subject)) {
		return false
	}
	return w.Regexp.MatchString(text(finding))
}

// about reports whether the subject names what the finding is about.
func about(finding *analyzer.Finding, subject string) bool {
	at := &finding.Location
	switch {
	case at.Symbol != "" && subject == at.Symbol:
		return true
	case at.Program != "":
		return subject == "program "+at.Program
	}
	return at.Symbol == "" && subject == "object"
}

// lineIn is the finding's line in the C file, 0 if it lies elsewhere.
func lineIn(f *rulefile.File, finding *analyzer.Finding) int {
	if src := &finding.Location.Source; filepath.Base(src.File) == f.Base() {
		return src.Line
	}
	return 0
}

// text is what expressions are matched against.
func text(finding *analyzer.Finding) string {
	return finding.Severity.String() + ": " + finding.Message
}

// place says where a finding is, in the words that a want would use.
func place(f *rulefile.File, finding *analyzer.Finding) string {
	if line := lineIn(f, finding); line != 0 {
		return fmt.Sprintf("%s:%d", f.Base(), line)
	}
	at := &finding.Location
	switch {
	case at.Symbol != "":
		return f.Base() + ": " + at.Symbol
	case at.Program != "":
		return f.Base() + ": program " + at.Program
	}
	return f.Base() + ": object"
}

func subjectPrefix(subject string) string {
	if subject == "" {
		return ""
	}
	return "about " + subject + " "
}
