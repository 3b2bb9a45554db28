// Command agreement compares what btflint says of a corpus of objects with
// what real loaders and kernels said of them, and prints Markdown tables.
//
// A corpus is a folder with objects/ and verdicts.jsonl.gz: one JSON row per
// object, kernel, loader and program, and one per whole object (program null).
// Kernels are folders with vmlinux.btf, kallsyms and config, each also packed
// with xz; no modules were loaded when the verdicts were recorded.
//
// A row counts as caught if the recorded load failed for a reason that can be
// known without running the verifier and the verdict is "fails"; as missed if
// it is not; as a false alarm if the load succeeded and the verdict is "fails".
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
	"github.com/btflint/btflint/testdata/corpus"
)

func main() {
	objects := flag.String("corpus", "", "`DIR` with objects/ and verdicts.jsonl.gz")
	kernels := flag.String("kernels", "", "`DIR` with one folder per kernel")
	out := flag.String("o", "", "`FILE` for the Markdown, beside standard output")
	flag.Parse()
	if err := run(*objects, *kernels, *out); err != nil {
		fmt.Fprintln(os.Stderr, "agreement:", err)
		os.Exit(1)
	}
}

// title heads the page that -o writes.
const title = `# Agreement with real loads

Written by ` + "`make agreement CORPUS=DIR KERNELS=DIR OUT=docs/agreement.md`" + `: the check
run over objects that were really loaded on real kernels, and compared program
by program with what the loaders and kernels said.

`

func run(corpusDir, kernelDir, out string) error {
	if corpusDir == "" || kernelDir == "" {
		return errors.New("needs -corpus DIR and -kernels DIR (make agreement CORPUS=DIR KERNELS=DIR)")
	}
	names, err := corpus.Names(kernelDir)
	if err != nil {
		return err
	}
	rows, err := readRows(corpusDir, names)
	if err != nil {
		return err
	}
	objects, err := readObjects(corpusDir, rows)
	if err != nil {
		return err
	}
	t := newTally(names, len(objects))
	for _, name := range names {
		spec, err := corpus.Spec(kernelDir, name)
		if err != nil {
			return err
		}
		if err := judge(t, objects, spec, rows); err != nil {
			return fmt.Errorf("kernel %q: %w", name, err)
		}
	}
	var b bytes.Buffer
	b.WriteString(title)
	t.markdown(&b)
	if _, err := os.Stdout.Write(b.Bytes()); err != nil || out == "" {
		return err
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// readObjects reads the objects that rows are about.
func readObjects(corpusDir string, rows map[rowKey]row) ([]*bpfobj.Object, error) {
	seen := map[string]bool{}
	var list []*bpfobj.Object
	for key := range rows {
		if seen[key.object] {
			continue
		}
		seen[key.object] = true
		data, err := os.ReadFile(filepath.Join(corpusDir, "objects", filepath.FromSlash(key.object)))
		if err != nil {
			return nil, err
		}
		obj, err := bpfobj.Read(key.object, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key.object, err)
		}
		list = append(list, obj)
	}
	return list, nil
}

// judge checks all objects on one kernel with all loaders.
func judge(t *tally, objects []*bpfobj.Object, spec kernel.Spec, rows map[rowKey]row) error {
	k, err := kernel.Open(spec)
	if err != nil {
		return err
	}
	defer k.Close()
	report, err := analyzer.Run(context.Background(), analyzer.Input{
		Objects: objects, Kernels: []*kernel.Kernel{k}, Loaders: plan.Loaders, Rules: rules.All(),
		// The recorded loads left read-only data as it is in the objects.
		Options: analyzer.Options{Plan: plan.Options{Rodata: plan.Rodata{File: true}}},
	})
	if err != nil {
		return err
	}
	for _, e := range report.Errors {
		return fmt.Errorf("rule %q on %q: %w", e.Rule, e.Object, e)
	}
	verdicts := map[rowKey]*analyzer.Verdict{}
	for i, v := range report.Verdicts {
		verdicts[rowKey{v.Object, v.Program, v.Kernel, v.Loader}] = &report.Verdicts[i]
	}
	for key, r := range rows {
		if key.kernel != k.Name {
			continue
		}
		v := verdicts[key]
		t.add(key, r, v, errorRules(report, v))
	}
	return nil
}

// errorRules names the rules whose errors led to a verdict, sorted as found.
func errorRules(report *analyzer.Report, v *analyzer.Verdict) string {
	if v == nil {
		return ""
	}
	var names []string
	for _, i := range v.Findings {
		f := &report.Findings[i]
		if f.Severity == analyzer.Error && !strings.Contains(strings.Join(names, ","), f.Rule) {
			names = append(names, f.Rule)
		}
	}
	return strings.Join(names, ", ")
}
