package shadow_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/shadow"
)

// fixtures is a directory that "go run ./testdata/shadow" has filled.
var fixtures = flag.String("fixtures", "../../testdata/shadow/objects", "directory with objects and what other tools say of them")

// eachObject runs a test for every object of the fixtures.
func eachObject(t *testing.T, test func(t *testing.T, path string, obj *bpfobj.Object)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(*fixtures, "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			obj, err := bpfobj.ReadFile(path)
			require.NoError(t, err)
			test(t, strings.TrimSuffix(path, ".o"), obj)
		})
	}
}

// types are the shadow types of an object in the default style.
func types(t *testing.T, obj *bpfobj.Object) []shadow.Type {
	t.Helper()
	list, err := shadow.Of(obj, shadow.Styles[0])
	require.NoError(t, err)
	return list
}

// TestBpftool compares with bpftool's own output, declaration by declaration.
// All that may differ is what a fix says.
func TestBpftool(t *testing.T) {
	t.Parallel()
	eachObject(t, func(t *testing.T, stem string, obj *bpfobj.Object) {
		text, err := os.ReadFile(stem + ".bpftool")
		require.NoError(t, err)
		theirs, err := shadow.Read(stem, text)
		require.NoError(t, err)
		list := types(t, obj)
		var b bytes.Buffer
		require.NoError(t, shadow.WriteC(&b, obj.Name, list, shadow.Options{}))
		ours, err := shadow.Read("ours", b.Bytes())
		require.NoError(t, err)
		require.Len(t, theirs.Types, len(list))
		require.Len(t, ours.Types, len(list))
		for i := range list {
			assert.Equal(t, list[i].Map, theirs.Types[i].Map)
			assert.Equal(t, theirs.Types[i].Name, ours.Types[i].Name)
			assert.Equal(t, list[i].SizeBytes, ours.Types[i].SizeBytes, "size of map %q", list[i].Map)
			assert.Equal(t, declarations(&theirs.Types[i], &list[i]), declarations(&ours.Types[i], &list[i]), "map %q", list[i].Map)
			if len(list[i].Fixes) == 0 {
				assert.Equal(t, list[i].SizeBytes, theirs.Types[i].SizeBytes)
			}
		}
	})
}

// declarations are the declarations of a type, without what is fixed.
func declarations(ft *shadow.FileType, typ *shadow.Type) []string {
	skip := map[string]bool{}
	padding := false
	for _, fix := range typ.Fixes {
		skip[fix.Member] = true
		padding = padding || fix.Reason == shadow.Bitfield
		for _, m := range typ.Members {
			if m.Of == fix.Member && fix.Member != "" {
				skip[m.Name] = true
				// bpftool gives the bytes the name of another member.
				skip["char "+strings.TrimRight(m.Name, "_")+" [ "+strconv.FormatUint(m.SizeBytes, 10)+" ]"] = fix.Reason == shadow.Name
			}
		}
	}
	list := []string{}
	for _, m := range ft.Members {
		if !skip[m.Name] && !skip[m.Declaration] && (!padding || m.Kind != shadow.Padding) {
			list = append(list, m.Declaration)
		}
	}
	return list
}

// TestFixes names all the places where bpftool's output does not serve.
func TestFixes(t *testing.T) {
	t.Parallel()
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/types.o")
	require.NoError(t, err)
	got := map[string][]shadow.Fix{}
	for _, typ := range types(t, obj) {
		if len(typ.Fixes) > 0 {
			got[typ.Map] = typ.Fixes
		}
	}
	assert.Equal(t, map[string][]shadow.Fix{
		"enums":       {{shadow.NamedEnum, "mode"}, {shadow.NamedEnum, "tiny"}, {shadow.NamedEnum, "wide"}, {shadow.RepeatedEnum, "again"}},
		"enums_again": {{shadow.RepeatedEnum, "color"}},
		"bits":        {{shadow.Bitfield, "low"}, {shadow.Bitfield, "high"}, {shadow.Bitfield, "flag"}, {shadow.Bitfield, "far"}},
		"packed":      {{shadow.Misaligned, ""}},
		"names":       {{shadow.Keyword, "new"}, {shadow.Keyword, "class"}, {shadow.Name, "bytes"}},
	}, got)
}

// TestPahole compares offsets and sizes with those that pahole computes.
func TestPahole(t *testing.T) {
	t.Parallel()
	eachObject(t, func(t *testing.T, stem string, obj *bpfobj.Object) {
		text, err := os.ReadFile(stem + ".pahole")
		require.NoError(t, err)
		for _, typ := range types(t, obj) {
			got := map[string][2]uint64{"-": {0, typ.SizeBytes}}
			for _, m := range typ.Members {
				bits := slices.Contains(typ.Fixes, shadow.Fix{Reason: shadow.Bitfield, Member: m.Of})
				if m.Of != "" && !bits {
					got[m.Of] = [2]uint64{m.OffsetBytes, m.SizeBytes}
				}
			}
			want := map[string][2]uint64{}
			for line := range strings.Lines(string(text)) {
				fields := strings.Fields(line)
				require.Len(t, fields, 4)
				if fields[0] == typ.TypeName {
					want[fields[1]] = [2]uint64{number(t, fields[2]), number(t, fields[3])}
				}
			}
			assert.Equal(t, want, got, "struct %s", typ.TypeName)
		}
	})
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}
