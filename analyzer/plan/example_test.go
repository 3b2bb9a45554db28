package plan_test

import (
	"fmt"
	"log"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

func ExamplePlanner_Plan() {
	obj, err := bpfobj.ReadFile("../../testdata/gate/gate.o")
	if err != nil {
		log.Fatal(err)
	}
	k, err := kernel.Open(kernel.Spec{Name: "toy", Types: "../../testdata/kernels/modern.o", Modules: "none"})
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	p := plan.NewPlanner(obj, plan.Options{}).Plan(k, plan.Libbpf)
	for _, prog := range p.Programs {
		fmt.Println(prog.Program.Name, prog.ProgType, prog.Autoload)
	}
	for _, e := range p.Externs {
		fmt.Println(e.Name, "missing:", e.Status == plan.ExternMissing)
	}
	// Output:
	// sound BPF_PROG_TYPE_SOCKET_FILTER true
	// refused BPF_PROG_TYPE_SYSCALL true
	// guarded BPF_PROG_TYPE_SYSCALL true
	// btflint_missing_kfunc missing: true
	// btflint_missing_weak_kfunc missing: true
}
