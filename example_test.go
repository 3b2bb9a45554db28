package btflint_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/cilium/ebpf"

	"github.com/btflint/btflint"
	"github.com/btflint/btflint/analyzer/kernel"
)

func ExampleValidator_Check() {
	// A program that checks many specs opens the kernel once.
	target, err := kernel.ParseSpec("toy=testdata/kernels/modern.o,modules=none")
	if err != nil {
		log.Fatal(err)
	}
	k, err := kernel.Open(target)
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()

	spec, err := ebpf.LoadCollectionSpec("testdata/gate/gate.o")
	if err != nil {
		log.Fatal(err)
	}
	v := &btflint.Validator{Kernel: k}
	err = v.Check(context.Background(), spec, nil)
	fmt.Println("refused:", err != nil)
	fmt.Println("as not supported:", errors.Is(err, ebpf.ErrNotSupported))
	var refusal *btflint.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Findings[0].Rule, "line", refusal.Findings[0].Location.Source.Line)
	}

	delete(spec.Programs, "refused")
	fmt.Println("without it:", v.Check(context.Background(), spec, nil))
	// Output:
	// refused: true
	// as not supported: true
	// kfunc-missing line 30
	// without it: <nil>
}
