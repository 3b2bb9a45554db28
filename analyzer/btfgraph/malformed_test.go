package btfgraph_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// patched is the little-endian specimen with words of its header overwritten.
func patched(words map[int]uint32) []byte {
	data := specimen().Bytes(binary.LittleEndian)
	for off, w := range words {
		binary.LittleEndian.PutUint32(data[off:], w)
	}
	return data
}

// longHeader is the specimen with a header of n bytes, extra bytes set to fill.
func longHeader(n int, fill byte) []byte {
	data := specimen().Bytes(binary.LittleEndian)
	extra := slices.Repeat([]byte{fill}, n-24)
	binary.LittleEndian.PutUint32(data[4:], uint32(n))
	return slices.Concat(data[:24], extra, data[24:])
}

func TestOpenHeader(t *testing.T) {
	t.Parallel()
	whole := specimen().Bytes(binary.LittleEndian)
	types := binary.LittleEndian.Uint32(whole[12:])
	tests := []struct {
		name string
		data []byte
		want string // of the error, "" for none
	}{
		{"whole", whole, ""},
		{"nothing", nil, "not BTF"},
		{"ELF", []byte("\x7fELF and so on, long enough"), "not BTF"},
		{"magic alone", whole[:2], "header: 2 bytes"},
		{"truncated header", whole[:23], "header: 23 bytes"},
		{"truncated strings", whole[:len(whole)-1], "strings: end"},
		{"trailing bytes", append(slices.Clone(whole), 0), ""},
		{"version", patched(map[int]uint32{0: 0x0002eb9f}), "version 2"},
		{"flags", patched(map[int]uint32{0: 0x8001eb9f}), "flags 0x80"},
		{"short header length", patched(map[int]uint32{4: 20}), "length 20"},
		{"huge header length", patched(map[int]uint32{4: 1<<32 - 1}), "length 4294967295"},
		{"longer header, zero", longHeader(40, 0), ""},
		{"longer header, unknown words", longHeader(40, 1), "byte 32: unknown"},
		{"odd header, unknown bytes", longHeader(28, 1), "byte 24: unknown"},
		{"odd header, zero", longHeader(28, 0), ""},
		{"types beyond the end", patched(map[int]uint32{12: 1 << 30}), "types: end"},
		{"types offset wraps", patched(map[int]uint32{8: 1<<32 - 4, 12: 8}), "types: end"},
		{"types offset unaligned", patched(map[int]uint32{8: 2, 12: types - 4}), "multiple of 4"},
		{"types over strings", patched(map[int]uint32{16: types - 4}), "strings: overlap with types"},
		{"strings beyond the end", patched(map[int]uint32{20: 1 << 30}), "strings: end"},
		{"strings without last NUL", patched(map[int]uint32{20: 3}), "last byte"},
		{"strings without first NUL", patched(map[int]uint32{16: types + 1, 20: 4}), "first byte"},
		{"no strings", patched(map[int]uint32{20: 0}), ""},
		{"no types", patched(map[int]uint32{12: 0}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, err := btfgraph.Open(tt.data, nil)
			if tt.want != "" {
				assert.ErrorContains(t, err, tt.want)
				assert.Nil(t, g)
				return
			}
			require.NoError(t, err)
			touch(g)
		})
	}
	_, err := btfgraph.Open([]byte("ELF"), nil)
	assert.ErrorIs(t, err, btfgraph.ErrNotBTF)
}

func TestOpenHeaderFields(t *testing.T) {
	t.Parallel()
	b := specimen()
	b.Layout = [][2]uint8{{}, {4, 0}}
	for _, o := range orders {
		g, err := btfgraph.Open(b.Bytes(o.order), nil)
		require.NoError(t, err)
		h := g.Header()
		assert.Equal(t, o.name, map[bool]string{true: "little endian", false: "big endian"}[h.Order == binary.LittleEndian])
		assert.Equal(t, uint32(32), h.Len)
		assert.Equal(t, uint32(8), h.LayoutLen)
		assert.Equal(t, h.TypeLen, h.LayoutOff)
		assert.Equal(t, h.LayoutOff+h.LayoutLen, h.StrOff)
	}
}

