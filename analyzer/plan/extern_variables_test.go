package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func TestTestsZero(t *testing.T) {
	t.Parallel()
	const opMovImm, opCall = 0xb7, 0x85
	load := bpfobj.Insn{Op: bpfobj.LdImm64, Dst: 1}
	tests := []struct {
		name string
		rest []bpfobj.Insn
		want bool
	}{
		{"tested", []bpfobj.Insn{{Op: opJeqImm, Dst: 1}}, true},
		{"tested later", []bpfobj.Insn{{Op: opMovImm, Dst: 2}, {Op: bpfobj.LdImm64, Dst: 3}, {}, {Op: opJneImm, Dst: 1}}, true},
		{"other value", []bpfobj.Insn{{Op: opJeqImm, Dst: 1, Imm: 1}}, false},
		{"other register", []bpfobj.Insn{{Op: opJeqImm, Dst: 2}}, false},
		{"overwritten", []bpfobj.Insn{{Op: opMovImm, Dst: 1}, {Op: opJeqImm, Dst: 1}}, false},
		{"lost in a call", []bpfobj.Insn{{Op: opCall}, {Op: opJeqImm, Dst: 1}}, false},
		{"end", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &bpfobj.Function{Insns: append([]bpfobj.Insn{load, {}}, tt.rest...)}
			assert.Equal(t, tt.want, testsZero(f, 0))
		})
	}
	assert.False(t, testsZero(&bpfobj.Function{}, 3), "beyond the code")
}
