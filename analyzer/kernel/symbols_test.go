package kernel_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

const symbolTable = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000010 t foo
ffffffff81000020 t foo.isra.0
ffffffff81000030 t foo.isra.0.cold
ffffffff81000040 t foo.part.1
ffffffff81000050 t foobar
ffffffff81000060 t foo.constprop.0
ffffffff81000070 t foo.llvm.1234567890
ffffffff81000080 t foo.other
ffffffff81000090 t twice
ffffffff810000a0 T twice
ffffffff810000b0 W weak_one
ffffffff82000000 D jiffies
ffffffff82000008 d a_rather_long_variable_name
ffffffff82000010 b a
ffffffff82000020 t a.isra.0
ffffffff82000030 t a.constprop.11.cold
ffffffffc0000000 t twice	[some_module]
ffffffffc0000010 t bpf_prog_6deef7357e7b4530_x	[bpf]
`

// tables are the three ways in which a table answers: by one scan for
// announced names, by scans for single names, and by its index.
func tables(t testing.TB, text string, names ...string) map[string]*kernel.Symbols {
	t.Helper()
	open := func() *kernel.Symbols {
		s, err := kernel.NewSymbols([]byte(text))
		require.NoError(t, err)
		return s
	}
	announced, single, indexed := open(), open(), open()
	announced.Prefetch(names...)
	for i := range 10 {
		indexed.Lookup(fmt.Sprintf("no such symbol %d", i))
	}
	return map[string]*kernel.Symbols{"announced": announced, "single": single, "indexed": indexed}
}

func TestSymbolsLookup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, symbol string
		want         []kernel.Symbol
		fn           bool
		similar      []string
	}{
		{
			"function", "foo",
			[]kernel.Symbol{{Name: "foo", Address: 0xffffffff81000010, Type: 't'}},
			true,
			[]string{"foo.constprop.0", "foo.isra.0", "foo.isra.0.cold", "foo.llvm.1234567890", "foo.part.1"},
		},
		{
			"clone", "foo.isra.0",
			[]kernel.Symbol{{Name: "foo.isra.0", Address: 0xffffffff81000020, Type: 't'}}, true, nil,
		},
		{"prefix of a symbol", "fo", nil, false, nil},
		{"longer than a symbol", "foobarbaz", nil, false, nil},
		{
			"duplicate", "twice",
			[]kernel.Symbol{
				{Name: "twice", Address: 0xffffffff81000090, Type: 't'},
				{Name: "twice", Address: 0xffffffff810000a0, Type: 'T'},
				{Name: "twice", Address: 0xffffffffc0000000, Type: 't', Module: "some_module"},
			}, true, nil,
		},
		{"weak function", "weak_one", []kernel.Symbol{{Name: "weak_one", Address: 0xffffffff810000b0, Type: 'W'}}, true, nil},
		{"variable", "jiffies", []kernel.Symbol{{Name: "jiffies", Address: 0xffffffff82000000, Type: 'D'}}, false, nil},
		{
			"long name", "a_rather_long_variable_name",
			[]kernel.Symbol{{Name: "a_rather_long_variable_name", Address: 0xffffffff82000008, Type: 'd'}}, false, nil,
		},
		{"short name", "a", []kernel.Symbol{{Name: "a", Address: 0xffffffff82000010, Type: 'b'}}, false, []string{"a.constprop.11.cold", "a.isra.0"}},
		{"address zero", "fixed_percpu_data", []kernel.Symbol{{Name: "fixed_percpu_data", Type: 'A'}}, false, nil},
		{"last line", "bpf_prog_6deef7357e7b4530_x", []kernel.Symbol{
			{Name: "bpf_prog_6deef7357e7b4530_x", Address: 0xffffffffc0000010, Type: 't', Module: "bpf"},
		}, true, nil},
		{"empty name", "", nil, false, nil},
		{"whole line", "twice\t[some_module]", nil, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for way, s := range tables(t, symbolTable, tt.symbol) {
				assert.Equal(t, tt.want, s.Lookup(tt.symbol), way)
				assert.Equal(t, tt.fn, s.HasFunc(tt.symbol), way)
				assert.Equal(t, tt.similar, s.Similar(tt.symbol), way)
			}
		})
	}
}

func TestSymbolsForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		found      []string // of x and y
		addresses  bool
		data       bool
		malformed  int
	}{
		{"functions and data", "ffffffff81000000 T x\nffffffff81000010 B y\n", []string{"x", "y"}, true, true, 0},
		{"no end of line", "ffffffff81000000 T x", []string{"x"}, true, false, 0},
		{"32 bits", "c0008000 T x\nc0009000 D y\n", []string{"x", "y"}, true, true, 0},
		{"14 digits", "00000000000000 A x\n12 D y\n", []string{"x", "y"}, true, true, 0},
		{"hidden addresses", "0000000000000000 T x\n0000000000000000 T y\n", []string{"x", "y"}, false, false, 0},
		{
			"some data", strings.Repeat("ffffffff81000000 t x\n", 1000) + "ffffffff82000000 D y\n",
			[]string{"x", "y"}, true, false, 0, // as without CONFIG_KALLSYMS_ALL
		},
		{"empty lines", "\nffffffff81000000 T x\n\n", []string{"x"}, true, false, 0},
		{"carriage returns", "ffffffff81000000 T x\r\nffffffff81000010 D y\r\n", []string{"x", "y"}, true, true, 0},
		{"malformed lines", "hello world\nffffffff81000000 T x\nfffffffg81000000 T y\n12 T\n12 T \n12 T y x\n1 TT y\n", []string{"x"}, true, false, 6},
		{"long address", "11112222333344445 T y\nffffffff81000000 T x\n", []string{"x"}, true, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for way, s := range tables(t, tt.text, "x", "y") {
				var found []string
				for _, name := range []string{"x", "y"} {
					if len(s.Lookup(name)) > 0 {
						found = append(found, name)
					}
				}
				assert.Equal(t, tt.found, found, way)
				assert.Equal(t, tt.addresses, s.HasAddresses(), way)
				assert.Equal(t, tt.data, s.HasData(), way)
				assert.Equal(t, tt.malformed, s.Malformed(), way)
				assert.NoError(t, s.Err(), way)
			}
		})
	}
}

func TestNewSymbolsErrors(t *testing.T) {
	t.Parallel()
	const stub = "ffffffffffffffff B The real System.map is in the linux-image-6.1.0-50-amd64-dbg package\n"
	tests := []struct{ name, text, want string }{
		{"nothing", "", "empty file"},
		{"binary", "\x9f\xeb\x01\x00\x18\x00\x00\x00", "binary data"},
		{"zeros after a symbol", "ffffffff81000000 T x\n\x00\x00", "binary data"},
		{"configuration", "#\n# Linux/x86 6.12.107 Kernel Configuration\n", `starts with "#"`},
		{"stub of Debian", stub, "stub"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := kernel.NewSymbols([]byte(tt.text))
			require.ErrorContains(t, err, tt.want)
			assert.Nil(t, s)
		})
	}
	_, err := kernel.NewSymbols([]byte(stub))
	assert.ErrorIs(t, err, kernel.ErrStub)
}

// A scan must not confuse names that share their first eight bytes, and must
// find those of every length at every place.
func TestSymbolsManyNames(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	var names []string
	for i := range 3000 {
		name := strings.Repeat("n", i%40) + fmt.Sprint(i)
		names = append(names, name)
		fmt.Fprintf(&text, "%016x t %s\n", i+1, name)
	}
	for way, s := range tables(t, text.String(), names...) {
		if way == "single" {
			continue
		}
		for i, name := range names {
			require.Equal(t, []kernel.Symbol{{Name: name, Address: uint64(i + 1), Type: 't'}}, s.Lookup(name), way)
		}
	}
}

func FuzzSymbols(f *testing.F) {
	f.Add([]byte(symbolTable))
	f.Add([]byte("0 t a\n0 t a.isra.0\n0 t a.cold"))
	f.Add([]byte("ffffffffffffffff B The real System.map is in the x package\n"))
	f.Add([]byte("c0008000 T x [m]\n\n\r\nzz"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := kernel.NewSymbols(data)
		_, errAgain := kernel.NewSymbols(data)
		if err != nil {
			require.Nil(t, s)
			require.EqualError(t, errAgain, err.Error())
			return
		}
		var names []string
		for _, word := range strings.FieldsFunc(string(data), func(r rune) bool { return r <= ' ' || r == '.' }) {
			if names = append(names, word); len(names) == 20 {
				break
			}
		}
		all := tables(t, string(data), names...)
		for _, name := range names {
			want, similar := s.Lookup(name), s.Similar(name)
			require.True(t, slices.IsSorted(similar))
			for way, other := range all {
				require.Equal(t, want, other.Lookup(name), way)
				require.Equal(t, similar, other.Similar(name), way)
				require.Equal(t, s.HasData(), other.HasData(), way)
			}
			for _, clone := range similar {
				require.NotEmpty(t, s.Lookup(clone))
			}
		}
		require.Equal(t, s.HasAddresses(), all["indexed"].HasAddresses())
		require.Equal(t, s.Malformed(), all["indexed"].Malformed())
	})
}
