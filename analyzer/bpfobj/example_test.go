package bpfobj_test

import (
	"fmt"
	"log"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func ExampleReadFile() {
	obj, err := bpfobj.ReadFile("../../testdata/gate/gate.o")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range obj.Programs {
		fmt.Println(p.SectionName, p.Name)
	}
	for _, e := range obj.Externs {
		fmt.Println(e.Name, "weak:", e.Weak)
	}
	// Output:
	// socket sound
	// syscall refused
	// syscall guarded
	// btflint_missing_kfunc weak: false
	// btflint_missing_weak_kfunc weak: true
}
