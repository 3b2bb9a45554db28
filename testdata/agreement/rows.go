package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// rowKey is what a recorded verdict is about. An empty program is the object
// loaded as it is.
type rowKey struct{ object, program, kernel, loader string }

// row is a recorded verdict.
type row struct {
	Object  string
	Program *string
	Kernel  string
	Loader  string
	Suite   string
	Verdict string
	Class   string
	Sub     string // kind of a kfunc_missing: strong, weak_reached
	What    string
}

// notOurs are the classes of failures that no object and no kernel tells: what
// the verifier finds, and what went wrong when the loads were recorded.
var notOurs = []string{
	"verifier_semantic", "complexity", "timeout", "crash", "env_eperm", "needs_userspace_setup", "attr_rejected_no_log",
}

// otherSuites are recorded and kept elsewhere.
var otherSuites = []string{"scx", "libbpf-tools", "cilium-testdata"}

// readRows reads the verdicts for the kernels of that names and for objects
// that the corpus holds.
func readRows(dir string, kernels []string) (map[rowKey]row, error) {
	f, err := os.Open(filepath.Join(dir, "verdicts.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	rows := map[rowKey]row{}
	exists := map[string]bool{}
	for dec := json.NewDecoder(bufio.NewReader(z)); dec.More(); {
		var r row
		if err := dec.Decode(&r); err != nil {
			return nil, fmt.Errorf("verdicts.jsonl.gz: %w", err)
		}
		if r.Suite == "selftests-cpuv4" && filepath.Dir(r.Object) != "v4" {
			r.Object = "v4/" + r.Object
		}
		if slices.Contains(otherSuites, r.Suite) || !slices.Contains(kernels, r.Kernel) {
			continue
		}
		found, known := exists[r.Object]
		if !known {
			_, err := os.Stat(filepath.Join(dir, "objects", filepath.FromSlash(r.Object)))
			found = err == nil
			exists[r.Object] = found
		}
		if !found {
			continue
		}
		if r.Sub != "" {
			r.Class += " (" + r.Sub + ")"
		}
		key := rowKey{object: r.Object, kernel: r.Kernel, loader: r.Loader}
		if r.Program != nil {
			key.program = *r.Program
		}
		rows[key] = r
	}
	if len(rows) == 0 {
		return nil, errors.New("no verdicts for these kernels")
	}
	return rows, nil
}
