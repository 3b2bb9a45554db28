package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/rules"
	"github.com/btflint/btflint/testdata/realload/lightload"
)

// withSkeletons loads the light skeletons of a directory and compares what
// happens with their verdicts. What it returns are the false alarms: skeletons
// that are said to fail and load. Those that are said to load and are refused
// are counted: the verifier's own analysis is not modelled, and where
// trampolines are not permitted (EPERM) nobody can tell.
func withSkeletons(out io.Writer, dir string, k *kernel.Kernel) (falseAlarms int, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.lskel.h"))
	if err != nil {
		return 0, err
	}
	if len(paths) == 0 {
		return 0, fmt.Errorf("%s: no *.lskel.h", dir)
	}
	counts := map[string]int{}
	unattributed := 0
	for _, path := range paths {
		s, err := lskel.ReadFile(path)
		if err != nil {
			return 0, err
		}
		if len(s.Trace.Unattributed) > 0 {
			unattributed++
		}
		verdict, err := verdictOf(s, k)
		if err != nil {
			return 0, err
		}
		outcome := "loaded"
		var refusal *lightload.Refusal
		switch err := lightload.Load(s, lightload.Options{}); {
		case errors.Is(err, unix.EPERM):
			outcome = "not permitted"
		case errors.As(err, &refusal):
			outcome = "refused"
		case err != nil:
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		counts[verdict+", "+outcome]++
		if verdict == analyzer.Fails && outcome == "loaded" {
			falseAlarms++
			fmt.Fprintf(out, "%s: said to fail, and loads\n", path)
		}
	}
	fmt.Fprintf(out, "light skeletons: %d, %d with instructions that are not understood;", len(paths), unattributed)
	for _, verdict := range []string{analyzer.Loads, analyzer.Fails, analyzer.Undecided} {
		for _, outcome := range []string{"loaded", "refused", "not permitted"} {
			if n := counts[verdict+", "+outcome]; n > 0 {
				fmt.Fprintf(out, " %d %s and %s,", n, verdict, outcome)
			}
		}
	}
	fmt.Fprintf(out, " %d false alarms\n", falseAlarms)
	return falseAlarms, nil
}

// verdictOf is the verdict on a skeleton as it is.
func verdictOf(s *lskel.Skeleton, k *kernel.Kernel) (string, error) {
	obj, err := s.Object()
	if err != nil {
		return "", err
	}
	rep, err := analyzer.Run(context.Background(), analyzer.Input{
		Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Rules: rules.All(),
	})
	if err != nil {
		return "", err
	}
	return rep.Verdicts[len(rep.Verdicts)-1].Verdict, nil
}
