// Command realload compares the values that the plan has for CO-RE relocations
// with those of real loads on the running kernel, object by object. It needs root.
//
// With libbpf it reads the debug log of the load, which tells the value of every
// instruction. With cilium/ebpf it reads the translated instructions of the
// programs that the kernel accepts back. It fails if any value differs.
//
// With -skeletons it loads light skeletons, and compares what happens with the
// verdicts on them. It fails if one loads that is said to fail.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cilium/ebpf/rlimit"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/testdata/realload/xlated"
)

func main() {
	corpus := flag.String("corpus", "", "`DIR` with objects/, or with objects")
	libbpf := flag.String("libbpf", "", "`FLAGS` for the C compiler to find libbpf: \"-Iinclude libbpf.a -lelf -lz\"; without, libbpf is not compared")
	wrong := flag.Uint64("wrong", 0, "`NUMBER` added to every planned value, to see that the comparison notices")
	skeletons := flag.String("skeletons", "", "`DIR` with light skeletons, *.lskel.h, to load instead of a corpus")
	flag.Parse()
	load := func() error { return run(os.Stdout, *corpus, *libbpf, *wrong) }
	if *skeletons != "" {
		load = func() error { return runSkeletons(os.Stdout, *skeletons) }
	}
	if err := load(); err != nil {
		fmt.Fprintln(os.Stderr, "realload:", err)
		os.Exit(1)
	}
}

func runSkeletons(out io.Writer, dir string) error {
	if err := rlimit.RemoveMemlock(); err != nil {
		return err
	}
	k, err := kernel.Running()
	if err != nil {
		return err
	}
	defer k.Close()
	n, err := withSkeletons(out, dir, k)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d false alarms", n)
	}
	return err
}

func run(out io.Writer, corpus, libbpf string, wrong uint64) error {
	paths, err := objects(corpus)
	if err != nil {
		return err
	}
	if err := rlimit.RemoveMemlock(); err != nil {
		return err
	}
	k, err := kernel.Running()
	if err != nil {
		return err
	}
	defer k.Close()
	fmt.Fprintf(out, "%d objects with CO-RE relocations on %s\n", len(paths), k.Release)
	mismatches := 0
	if libbpf != "" {
		n, err := withLibbpf(out, paths, k, libbpf, wrong)
		if err != nil {
			return err
		}
		mismatches += n
	}
	n, err := withCilium(out, paths, k, wrong)
	if err != nil {
		return err
	}
	if mismatches += n; mismatches > 0 {
		return fmt.Errorf("%d values differ", mismatches)
	}
	return nil
}

// objects are the files of the corpus that have CO-RE relocations.
func objects(corpus string) ([]string, error) {
	if corpus == "" {
		return nil, errors.New("needs -corpus DIR (make realload CORPUS=DIR)")
	}
	var paths []string
	for _, pattern := range []string{"objects/*.o", "objects/*/*.o", "*.o"} {
		list, err := filepath.Glob(filepath.Join(corpus, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range list {
			if obj, err := bpfobj.ReadFile(path); err == nil && len(obj.CORE) > 0 && len(obj.Programs) > 0 {
				paths = append(paths, path)
			}
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no objects with CO-RE relocations", corpus)
	}
	return paths, nil
}

func withLibbpf(out io.Writer, paths []string, k *kernel.Kernel, flags string, wrong uint64) (mismatches int, err error) {
	dir, err := os.MkdirTemp("", "realload")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	loader, err := buildLoader(dir, flags)
	if err != nil {
		return 0, err
	}
	c := newLogComparer(loader, k, wrong)
	var sum logTally
	compared := 0
	for _, path := range paths {
		t, err := c.compare(path)
		if err != nil {
			return 0, err
		}
		if t.equal+t.refused+len(t.mismatches) > 0 {
			compared++
		}
		for _, m := range t.mismatches {
			fmt.Fprintln(out, m)
		}
		sum.add(t)
	}
	fmt.Fprintf(out, "libbpf: %d objects, %d loads, %d values equal (%d poisoned, %d resized), %d refused by both, %d mismatches; %d relocations that no load came to\n",
		compared, sum.loads, sum.equal, sum.poisoned, sum.resized, sum.refused, len(sum.mismatches), sum.never)
	return len(sum.mismatches), nil
}

func withCilium(out io.Writer, paths []string, k *kernel.Kernel, wrong uint64) (mismatches int, err error) {
	c := xlated.Comparer{Kernel: k, Wrong: wrong}
	var sum xlated.Result
	compared, unopened := 0, 0
	for _, path := range paths {
		r, err := c.Compare(path)
		if err != nil {
			unopened++
			continue
		}
		if r.Compared() > 0 {
			compared++
		}
		for _, m := range r.Mismatches {
			fmt.Fprintln(out, m)
		}
		sum.Add(r)
	}
	fmt.Fprintf(out, "cilium: %d objects, %d programs (%d more refused by the kernel or the loader, %d objects not opened), %d values equal, "+
		"%d gone as planned (%d poisoned), %d mismatches\n",
		compared, sum.Loaded, sum.Refused, unopened, sum.Equal, sum.Dead, sum.Poisoned, len(sum.Mismatches))
	fmt.Fprintf(out, "cilium: not comparable: %d accesses to contexts, %d removed where something unknown decides, %d others that the kernel rewrote, %d ids of local types, %d in functions that are too large\n",
		sum.Context, sum.Maybe, sum.Rewritten, sum.Local, sum.Large)
	return len(sum.Mismatches), nil
}
