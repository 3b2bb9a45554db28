package btfdiff_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

// TestThings compares one thing of an old and a new kernel, by kind.
func TestThings(t *testing.T) {
	t.Parallel()
	fn := func(name string, ret func(t types) btftest.ID, params ...func(b *builder, t types) param) func(b *builder, t types) {
		return func(b *builder, t types) {
			var list []param
			for _, p := range params {
				list = append(list, p(b, t))
			}
			b.Func(name, b.FuncProto(ret(t), list...), btfgraph.LinkageStatic)
		}
	}
	void := func(types) btftest.ID { return 0 }
	i32 := func(t types) btftest.ID { return t.i32 }
	par := func(name string, of func(t types) btftest.ID) func(b *builder, t types) param {
		return func(_ *builder, t types) param { return param{Name: name, Type: of(t)} }
	}
	pa := func(t types) btftest.ID { return t.pa }
	pb := func(t types) btftest.ID { return t.pb }
	u64 := func(t types) btftest.ID { return t.u64 }
	tests := []struct {
		name     string
		kind     btfdiff.Kind
		thing    string
		old, new func(b *builder, t types)
		change   btfdiff.ChangeType
		want     []string // nil: no change
	}{
		{"function with another argument at its end", btfdiff.KindFunc, "f",
			fn("f", void, par("x", pa)), fn("f", void, par("x", pa), par("n", i32)), btfdiff.Changed,
			[]string{`semantic "n" added: int`}},
		{"function with another argument in front", btfdiff.KindFunc, "f",
			fn("f", void, par("x", pa)), fn("f", void, par("n", i32), par("x", pa)), btfdiff.Changed,
			[]string{`semantic "n" added: int`, `breaks "x" moved: position 2, was position 1`}},
		{"argument removed", btfdiff.KindFunc, "f",
			fn("f", void, par("x", pa), par("n", i32)), fn("f", void, par("n", i32)), btfdiff.Changed,
			[]string{`breaks "x" removed: struct a *`, `breaks "n" moved: position 1, was position 2`}},
		{"argument of another name", btfdiff.KindFunc, "f",
			fn("f", void, par("x", pa)), fn("f", void, par("y", pa)), btfdiff.Changed,
			[]string{`semantic "x" renamed to "y"`}},
		{"wider argument", btfdiff.KindFunc, "f",
			fn("f", void, par("n", i32)), fn("f", void, par("n", u64)), btfdiff.Changed,
			[]string{`semantic "n" type: long unsigned int, was int`}},
		{"argument that points elsewhere", btfdiff.KindFunc, "f",
			fn("f", void, par("x", pa)), fn("f", void, par("x", pb)), btfdiff.Changed,
			[]string{`breaks "x" type: struct b *, was struct a *`}},
		{"arguments without names", btfdiff.KindFunc, "f",
			fn("f", void, par("", pa), par("", i32)), fn("f", void, par("", pa), par("", u64)), btfdiff.Changed,
			[]string{`semantic "#2" type: long unsigned int, was int`}},
		{"function that returns something now", btfdiff.KindFunc, "f",
			fn("f", void), fn("f", i32), btfdiff.Changed, []string{`semantic "return" type: int, was void`}},
		{"function that returns nothing any more", btfdiff.KindFunc, "f",
			fn("f", i32), fn("f", void), btfdiff.Changed, []string{`breaks "return" type: void, was int`}},
		{"linkage", btfdiff.KindFunc, "f",
			fn("f", void), func(b *builder, _ types) { b.Func("f", b.FuncProto(0), btfgraph.LinkageGlobal) }, btfdiff.Changed,
			[]string{`semantic linkage: global, was static`}},
		{"LSM hook", btfdiff.KindLSMHook, "file_open",
			fn("bpf_lsm_file_open", i32, par("f", pa)), fn("bpf_lsm_file_open", i32, par("f", pb)), btfdiff.Changed,
			[]string{`breaks "f" type: struct b *, was struct a *`}},
		{"function beside the LSM hooks", btfdiff.KindLSMHook, "verify_prog",
			func(b *builder, t types) { b.Union("security_list_options", 8, member{Name: "file_open", Type: t.ptr}) },
			func(b *builder, t types) {
				b.Union("security_list_options", 8, member{Name: "file_open", Type: t.ptr})
				b.Func("bpf_lsm_verify_prog", b.FuncProto(0), 0)
			}, btfdiff.Added, nil},
		{"iterator", btfdiff.KindIterator, "task",
			func(*builder, types) {},
			func(b *builder, t types) {
				meta := b.Ptr(b.Struct("bpf_iter_meta", 0))
				b.Func("bpf_iter_task", b.FuncProto(t.i32, param{Name: "meta", Type: meta}), 0)
			}, btfdiff.Added, []string{}},
		{"function beside the iterators", btfdiff.KindIterator, "link_attach",
			func(*builder, types) {}, fn("bpf_iter_link_attach", i32, par("attr", pa)), btfdiff.Added, nil},
		{"raw tracepoint with another argument", btfdiff.KindTracepoint, "x",
			func(b *builder, t types) { tracepoint(b, t, t.pa) }, func(b *builder, t types) { tracepoint(b, t, t.pa, t.u32) }, btfdiff.Changed,
			[]string{`addition "#2" added: unsigned int`}},
		{"raw tracepoint with another argument in front", btfdiff.KindTracepoint, "x",
			func(b *builder, t types) { tracepoint(b, t, t.pa) }, func(b *builder, t types) { tracepoint(b, t, t.u32, t.pa) }, btfdiff.Changed,
			[]string{`breaks "#1" type: unsigned int, was struct a *`, `addition "#2" added: struct a *`}},
		{"record of an event", btfdiff.KindTracepoint, "class",
			func(b *builder, t types) { b.Struct("trace_event_raw_class", 8, member{Name: "n", Type: t.u32}) },
			func(b *builder, t types) { b.Struct("trace_event_raw_class", 8, member{Name: "n", Type: t.u64}) }, btfdiff.Changed,
			[]string{`breaks "__entry.n" type: long unsigned int, was unsigned int`}},
		{"callback of a struct_ops type, which moved", btfdiff.KindStructOps, "ops",
			func(b *builder, t types) {
				structOps(b, member{Name: "run", Type: b.Ptr(b.FuncProto(0, param{Type: t.pa}))})
			},
			func(b *builder, t types) {
				structOps(b, member{Name: "init", Type: t.ptr},
					member{Name: "run", Type: b.Ptr(b.FuncProto(0, param{Type: t.pa}, param{Type: t.u32})), BitOffset: 64})
			}, btfdiff.Changed,
			[]string{`addition "init" added: void *`, `addition "run.#2" added: unsigned int`}},
		{"callback of a struct_ops type that is gone", btfdiff.KindStructOps, "ops",
			func(b *builder, t types) { structOps(b, member{Name: "run", Type: t.ptr}) },
			func(b *builder, _ types) { structOps(b) }, btfdiff.Changed, []string{`breaks "run" removed: void *`}},
		{"helper", btfdiff.KindHelper, "bpf_map_lookup_elem",
			func(b *builder, _ types) { b.Enum("bpf_func_id", value{Name: "BPF_FUNC_unspec"}) },
			func(b *builder, _ types) {
				b.Enum("bpf_func_id", value{Name: "BPF_FUNC_unspec"}, value{Name: "BPF_FUNC_map_lookup_elem", Value: 1})
			}, btfdiff.Added, []string{}},
		{"helper of another number", btfdiff.KindHelper, "bpf_x",
			func(b *builder, _ types) { b.Enum("bpf_func_id", value{Name: "BPF_FUNC_x", Value: 3}) },
			func(b *builder, _ types) { b.Enum("bpf_func_id", value{Name: "BPF_FUNC_x", Value: 4}) }, btfdiff.Changed,
			[]string{`breaks value: 4, was 3`}},
		{"map type of another name", btfdiff.KindMapType, "BPF_MAP_TYPE_X",
			func(b *builder, _ types) { b.Enum("bpf_map_type", value{Name: "BPF_MAP_TYPE_X", Value: 3}) },
			func(b *builder, _ types) { b.Enum("bpf_map_type", value{Name: "BPF_MAP_TYPE_X_DEPRECATED", Value: 3}) }, btfdiff.Removed,
			[]string{`semantic "BPF_MAP_TYPE_X" renamed to "BPF_MAP_TYPE_X_DEPRECATED"`}},
		{"program type that is not compiled in any more", btfdiff.KindProgType, "BPF_PROG_TYPE_XDP",
			func(b *builder, t types) { progTypes(b, "BPF_PROG_TYPE_XDP_prog", t.pa) },
			func(b *builder, t types) { progTypes(b, "BPF_PROG_TYPE_LSM_prog", t.pa) }, btfdiff.Changed,
			[]string{`breaks not compiled in, was compiled in`}},
		{"end of a list", btfdiff.KindAttachType, "__MAX_BPF_ATTACH_TYPE",
			func(b *builder, _ types) { b.Enum("bpf_attach_type", value{Name: "__MAX_BPF_ATTACH_TYPE", Value: 3}) },
			func(b *builder, _ types) { b.Enum("bpf_attach_type", value{Name: "__MAX_BPF_ATTACH_TYPE", Value: 4}) }, btfdiff.Changed, nil},
		{"enumerators", btfdiff.KindEnum, "e",
			func(b *builder, _ types) {
				b.Enum("e", value{Name: "A", Value: 0}, value{Name: "B", Value: 1}, value{Name: "C", Value: 2})
			},
			func(b *builder, _ types) {
				b.Enum("e", value{Name: "D", Value: 0}, value{Name: "A", Value: 1}, value{Name: "C", Value: 2})
			}, btfdiff.Changed,
			[]string{`breaks "B" removed: 1`, `addition "D" added: 0`, `semantic "A" value: 1, was 0`}},
		{"enumerators in another order", btfdiff.KindEnum, "e",
			func(b *builder, _ types) { b.Enum("e", value{Name: "A", Value: 0}, value{Name: "B", Value: 1}) },
			func(b *builder, _ types) { b.Enum("e", value{Name: "B", Value: 1}, value{Name: "A", Value: 0}) }, btfdiff.Changed, nil},
		{"enum of 64 bits", btfdiff.KindEnum, "e",
			func(b *builder, _ types) { b.Enum("e", value{Name: "A", Value: 0}) },
			func(b *builder, _ types) { b.Enum64("e", value{Name: "A", Value: 0}, value{Name: "B", Value: 1 << 40}) }, btfdiff.Changed,
			[]string{`breaks size: 8 bytes, was 4 bytes`, `semantic encoding: ENUM64, was ENUM`, `addition "B" added: 1099511627776`}},
		{"sign of an enum, from an encoder that does not tell it", btfdiff.KindEnum, "e",
			func(b *builder, _ types) { b.Enum("e", value{Name: "A", Value: 1<<32 - 1}) },
			func(b *builder, _ types) { b.SignedEnum("e", value{Name: "A", Value: 1<<64 - 1}) }, btfdiff.Changed, nil},
		{"anonymous enums", btfdiff.KindEnum, btfdiff.AnonymousEnums,
			func(b *builder, _ types) {
				b.Enum("", value{Name: "A", Value: 0}, value{Name: "B", Value: 1})
				b.Enum("", value{Name: "A", Value: 0})
			},
			func(b *builder, _ types) {
				b.Enum("", value{Name: "B", Value: 2}, value{Name: "C", Value: 3})
				b.Enum("", value{Name: "A", Value: 0})
			}, btfdiff.Changed,
			[]string{`semantic "B" value: 2, was 1`, `addition "C" added: 3`}},
		{"anonymous enums with one name", btfdiff.KindEnum, btfdiff.AnonymousEnums,
			func(b *builder, _ types) {
				b.Enum("", value{Name: "A", Value: 3})
				b.Enum("", value{Name: "B", Value: 1})
				b.Enum("", value{Name: "B", Value: 4})
				b.Enum("", value{Name: "C", Value: 1 << 31})
			},
			func(b *builder, _ types) {
				b.Enum("", value{Name: "A", Value: 1})
				b.Enum("", value{Name: "A", Value: 3})
				b.Enum("", value{Name: "B", Value: 4})
				b.Enum("", value{Name: "B", Value: 2})
				b.Enum64("", value{Name: "C", Value: 1<<32 | 1<<31}, value{Name: "C", Value: 1 << 63})
			}, btfdiff.Changed,
			[]string{`addition "A" added: 1`, `semantic "B" value: 2, was 1`, `addition "C" added: 9223372036854775808`}},
		{"typedef of another struct", btfdiff.KindTypedef, "x_t",
			func(b *builder, t types) { b.Typedef("x_t", t.a) }, func(b *builder, t types) { b.Typedef("x_t", t.b) }, btfdiff.Changed,
			[]string{`breaks type: struct b, was struct a`}},
		{"typedef of a struct without a name", btfdiff.KindTypedef, "x_t",
			func(b *builder, t types) { b.Typedef("x_t", b.Struct("", 4, member{Name: "m", Type: t.u32})) },
			func(b *builder, t types) { b.Typedef("x_t", b.Struct("", 8, member{Name: "m", Type: t.u64})) }, btfdiff.Changed,
			[]string{`relocatable size: 8 bytes, was 4 bytes`, `breaks "m" type: long unsigned int, was unsigned int`}},
		{"variable", btfdiff.KindVar, "v",
			func(b *builder, t types) { b.Var("v", t.u32, btfgraph.LinkageGlobal) },
			func(b *builder, t types) { b.Var("v", t.pa, btfgraph.LinkageGlobal) }, btfdiff.Changed,
			[]string{`breaks type: struct a *, was unsigned int`}},
		{"section", btfdiff.KindDatasec, ".data..percpu",
			func(b *builder, t types) {
				v, w := b.Var("v", t.u32, 1), b.Var("w", t.u32, 1)
				b.Datasec(".data..percpu", 8, btftest.Secinfo{Type: v, Size: 4}, btftest.Secinfo{Type: w, Offset: 4, Size: 4})
			},
			func(b *builder, t types) {
				v, x := b.Var("v", t.u32, 1), b.Var("x", t.u32, 1)
				b.Datasec(".data..percpu", 8, btftest.Secinfo{Type: x, Size: 4}, btftest.Secinfo{Type: v, Offset: 4, Size: 4})
			}, btfdiff.Changed,
			[]string{`breaks "w" removed: 4 bytes`, `addition "x" added: 4 bytes`, `relocatable moved: 1 variable`}},
		{"struct that is a union now", btfdiff.KindStruct, "s",
			func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) },
			func(b *builder, t types) { b.Union("s", 8, member{Name: "m", Type: t.u64}) }, btfdiff.Removed, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ch := find(compare(t, built(t, "old", tt.old), built(t, "new", tt.new)), tt.kind, tt.thing)
			if tt.want == nil {
				assert.Nil(t, ch)
				return
			}
			require.NotNil(t, ch)
			assert.Equal(t, tt.change, ch.Change)
			assert.Equal(t, tt.want, append([]string{}, lines(ch)...))
		})
	}
}

