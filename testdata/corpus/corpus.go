// Package corpus finds the kernels that the agreement and the throughput are
// measured on: a directory with one folder per kernel that holds vmlinux.btf,
// kallsyms and config, each plain or packed with xz.
package corpus

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/btflint/btflint/analyzer/kernel"
)

// kernelParts are the files of a kernel.
var kernelParts = []string{"vmlinux.btf", "kallsyms", "config"}

// Names lists the kernels of a directory, older releases first.
func Names(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", kernelParts[0]+"*"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(filepath.Dir(p)))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no kernels", dir)
	}
	slices.SortFunc(names, func(a, b string) int {
		var x, y [2]int
		_, _ = fmt.Sscanf(a, "%d.%d", &x[0], &x[1])
		_, _ = fmt.Sscanf(b, "%d.%d", &y[0], &y[1])
		return slices.Compare(x[:], y[:])
	})
	return slices.Compact(names), nil
}

// Spec returns the spec of a kernel of the directory; its files are unpacked
// into a cache below the temporary directory if need be.
func Spec(dir, name string) (kernel.Spec, error) {
	cache := filepath.Join(os.TempDir(), "btflint-kernels", name)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return kernel.Spec{}, err
	}
	paths := map[string]string{}
	for _, part := range kernelParts {
		path := filepath.Join(dir, name, part)
		if _, err := os.Stat(path); err != nil {
			packed := path + ".xz"
			path = filepath.Join(cache, part)
			if err := unxz(packed, path); err != nil {
				return kernel.Spec{}, fmt.Errorf("%s: %w", packed, err)
			}
		}
		paths[part] = path
	}
	return kernel.Spec{
		Name: name, Types: paths["vmlinux.btf"], Symbols: paths["kallsyms"], Config: paths["config"], Modules: "none",
	}, nil
}

// unxz unpacks a file unless that was done before.
func unxz(packed, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	out, err := exec.Command("xz", "-dkc", packed).Output()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", out, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
