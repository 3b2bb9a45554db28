package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

const (
	opLoad8  = 0x71 // r0 = *(u8 *)(r0 + off)
	opLoad64 = 0x79 // r0 = *(u64 *)(r0 + off)
)

// pair is a type of an object, the types of that name in a kernel, and a
// relocation of one against the others. The layouts are those of the kernel's
// selftests (tools/testing/selftests/bpf: progs/core_reloc_types.h and
// progs/btf__core_reloc_*.c).
type pair struct {
	name   string
	layout string // of the selftests that it models
	local  typ
	target []typ
	kind   plan.COREKind
	access string
	op     uint8 // of the instruction, 0 for a load of 4 bytes if kind is COREByteOff, else a mov
	// want is the outcome with libbpf, cilium/ebpf, aya and in the kernel, one
	// for all if they agree.
	want string
}

// relocated is the outcome of the pair with a loader. The instruction holds
// what libbpf computes from the object's types.
func (p *pair) relocated(t *testing.T, l *plan.Loader) *plan.COREBinding {
	t.Helper()
	return p.bind(t, l, int32(p.bind(t, plan.Libbpf, 0).Original))
}

func (p *pair) bind(t *testing.T, l *plan.Loader, holds int32) *plan.COREBinding {
	t.Helper()
	var local, target btftest.Builder
	rec := bpfobj.CORERecord{Type: p.local(&local), Access: p.access, Kind: uint32(p.kind)}
	for _, add := range p.target {
		add(&target)
	}
	op := p.op
	switch {
	case op == 0 && p.kind == plan.COREByteOff:
		op = opLoad32
	case op == 0:
		op = opMov
	}
	insns := []bpfobj.Insn{{Op: op, Imm: holds}, {Op: opMov}, {Op: opExit}}
	switch {
	case op == bpfobj.LdImm64:
		insns[1] = bpfobj.Insn{Imm: holds >> 31}
	case op != opMov:
		insns[0] = bpfobj.Insn{Op: op, Off: int16(holds)}
	}
	k := &kernel.Kernel{Types: target.Graph(t), Modules: map[string]btfgraph.Graph{}}
	return &plan.Make(coreObject(t, &local, insns, rec), k, l, plan.Options{}).CORE[0]
}

func list(types ...typ) []typ { return types }

// Layouts that several pairs use.
func flavored(name string) typ {
	return st(name, 12, at(0, "a", s32), at(4, "b", s32), at(8, "c", s32))
}

func reversed(name string) typ {
	return st(name, 12, at(0, "c", s32), at(4, "b", s32), at(8, "a", s32))
}
func one(t typ) typ              { return st("s", 16, at(0, "a", t)) }
func moved(t typ) []typ          { return list(st("s", 32, at(0, "z", u64), at(16, "a", t))) }
func fields(l ...mem) []typ      { return list(st("s", 64, l...)) }
func cube(x, y, z uint32) typ    { return arr(x, arr(y, arr(z, u8))) }
func bitfield(bit, w uint32) typ { return st("s", 16, bits(bit, w, "a", u32), at(12, "z", u32)) }

