package btfgraph_test

import (
	"encoding/binary"
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func ExampleOpen() {
	b := &btftest.Builder{}
	long := b.Int("long", 8, btfgraph.IntSigned)
	b.Struct("task_struct", 16,
		btftest.Member{Name: "__state", Type: long},
		btftest.Member{Name: "stack", Type: b.Ptr(0), BitOffset: 64})

	g, err := btfgraph.Open(b.Bytes(binary.LittleEndian), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	g.Prefetch("task_struct", "sk_buff")
	id := btfgraph.First(g, btfgraph.KindStruct, "task_struct")
	for i := range g.Vlen(id) {
		m := g.Member(id, i)
		fmt.Printf("%s %s at %d bytes\n", btfgraph.FormatType(g, m.Type), m.Name, m.BitOffset/8)
	}
	fmt.Println(btfgraph.First(g, btfgraph.KindStruct, "sk_buff") == btfgraph.Void)
	// Output:
	// long __state at 0 bytes
	// void * stack at 8 bytes
	// true
}

func ExampleFormatProto() {
	b := &btftest.Builder{}
	i := b.Int("int", 4, btfgraph.IntSigned)
	x := b.Ptr(b.Struct("x", 4))
	proto := b.FuncProto(i, btftest.Param{Name: "a", Type: x}, btftest.Param{Name: "n", Type: i})
	g, err := btfgraph.Open(b.Bytes(binary.BigEndian), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(btfgraph.FormatProto(g, "bpf_foo", proto))
	// Output: int bpf_foo(struct x *a, int n)
}
