package btflint

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/stretchr/testify/assert"
)

func TestReduce(t *testing.T) {
	t.Parallel()
	spec := &ebpf.CollectionSpec{
		Programs: map[string]*ebpf.ProgramSpec{
			"wanted":  {Instructions: asm.Instructions{asm.LoadMapPtr(asm.R1, 0).WithReference("events"), asm.Return()}},
			"other":   {Instructions: asm.Instructions{asm.LoadMapPtr(asm.R1, 0).WithReference("unused"), asm.Return()}},
			"tail":    {Instructions: asm.Instructions{asm.Return()}},
			"dropped": {},
		},
		Maps: map[string]*ebpf.MapSpec{
			"events": {},
			"unused": {},
			"jumps":  {Contents: []ebpf.MapKV{{Key: uint32(0), Value: "tail"}}},
			".data":  {},
		},
		Variables: map[string]*ebpf.VariableSpec{"level": {SectionName: ".data"}},
	}
	type nested struct {
		Jumps *ebpf.Map `ebpf:"jumps"`
	}
	type objects struct {
		Wanted *ebpf.Program `ebpf:"wanted"`
		nested
		Plain   int
		Missing *ebpf.Program `ebpf:"missing"`
	}

	tests := []struct {
		name           string
		to             any
		programs, maps []string
	}{
		{"struct", &objects{}, []string{"tail", "wanted"}, []string{"events", "jumps"}},
		{"pointer to nested struct", &struct{ N *nested }{&nested{}}, []string{"tail"}, []string{"jumps"}},
		{"variable", &struct {
			Level *ebpf.Variable `ebpf:"level"`
		}{}, nil, []string{".data"}},
		{"nil pointer", (*objects)(nil), nil, nil},
		{"nil", nil, nil, nil},
		{"no struct", new(int), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := reduce(spec, tt.to)
			assert.ElementsMatch(t, tt.programs, keys(got.Programs))
			assert.ElementsMatch(t, tt.maps, keys(got.Maps))
		})
	}
	assert.Len(t, spec.Programs, 4, "the spec stays as it is")
}

func keys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	return list
}
