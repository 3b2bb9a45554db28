package btfdiff_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

type (
	builder = btftest.Builder
	member  = btftest.Member
	param   = btftest.Param
	value   = btftest.Value
)

// kernelOf is the kernel of types without modules.
func kernelOf(t testing.TB, name string, b *builder) *kernel.Kernel {
	t.Helper()
	return &kernel.Kernel{Name: name, Types: b.Graph(t), ByteOrder: binary.LittleEndian, Modules: map[string]btfgraph.Graph{}}
}

// built is a kernel of the types that build adds.
func built(t testing.TB, name string, build func(b *builder, t types)) *kernel.Kernel {
	t.Helper()
	b := &builder{}
	build(b, newTypes(b))
	return kernelOf(t, name, b)
}

// types are what most test kernels need.
type types struct{ i8, u8, i32, u32, u64, char, ptr, a, b, pa, pb btftest.ID }

func newTypes(b *builder) types {
	t := types{
		i8: b.Int("signed char", 1, btfgraph.IntSigned), u8: b.Int("unsigned char", 1, 0),
		i32: b.Int("int", 4, btfgraph.IntSigned), u32: b.Int("unsigned int", 4, 0), u64: b.Int("long unsigned int", 8, 0),
		char: b.Int("char", 1, btfgraph.IntSigned), ptr: b.Ptr(0),
	}
	t.a = b.Struct("a", 8, member{Name: "x", Type: t.u64})
	t.b = b.Struct("b", 8, member{Name: "y", Type: t.u64})
	t.pa, t.pb = b.Ptr(t.a), b.Ptr(t.b)
	return t
}

