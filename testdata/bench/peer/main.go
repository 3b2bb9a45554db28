// Command peer does with cilium/ebpf what a check does: it reads the object
// and the kernel's BTF and resolves the CO-RE relocations of every program.
package main

import (
	"fmt"
	"os"

	"github.com/btflint/btflint/testdata/bench/ciliumcheck"
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

func main() {
	spec, err := ebpf.LoadCollectionSpec(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	kernel, err := btf.LoadSpec(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	resolved, failed := ciliumcheck.Programs(spec, kernel)
	fmt.Println(resolved, "resolved,", failed, "not")
}