func TestOpenBase(t *testing.T) {
	t.Parallel()
	b, s := splitSpecimen()
	base := b.Graph(t)
	_, err := btfgraph.Open(s.Bytes(binary.BigEndian), base)
	assert.ErrorContains(t, err, "byte order")
	_, err = btfgraph.Open(s.Bytes(binary.LittleEndian), (*btfgraph.Raw)(nil))
	assert.ErrorContains(t, err, "not raw BTF")
	_, err = btfgraph.Open(s.Bytes(binary.LittleEndian), nil)
	assert.ErrorContains(t, err, "without its base")
}

func TestRawMalformedRecords(t *testing.T) {
	t.Parallel()
	structInfo := func(vlen int) uint32 { return btftest.Info(btfgraph.KindStruct, vlen, false) }
	tests := []struct {
		name  string
		words []uint32 // after an INT with id 1
		err   string   // of Err
		valid string   // of Validate, if Err has none
		len   int
	}{
		{"half a record", []uint32{0, 0}, "type 2: record: 8 bytes left", "", 2},
		{"vlen beyond the end", []uint32{0, structInfo(2), 8, 0, 1, 0}, "type 2: STRUCT: vlen 2", "", 2},
		{"largest vlen", []uint32{0, structInfo(1<<24 - 1), 8}, "vlen 16777215", "", 2},
		{"INT without its word", []uint32{0, btftest.Info(btfgraph.KindInt, 0, false), 4}, "type 2: INT", "", 2},
		{"kind 0", []uint32{0, 0, 0}, "type 2: kind 0: unknown", "", 2},
		{"kind above ENUM64", []uint32{0, 20 << 24, 0}, "kind 20: unknown", "", 2},
		{"highest kind", []uint32{0, 127 << 24, 0}, "kind 127: unknown", "", 2},
		{"name beyond the strings", []uint32{1 << 30, btftest.Info(btfgraph.KindFloat, 0, false), 4}, "name offset 1073741824", "", 3},
		{"reference out of range", []uint32{0, btftest.Info(btfgraph.KindPtr, 0, false), 3}, "", "PTR: type: id 3", 3},
		{"member out of range", []uint32{0, structInfo(1), 4, 0, 1 << 31, 0}, "", "member 0: type: id 2147483648", 3},
		{"member name", []uint32{0, structInfo(1), 4, 99, 1, 0}, "", "member 0: name offset 99", 3},
		{"array index", []uint32{0, btftest.Info(btfgraph.KindArray, 0, false), 0, 1, 9, 1}, "", "ARRAY: index: id 9", 3},
		{"array element", []uint32{0, btftest.Info(btfgraph.KindArray, 0, false), 0, 9, 1, 1}, "", "ARRAY: element: id 9", 3},
		{"return type", []uint32{0, btftest.Info(btfgraph.KindFuncProto, 0, false), 9}, "", "return type: id 9", 3},
		{"parameter", []uint32{0, btftest.Info(btfgraph.KindFuncProto, 1, false), 0, 0, 9}, "", "parameter 0: type: id 9", 3},
		{"enumerator name", []uint32{0, btftest.Info(btfgraph.KindEnum, 1, false), 4, 99, 0}, "", "enumerator 0: name offset 99", 3},
		{"enumerator name 64", []uint32{0, btftest.Info(btfgraph.KindEnum64, 1, false), 8, 99, 0, 0}, "", "ENUM64: enumerator 0", 3},
		{"section entry", []uint32{0, btftest.Info(btfgraph.KindDatasec, 1, false), 8, 9, 0, 0}, "", "entry 0: type: id 9", 3},
		{"sound", []uint32{0, structInfo(1), 4, 0, 1, 0}, "", "", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &btftest.Builder{}
			b.Int("int", 4, btfgraph.IntSigned)
			b.Raw(tt.words...)
			g := b.Graph(t)
			assert.Equal(t, tt.len, g.Len())
			assert.Equal(t, "int", g.Name(1), "types before it stay readable")
			touch(g)
			if tt.err != "" {
				assert.ErrorContains(t, g.Err(), tt.err)
				assert.ErrorContains(t, g.Validate(), tt.err)
				return
			}
			assert.NoError(t, g.Err())
			if tt.valid == "" {
				assert.NoError(t, g.Validate())
				return
			}
			assert.ErrorContains(t, g.Validate(), tt.valid)
		})
	}
}

