package plan

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/assert"
)

// functionObject is an object of function symbols in section 1, of 16 bytes.
func functionObject(section string, symbols ...bpfobj.Symbol) *bpfobj.Object {
	o := &bpfobj.Object{
		Sections: []bpfobj.Section{{}, {Index: 1, Name: section, Type: shtProgbits, Flags: 0x4, Size: 16, Data: make([]byte, 16)}},
		Symbols:  append([]bpfobj.Symbol{{}}, symbols...),
	}
	for _, s := range symbols {
		o.Functions = append(o.Functions, &bpfobj.Function{Name: s.Name, Section: 1, SectionName: section, Offset: s.Value, SizeBytes: s.Size})
	}
	return o
}

func codes(refusals []Refusal) []Code {
	var list []Code
	for i := range refusals {
		list = append(list, refusals[i].Code)
	}
	return list
}

func TestProgramSymbols(t *testing.T) {
	t.Parallel()
	const global, local = bpfobj.BindGlobal, bpfobj.BindLocal
	one := func(value, size uint64, b bpfobj.Binding) bpfobj.Symbol {
		return bpfobj.Symbol{Name: "f", Section: 1, Value: value, Size: size, Type: sttFunction, Binding: b}
	}
	tests := []struct {
		name    string
		section string
		symbol  bpfobj.Symbol
		refused bool
	}{
		{"program", "xdp", one(0, 16, global), false},
		{"static program", "xdp", one(0, 16, local), true},
		{"static subprogram", ".text", one(0, 16, local), false},
		{"beyond the section", "xdp", one(8, 16, global), true},
		{"overflow", "xdp", one(1<<63, 1<<63, global), true},
		{"half an instruction", "xdp", one(0, 12, global), true},
		{"between instructions", "xdp", one(4, 8, global), true},
		{"nothing", "xdp", one(0, 0, global), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Plan{Object: functionObject(tt.section, tt.symbol), Loader: Libbpf}
			p.checkProgramSymbols()
			assert.Equal(t, tt.refused, len(p.Refusals) > 0)
		})
	}
}

// Static linking leaves functions of one name behind
// (selftests test_static_linked1.c and test_static_linked2.c).
func TestDuplicateFunctions(t *testing.T) {
	t.Parallel()
	o := functionObject(".text",
		bpfobj.Symbol{Name: "subprog", Section: 1, Size: 8, Type: sttFunction},
		bpfobj.Symbol{Name: "subprog", Section: 1, Value: 8, Size: 8, Type: sttFunction})
	assert.Contains(t, codes(Make(o, nil, Cilium, Options{}).Refusals), RefuseDuplicate)
	assert.NotContains(t, codes(Make(o, nil, Libbpf, Options{}).Refusals), RefuseDuplicate)
}

func TestBrokenBTF(t *testing.T) {
	t.Parallel()
	o := functionObject("xdp", bpfobj.Symbol{Name: "f", Section: 1, Size: 16, Type: sttFunction, Binding: bpfobj.BindGlobal})
	o.ExtErr = assert.AnError
	assert.Contains(t, codes(Make(o, nil, Cilium, Options{}).Refusals), RefuseBTF)
	assert.NotContains(t, codes(Make(o, nil, Libbpf, Options{}).Refusals), RefuseBTF, "it goes without line records")
}
