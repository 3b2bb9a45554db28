package shadow_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/shadow"
)

func ExampleOf() {
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/congestion.o")
	if err != nil {
		log.Fatal(err)
	}
	types, err := shadow.Of(obj, shadow.Styles[0])
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range types[0].Members[3:8] {
		fmt.Println(m.OffsetBytes, m.Kind, m.Name)
	}
	// Output:
	// 24 program undo_cwnd
	// 32 unsupported __unsupported_4
	// 48 unsupported __unsupported_5
	// 56 unsupported __unsupported_6
	// 72 scalar key
}

func ExampleFile_Compare() {
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/congestion.o")
	if err != nil {
		log.Fatal(err)
	}
	types, err := shadow.Of(obj, shadow.Styles[0])
	if err != nil {
		log.Fatal(err)
	}
	var header strings.Builder
	if err := shadow.WriteC(&header, obj.Name, types, shadow.Options{}); err != nil {
		log.Fatal(err)
	}
	older := strings.Replace(header.String(), "\tunsigned int key;\n", "", 1)
	file, err := shadow.Read("older.h", []byte(older))
	if err != nil {
		log.Fatal(err)
	}
	drifts, err := file.Compare(obj)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range drifts {
		fmt.Printf("line %d: %s\n", d.Position.Line, d.Member)
	}
	// Output:
	// line 31: flags
	// line 23: key
}
