package report_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

// declaring is a kernel whose struct s has its members at another offset than
// that of other kernels, by shift bytes.
func declaring(t *testing.T, name string, shift uint32) *kernel.Kernel {
	t.Helper()
	var b btftest.Builder
	i := b.Int("int", 4, btfgraph.IntSigned)
	inner := b.Struct("", 8, btftest.Member{Name: "deep", Type: i, BitOffset: 32}, btftest.Member{Name: "bits", Type: i, BitOffset: 3, Width: 5})
	named := b.Typedef("named_t", b.Struct("named", 4, btftest.Member{Name: "x", Type: i}))
	b.Struct("s", 16+shift, btftest.Member{Name: "", Type: inner, BitOffset: 8 * shift},
		btftest.Member{Name: "n", Type: b.Array(b.Const(named), i, 2), BitOffset: 64 + 8*shift})
	b.Struct("loop", 4, btftest.Member{Name: "", Type: 9})
	b.Union("u", 4, btftest.Member{Name: "i", Type: i})
	b.SignedEnum("e", btftest.Value{Name: "NEGATIVE", Value: ^uint64(0)})
	b.Enum64("e64", btftest.Value{Name: "BIG", Value: 1 << 40})
	b.Func("f", b.FuncProto(i, btftest.Param{Name: "p", Type: b.Ptr(i)}), btfgraph.LinkageStatic)
	b.Var("v", i, btfgraph.LinkageGlobal)
	return &kernel.Kernel{Name: name, Types: b.Graph(t)}
}

// TestDeclarations has what kernels declare for the symbols of findings.
func TestDeclarations(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, symbol, want string }{
		{"kfunc", "kfunc f", "5.10 and 6.1: int f(int *p)"},
		{"variable", "ksym v", "5.10 and 6.1: int v"},
		{"member", "struct s.n", "5.10: struct s: const named_t[2] n, at offset 8 bytes; 6.1: struct s: const named_t[2] n, at offset 12 bytes"},
		{"member of an element", "struct s.n[1].x", "5.10: struct s: int n[1].x, at offset 8 bytes; 6.1: struct s: int n[1].x, at offset 12 bytes"},
		{"member of an anonymous struct", "struct s.deep", "5.10: struct s: int deep, at offset 4 bytes; 6.1: struct s: int deep, at offset 8 bytes"},
		{"bitfield", "struct s.bits", "5.10: struct s: int bits : 5, at offset 3 bits; 6.1: struct s: int bits : 5, at offset 35 bits"},
		{"flavor", "union u___old.i", "5.10 and 6.1: union u: int i, at offset 0 bytes"},
		{"enumerator", "enum e.NEGATIVE", "5.10 and 6.1: enum e { NEGATIVE = -1 }"},
		{"enumerator of 64 bits", "enum e64.BIG", "5.10 and 6.1: enum e64 { BIG = 1099511627776 }"},
		{"typedef", "typedef named_t", "5.10 and 6.1: typedef struct named named_t"},
		{"no such member", "struct s.missing", ""},
		{"no such type", "struct missing.x", ""},
		{"whole type", "struct s", ""},
		{"member of itself", "struct loop.x", ""},
		{"no such function", "kfunc missing", ""},
		{"no such enumerator", "enum e.MISSING", ""},
		{"map", "map f", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep, err := analyzer.Run(context.Background(), analyzer.Input{
				Objects: []*bpfobj.Object{{Name: "x.o"}},
				Kernels: []*kernel.Kernel{declaring(t, "5.10", 0), declaring(t, "6.1", 4)},
				Loaders: plan.Loaders[:1],
				Rules: []*analyzer.Rule{{Name: "r", Severity: analyzer.Error, Run: func(p *analyzer.Pass) error {
					p.Report(analyzer.Finding{Message: "m", Location: bpfobj.Location{Object: "x.o", Insn: -1, Symbol: tt.symbol}})
					return nil
				}}},
			})
			require.NoError(t, err)
			var texts []string
			for _, l := range decodeSARIF(t, "sarif", rep, report.Options{}).Runs[0].Results[0].RelatedLocations {
				texts = append(texts, strings.TrimSuffix(strings.TrimPrefix(l.Message.Text, "declared in "), "."))
			}
			assert.Equal(t, tt.want, strings.Join(texts, "; "))
			alert := decodeSARIF(t, "github-sarif", rep, report.Options{ShowNotes: true}).Runs[0].Results[0]
			assert.Empty(t, alert.RelatedLocations, "code scanning wants a file in each")
			assert.Equal(t, tt.want != "", strings.Contains(alert.Message.Text, "Declared in "+strings.Split(tt.want, "; ")[0]))
		})
	}
}
