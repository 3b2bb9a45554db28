package analyzer_test

import (
	"context"
	"fmt"
	"log"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

func ExampleRun() {
	obj, err := bpfobj.ReadFile("../testdata/gate/gate.o")
	if err != nil {
		log.Fatal(err)
	}
	k, err := kernel.Open(kernel.Spec{Name: "toy", Types: "../testdata/kernels/modern.o", Modules: "none"})
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	rep, err := analyzer.Run(context.Background(), analyzer.Input{
		Objects: []*bpfobj.Object{obj},
		Kernels: []*kernel.Kernel{k},
		Loaders: []*plan.Loader{plan.Cilium},
		Rules:   rules.All(),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range rep.Verdicts {
		fmt.Printf("%-10q %s\n", v.Program, v.Verdict)
	}
	// Output:
	// "sound"    loads
	// "refused"  fails
	// "guarded"  loads
	// ""         fails
}
