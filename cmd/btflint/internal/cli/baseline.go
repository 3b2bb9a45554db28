package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/cmd/btflint/internal/baseline"
)

// known reads the baseline. One that is written for the first time need not exist.
func (o *checkOptions) known() (*baseline.File, error) {
	if o.baseline == "" {
		if o.writeBaseline {
			return nil, errors.New("--write-baseline: name the file with --baseline FILE")
		}
		return nil, nil
	}
	f, err := baseline.ReadFile(o.baseline)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, os.ErrNotExist) && o.writeBaseline:
		return nil, nil
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("baseline %s: no such file; --write-baseline writes it", o.baseline)
	}
	return nil, fmt.Errorf("baseline %w", err)
}

// entries are the entries of a baseline with objects named as in the run.
func (o *checkOptions) entries(f *baseline.File, objects []string) []analyzer.Known {
	if f == nil {
		return nil
	}
	names := make(map[string]string, len(objects))
	for _, name := range objects {
		names[o.fromBaseline(name)] = name
	}
	return f.Known(o.baseline, func(name string) string { return names[name] })
}

// fromBaseline is the name of an object in the baseline: its path from there.
func (o *checkOptions) fromBaseline(object string) string {
	if object == stdinName {
		return object
	}
	return filepath.ToSlash(relative(filepath.Dir(o.baseline), object))
}

// writeKnown writes the findings of a run as the baseline and counts them.
func (r *checkRun) writeKnown(rep *analyzer.Report) (int, error) {
	// The running kernel is called by its release, which the next update changes.
	fleeting := map[string]bool{}
	for i, spec := range r.specs {
		fleeting[r.in.Kernels[i].Name] = spec.Types == runningKernel && spec.Name == ""
	}
	b := baseline.Of(rep, r.known, r.fromBaseline, func(name string) bool { return fleeting[name] })
	f, err := os.Create(r.baseline)
	if err != nil {
		return 0, errors.New(reason(r.baseline, err))
	}
	if err := b.Write(f); err != nil {
		f.Close()
		return 0, err
	}
	return len(b.Findings), f.Close()
}
