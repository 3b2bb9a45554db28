package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest/rulefile"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

// indexPage lists the rules.
const indexPage = "README.md"

// writePages writes the page of every rule and an index to dir, and removes
// the pages of rules that no longer exist. The working directory is the
// module's root: examples and their findings come from testdata.
func writePages(ctx context.Context, dir string, all []*analyzer.Rule) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pages := map[string][]byte{indexPage: rulesIndex(all)}
	for _, r := range all {
		page, err := rulePage(ctx, r)
		if err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
		pages[r.Name+".md"] = page
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if pages[filepath.Base(path)] == nil {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func rulesIndex(all []*analyzer.Rule) []byte {
	var b bytes.Buffer
	b.WriteString("# Rules\n\n| rule | severity | |\n|---|---|---|\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", r.Name, r.Name, r.Severity, r.Doc.Title)
	}
	return b.Bytes()
}

// rulePage is the documentation of a rule, with an example from its tests and
// what btflint really says of it.
func rulePage(ctx context.Context, r *analyzer.Rule) ([]byte, error) {
	if r.Run == nil { // the engine's own rules are not about objects
		return []byte(report.Markdown(r)), nil
	}
	names, err := rulefile.Names(filepath.Join("testdata", "rules"), r.Name)
	if err != nil {
		return nil, err
	}
	page := bytes.NewBufferString(report.Markdown(r))
	for _, name := range names {
		f, err := rulefile.Read(name)
		if err != nil {
			return nil, err
		}
		if f.Example() == "" {
			continue
		}
		findings, err := exampleFindings(ctx, f, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(page, "\n## Example\n\n```c\n%s```\n\nOn the toy kernels of the tests (%s), with %s:\n\n```\n%s```\n",
			f.Example(), strings.Join(f.Kernels, ", "), strings.Join(f.Loaders, ", "), findings)
	}
	return page.Bytes(), nil
}

// exampleFindings are the rule's findings in the example, or without a line,
// in the compact format.
func exampleFindings(ctx context.Context, f *rulefile.File, r *analyzer.Rule) ([]byte, error) {
	obj, err := bpfobj.ReadFile(f.Object())
	if err != nil {
		return nil, err
	}
	in := analyzer.Input{Objects: []*bpfobj.Object{obj}, Rules: []*analyzer.Rule{r}}
	for _, name := range f.Kernels {
		k, err := f.OpenKernel(filepath.Join("testdata", "kernels"), name)
		if err != nil {
			return nil, err
		}
		defer k.Close()
		in.Kernels = append(in.Kernels, k)
	}
	for _, name := range f.Loaders {
		in.Loaders = append(in.Loaders, plan.LoaderByName(name))
	}
	if f.Shadow != "" {
		file, err := readShadow(f.Shadow)
		if err != nil {
			return nil, err
		}
		in.Options.Shadows = append(in.Options.Shadows, file)
	}
	rep, err := analyzer.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	only := analyzer.Report{Rules: rep.Rules, Findings: slices.DeleteFunc(rep.Findings, func(finding analyzer.Finding) bool {
		line := finding.Location.Source.Line
		return line != 0 && filepath.Base(finding.Location.Source.File) == f.Base() && (line < f.ExampleFrom || line > f.ExampleTo)
	})}
	var b bytes.Buffer
	err = report.Write(&b, "compact", &only, report.Options{ShowNotes: true})
	return b.Bytes(), err
}
