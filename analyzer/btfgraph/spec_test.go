package btfgraph_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// describe is everything that a graph tells about an id and that does not
// depend on the backend, see FromSpec.
type describe struct {
	kind        btfgraph.Kind
	name        string
	size        uint32
	ref         btfgraph.ID
	linkage     btfgraph.Linkage
	encoding    btfgraph.IntEncoding
	array       btfgraph.Array
	component   int
	members     []btfgraph.Member
	enumerators []btfgraph.Enumerator
	params      []btfgraph.Param
	secinfos    []btfgraph.ID
}

func description(g btfgraph.Graph, id btfgraph.ID) describe {
	d := describe{
		kind: g.Kind(id), name: g.Name(id), size: g.Size(id), ref: g.Ref(id), linkage: g.Linkage(id),
		encoding: g.Int(id).Encoding, array: g.Array(id), component: g.ComponentIndex(id),
	}
	if d.kind == btfgraph.KindEnum && d.size > 4 {
		d.kind = btfgraph.KindEnum64
	}
	if d.kind == btfgraph.KindEnum64 && d.size <= 4 {
		d.kind = btfgraph.KindEnum
	}
	if d.kind == btfgraph.KindDatasec {
		d.size = 0
	}
	for i := range g.Vlen(id) {
		switch g.Kind(id) {
		case btfgraph.KindStruct, btfgraph.KindUnion:
			m := g.Member(id, i)
			if in := g.Int(m.Type); !g.KindFlag(id) && in.Bits != 8*g.Size(m.Type) {
				m.BitOffset, m.BitfieldSize = m.BitOffset+in.Offset, in.Bits
			}
			d.members = append(d.members, m)
		case btfgraph.KindEnum, btfgraph.KindEnum64:
			d.enumerators = append(d.enumerators, g.Enumerator(id, i))
		case btfgraph.KindFuncProto:
			d.params = append(d.params, g.Param(id, i))
		case btfgraph.KindDatasec:
			d.secinfos = append(d.secinfos, g.VarSecinfo(id, i).Type)
		}
	}
	return d
}

// assertSame compares two graphs id by id, and their answers to names.
func assertSame(t *testing.T, want, got btfgraph.Graph) {
	t.Helper()
	require.Equal(t, want.Len(), got.Len())
	require.Equal(t, want.FirstOwn(), got.FirstOwn())
	for id := btfgraph.ID(0); int(id) < want.Len(); id++ {
		w, g := description(want, id), description(got, id)
		if !assert.Equal(t, w, g, "id %d", id) {
			return
		}
		if w.kind == btfgraph.KindDeclTag {
			if w.component == -1 {
				assert.True(t, want.Tagged(w.ref, w.name), "id %d", id)
			}
			assert.Equal(t, want.Tagged(w.ref, w.name), got.Tagged(w.ref, w.name), "id %d", id)
			assert.True(t, want.HasTag(w.name))
			assert.True(t, got.HasTag(w.name))
			continue
		}
		if w.kind == btfgraph.KindTypeTag || w.kind == btfgraph.KindVoid || w.name == "" || id%37 != 0 {
			continue
		}
		if want.Kind(id) != got.Kind(id) {
			continue // an enum, see FromSpec
		}
		ids := slices.Collect(want.ByName(w.kind, w.name))
		assert.Contains(t, ids, id)
		if strings.HasPrefix(w.name, "___") {
			continue // cilium/ebpf indexes it as a flavor of ""
		}
		assert.Equal(t, ids, slices.Collect(got.ByName(w.kind, w.name)), w.name)
	}
	assert.Equal(t, btfgraph.KindVoid, want.Kind(btfgraph.ID(want.Len())))
	assert.Equal(t, btfgraph.KindVoid, got.Kind(btfgraph.ID(want.Len())))
	assert.False(t, got.HasTag("no such tag"))
}

func openBoth(t *testing.T, data []byte) (*btfgraph.Raw, btfgraph.Graph) {
	t.Helper()
	raw, err := btfgraph.Open(data, nil)
	require.NoError(t, err)
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
	require.NoError(t, err)
	g, err := btfgraph.FromSpec(spec)
	require.NoError(t, err)
	return raw, g
}

