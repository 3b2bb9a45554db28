package plan_test

import (
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// typ adds a type to a BTF, with the types that it consists of.
type typ func(b *btftest.Builder) btfgraph.ID

func none(*btftest.Builder) btfgraph.ID   { return btfgraph.Void }
func u8(b *btftest.Builder) btfgraph.ID   { return b.Int("unsigned char", 1, 0) }
func s32(b *btftest.Builder) btfgraph.ID  { return b.Int("int", 4, btfgraph.IntSigned) }
func u32(b *btftest.Builder) btfgraph.ID  { return b.Int("unsigned int", 4, 0) }
func s64(b *btftest.Builder) btfgraph.ID  { return b.Int("long long", 8, btfgraph.IntSigned) }
func u64(b *btftest.Builder) btfgraph.ID  { return b.Int("unsigned long long", 8, 0) }
func u128(b *btftest.Builder) btfgraph.ID { return b.Int("unsigned __int128", 16, 0) }
func f64(b *btftest.Builder) btfgraph.ID  { return b.Float("double", 8) }

func ptr(t typ) typ   { return func(b *btftest.Builder) btfgraph.ID { return b.Ptr(t(b)) } }
func konst(t typ) typ { return func(b *btftest.Builder) btfgraph.ID { return b.Const(t(b)) } }
func vol(t typ) typ   { return func(b *btftest.Builder) btfgraph.ID { return b.Volatile(t(b)) } }

func named(name string, t typ) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.Typedef(name, t(b)) }
}

func tag(name string, t typ) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.TypeTag(name, t(b)) }
}

func fwd(name string) typ { return func(b *btftest.Builder) btfgraph.ID { return b.Fwd(name, false) } }

// arr is an array of n elements.
func arr(n uint32, t typ) typ {
	return func(b *btftest.Builder) btfgraph.ID {
		index := u32(b)
		return b.Array(t(b), index, n)
	}
}

func proto(ret typ, params ...typ) typ {
	return func(b *btftest.Builder) btfgraph.ID {
		list := make([]btftest.Param, len(params))
		for i, p := range params {
			list[i].Type = p(b)
		}
		return b.FuncProto(ret(b), list...)
	}
}

// mem is a member of a struct or union.
type mem struct {
	name       string
	typ        typ
	bit, width uint32
}

// at is a member at an offset in bytes, bits a bitfield at one in bits.
func at(off uint32, name string, t typ) mem          { return mem{name, t, 8 * off, 0} }
func bits(bit, width uint32, name string, t typ) mem { return mem{name, t, bit, width} }

func members(b *btftest.Builder, list []mem) []btftest.Member {
	out := make([]btftest.Member, len(list))
	for i, m := range list {
		out[i] = btftest.Member{Name: m.name, Type: m.typ(b), BitOffset: m.bit, Width: m.width}
	}
	return out
}

func st(name string, size uint32, list ...mem) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.Struct(name, size, members(b, list)...) }
}

func un(name string, size uint32, list ...mem) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.Union(name, size, members(b, list)...) }
}

// val is an enumerator.
func val(name string, v uint64) btftest.Value { return btftest.Value{Name: name, Value: v} }

func enum(name string, list ...btftest.Value) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.Enum(name, list...) }
}

func signedEnum(name string, list ...btftest.Value) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.SignedEnum(name, list...) }
}

func enum64(name string, list ...btftest.Value) typ {
	return func(b *btftest.Builder) btfgraph.ID { return b.Enum64(name, list...) }
}

// deep is member "a" of type int behind n anonymous structs.
func deep(name string, n int) typ {
	t := st("", 4, at(0, "a", s32))
	for range n - 1 {
		t = st("", 4, at(0, "", t))
	}
	return st(name, 4, at(0, "", t))
}
