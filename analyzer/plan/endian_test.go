package plan_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

func TestByteOrder(t *testing.T) {
	t.Parallel()
	fn := &bpfobj.Function{Name: "p", Section: 1, SectionName: "xdp", SizeBytes: 8}
	fn.Program = &bpfobj.Program{Function: fn}
	object := func(order binary.ByteOrder, programs bool) *bpfobj.Object {
		o := &bpfobj.Object{Name: "x.o", ByteOrder: order}
		if programs {
			o.Functions, o.Programs = []*bpfobj.Function{fn}, []*bpfobj.Program{fn.Program}
		}
		return o
	}
	tests := []struct {
		name   string
		object *bpfobj.Object
		kernel binary.ByteOrder
		libbpf []plan.Scope
		cilium []plan.Scope
	}{
		{"the same", object(binary.LittleEndian, true), binary.LittleEndian, nil, nil},
		{"unknown kernel", object(binary.BigEndian, true), nil, nil, nil},
		{"unknown object", object(nil, true), binary.BigEndian, nil, nil},
		{"big on little", object(binary.BigEndian, true), binary.LittleEndian,
			[]plan.Scope{plan.ScopeObject}, []plan.Scope{{Programs: []string{"p"}}}},
		{"little on big", object(binary.LittleEndian, true), binary.BigEndian,
			[]plan.Scope{plan.ScopeObject}, []plan.Scope{{Programs: []string{"p"}}}},
		{"maps alone", object(binary.BigEndian, false), binary.LittleEndian,
			[]plan.Scope{plan.ScopeObject}, []plan.Scope{{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for loader, want := range map[*plan.Loader][]plan.Scope{plan.Libbpf: tt.libbpf, plan.Cilium: tt.cilium} {
				var got []plan.Scope
				for _, r := range plan.Make(tt.object, &kernel.Kernel{ByteOrder: tt.kernel}, loader, plan.Options{}).Refusals {
					if r.Code == plan.RefuseByteOrder {
						assert.Equal(t, plan.StageLoad, r.Stage)
						got = append(got, r.Scope)
					}
				}
				assert.Equal(t, want, got, loader.Name)
			}
		})
	}
}