// tracepoint adds the raw tracepoint x with those arguments.
func tracepoint(b *builder, t types, args ...btftest.ID) {
	params := []param{{Type: t.ptr}}
	for _, a := range args {
		params = append(params, param{Type: a})
	}
	b.Typedef("btf_trace_x", b.Ptr(b.FuncProto(0, params...)))
}

// structOps adds the struct_ops type ops with those members.
func structOps(b *builder, members ...member) {
	ops := b.Struct("ops", uint32(8*len(members)), members...)
	b.Struct("bpf_struct_ops_ops", 64, member{Name: "data", Type: ops})
}

// progTypes adds the program type XDP and what bpf_ctx_convert says of some type.
func progTypes(b *builder, compiled string, typ btftest.ID) {
	b.Enum("bpf_prog_type", value{Name: "BPF_PROG_TYPE_XDP", Value: 6})
	b.Struct("bpf_ctx_convert", 8, member{Name: compiled, Type: typ})
}

func TestKfuncs(t *testing.T) {
	t.Parallel()
	kfunc := func(b *builder, name string, params ...param) {
		b.DeclTag("bpf_kfunc", b.Func(name, b.FuncProto(0, params...), 0), -1)
	}
	old := built(t, "old", func(b *builder, t types) {
		kfunc(b, "same", param{Name: "x", Type: t.pa})
		kfunc(b, "more", param{Name: "x", Type: t.pa})
		kfunc(b, "split", param{Name: "x", Type: t.pa}, param{Name: "aux__prog", Type: t.ptr})
		b.Func("promoted", b.FuncProto(0), 0)
	})
	now := built(t, "new", func(b *builder, t types) {
		kfunc(b, "same", param{Name: "x", Type: t.pa})
		kfunc(b, "more", param{Name: "x", Type: t.pa}, param{Name: "n", Type: t.u32})
		kfunc(b, "split", param{Name: "x", Type: t.pa})
		b.Func("split_impl", b.FuncProto(0, param{Name: "x", Type: t.pa}, param{Name: "aux", Type: t.pb}), 0)
		kfunc(b, "promoted")
	})
	d := compare(t, old, now)
	assert.Nil(t, find(d, btfdiff.KindKfunc, "same"))
	assert.Equal(t, []string{`breaks "n" added: unsigned int`}, lines(find(d, btfdiff.KindKfunc, "more")))
	assert.Equal(t, []string{`breaks implicit arguments: void split(struct a *x), was void split(struct a *x, void *aux__prog)`},
		lines(find(d, btfdiff.KindKfunc, "split")))
	promoted := find(d, btfdiff.KindKfunc, "promoted")
	assert.Equal(t, btfdiff.Added, promoted.Change)
	assert.Equal(t, []string{`addition tag added: bpf_kfunc`}, lines(promoted))
}

