package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
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

// throughputRounds is how often each side does the whole work, in turn.
const throughputRounds = 40

// throughput checks objects against kernels in this process, in turn with
// btflint and with cilium/ebpf. Both read every object and every kernel's BTF
// once a round; symbols and configurations, which cilium/ebpf does not look at,
// are left out. Before a side starts the garbage of the other is collected, as
// testing.B does it: it would cost the one that comes next page faults.
func throughput(o *options) error {
	objects, err := chooseObjects(o.corpus, o.objects)
	if err != nil {
		return err
	}
	names, err := corpus.Names(o.kernels)
	if err != nil {
		return err
	}
	specs := make([]kernel.Spec, len(names))
	for i, name := range names {
		spec, err := corpus.Spec(o.kernels, name)
		if err != nil {
			return err
		}
		specs[i] = kernel.Spec{Name: spec.Name, Types: spec.Types, Modules: spec.Modules}
	}
	var took [2][]time.Duration
	for range throughputRounds {
		for i, side := range []func([]string, []kernel.Spec) error{checkAll, ciliumAll} {
			runtime.GC()
			start := time.Now()
			if err := side(objects, specs); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	pairs := float64(len(objects) * len(specs))
	fmt.Printf("\n%d objects with CO-RE relocations x %d kernels (BTF only) in one process, %d interleaved rounds\n", len(objects), len(specs), throughputRounds)
	var median, best [2]float64 // seconds
	for i, name := range []string{"btflint", "cilium/ebpf"} {
		slices.Sort(took[i])
		median[i], best[i] = took[i][len(took[i])/2].Seconds(), took[i][0].Seconds()
		fmt.Printf("%s: %.0f pairs/s in the median round, %.0f in the best\n", name, pairs/median[i], pairs/best[i])
	}
	fmt.Printf("ratio: %.1f of medians, %.1f of best\n", median[1]/median[0], best[1]/best[0])
	if o.profile == "" {
		return nil
	}
	return profile(o.profile, func() error { return checkAll(objects, specs) })
}

// profileRounds is how often the profiled work is done.
const profileRounds = 50

// profile writes a CPU profile of the work.
func profile(path string, work func() error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for range profileRounds {
		if err := work(); err != nil {
			return err
		}
	}
	return nil
}

// chooseObjects picks objects with CO-RE relocations that cilium/ebpf can open
// too, evenly spread: one without any asks cilium/ebpf next to nothing.
func chooseObjects(dir string, limit int) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "objects", "*.o"))
	if err != nil {
		return nil, err
	}
	var usable []string
	for _, p := range paths {
		spec, err := ebpf.LoadCollectionSpec(p)
		if err == nil && ciliumcheck.HasCORE(spec) {
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
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the command does once it has used 128 MB
	in := analyzer.Input{Loaders: []*plan.Loader{plan.Libbpf}, Rules: rules.All()}
	in.Objects = make([]*bpfobj.Object, len(paths))
	in.Kernels = make([]*kernel.Kernel, len(specs))
	errs := make([]error, len(paths)+len(specs))
	analyzer.Each(len(errs), func(i int) {
		if i < len(paths) {
			in.Objects[i], errs[i] = bpfobj.ReadFile(paths[i])
			return
		}
		in.Kernels[i-len(paths)], errs[i] = kernel.Open(specs[i-len(paths)])
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	defer func() {
		for _, k := range in.Kernels {
			k.Close()
		}
	}()
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
