package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
	"github.com/btflint/btflint/testdata/bench/ciliumcheck"
	"github.com/btflint/btflint/testdata/corpus"
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// throughputRounds is how often each side does the whole work; the best counts.
const throughputRounds = 5

// throughput checks objects against kernels in this process, in turn with
// btflint and with cilium/ebpf. Both read every object and every kernel once
// a round.
func throughput(corpusDir, kernelDir string, limit int) error {
	objects, err := chooseObjects(corpusDir, limit)
	if err != nil {
		return err
	}
	names, err := corpus.Names(kernelDir)
	if err != nil {
		return err
	}
	specs := make([]kernel.Spec, len(names))
	for i, name := range names {
		if specs[i], err = corpus.Spec(kernelDir, name); err != nil {
			return err
		}
	}
	best := [2]time.Duration{1 << 62, 1 << 62}
	for range throughputRounds {
		for i, side := range []func([]string, []kernel.Spec) error{checkAll, ciliumAll} {
			start := time.Now()
			if err := side(objects, specs); err != nil {
				return err
			}
			best[i] = min(best[i], time.Since(start))
		}
	}
	pairs := float64(len(objects) * len(specs))
	fmt.Printf("\n%d objects x %d kernels in one process, best of %d\n", len(objects), len(specs), throughputRounds)
	for i, name := range []string{"btflint", "cilium/ebpf"} {
		fmt.Printf("%s: %.0f pairs/s\n", name, pairs/best[i].Seconds())
	}
	fmt.Printf("ratio: %.1f\n", best[1].Seconds()/best[0].Seconds())
	return nil
}

// chooseObjects picks objects that cilium/ebpf can open too, evenly spread.
func chooseObjects(dir string, limit int) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "objects", "*.o"))
	if err != nil {
		return nil, err
	}
	var usable []string
	for _, p := range paths {
		if _, err := ebpf.LoadCollectionSpec(p); err == nil {
			usable = append(usable, p)
		}
	}
	if len(usable) == 0 {
		return nil, fmt.Errorf("%s: no objects", dir)
	}
	limit = min(limit, len(usable))
	chosen := make([]string, limit)
	for i := range chosen {
		chosen[i] = usable[i*len(usable)/limit]
	}
	return chosen, nil
}

func checkAll(paths []string, specs []kernel.Spec) error {
	in := analyzer.Input{Loaders: []*plan.Loader{plan.Libbpf}, Rules: rules.All()}
	for _, p := range paths {
		obj, err := bpfobj.ReadFile(p)
		if err != nil {
			return err
		}
		in.Objects = append(in.Objects, obj)
	}
	for _, s := range specs {
		k, err := kernel.Open(s)
		if err != nil {
			return err
		}
		defer k.Close()
		in.Kernels = append(in.Kernels, k)
	}
	_, err := analyzer.Run(context.Background(), in)
	return err
}

func ciliumAll(paths []string, specs []kernel.Spec) error {
	var objects []*ebpf.CollectionSpec
	for _, p := range paths {
		spec, err := ebpf.LoadCollectionSpec(p)
		if err != nil {
			return err
		}
		objects = append(objects, spec)
	}
	for _, s := range specs {
		types, err := btf.LoadSpec(s.Types)
		if err != nil {
			return err
		}
		for _, o := range objects {
			ciliumcheck.Programs(o, types)
		}
	}
	return nil
}