var fieldPairs = []pair{
	{"same", "flavors", flavored("s"), list(flavored("s")), plan.COREByteOff, "0:0", 0, "0->0"},
	{"reversed flavor", "flavors, core_reloc_flavors___reversed",
		flavored("s___rev"), list(reversed("s")), plan.COREByteOff, "0:0", 0, "0->8"},
	{"flavor of the kernel", "flavors", flavored("s"), list(reversed("s___2")), plan.COREByteOff, "0:0", 0, "0->8"},
	{"wrong name", "flavors__err_wrong_name", flavored("s"), list(flavored("s_")), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"two separators", "flavors",
		flavored("s___a___b"), list(reversed("s")), plan.COREByteOff, "0:0", 0, "poisoned|poisoned|0->8|poisoned"},
	{"four underscores", "flavors",
		flavored("s____b"), list(reversed("s")), plan.COREByteOff, "0:0", 0, "poisoned|poisoned|0->8|poisoned"},
	{"five underscores", "flavors",
		flavored("s_____b"), list(reversed("s__")), plan.COREByteOff, "0:0", 0, "poisoned|0->8|poisoned|poisoned"},

	{"nested", "nesting",
		one(st("in", 8, at(4, "b", s32))), moved(st("in", 12, at(8, "b", s32))), plan.COREByteOff, "0:0:0", 0, "4->24"},
	{"into an anonymous struct", "nesting___anon_embed",
		one(s32), fields(at(0, "z", u64), at(8, "", st("", 8, at(4, "a", s32)))), plan.COREByteOff, "0:0", 0, "0->12"},
	{"out of an anonymous struct", "nesting___anon_embed",
		st("s", 8, at(4, "", st("", 4, at(0, "a", s32)))), list(one(s32)), plan.COREByteOff, "0:0:0", 0, "4->0"},
	{"more anonymous levels", "nesting___extra_nesting",
		one(s32), fields(at(4, "", un("", 8, at(0, "", st("", 8, at(4, "a", s32)))))), plan.COREByteOff, "0:0", 0, "0->8"},
	{"struct and union", "nesting___struct_union_mixup",
		one(st("in", 8, at(4, "b", s32))), moved(un("in", 8, at(0, "b", s32))), plan.COREByteOff, "0:0:0", 0, "4->16"},
	{"union for a struct", "nesting___struct_union_mixup, at the root",
		one(s32), list(un("s", 16, at(0, "a", s32))), plan.COREByteOff, "0:0", 0, "poisoned|0->0|poisoned|poisoned"},
	{"typedef for a struct", "nesting, a root of another kind",
		one(s32), list(named("s", st("", 16, at(4, "a", s32)))), plan.COREByteOff, "0:0", 0, "poisoned|0->4|poisoned|poisoned"},
	{"missing field", "nesting___err_missing_field", one(s32), fields(at(0, "b", s32)), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"missing container", "nesting___err_missing_container",
		one(st("in", 4, at(0, "b", s32))), fields(at(0, "b", s32)), plan.COREByteOff, "0:0:0", 0, "poisoned"},
	{"container no struct", "nesting___err_nonstruct_container",
		one(st("in", 4, at(0, "b", s32))), moved(s32), plan.COREByteOff, "0:0:0", 0, "poisoned"},
	{"array of containers", "nesting___err_array_container",
		one(st("in", 4, at(0, "b", s32))), moved(arr(1, st("in", 4, at(0, "b", s32)))), plan.COREByteOff, "0:0:0", 0, "poisoned"},
	{"array for a field", "nesting___err_array_field", one(s32), moved(arr(1, s32)), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"incompatible, then right", "nesting, two members of a name",
		one(s32), fields(at(0, "", st("", 16, at(4, "a", ptr(none)))), at(16, "a", s32)), plan.COREByteOff, "0:0", 0, "0->20|0->16|0->16|0->20"},
	{"duplicates alike", "nesting___dup_compat_types",
		one(s32), list(moved(s32)[0], moved(s32)[0]), plan.COREByteOff, "0:0", 0, "0->16"},
	{"duplicates not alike", "nesting___err_dup_incompat_types",
		one(s32), list(one(s32), moved(s32)[0]), plan.COREByteOff, "0:0", 0, "refused"},
	{"one of two matches", "nesting___err_partial_match_dups",
		one(s32), list(st("s", 4, at(0, "b", s32)), moved(s32)[0]), plan.COREByteOff, "0:0", 0, "0->16"},
	{"64 levels", "nesting___err_too_deep, just not",
		deep("s", 62), list(deep("s", 62)), plan.COREFieldExists, "0" + strings.Repeat(":0", 63), 0, "1->1|refused|1->1|1->1"},
	{"too deep in the kernel", "nesting___err_too_deep",
		one(s32), list(deep("s", 70)), plan.COREByteOff, "0:0", 0, "refused|refused|0->0|refused"},
	{"too deep in the object", "nesting___err_too_deep",
		deep("s", 70), list(one(s32)), plan.COREByteOff, "0" + strings.Repeat(":0", 71), 0, "refused|0->0|0->0|refused"},

	{"array element", "arrays___diff_arr_dim", one(arr(5, s32)), moved(arr(7, s32)), plan.COREByteOff, "0:0:2", 0, "8->24"},
	{"three dimensions", "arrays___diff_arr_dim",
		one(cube(2, 3, 4)), moved(cube(3, 4, 5)), plan.COREByteOff, "0:0:1:2:3", opLoad8, "23->49|23->49|15->34|23->49"},
	{"larger elements", "arrays___diff_arr_val_sz",
		one(arr(3, st("in", 4, at(0, "b", s32)))), moved(arr(3, st("in", 12, at(4, "b", s32)))), plan.COREByteOff, "0:0:1:0", 0, "4->32"},
	{"too few elements", "arrays___err_too_small", one(arr(5, s32)), moved(arr(2, s32)), plan.COREByteOff, "0:0:2", 0, "poisoned"},
	{"too few dimensions", "arrays___err_too_shallow",
		one(arr(2, arr(3, s32))), moved(arr(2, s32)), plan.COREByteOff, "0:0:1:1", 0, "poisoned"},
	{"no array", "arrays___err_non_array", one(arr(5, s32)), moved(s32), plan.COREByteOff, "0:0:2", 0, "poisoned"},
	{"other elements", "arrays___err_wrong_val_type",
		one(arr(5, s32)), moved(arr(5, st("in", 4, at(0, "b", s32)))), plan.COREByteOff, "0:0:2", 0, "poisoned"},
	{"wider signed elements", "arrays___err_bad_signed_arr_elem_sz",
		one(arr(5, s32)), moved(arr(5, s64)), plan.COREByteOff, "0:0:1", 0, "poisoned|4->24|refused|poisoned"},
	{"longer array as a whole", "arrays___diff_arr_dim",
		one(arr(5, s32)), moved(arr(7, s32)), plan.COREByteOff, "0:0", 0, "0->16|0->16|refused|0->16"},
	{"flexible array of the kernel", "arrays___equiv_zero_sz_arr",
		one(arr(5, s32)), fields(at(0, "z", u64), at(8, "a", arr(0, s32))), plan.COREByteOff, "0:0:4", 0, "16->24"},
	{"flexible array, first element", "arrays___equiv_zero_sz_arr",
		st("s", 4, at(0, "z", s32), at(4, "a", arr(0, s32))), fields(at(0, "z", u64), at(8, "a", arr(0, s32))), plan.COREByteOff, "0:1:0", 0, "4->8|4->8|refused|4->8"},
	{"flexible array, index of its member", "arrays___equiv_zero_sz_arr",
		st("s", 4, at(0, "z", s32), at(4, "a", arr(0, s32))), fields(at(0, "z", u64), at(8, "a", arr(0, s32))), plan.COREByteOff, "0:1:1", 0, "8->12"},
	{"flexible array became fixed", "arrays___fixed_arr",
		st("s", 4, at(0, "a", arr(0, s32))), moved(arr(1, s32)), plan.COREByteOff, "0:0:0", 0, "0->16"},
	{"empty array in the middle", "arrays___err_bad_zero_sz_arr",
		one(arr(5, s32)), fields(at(0, "a", arr(0, s32)), at(0, "z", s32)), plan.COREByteOff, "0:0:0", 0, "poisoned|refused|poisoned|poisoned"},
	{"empty array in a union", "arrays___equiv_zero_sz_arr",
		one(un("in", 4, at(0, "b", arr(1, s32)))), moved(un("in", 4, at(0, "b", arr(0, s32)))), plan.COREByteOff, "0:0:0:0", 0, "0->16|0->16|poisoned|0->16"},
	{"pointer as an array", "ptr_as_arr___diff_sz",
		st("s", 4, at(0, "a", s32)), list(st("s", 12, at(8, "a", s32))), plan.COREByteOff, "2:0", 0, "8->32"},
	{"signedness of an element", "arrays, no such relocation there",
		one(arr(5, u32)), moved(arr(5, u32)), plan.CORESigned, "0:0:2", 0, "refused|0->0|refused|refused"},

	{"anonymous enum", "primitives___diff_enum_def",
		one(enum("e", val("A", 1))), moved(enum("", val("B", 2))), plan.COREByteOff, "0:0", 0, "0->16|0->16|poisoned|0->16"},
	{"other enum", "primitives___diff_enum_def",
		one(enum("e", val("A", 1))), moved(enum("f", val("A", 1))), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"flavored enum", "primitives___diff_enum_def",
		one(enum("e___v1", val("A", 1))), moved(enum("e", val("A", 1))), plan.COREByteOff, "0:0", 0, "0->16"},
	{"ENUM and ENUM64", "primitives___diff_enum_def",
		one(enum("e", val("A", 1))), moved(enum64("e", val("A", 1))), plan.COREByteOff, "0:0", 0, "poisoned|0->16|refused|poisoned"},
	{"other pointee", "primitives___diff_ptr_type", one(ptr(s32)), moved(ptr(st("x", 4))), plan.COREByteOff, "0:0", opLoad64, "0->16"},
	{"other prototype", "primitives___diff_func_proto",
		one(ptr(proto(none, s32))), moved(ptr(proto(s32))), plan.COREByteOff, "0:0", opLoad64, "0->16"},
	{"INT for an enum", "primitives___err_non_enum", one(enum("e", val("A", 1))), moved(s32), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"pointer for an INT", "primitives___err_non_int", one(s32), moved(ptr(none)), plan.COREByteOff, "0:0", 0, "poisoned"},
	{"INT for a pointer", "primitives___err_non_ptr", one(ptr(none)), moved(u64), plan.COREByteOff, "0:0", opLoad64, "poisoned"},
	{"FLOAT", "primitives, no float there", one(f64), moved(f64), plan.COREByteOff, "0:0", opLoad64, "0->16"},
	{"qualifiers and typedefs", "mods___mod_swap, mods___typedefs",
		one(named("t", konst(vol(named("u", s32))))), moved(tag("user", named("v", s32))), plan.COREByteOff, "0:0", 0, "0->16"},

	{"wider unsigned INT", "size, test_core_autosize",
		one(u32), moved(u64), plan.COREByteOff, "0:0", 0, "0->16 (4->8 bytes)|0->16|0->16 (4->8 bytes)|0->16 (4->8 bytes)"},
	{"wider signed INT", "size, test_core_autosize",
		one(s32), moved(s64), plan.COREByteOff, "0:0", 0, "poisoned|0->16|refused|poisoned"},
	{"wider signed INT, probed", "size, test_core_autosize", one(s32), moved(s64), plan.COREByteOff, "0:0", opMov, "0->16"},
	{"INT of 16 bytes", "size, test_core_autosize",
		one(u64), moved(u128), plan.COREByteOff, "0:0", opLoad64, "refused|0->16|refused|refused"},
	{"load of another width", "size, test_core_autosize",
		one(u32), moved(u64), plan.COREByteOff, "0:0", opLoad64, "refused|0->16|0->16 (4->8 bytes)|refused"},
	{"far away", "misc", one(s32), fields(at(40000, "a", s32)), plan.COREByteOff, "0:0", 0, "refused"},
	{"far away, probed", "misc", one(s32), fields(at(40000, "a", s32)), plan.COREByteOff, "0:0", opMov, "0->40000"},
	{"size of a field", "size___diff_sz", one(u32), moved(u64), plan.COREByteSize, "0:0", 0, "4->8"},
	{"size of a struct", "size___diff_sz", one(st("in", 4)), moved(st("in", 12)), plan.COREByteSize, "0:0", 0, "4->12"},
	{"size of two dimensions", "size___diff_sz",
		one(arr(2, arr(3, s32))), moved(arr(3, arr(4, s32))), plan.COREByteSize, "0:0", 0, "24->48|24->48|12->16|24->48"},
	{"sizes that differ", "size___err_ambiguous", one(u32), list(one(u32), one(u64)), plan.COREByteSize, "0:0", 0, "refused"},
	{"signed now", "ints___reverse_sign", one(u32), moved(s32), plan.CORESigned, "0:0", 0, "0->1"},
	{"signed enum", "ints___reverse_sign",
		one(enum("e", val("A", 1))), moved(signedEnum("e", val("A", 1))), plan.CORESigned, "0:0", 0, "0->1"},
	{"signedness of a pointer", "ints, no such relocation there",
		one(ptr(none)), moved(ptr(none)), plan.CORESigned, "0:0", 0, "0->0|refused|0->0|0->0"},

	{"field exists", "existence", one(s32), moved(s64), plan.COREFieldExists, "0:0", 0, "1->1"},
	{"field does not exist", "existence___minimal", one(s32), fields(at(0, "b", s32)), plan.COREFieldExists, "0:0", 0, "1->0"},
	{"field of another type", "existence___wrong_field_defs", one(s32), moved(ptr(none)), plan.COREFieldExists, "0:0", 0, "1->0"},
	{"exists here and there", "existence, with duplicates",
		one(s32), list(one(s32), moved(s32)[0]), plan.COREFieldExists, "0:0", 0, "refused|1->1|refused|refused"},
	{"extensible struct", "misc, core_reloc_misc_extensible",
		st("ext___a", 8, at(0, "a1", s32), at(4, "a2", s32)), list(st("ext", 4, at(0, "b1", s32)), st("ext___c", 12, at(8, "a1", s32))), plan.COREByteOff, "0:0", 0, "0->8"},

	{"bitfield, direct", "bitfields", bitfield(0, 3), list(bitfield(41, 3)), plan.COREByteOff, "0:0", 0, "0->4"},
	{"bitfield, shift left", "bitfields___bit_sz_change", bitfield(0, 3), list(bitfield(41, 5)), plan.CORELShift, "0:0", 0, "61->50"},
	{"bitfield, shift right", "bitfields___bit_sz_change", bitfield(0, 3), list(bitfield(41, 5)), plan.CORERShift, "0:0", 0, "61->59"},
	{"bitfield over two words", "bitfields___just_big_enough",
		bitfield(0, 3), list(bitfield(30, 7)), plan.COREByteSize, "0:0", 0, "4->8|4->4|4->8|4->8"},
	{"bitfield too wide", "bitfields___err_too_big_bitfield",
		bitfield(0, 3), list(st("s", 32, bits(60, 64, "a", u64))), plan.COREByteSize, "0:0", 0, "refused|4->8|poisoned|refused"},
	{"bitfield became a field", "bitfields___bitfield_vs_int",
		bitfield(0, 3), moved(u32), plan.COREByteOff, "0:0", 0, "poisoned|0->16|refused|poisoned"},
	{"field became a bitfield", "bitfields___bitfield_vs_int",
		one(u32), list(bitfield(35, 3)), plan.COREByteOff, "0:0", 0, "poisoned|0->4|refused|poisoned"},
	{"bitfield became a field, probed", "bitfields___bitfield_vs_int", bitfield(0, 3), moved(u32), plan.COREByteSize, "0:0", 0, "4->4"},
}

