// Command generate writes the light skeletons below testdata/lskel that the tests
// read.
//
// Those of objects with struct_ops maps, which no released bpftool can make, it
// writes itself, with the type ids of the toy kernel "ops": struct_ops.lskel.h as
// the patches of May 2026 would (see package structops), and others in which
// one field is wrong. Those are part of "make testdata".
//
// With -bpftool DIR=PROGRAM it writes the skeletons of all other objects there
// into testdata/lskel/DIR with that program, "bpftool gen skeleton -L". They
// depend on the machine: options of the kernel, the size of pages and the number of CPUs
// are baked in. The ones that are checked in are of bpftool 7.1, package bpftool of
// Debian 12, in bpftool-7.1, and of tools/bpf/bpftool in its package
// linux-source-6.12, in bpftool-6.12.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/testdata/lskel/structops"
)

const (
	dir    = "testdata/lskel"
	target = "testdata/kernels/ops.o"
)

func main() {
	bpftool := flag.String("bpftool", "", "`DIR=PROGRAM`: write the skeletons of that bpftool into testdata/lskel/DIR")
	flag.Parse()
	if err := run(*bpftool); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(bpftool string) error {
	if err := writeStructOps(); err != nil || bpftool == "" {
		return err
	}
	sub, program, ok := strings.Cut(bpftool, "=")
	if !ok {
		return fmt.Errorf("-bpftool %q: want DIR=PROGRAM", bpftool)
	}
	return writeReleased(filepath.Join(dir, sub), program)
}

// writeStructOps writes the skeletons that no released bpftool can make.
func writeStructOps() error {
	obj, err := bpfobj.ReadFile(dir + "/struct_ops.o")
	if err != nil {
		return err
	}
	k, err := kernel.Open(kernel.Spec{Types: target})
	if err != nil {
		return err
	}
	defer k.Close()
	for _, variant := range structops.Variants {
		s, err := structops.Generate(obj, k.Types, variant.Edit)
		if err != nil {
			return err
		}
		if err := replace(filepath.Join(dir, variant.Name+".lskel.h"), s.Header(variant.Layout)); err != nil {
			return err
		}
	}
	return nil
}

// writeReleased writes the skeletons that a bpftool makes. It crashes on objects
// with struct_ops maps.
func writeReleased(to, program string) error {
	objects, err := filepath.Glob(dir + "/*.o")
	if err != nil {
		return err
	}
	slices.Sort(objects)
	for _, path := range objects {
		name := strings.TrimSuffix(filepath.Base(path), ".o")
		if name == "struct_ops" {
			continue
		}
		var out, stderr bytes.Buffer
		cmd := exec.Command(program, "gen", "skeleton", "-L", path, "name", name)
		cmd.Stdout, cmd.Stderr = &out, &stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w: %s", path, err, &stderr)
		}
		if err := replace(filepath.Join(to, name+".lskel.h"), out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file; not at all if it is the same.
func replace(path string, b []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return nil
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
