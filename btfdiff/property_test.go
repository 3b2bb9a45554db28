package btfdiff_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

// mirrored spells a diff as that of the swapped kernels would be if swap is set,
// without the grades, which depend on the direction.
func mirrored(d *btfdiff.Diff, swap bool) []string {
	var list []string
	for i := range d.Changes {
		ch := d.Changes[i]
		change := ch.Change
		old, now := ch.Modules.Both()
		if swap {
			change = map[btfdiff.ChangeType]btfdiff.ChangeType{
				btfdiff.Added: btfdiff.Removed, btfdiff.Removed: btfdiff.Added, btfdiff.Changed: btfdiff.Changed,
			}[change]
			old, now = now, old
		}
		var details []string
		for _, x := range ch.Details {
			what, o, n, subject := x.What, x.Old.String(), x.New.String(), x.Subject
			if swap {
				o, n = n, o
				switch what {
				case btfdiff.WhatAdded:
					what = btfdiff.WhatRemoved
				case btfdiff.WhatRemoved:
					what = btfdiff.WhatAdded
				}
			}
			details = append(details, fmt.Sprint(what, o, n, len(subject) > 0))
		}
		slices.Sort(details)
		list = append(list, fmt.Sprint(ch.Kind, ch.Name, change, old, now, details))
	}
	return list
}

// checkProperties checks what holds for any two kernels.
func checkProperties(t testing.TB, a, b *kernel.Kernel) {
	t.Helper()
	ab, ba := compare(t, a, b), compare(t, b, a)
	assert.Empty(t, compare(t, a, a).Changes, "a kernel and itself")
	assert.Equal(t, mirrored(ab, false), mirrored(ba, true), "swapped kernels")
	for i := range ab.Changes {
		ch := &ab.Changes[i]
		if i > 0 {
			p := &ab.Changes[i-1]
			assert.True(t, p.Kind < ch.Kind || p.Kind == ch.Kind && p.Name < ch.Name, "%s %s is in order and there once", ch.Kind, ch.Name)
		}
		worst := btfdiff.GradeAddition
		for j := range ch.Details {
			worst = max(worst, ch.Details[j].Grade)
			assert.NotEmpty(t, ch.Details[j].Text())
		}
		if ch.Change == btfdiff.Changed {
			assert.NotEmpty(t, ch.Details, "%s %s", ch.Kind, ch.Name)
			assert.Equal(t, worst, ch.Grade, "%s %s", ch.Kind, ch.Name)
		}
	}
	assert.Equal(t, spell(ab), spell(compare(t, a, b)), "the same twice")
}

// spell spells a diff as a whole.
func spell(d *btfdiff.Diff) []string {
	var list []string
	for i := range d.Changes {
		ch := &d.Changes[i]
		list = append(list, fmt.Sprint(ch.Kind, ch.Name, ch.Change, ch.Grade, lines(ch)))
	}
	return list
}

// checkTriangle checks that what came from a to c came from a to b or from b to
// c, and that what differs on the way and at neither end is gone.
func checkTriangle(t *testing.T, a, b, c *kernel.Kernel) {
	t.Helper()
	key := func(ch *btfdiff.Change) string { return ch.Kind.String() + " " + ch.Name }
	seen := map[string]bool{}
	unchecked := map[btfdiff.Kind]bool{} // b does not tell
	for _, d := range []*btfdiff.Diff{compare(t, a, b), compare(t, b, c)} {
		for _, u := range d.Unchecked {
			unchecked[u.Kind] = unchecked[u.Kind] || u.Whole
		}
		for i := range d.Changes {
			seen[key(&d.Changes[i])] = true
		}
	}
	d := compare(t, a, c)
	for i := range d.Changes {
		assert.True(t, seen[key(&d.Changes[i])] || unchecked[d.Changes[i].Kind], "%s changes from the first to the last kernel only", key(&d.Changes[i]))
	}
}

// realKernels are the kernels cut out of Debian's and the toy kernels.
func realKernels(t *testing.T) []*kernel.Kernel {
	t.Helper()
	var list []*kernel.Kernel
	for _, pattern := range []string{"btfdiff/*.btf", "kernels/*.o"} {
		paths, err := filepath.Glob("../testdata/" + pattern)
		require.NoError(t, err)
		for _, p := range paths {
			list = append(list, openKernel(t, filepath.Join(filepath.Base(filepath.Dir(p)), filepath.Base(p))))
		}
	}
	require.Greater(t, len(list), 10)
	return list
}

func TestProperties(t *testing.T) {
	t.Parallel()
	list := realKernels(t)
	for i, a := range list {
		for _, b := range list[:i] {
			t.Run(a.Name+" "+b.Name, func(t *testing.T) { checkProperties(t, a, b) })
		}
	}
}