var typePairs = []pair{
	{"enumerator moved", "enumval___diff",
		enum("e", val("A", 1), val("B", 2)), list(enum("e", val("B", 20), val("A", 10))), plan.COREEnumvalValue, "1", 0, "2->20"},
	{"enumerator missing", "enumval___val3_missing",
		enum("e", val("A", 1), val("B", 2)), list(enum("e", val("A", 1))), plan.COREEnumvalValue, "1", 0, "poisoned"},
	{"enum missing", "enumval___err_missing", enum("e", val("A", 1)), nil, plan.COREEnumvalValue, "0", 0, "poisoned"},
	{"enumerator exists", "enumval", enum("e", val("A", 1)), list(enum("e", val("A", 7))), plan.COREEnumvalExists, "0", 0, "1->1"},
	{"enumerator does not exist", "enumval___val3_missing",
		enum("e", val("A", 1)), list(enum("e", val("B", 7))), plan.COREEnumvalExists, "0", 0, "1->0"},
	{"flavored enumerator", "enumval", enum("e", val("A___x", 1)), list(enum("e", val("A", 7))), plan.COREEnumvalValue, "0", 0, "1->7"},
	{"enumerator with two separators", "enumval",
		enum("e", val("A___x___y", 1)), list(enum("e", val("A", 7))), plan.COREEnumvalExists, "0", 0, "1->0|1->0|1->1|1->0"},
	{"highest bit set", "enumval",
		enum("e", val("A", 0xffffffff)), list(enum("e", val("A", 0xffffffff))), plan.COREEnumvalValue, "0", bpfobj.LdImm64, "-1->-1|refused|4294967295->4294967295|-1->-1"},
	{"enum64", "enum64val",
		enum64("e", val("A", 1)), list(enum64("e", val("A", 1<<40))), plan.COREEnumvalValue, "0", bpfobj.LdImm64, "1->1099511627776"},
	{"enum64 in 32 bits", "enum64val",
		enum64("e", val("A", 1)), list(enum64("e", val("A", 1<<40))), plan.COREEnumvalValue, "0", 0, "1->1099511627776|refused|1->1099511627776|1->1099511627776"},
	{"enum64 missing", "enum64val___err_missing",
		enum64("e", val("A", 1)), list(enum64("e", val("B", 1))), plan.COREEnumvalValue, "0", 0, "poisoned"},
	{"enum became enum64", "enum64val___diff",
		enum("e", val("A", 1)), list(enum64("e", val("A", 9))), plan.COREEnumvalValue, "0", 0, "1->9|1->9|poisoned|poisoned"},
	{"enum64 became enum", "enum64val___diff",
		enum64("e", val("A", 1)), list(enum("e", val("A", 9))), plan.COREEnumvalValue, "0", 0, "1->9|1->9|poisoned|poisoned"},
	{"exists as enum64", "enum64val",
		enum("e", val("A", 1)), list(enum64("e", val("A", 9))), plan.COREEnumvalExists, "0", 0, "1->1|1->1|1->0|1->0"},

	{"struct exists", "type_based___diff", one(s32), moved(u64), plan.CORETypeExists, "0", 0, "1->1"},
	{"nothing exists", "type_based___all_missing", one(s32), nil, plan.CORETypeExists, "0", 0, "1->0"},
	{"union of that name", "type_based___incompat", one(s32), list(un("s", 4, at(0, "a", s32))), plan.CORETypeExists, "0", 0, "1->0"},
	{"forward declaration only", "type_based___incompat", one(s32), list(fwd("s")), plan.CORETypeExists, "0", 0, "1->0"},
	{"typedef of that name", "type_based",
		one(s32), list(named("s", st("", 4, at(0, "a", s32)))), plan.CORETypeExists, "0", 0, "1->0|1->1|1->0|1->0"},
	{"typedef of an anonymous struct", "type_based___diff",
		named("t", st("", 4, at(0, "a", s32))), list(named("t", st("", 8, at(0, "b", u64)))), plan.CORETypeExists, "0", 0, "1->1"},
	{"typedef of an INT", "type_based___diff_sz", named("t", s32), list(named("t", u64)), plan.CORETypeExists, "0", 0, "1->1"},
	{"typedef of another kind", "type_based___incompat",
		named("t", s32), list(named("t", enum("e", val("A", 1)))), plan.CORETypeExists, "0", 0, "1->0"},
	{"typedef of void *", "type_based___incompat",
		named("t", ptr(none)), list(named("t", ptr(st("x", 4)))), plan.CORETypeExists, "0", 0, "1->0"},
	{"typedef of a FLOAT", "type_based, no float there",
		named("t", f64), list(named("t", f64)), plan.CORETypeExists, "0", 0, "1->0|refused|1->1|1->0"},
	{"prototypes alike", "type_based___diff_sz, func_proto_typedef",
		named("t", ptr(proto(s32, s32))), list(named("t", ptr(proto(u64, u64)))), plan.CORETypeExists, "0", 0, "1->1"},
	{"one more parameter", "type_based___fn_wrong_args",
		named("t", ptr(proto(s32, s32))), list(named("t", ptr(proto(s32, s32, s32)))), plan.CORETypeExists, "0", 0, "1->0"},
	{"other return type", "type_based___fn_wrong_ret",
		named("t", ptr(proto(s32, s32))), list(named("t", ptr(proto(none, s32)))), plan.CORETypeExists, "0", 0, "1->0"},
	{"prototypes in prototypes", "type_based, recursion limit 2 of the kernel",
		named("t", proto(none, ptr(proto(none, ptr(proto(none, s32)))))), list(named("t", proto(none, ptr(proto(none, ptr(proto(none, s32))))))), plan.CORETypeExists, "0", 0, "1->1|1->1|1->1|refused"},
	{"size of a type", "type_based___diff_sz", one(s32), list(st("s", 40)), plan.CORETypeSize, "0", 0, "16->40"},
	{"size of no type", "type_based___all_missing", one(s32), nil, plan.CORETypeSize, "0", 0, "16->0|poisoned|refused|16->0"},
	{"size of one or the other", "size___err_ambiguous1, size___err_ambiguous2",
		one(s32), list(st("s", 40), st("s", 44)), plan.CORETypeSize, "0", 0, "refused"},
	{"local id", "type_id", st("s", 16), nil, plan.CORELocalTypeID, "0", 0, "1->1"},
	{"id", "type_id", one(s32), list(one(s32)), plan.CORETargetTypeID, "0", 0, "2->2"},
	{"id of no type", "type_id___missing_targets", one(s32), nil, plan.CORETargetTypeID, "0", 0, "2->0|poisoned|refused|2->0"},
	{"two ids", "type_id, with duplicates", one(s32), list(one(s32), one(s32)), plan.CORETargetTypeID, "0", 0, "refused"},

	{"matches", "type_based, bpf_core_type_matches",
		one(s32), list(st("s", 20, at(0, "z", u64), at(16, "a", s32))), plan.CORETypeMatches, "0", 0, "1->1|1->1|refused|1->1"},
	{"member of another size", "type_based___diff_sz", one(s32), moved(s64), plan.CORETypeMatches, "0", 0, "1->0|1->0|refused|1->0"},
	{"no type to match", "type_based___all_missing", one(s32), nil, plan.CORETypeMatches, "0", 0, "1->0|1->0|refused|1->0"},
	{"struct in a struct matches", "type_based, recursion limit 2 of the kernel",
		one(st("in", 4, at(0, "b", s32))), moved(st("in", 4, at(0, "b", s32))), plan.CORETypeMatches, "0", 0, "1->1|1->1|refused|refused"},
	{"struct behind a pointer matches", "type_based___diff",
		one(ptr(st("in", 4, at(0, "b", s32)))), moved(ptr(st("in", 8))), plan.CORETypeMatches, "0", 0, "1->1|1->0|refused|1->1"},
	{"enum matches", "type_based___diff, enum",
		enum("e", val("A", 1)), list(enum("e", val("B", 2), val("A", 3))), plan.CORETypeMatches, "0", 0, "1->1|1->1|refused|1->1"},

	{"anonymous root", "anonymous types have no layout there",
		st("", 4, at(0, "a", s32)), list(st("", 8, at(4, "a", s32)), st("", 4, at(0, "b", s32))), plan.COREByteOff, "0:0", 0, "refused|refused|0->4|refused"},
	{"flavor alone", "flavors",
		st("___x", 4, at(0, "a", s32)), list(st("", 8, at(4, "a", s32))), plan.COREByteOff, "0:0", 0, "poisoned|poisoned|0->4|poisoned"},
}

// TestCOREPairs tells the loaders apart.
func TestCOREPairs(t *testing.T) {
	t.Parallel()
	loaders := [...]*plan.Loader{plan.Libbpf, plan.Cilium, plan.Aya, plan.Lskel}
	for _, table := range [][]pair{fieldPairs, typePairs} {
		for _, tt := range table {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				want := strings.Split(tt.want, "|")
				for i, l := range loaders {
					b := tt.relocated(t, l)
					got := coreOutcome(b)
					assert.Equal(t, want[min(i, len(want)-1)], got, "%s: %s", l.Name, b.Reason())
				}
			})
		}
	}
}