// TestKfuncTypes tells apart what libbpf takes for the prototype that an object
// declares, and what it refuses.
func TestKfuncTypes(t *testing.T) {
	t.Parallel()
	color := func(b *builder, _ types) btftest.ID { return b.Enum("color", value{Name: "RED"}) }
	of := func(id func(t types) btftest.ID) func(*builder, types) btftest.ID {
		return func(_ *builder, t types) btftest.ID { return id(t) }
	}
	i32, u64 := of(func(t types) btftest.ID { return t.i32 }), of(func(t types) btftest.ID { return t.u64 })
	void, pvoid := of(func(types) btftest.ID { return 0 }), of(func(t types) btftest.ID { return t.ptr })
	pa := of(func(t types) btftest.ID { return t.pa })
	tests := []struct {
		name     string
		old, new func(b *builder, t types) btftest.ID
		want     btfdiff.Grade
	}{
		{"wider integer", i32, u64, btfdiff.GradeSemantic},
		{"integer and enum", i32, color, btfdiff.GradeBreaks},
		{"void * and pointer to a struct", pvoid, pa, btfdiff.GradeBreaks},
		{"typedef", i32, func(b *builder, t types) btftest.ID { return b.Typedef("n_t", t.i32) }, btfdiff.GradeRelocatable},
		{"nothing and something", void, i32, btfdiff.GradeBreaks},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kfunc := func(of func(b *builder, t types) btftest.ID) func(b *builder, t types) {
				return func(b *builder, t types) {
					b.DeclTag("bpf_kfunc", b.Func("returns", b.FuncProto(of(b, t)), 0), -1)
					b.DeclTag("bpf_kfunc", b.Func("takes", b.FuncProto(0, param{Name: "x", Type: of(b, t)}), 0), -1)
				}
			}
			d := compare(t, built(t, "old", kfunc(tt.old)), built(t, "new", kfunc(tt.new)))
			for _, name := range []string{"returns", "takes"} {
				ch := find(d, btfdiff.KindKfunc, name)
				require.NotNil(t, ch, name)
				assert.Equal(t, tt.want, ch.Grade, name)
			}
		})
	}
}

