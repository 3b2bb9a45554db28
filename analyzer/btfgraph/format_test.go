package btfgraph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

func TestFormatType(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	i := b.Int("int", 4, btfgraph.IntSigned)
	u32 := b.Typedef("u32", b.Int("unsigned int", 4, 0))
	task := b.Struct("task_struct", 8)
	pTask := b.Ptr(task)
	char := b.Int("char", 1, btfgraph.IntSigned)
	fn := b.FuncProto(0, btftest.Param{Type: i})
	foo := b.FuncProto(i, btftest.Param{Name: "a", Type: pTask}, btftest.Param{Name: "b", Type: u32})
	long := b.Struct(strings.Repeat("x", 300), 4)
	cycle := b.Ptr(b.Const(0) + 1) // PTR to itself
	tests := []struct {
		name string
		id   btfgraph.ID
		want string
	}{
		{"void", 0, "void"},
		{"missing id", 1 << 30, "void"},
		{"int", i, "int"},
		{"typedef", u32, "u32"},
		{"struct pointer", pTask, "struct task_struct *"},
		{"pointer to void", b.Ptr(0), "void *"},
		{"pointer to const", b.Ptr(b.Const(char)), "const char *"},
		{"const pointer", b.Const(b.Ptr(char)), "char *const"},
		{"const pointer to const", b.Const(b.Ptr(b.Const(char))), "const char *const"},
		{"pointer to const pointer", b.Ptr(b.Const(b.Ptr(char))), "char *const *"},
		{"restrict pointer", b.Restrict(b.Ptr(i)), "int *restrict"},
		{"array", b.Array(u32, i, 4), "u32[4]"},
		{"array of arrays", b.Array(b.Array(u32, i, 3), i, 2), "u32[2][3]"},
		{"pointer to array", b.Ptr(b.Array(i, i, 3)), "int (*)[3]"},
		{"function pointer", b.Ptr(fn), "void (*)(int)"},
		{"tagged function pointer", b.Ptr(b.TypeTag("rcu", fn)), "void (*)(int)"},
		{"array of function pointers", b.Array(b.Ptr(fn), i, 2), "void (*[2])(int)"},
		{"function", b.Func("foo", foo, btfgraph.LinkageGlobal), "int foo(struct task_struct *a, u32 b)"},
		{"variable", b.Var("state", pTask, btfgraph.LinkageGlobal), "struct task_struct *state"},
		{"tagged pointer", b.Ptr(b.TypeTag("user", task)), "struct task_struct *"},
		{"anonymous struct", b.Struct("", 4), "struct {...}"},
		{"anonymous enum", b.Enum(""), "enum {...}"},
		{"enum64", b.Enum64("big"), "enum big"},
		{"forward", b.Fwd("later", false), "struct later"},
		{"forward of a union", b.Fwd("later_u", true), "union later_u"},
		{"unnamed int", b.Int("", 4, 0), "INT"},
		{"no parameters", b.FuncProto(i), "int (void)"},
		{"variadic", b.FuncProto(i, btftest.Param{Name: "a", Type: i}, btftest.Param{}), "int (int a, ...)"},
		{"long name", long, "struct " + strings.Repeat("x", 256) + "..."},
		{"pointer cycle", cycle, "... " + strings.Repeat("*", 200)},
	}
	g := b.Graph(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, btfgraph.FormatType(g, tt.id))
		})
	}
	assert.Equal(t, "int bpf_foo(struct task_struct *a, u32 b)", btfgraph.FormatProto(g, "bpf_foo", foo))
}

// A prototype that takes itself many times must not grow without bound.
func TestFormatTypeRecursiveProto(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	params := make([]btftest.Param, 1000)
	for i := range params {
		params[i] = btftest.Param{Name: strings.Repeat("n", 1000), Type: 2}
	}
	b.FuncProto(2, params...)
	b.Ptr(1)
	text := btfgraph.FormatType(b.Graph(t), 2)
	assert.Less(t, len(text), 200*(256+64))
	assert.Contains(t, text, "...")
}
