// Command bench measures whole processes: a check of one object on one raw
// BTF file against other tools that answer part of the same question, in
// interleaved runs, so that the ratios hold on a noisy machine; the user
// instructions of a check and of start-up; the difference of two kernels against
// text differences of dumps; and the throughput of one process over many objects
// and kernels.
//
// Peers that are not installed are left out.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	o := options{}
	flag.StringVar(&o.object, "object", "", "`FILE` to check; the default is the largest object of testdata")
	flag.StringVar(&o.kernel, "kernel", "", "raw BTF `FILE`; the default is that of the running kernel")
	flag.StringVar(&o.corpus, "corpus", "", "`DIR` with objects/ for the throughput; without it that is left out")
	flag.StringVar(&o.kernels, "kernels", "", "`DIR` with one folder per kernel for the throughput")
	flag.StringVar(&o.old, "old", "", "raw BTF `FILE` of the older of two kernels for their difference; without it that is left out")
	flag.StringVar(&o.new, "new", "", "raw BTF `FILE` of the newer one")
	flag.IntVar(&o.rounds, "rounds", 40, "interleaved `RUNS` of each process")
	flag.IntVar(&o.objects, "objects", 57, "`NUMBER` of objects for the throughput")
	flag.StringVar(&o.profile, "cpuprofile", "", "`FILE` for a CPU profile of btflint's side of the throughput")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	object, kernel, corpus, kernels string
	old, new                        string
	profile                         string
	rounds, objects                 int
}

func run(o *options) error {
	if err := o.defaults(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "btflint-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	btflint, peer := filepath.Join(dir, "btflint"), filepath.Join(dir, "peer")
	for path, pkg := range map[string]string{btflint: "./cmd/btflint", peer: "./testdata/bench/peer"} {
		build := exec.Command("go", "build", "-trimpath", "-o", path, pkg)
		build.Stderr = os.Stderr
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := build.Run(); err != nil {
			return fmt.Errorf("go build %s: %w", pkg, err)
		}
	}
	check := command{"btflint check", []string{btflint, "check", o.object, "--kernel", o.kernel}}
	start := command{"btflint version", []string{btflint, "version"}}
	commands := []command{check, start, {"cilium/ebpf", []string{peer, o.object, o.kernel}}}
	if bpftool, err := exec.LookPath("bpftool"); err == nil {
		out := filepath.Join(dir, "min.btf")
		commands = append(commands, command{"bpftool gen min_core_btf", []string{bpftool, "gen", "min_core_btf", o.kernel, out, o.object}})
	}
	fmt.Printf("object %s, kernel %s, %d interleaved rounds\n\n", o.object, o.kernel, o.rounds)
	if err := processes(commands, o.rounds); err != nil {
		return err
	}
	if err := instructions([]command{check, start}); err != nil {
		return err
	}
	if err := diffs(o, btflint, dir); err != nil {
		return err
	}
	if o.corpus == "" || o.kernels == "" {
		return nil
	}
	return throughput(o)
}

// defaults fills in inputs that every machine has.
func (o *options) defaults() error {
	if o.kernel == "" {
		o.kernel = "/sys/kernel/btf/vmlinux"
	}
	if o.object != "" {
		return nil
	}
	var size int64
	for _, pattern := range []string{"testdata/objects/*.o", "testdata/rules/*.o"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if info, err := os.Stat(p); err == nil && info.Size() > size {
				o.object, size = p, info.Size()
			}
		}
	}
	if o.object == "" {
		return errors.New("no object in testdata, name one with -object")
	}
	return nil
}