// TestConfig compares configurations.
func TestConfig(t *testing.T) {
	t.Parallel()
	config := func(k *kernel.Kernel, text string) *kernel.Kernel {
		c, err := kernel.NewConfig([]byte(text))
		require.NoError(t, err)
		k.Config = c
		return k
	}
	none := func(*builder, types) {}
	d := compare(t, config(built(t, "old", none), "CONFIG_A=y\nCONFIG_HZ=250\nCONFIG_B=m\n"),
		config(built(t, "new", none), "# CONFIG_A is not set\nCONFIG_HZ=1000\nCONFIG_B=m\nCONFIG_C=y\n"))
	require.Len(t, d.Changes, 3)
	assert.NotContains(t, d.Unchecked, btfdiff.Unchecked{Kind: btfdiff.KindConfig, Whole: true, Text: "config: unknown of old and new"})
	assert.Equal(t, []string{
		`config CONFIG_A removed breaks [breaks removed: y]`,
		`config CONFIG_C added addition [addition added: y]`,
		`config CONFIG_HZ changed semantic [semantic value: 1000, was 250]`,
	}, func() (list []string) {
		for i := range d.Changes {
			ch := &d.Changes[i]
			list = append(list, ch.Kind.String()+" "+ch.Name+" "+ch.Change.String()+" "+ch.Grade.String()+" ["+lines(ch)[0]+"]")
		}
		return list
	}())
}
