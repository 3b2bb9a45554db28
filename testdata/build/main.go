// Command build compiles the C files and the LLVM IR (.ll) below testdata to the
// BPF objects that the tests read, and records in testdata/MANIFEST what they were made of, so
// that tests can tell a stale object without a compiler.
//
// Run it from the module root: "go run ./testdata/build" builds everything,
// "go run ./testdata/build FILE.c ..." only those files. It needs clang-19 and
// llvm-strip.
//
// Directives in the leading comment lines of a file, in IR behind ";":
//
//	// targets: bpfel bpfeb     also build NAME_bpfeb.o; the default is bpfel
//	// cflags: -O1 -DX          flags after the common ones
//
// A file kernels/K+M.c becomes kernels/K.modules/M: the split BTF of module M
// over the BTF of toy kernel K.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

const (
	root         = "testdata"
	manifestFile = root + "/MANIFEST"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run builds the given sources, or all, and rewrites the manifest. An error in
// one file does not keep the others from being built.
func run(sources []string) error {
	tools, err := findTools()
	if err != nil {
		return err
	}
	all, err := findSources()
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		sources = all
	}

	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	var built []entry
	slots := make(chan struct{}, 4)
	build := func(src string) {
		entries, err := tools.build(filepath.ToSlash(filepath.Clean(src)))
		mu.Lock()
		defer mu.Unlock()
		built = append(built, entries...)
		errs = append(errs, err)
	}
	// Modules are built last: they stand on their kernel's object.
	modules := slices.DeleteFunc(slices.Clone(sources), func(s string) bool { return !isModule(s) })
	for _, src := range sources {
		if isModule(src) {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			build(src)
			<-slots
		})
	}
	wg.Wait()
	for _, src := range modules {
		build(src)
	}
	return errors.Join(append(errs, update(tools.version, built, all))...)
}

// update rewrites the manifest. It is read only now, as another build may have
// written it meanwhile.
func update(clang string, built []entry, sources []string) error {
	m, err := readManifest(manifestFile)
	if err != nil {
		return err
	}
	m.clang = clang
	m.add(built)
	m.retain(sources)
	return m.write(manifestFile)
}

// findSources lists the sources below testdata, sorted.
func findSources() ([]string, error) {
	var list []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".c") || isIR(path)) {
			list = append(list, filepath.ToSlash(path))
		}
		return err
	})
	slices.Sort(list)
	return list, err
}