func TestTriangle(t *testing.T) {
	t.Parallel()
	var cut []*kernel.Kernel
	for _, name := range []string{"5.10", "6.1", "6.12", "7.3"} {
		cut = append(cut, openKernel(t, "btfdiff/"+name+".btf"))
	}
	for i := range cut {
		for j := range cut {
			for k := range cut {
				checkTriangle(t, cut[i], cut[j], cut[k])
			}
		}
	}
}

// randomKernel makes a kernel of types that refer to each other at random, with
// names that repeat.
func randomKernel(t testing.TB, seed uint64) *kernel.Kernel {
	r := rand.New(rand.NewPCG(seed, 1))
	b := &builder{}
	for range 5 + r.IntN(60) {
		addRandom(b, r)
	}
	return kernelOf(t, fmt.Sprint("kernel ", seed), b)
}

// addRandom adds a type that refers to any id that there may be.
func addRandom(b *builder, r *rand.Rand) {
	name := func() string {
		return [...]string{"", "s", "t", "bpf_map_type", "bpf_lsm_x", "btf_trace_x", "trace_event_raw_x", "_s", "data", "bpf_struct_ops_s"}[r.IntN(10)]
	}
	id := func() btftest.ID { return btftest.ID(r.IntN(66)) }
	var members []member
	var params []param
	var values []value
	var entries []btftest.Secinfo
	for i := range r.IntN(5) {
		members = append(members, member{Name: name(), Type: id(), BitOffset: uint32(i * 32), Width: uint32(r.IntN(40) / 30 * r.IntN(9))})
		params = append(params, param{Name: name(), Type: id()})
		values = append(values, value{Name: name() + "V", Value: uint64(r.IntN(4)) - 1})
		entries = append(entries, btftest.Secinfo{Type: id(), Offset: uint32(8 * i), Size: uint32(r.IntN(9))})
	}
	switch r.IntN(16) {
	case 0:
		b.Int(name(), 1<<r.IntN(4), btfgraph.IntEncoding(r.IntN(3)))
	case 1:
		b.Ptr(id())
	case 2:
		b.Array(id(), id(), uint32(r.IntN(4)))
	case 3, 4, 5:
		b.Struct(name(), uint32(r.IntN(64)), members...)
	case 6:
		b.Union(name(), uint32(r.IntN(64)), members...)
	case 7:
		b.Enum(name(), values...)
	case 8:
		b.SignedEnum(name(), values...)
	case 9:
		b.Enum64(name(), values...)
	case 10:
		b.Typedef(name(), id())
	case 11:
		b.Const(id())
	case 12:
		b.FuncProto(id(), params...)
	case 13:
		b.Func(name(), id(), btfgraph.Linkage(r.IntN(3)))
	case 14:
		b.DeclTag("bpf_kfunc", id(), r.IntN(3)-1)
	default:
		b.Var(name(), id(), btfgraph.Linkage(r.IntN(3)))
		b.Datasec(name(), uint32(r.IntN(64)), entries...)
	}
}

func TestPropertiesOfRandomKernels(t *testing.T) {
	t.Parallel()
	compared := 0
	for seed := range uint64(500) {
		a, b := randomKernel(t, 2*seed), randomKernel(t, 2*seed+1)
		if _, err := btfdiff.Compare(a, b, btfdiff.Options{}); err != nil { // an anonymous struct holds itself
			require.ErrorIs(t, err, btfdiff.ErrTooComplex)
			continue
		}
		compared++
		checkProperties(t, a, b)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	assert.Greater(t, compared, 250)
}

// FuzzCompare compares two hostile BTFs: no panic, no hang, and what holds for any
// two kernels.
func FuzzCompare(f *testing.F) {
	var cut [2][]byte
	for i, name := range []string{"5.10", "6.1"} {
		var err error
		cut[i], err = os.ReadFile("../testdata/btfdiff/" + name + ".btf")
		require.NoError(f, err)
	}
	f.Add(cut[0], cut[1])
	for seed := range uint64(8) {
		var blobs [2][]byte
		for i := range blobs {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			b := &builder{}
			for range 30 {
				addRandom(b, r)
			}
			blobs[i] = b.Bytes(binary.LittleEndian)
		}
		f.Add(blobs[0], blobs[1])
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, err := btfgraph.Open(x, nil)
		if err != nil {
			return
		}
		b, err := btfgraph.Open(y, nil)
		if err != nil {
			return
		}
		old, now := &kernel.Kernel{Name: "a", Types: a}, &kernel.Kernel{Name: "b", Types: b}
		d, err := btfdiff.Compare(old, now, btfdiff.Options{})
		if err != nil {
			require.Nil(t, d)
			return
		}
		swapped, err := btfdiff.Compare(now, old, btfdiff.Options{})
		if errors.Is(err, btfdiff.ErrTooComplex) {
			return
		}
		require.NoError(t, err)
		assert.Equal(t, mirrored(d, false), mirrored(swapped, true))
		same, err := btfdiff.Compare(old, old, btfdiff.Options{})
		require.NoError(t, err)
		assert.Empty(t, same.Changes)
	})
}