// TestStructs compares struct s of an old and a new kernel.
func TestStructs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		old, new func(b *builder, t types)
		want     []string
	}{
		{"the same in another order of types",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}); b.Typedef("other", t.u32) },
			func(b *builder, t types) { b.Typedef("other", t.u32); b.Struct("s", 8, member{Name: "m", Type: t.u64}) }, nil},
		{"another spelling of an integer",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) },
			func(b *builder, _ types) {
				b.Struct("s", 8, member{Name: "m", Type: b.Int("unsigned long long", 8, 0)})
			}, nil},
		{"member added and another moved",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) {
				b.Struct("s", 8, member{Name: "n", Type: t.u32}, member{Name: "m", Type: t.u32, BitOffset: 32})
			},
			[]string{`relocatable size: 8 bytes, was 4 bytes`, `addition "n" added: unsigned int, offset 0 bytes`, `relocatable "m" moved: offset 4 bytes, was offset 0 bytes`}},
		{"member removed",
			func(b *builder, t types) {
				b.Struct("s", 8, member{Name: "m", Type: t.u32}, member{Name: "n", Type: t.u32, BitOffset: 32})
			},
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u32}) },
			[]string{`breaks "n" removed: unsigned int, offset 4 bytes`}},
		{"member renamed, same offset",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.pa}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "n", Type: t.pa}) },
			[]string{`breaks "m" renamed to "n"`}},
		{"member renamed and moved, behind the same member",
			func(b *builder, t types) {
				b.Struct("s", 16, member{Name: "k", Type: t.u64}, member{Name: "m", Type: t.pa, BitOffset: 64})
			},
			func(b *builder, t types) {
				b.Struct("s", 24, member{Name: "k", Type: t.u64, BitOffset: 64}, member{Name: "n", Type: t.pa, BitOffset: 128})
			},
			[]string{`relocatable size: 24 bytes, was 16 bytes`, `relocatable "k" moved: offset 8 bytes, was offset 0 bytes`,
				`breaks "m" renamed to "n"`, `relocatable "m" moved: offset 16 bytes, was offset 8 bytes`}},
		{"underscores and another type",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "__m", Type: t.u32}) },
			[]string{`breaks "m" renamed to "__m"`, `breaks "m" type: unsigned int, was long unsigned int`}},
		{"another name and type is no renaming",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "n", Type: t.pa}) },
			[]string{`breaks "m" removed: long unsigned int, offset 0 bytes`, `addition "n" added: struct a *, offset 0 bytes`}},
		{"into an anonymous union",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) },
			func(b *builder, t types) {
				u := b.Union("", 8, member{Name: "m", Type: t.u64}, member{Name: "n", Type: t.u64})
				b.Struct("s", 8, member{Type: u})
			},
			[]string{`relocatable "m" moved: offset 0 bytes in an anonymous union, was offset 0 bytes`, `addition "n" added: long unsigned int, offset 0 bytes in an anonymous union`}},
		{"member of a member without a type name",
			func(b *builder, t types) {
				b.Struct("s", 8, member{Name: "in", Type: b.Struct("", 8, member{Name: "x", Type: t.u32})})
			},
			func(b *builder, t types) {
				b.Struct("s", 8, member{Name: "in", Type: b.Struct("", 8, member{Name: "y", Type: t.u64})})
			},
			[]string{`breaks "in.x" removed: unsigned int, offset 0 bytes`, `addition "in.y" added: long unsigned int, offset 0 bytes`}},
		{"sign",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.i32}) },
			[]string{`semantic "m" sign: int, was unsigned int`}},
		{"size of what a typedef stands for",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Typedef("x_t", t.u32)}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Typedef("x_t", t.u64)}) },
			[]string{`breaks "m" size: 8 bytes, was 4 bytes`}},
		{"qualifier and typedef",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: b.Const(b.Typedef("x_t", t.u32))}) },
			[]string{`relocatable "m" type: const x_t, was unsigned int`}},
		{"pointer to another struct",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.pa}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.pb}) },
			[]string{`breaks "m" type: struct b *, was struct a *`}},
		{"pointer that is typed now",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.ptr}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.pb}) },
			[]string{`semantic "m" type: struct b *, was void *`}},
		{"pointer to a declared struct",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Ptr(b.Fwd("a", false))}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.pa}) }, nil},
		{"integer became an enum",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: b.Enum("e", value{Name: "E"})}) },
			[]string{`breaks "m" type: enum e, was unsigned int`}},
		{"struct by value with the same members",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.a}) },
			func(b *builder, t types) {
				b.Struct("s", 16, member{Name: "m", Type: b.Struct("c", 16, member{Name: "x", Type: t.u64}, member{Name: "z", Type: t.u64, BitOffset: 64})})
			},
			[]string{`relocatable size: 16 bytes, was 8 bytes`, `relocatable "m" type: struct c, was struct a`}},
		{"struct by value with other members",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.a}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.b}) },
			[]string{`breaks "m" type: struct b, was struct a`}},
		{"array that shrank",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Array(t.u8, t.u32, 8)}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Array(t.u8, t.u32, 4)}) },
			[]string{`breaks "m" type: unsigned char[4], was unsigned char[8]`}},
		{"array that grew",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Array(t.u8, t.u32, 4)}) },
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: b.Array(t.u8, t.u32, 8)}) },
			[]string{`relocatable "m" type: unsigned char[8], was unsigned char[4]`}},
		{"became a bitfield",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 3}) },
			[]string{`breaks "m" bitfield: 3 bits, was no bitfield`}},
		{"wider bitfield",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 1}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 3}) },
			[]string{`relocatable "m" bitfield: 3 bits, was 1 bit`}},
		{"bitfield of another integer", // struct bpf_prog, 6.15
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u8, Width: 1}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 1}) },
			[]string{`relocatable "m" type: unsigned int, was unsigned char`}},
		{"bitfield of another sign",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u8, Width: 3}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.i32, Width: 3}) },
			[]string{`semantic "m" sign: int, was unsigned char`}},
		{"bitfield that became a plain member", // struct ipv6_pinfo, 6.9
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 3}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u8}) },
			[]string{`relocatable "m" bitfield: no bitfield, was 3 bits`, `relocatable "m" type: unsigned char, was unsigned int`}},
		{"bitfield that became a plain member of another sign", // struct syscall_metadata, from 7.2 back to 6.12
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u8, Width: 7}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.i32}) },
			[]string{`relocatable "m" bitfield: no bitfield, was 7 bits`, `semantic "m" type: int, was unsigned char`}},
		{"plain member that became a bitfield of another sign", // swapped: the same details
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.i32}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u8, Width: 7}) },
			[]string{`breaks "m" bitfield: 7 bits, was no bitfield`, `breaks "m" type: unsigned char, was int`}},
		{"bitfield that became an enum",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 3}) },
			func(b *builder, t types) {
				b.Struct("s", 4, member{Name: "m", Type: b.Enum("e", value{Name: "E"}), Width: 3})
			},
			[]string{`breaks "m" type: enum e, was unsigned int`}},
		{"bitfields are not renamed",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32, Width: 1}) },
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "n", Type: t.u32, Width: 1}) },
			[]string{`breaks "m" removed: unsigned int, offset 0 bytes`, `addition "n" added: unsigned int, offset 0 bytes`}},
		{"members of a union that have the same type", // union security_list_options
			func(b *builder, t types) {
				u := b.Union("", 8, member{Name: "k", Type: t.pa}, member{Name: "l", Type: t.pa})
				b.Struct("s", 8, member{Type: u})
			},
			func(b *builder, t types) {
				u := b.Union("", 8, member{Name: "m", Type: t.pa}, member{Name: "n", Type: t.pa})
				b.Struct("s", 8, member{Type: u})
			},
			[]string{`breaks "k" removed: struct a *, offset 0 bytes in an anonymous union`, `breaks "l" removed: struct a *, offset 0 bytes in an anonymous union`,
				`addition "m" added: struct a *, offset 0 bytes in an anonymous union`, `addition "n" added: struct a *, offset 0 bytes in an anonymous union`}},
		{"member of a union renamed, behind the same member",
			func(b *builder, t types) {
				b.Struct("s", 8, member{Type: b.Union("", 8, member{Name: "k", Type: t.pa}, member{Name: "m", Type: t.pa})})
			},
			func(b *builder, t types) {
				b.Struct("s", 8, member{Type: b.Union("", 8, member{Name: "k", Type: t.pa}, member{Name: "n", Type: t.pa})})
			},
			[]string{`breaks "m" renamed to "n"`}},
		{"signed characters of an encoder that does not tell their sign", // pahole of 5.10
			func(b *builder, _ types) {
				b.Struct("s", 1, member{Name: "m", Type: b.Int("signed char", 1, 0)})
			},
			func(b *builder, t types) { b.Struct("s", 1, member{Name: "m", Type: t.i8}) }, nil},
		{"characters of another sign are characters",
			func(b *builder, t types) { b.Struct("s", 1, member{Name: "m", Type: t.char}) },
			func(b *builder, _ types) { b.Struct("s", 1, member{Name: "m", Type: b.Int("char", 1, 0)}) }, nil},
		{"two structs of a name, of which one stays",
			func(b *builder, t types) {
				b.Struct("s", 4, member{Name: "m", Type: t.u32})
				b.Struct("s", 8, member{Name: "p", Type: t.pa})
			},
			func(b *builder, t types) {
				b.Struct("s", 8, member{Name: "p", Type: t.pb})
				b.Struct("s", 4, member{Name: "m", Type: t.u32})
			},
			[]string{`breaks "p" type: struct b *, was struct a *`}},
		{"a further struct of a name",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) {
				b.Struct("s", 4, member{Name: "m", Type: t.u32})
				b.Struct("s", 8, member{Name: "p", Type: t.pb})
			},
			[]string{`semantic further layout added: 8 bytes`}},
		{"a second copy of the same struct",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) {
				b.Struct("s", 4, member{Name: "m", Type: t.u32})
				b.Struct("s", 4, member{Name: "m", Type: t.u32})
			}, nil},
		{"members of a named struct without a member name", // struct freelist_counters in struct slab, 6.19
			func(b *builder, t types) { b.Struct("s", 8, member{Type: t.a}) },
			func(b *builder, t types) {
				b.Struct("s", 8, member{Type: b.Struct("a", 8, member{Name: "x", Type: t.u32}, member{Name: "z", Type: t.u32, BitOffset: 32})})
			},
			[]string{`breaks "x" type: unsigned int, was long unsigned int`, `addition "z" added: unsigned int, offset 4 bytes in an anonymous struct`}},
		{"declaration tag",
			func(b *builder, t types) { b.Struct("s", 4, member{Name: "m", Type: t.u32}) },
			func(b *builder, t types) {
				b.DeclTag("preserved", b.Struct("s", 4, member{Name: "m", Type: t.u32}), 0)
			},
			[]string{`semantic "m" tag added: preserved`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := compare(t, built(t, "old", tt.old), built(t, "new", tt.new))
			ch := find(d, btfdiff.KindStruct, "s")
			if tt.want == nil {
				assert.Nil(t, ch)
				return
			}
			require.NotNil(t, ch)
			assert.Equal(t, tt.want, lines(ch))
		})
	}
}
