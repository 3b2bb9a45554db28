// Command example sets values of a struct_ops map and loads it.
package main

import (
	"errors"
	"fmt"
	"log"

	"github.com/btflint/btflint"
	"github.com/cilium/ebpf"
)

func main() {
	spec, err := ebpf.LoadCollectionSpec("testdata/shadow/objects/congestion.o") // your own
	if err != nil {
		log.Fatal(err)
	}
	myOps, err := OpenMyOps(spec)
	if err != nil {
		log.Fatal(err) // the object is not that of congestion_shadow.go
	}
	myOps.Flags = 2                                            // TCP_CONG_NEEDS_ECN
	if err := myOps.SetSsthresh("ssthresh_high"); err != nil { // in place of "ssthresh"
		log.Fatal(err)
	}

	coll, err := btflint.NewCollection(spec) // judges the values as they are set
	var refusal *btflint.Error
	if errors.As(err, &refusal) {
		log.Fatalf("%+v", refusal)
	}
	if err != nil {
		log.Fatal(err)
	}
	defer coll.Close()
	fmt.Printf("loaded my_ops with flags %d\n", myOps.Flags)
}