func TestRawReferenceOutOfRangeIsVoid(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	b.Ptr(77)
	b.Struct("s", 4, btftest.Member{Name: "m", Type: 1 << 31})
	g := b.Graph(t)
	assert.Equal(t, btfgraph.Void, g.Ref(1))
	assert.Equal(t, btfgraph.Member{Name: "m"}, g.Member(2, 0))
	assert.Equal(t, btfgraph.Member{}, g.Member(2, 1))
	assert.Equal(t, btfgraph.Member{}, g.Member(2, -1))
	assert.Equal(t, btfgraph.KindVoid, g.Kind(1<<32-1))
}

func TestRawBrokenBase(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	b.Raw(0, 20<<24, 0)
	s := btftest.NewSplit(b)
	s.Ptr(0)
	g := s.Graph(t)
	assert.ErrorContains(t, g.Err(), "base: type 1: kind 20")
	assert.Equal(t, btfgraph.ID(1), g.FirstOwn(), "ids start after those the base can tell")
}

func TestRawUnknownKinds(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			b := &btftest.Builder{Layout: make([][2]uint8, 23)}
			b.Layout[20] = [2]uint8{4, 8}
			b.Layout[21] = [2]uint8{3, 0} // not a multiple of 4: not believed
			b.Int("int", 4, 0)
			b.Add("novel", 20<<24|2, 0, 1, 2, 3, 4, 5)
			b.Ptr(1)
			b.Add("", 22<<24, 0)
			g, err := btfgraph.Open(b.Bytes(o.order), nil)
			require.NoError(t, err)
			require.NoError(t, g.Validate())
			assert.Equal(t, 5, g.Len())
			assert.Equal(t, []btfgraph.UnknownKind{{ID: 2, Kind: 20}, {ID: 4, Kind: 22}}, g.UnknownKinds())
			assert.Equal(t, "novel", g.Name(2))
			assert.Equal(t, "kind 20", g.Kind(2).String())
			assert.Equal(t, btfgraph.KindPtr, g.Kind(3))
			touch(g)

			b.Raw(0, 21<<24, 0)
			g, err = btfgraph.Open(b.Bytes(o.order), nil)
			require.NoError(t, err)
			assert.ErrorContains(t, g.Err(), "type 5: kind 21")
			assert.Equal(t, 5, g.Len())
		})
	}
}

func TestRawLayoutOfBase(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{Layout: make([][2]uint8, 21)}
	b.Int("int", 4, 0)
	s := btftest.NewSplit(b)
	s.Add("novel", 20<<24, 0)
	g := s.Graph(t)
	require.NoError(t, g.Err())
	assert.Equal(t, []btfgraph.UnknownKind{{ID: 2, Kind: 20}}, g.UnknownKinds())
}

func TestWalkCycles(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	b.Typedef("a", 2)
	b.Typedef("b", 1)
	b.Const(3)
	b.Array(4, 4, 1<<31)
	g := b.Graph(t)
	assert.Equal(t, btfgraph.Void, btfgraph.SkipModsAndTypedefs(g, 1))
	assert.Equal(t, btfgraph.Void, btfgraph.SkipMods(g, 3))
	assert.Equal(t, btfgraph.ID(1), btfgraph.SkipMods(g, 1))
	for id := btfgraph.ID(0); id < 5; id++ {
		_, ok := btfgraph.SizeOf(g, id)
		assert.False(t, ok, "id %d", id)
	}
}
