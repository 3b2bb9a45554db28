package btfdiff_test

import (
	"fmt"
	"log"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

func ExampleCompare() {
	old, err := kernel.Open(kernel.Spec{Name: "5.10", Types: "../testdata/btfdiff/5.10.btf"})
	if err != nil {
		log.Fatal(err)
	}
	defer old.Close()
	now, err := kernel.Open(kernel.Spec{Name: "6.1", Types: "../testdata/btfdiff/6.1.btf"})
	if err != nil {
		log.Fatal(err)
	}
	defer now.Close()
	diff, err := btfdiff.Compare(old, now, btfdiff.Options{
		Kinds: []btfdiff.Kind{btfdiff.KindStruct},
		Match: func(_ btfdiff.Kind, name string) bool { return name == "kprobe" },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, change := range diff.Changes {
		fmt.Println(change.Kind, change.Name, change.Change, change.Grade)
		for _, detail := range change.Details {
			fmt.Println("-", detail.Text())
		}
	}
	// Output:
	// struct kprobe changed breaks
	// - size: 128 bytes, was 136 bytes
	// - "fault_handler" removed: kprobe_fault_handler_t, offset 80 bytes
	// - "opcode" moved: offset 80 bytes, was offset 88 bytes
	// - "ainsn" moved: offset 88 bytes, was offset 96 bytes
	// - "flags" moved: offset 120 bytes, was offset 128 bytes
}
