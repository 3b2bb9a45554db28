package btfdiff_test

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

// TestUnchecked tells what could not be compared.
func TestUnchecked(t *testing.T) {
	t.Parallel()
	old := built(t, "old", func(b *builder, _ types) {
		b.SignedEnum("bpf_func_id", value{Name: "BPF_FUNC_unspec"})
		b.TypeTag("rcu", 0)
	})
	now := built(t, "new", func(*builder, types) {})
	now.Modules = nil
	var texts []string
	for _, u := range compare(t, old, now).Unchecked {
		texts = append(texts, u.Text)
	}
	assert.Equal(t, []string{
		"modules: unknown of new, only vmlinux is compared",
		"signs of enums: not told by new",
		"type tags such as rcu and user: none in new",
		"kfuncs: no bpf_kfunc tags in old and new",
		"config: unknown of old and new",
		"helper: no enum bpf_func_id in new",
		"map_type: no enum bpf_map_type in old and new",
		"prog_type: no enum bpf_prog_type in old and new",
		"attach_type: no enum bpf_attach_type in old and new",
	}, texts)
}

// TestSignOfChar leaves the sign of char alone where an encoder does not tell it.
func TestSignOfChar(t *testing.T) {
	t.Parallel()
	chars := func(enc btfgraph.IntEncoding) *kernel.Kernel {
		b := &builder{}
		b.Int("char", 1, enc)
		b.Int("signed char", 1, enc)
		return kernelOf(t, "5.10", b)
	}
	d := compare(t, chars(0), chars(btfgraph.IntSigned))
	assert.Empty(t, d.Changes)
	assert.Contains(t, d.Unchecked, btfdiff.Unchecked{Kind: btfdiff.KindInt, Text: "sign of char: not told by 5.10"})

	b := &builder{}
	b.Int("char", 1, 0)
	b.Int("signed char", 1, btfgraph.IntSigned)
	d = compare(t, chars(btfgraph.IntSigned), kernelOf(t, "6.12", b))
	assert.Equal(t, []string{`semantic sign: unsigned, was signed`}, lines(find(d, btfdiff.KindInt, "char")))
}

// TestErrors refuses what cannot be compared: that is no empty difference.
func TestErrors(t *testing.T) {
	t.Parallel()
	good := built(t, "good", func(*builder, types) {})
	broken := &builder{}
	broken.Raw(0, btftest.Info(btfgraph.KindStruct, 9, false), 8) // of nine members none is there
	deep := func(b *builder, t types) {                           // an anonymous struct that holds itself
		id := b.Ptr(0) + 1
		b.Struct("", 8, member{Type: id})
		b.Struct("s", 8, member{Name: "m", Type: t.u32}, member{Type: id})
	}
	long := func(b *builder, _ types) { b.Struct(strings.Repeat("x", 1<<13), 0) }
	shallow := func(b *builder, t types) { b.Struct("s", 8, member{Name: "m", Type: t.u64}) }
	// doubled is 40 anonymous structs that hold the next one twice: the same, or one of
	// two copies, so that there are 2^40 ways through them.
	doubled := func(copies btftest.ID) func(b *builder, t types) {
		return func(b *builder, t types) {
			first := b.Ptr(0) + 1
			for i := range btftest.ID(40) {
				for range copies {
					next := first + (i+1)*copies
					b.Struct("", 8, member{Name: "a", Type: next}, member{Name: "b", Type: next + copies - 1})
				}
			}
			b.Struct("s", 8, member{Name: "m", Type: first})
		}
	}
	tests := []struct {
		name     string
		old, new *kernel.Kernel
		want     error
	}{
		{"copies of types in copies", built(t, "single", doubled(1)), built(t, "double", doubled(2)), btfdiff.ErrTooComplex},
		{"no kernel", nil, good, kernel.ErrNoTypes},
		{"no types", good, &kernel.Kernel{Name: "empty"}, kernel.ErrNoTypes},
		{"types that end early", kernelOf(t, "broken", broken), good, kernel.ErrNoTypes},
		{"name too long", good, built(t, "long", long), btfdiff.ErrTooComplex},
		{"types too complex", built(t, "deep", deep), built(t, "shallow", shallow), btfdiff.ErrTooComplex},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := btfdiff.Compare(tt.old, tt.new, btfdiff.Options{})
			assert.Nil(t, d)
			assert.ErrorIs(t, err, tt.want)
		})
	}
}