func TestSpecSameAsRaw(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			raw, spec := openBoth(t, specimen().Bytes(o.order))
			assertSame(t, raw, spec)
		})
	}
}

func TestSpecSameAsRawRunningKernel(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		t.Skipf("no BTF of the running kernel: %v", err)
	}
	raw, spec := openBoth(t, data)
	require.NoError(t, raw.Validate())
	assertSame(t, raw, spec)
}

func TestSpecSameAsRawObjects(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir(filepath.Join("..", "..", "testdata"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".o") {
			return err
		}
		if _, err := os.Stat(strings.TrimSuffix(path, ".o") + ".ll"); err == nil {
			return nil // a Spec loses the names of pointers, which rustc gives them
		}
		f, err := elf.Open(path)
		if err != nil {
			return nil // a test of malformed objects may have its own
		}
		defer f.Close()
		sec := f.Section(".BTF")
		if sec == nil {
			return nil
		}
		data, err := sec.Data()
		if err != nil {
			return nil
		}
		if _, err := btf.LoadSpecFromReader(bytes.NewReader(data)); err != nil {
			return nil
		}
		n++
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, spec := openBoth(t, data)
			assertSame(t, raw, spec)
		})
		return nil
	})
	require.NoError(t, err)
	if n == 0 {
		t.Skip("no objects")
	}
}

func TestSpecSplit(t *testing.T) {
	t.Parallel()
	b, s := splitSpecimen()
	base, err := btf.LoadSpecFromReader(bytes.NewReader(b.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	split, err := btf.LoadSplitSpecFromReader(bytes.NewReader(s.Bytes(binary.LittleEndian)), base)
	require.NoError(t, err)

	_, err = btfgraph.FromSpec(split)
	assert.ErrorContains(t, err, "without its base")

	for name, bg := range map[string]func() btfgraph.Graph{
		"spec base": func() btfgraph.Graph {
			g, err := btfgraph.FromSpec(base)
			require.NoError(t, err)
			return g
		},
		"raw base": func() btfgraph.Graph { return b.Graph(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := btfgraph.FromSplitSpec(split, bg())
			require.NoError(t, err)
			assertSame(t, s.Graph(t), g)
		})
	}
	_, err = btfgraph.FromSplitSpec(base, b.Graph(t))
	assert.ErrorContains(t, err, "belongs to the base")
}

func TestSpecKconfigIsExtern(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	i := b.Int("int", 4, btfgraph.IntSigned)
	v := b.Var("CONFIG_HZ", i, btfgraph.LinkageExtern)
	w := b.Var("counter", i, btfgraph.LinkageGlobal)
	b.Datasec(".kconfig", 0, btftest.Secinfo{Type: v})
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.Bytes(binary.LittleEndian)))
	require.NoError(t, err)
	cv, err := spec.TypeByID(btf.TypeID(v))
	require.NoError(t, err)
	cv.(*btf.Var).Linkage = btf.GlobalVar // as fixupDatasec does for an ELF

	g, err := btfgraph.FromSpec(spec)
	require.NoError(t, err)
	assert.Equal(t, btfgraph.LinkageExtern, g.Linkage(v))
	assert.Equal(t, btfgraph.LinkageGlobal, g.Linkage(w))
}

func TestSpecConcurrentUse(t *testing.T) {
	t.Parallel()
	raw, spec := openBoth(t, specimen().Bytes(binary.LittleEndian))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, g := range []btfgraph.Graph{raw, spec} {
				g.Prefetch("s", "u")
				assert.Equal(t, btfgraph.ID(4), btfgraph.First(g, btfgraph.KindStruct, "s"))
				assert.Equal(t, btfgraph.ID(8), btfgraph.First(g, btfgraph.KindTypedef, "t"))
				assert.Equal(t, btfgraph.Void, btfgraph.First(g, btfgraph.KindTypedef, "absent"))
				assert.Equal(t, 20, g.Len())
				assert.True(t, g.HasTag("tag"))
			}
		})
	}
	wg.Wait()
}

func TestSpecNil(t *testing.T) {
	t.Parallel()
	_, err := btfgraph.FromSpec(nil)
	assert.ErrorContains(t, err, "nil")
	_, err = btfgraph.FromSplitSpec(nil, nil)
	assert.ErrorContains(t, err, "nil")
}