// TestModules compares what vmlinux and the modules define together.
func TestModules(t *testing.T) {
	t.Parallel()
	with := func(name string, modules ...string) *kernel.Kernel {
		b := &builder{}
		u32 := b.Int("unsigned int", 4, 0)
		k := kernelOf(t, name, b)
		for i, m := range modules {
			split := btftest.NewSplit(b)
			split.Struct("conn", 4, member{Name: "a", Type: u32})
			if name == "new" {
				split.Struct("late", 4, member{Name: "a", Type: u32, BitOffset: uint32(i)})
			}
			k.Modules[m] = split.Graph(t)
		}
		return k
	}
	d := compare(t, with("old", "nf"), with("new", "nf_conn"))
	conn := find(d, btfdiff.KindStruct, "conn")
	require.NotNil(t, conn)
	assert.Equal(t, []string{"semantic moved to module nf_conn, was in module nf"}, lines(conn))
	assert.Equal(t, &btfdiff.Modules{New: "nf_conn"}, find(d, btfdiff.KindStruct, "late").Modules)

	unknown := with("new", "nf_conn")
	unknown.Modules = nil
	assert.Empty(t, compare(t, with("old", "nf"), unknown).Changes, "only vmlinux is compared")
}

// TestOptions compares what is asked for, and finds of it what a comparison of
// everything finds.
func TestOptions(t *testing.T) {
	t.Parallel()
	old, now := openKernel(t, "btfdiff/6.12.btf"), openKernel(t, "btfdiff/7.3.btf")
	all := compare(t, old, now)
	wanted := map[string]bool{"task_struct": true, "bpf_wq_set_callback": true, "block_rq": true, "inode_setxattr": true}
	tests := []struct {
		name string
		opts btfdiff.Options
		keep func(ch *btfdiff.Change) bool
	}{
		{"kinds", btfdiff.Options{Kinds: []btfdiff.Kind{btfdiff.KindKfunc, btfdiff.KindTypedef}},
			func(ch *btfdiff.Change) bool { return ch.Kind == btfdiff.KindKfunc || ch.Kind == btfdiff.KindTypedef }},
		{"names", btfdiff.Options{Match: func(_ btfdiff.Kind, name string) bool { return wanted[name] }},
			func(ch *btfdiff.Change) bool { return wanted[ch.Name] }},
		{"names of a kind", btfdiff.Options{Match: func(k btfdiff.Kind, name string) bool { return k == btfdiff.KindKfunc && wanted[name] }},
			func(ch *btfdiff.Change) bool { return ch.Kind == btfdiff.KindKfunc && wanted[ch.Name] }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			part, err := btfdiff.Compare(old, now, tt.opts)
			require.NoError(t, err)
			want := &btfdiff.Diff{}
			for _, ch := range all.Changes {
				if tt.keep(&ch) {
					want.Changes = append(want.Changes, ch)
				}
			}
			require.NotEmpty(t, want.Changes)
			assert.Equal(t, spell(want), spell(part))
		})
	}
}

// TestSpecs compares kernels whose types cilium/ebpf has loaded.
func TestSpecs(t *testing.T) {
	t.Parallel()
	var kernels []*kernel.Kernel
	for _, name := range []string{"6.12", "7.3"} {
		spec, err := btf.LoadSpec("../testdata/btfdiff/" + name + ".btf")
		require.NoError(t, err)
		k, err := kernel.FromSpec(name, spec, nil)
		require.NoError(t, err)
		kernels = append(kernels, k)
	}
	want := compare(t, openKernel(t, "btfdiff/6.12.btf"), openKernel(t, "btfdiff/7.3.btf"))
	got := compare(t, kernels[0], kernels[1])
	structs := func(d *btfdiff.Diff) (list []string) {
		for i := range d.Changes {
			if ch := &d.Changes[i]; ch.Kind == btfdiff.KindStruct {
				list = append(list, ch.Name+ch.Change.String())
				list = append(list, lines(ch)...)
			}
		}
		return list
	}
	assert.Equal(t, structs(want), structs(got))
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, k := range btfdiff.Kinds() {
		parsed, err := btfdiff.ParseKind(k.String())
		require.NoError(t, err)
		assert.Equal(t, k, parsed)
	}
	for _, g := range []btfdiff.Grade{btfdiff.GradeAddition, btfdiff.GradeRelocatable, btfdiff.GradeSemantic, btfdiff.GradeBreaks} {
		parsed, err := btfdiff.ParseGrade(g.String())
		require.NoError(t, err)
		assert.Equal(t, g, parsed)
	}
	_, err := btfdiff.ParseKind("class")
	assert.EqualError(t, err, `kind "class": unknown`)
	_, err = btfdiff.ParseGrade("fatal")
	assert.EqualError(t, err, `grade "fatal": unknown`)
}
