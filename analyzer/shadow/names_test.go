package shadow_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/shadow"
)

const names = "../../testdata/shadow/objects/names.o"

// renamed is the object of names.c with other names of the same length.
func renamed(t *testing.T, pairs ...string) *bpfobj.Object {
	t.Helper()
	data, err := os.ReadFile(names)
	require.NoError(t, err)
	for i := 0; i < len(pairs); i += 2 {
		require.Len(t, pairs[i+1], len(pairs[i]))
		data = bytes.ReplaceAll(data, []byte(pairs[i]), []byte(pairs[i+1]))
	}
	obj, err := bpfobj.Read("names.o", data)
	require.NoError(t, err)
	return obj
}

// TestNames has objects of names as other compilers than clang put them into
// BTF: what is written reads back as that of the object, and no type has the
// name of another.
func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		types string // of the maps that were renamed
	}{
		{"plain", nil, "names__map_aa__same_ops names__map_bb__same_ops"},
		{"one identifier", []string{"map_aa", "map.bb"}, "names__map_bb__same_ops names__map_bb_2__same_ops"},
		{"one name", []string{"map_aa", "map_bb"}, "names__map_bb__same_ops names__map_bb_2__same_ops"},
		{"quotes and space", []string{"map_aa", "m`\"\\ a", "map_bb", "*/\n# 1"}, "names__m____a__same_ops names_______1__same_ops"},
		{"generic type", []string{"same_ops", "O<'_, A>"}, "names__map_aa__O_____A_ names__map_bb__O_____A_"},
		{"backquote in type", []string{"same_ops", "a`/\"\\ b{"}, "names__map_aa__a_____b_ names__map_bb__a_____b_"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			obj := renamed(t, tt.pairs...)
			for _, ext := range []string{".h", ".go"} {
				f, err := shadow.Read("x"+ext, written(t, obj, ext, shadow.Styles[0]))
				require.NoError(t, err)
				drifts, err := f.Compare(obj)
				require.NoError(t, err)
				assert.Empty(t, drifts, ext)
				if ext == ".h" {
					require.Len(t, f.Types, 5)
					assert.Equal(t, tt.types, f.Types[1].Name+" "+f.Types[2].Name)
				}
			}
			assert.Equal(t, 5, strings.Count(string(written(t, obj, ".rs", shadow.Styles[0])), "\npub struct names__"))
		})
	}
}

// TestKeywords has members that differ from a keyword of C++ by a "_".
func TestKeywords(t *testing.T) {
	t.Parallel()
	list := types(t, renamed(t))
	cpp, seen := map[string]string{}, map[string]bool{}
	for _, m := range list[0].Members {
		if m.CPPName != "" {
			cpp[m.Name] = m.CPPName
		}
		name := m.Name
		if m.CPPName != "" {
			name = m.CPPName
		}
		assert.False(t, seen[name], name)
		seen[name] = true
	}
	assert.Equal(t, map[string]string{"class": "class__", "this": "this___"}, cpp)
	assert.Equal(t, []shadow.Fix{
		{Reason: shadow.Keyword, Member: "class"}, {Reason: shadow.Keyword, Member: "this"},
		{Reason: shadow.Name, Member: "constexpr"}, {Reason: shadow.Name, Member: "nullptr"},
	}, list[0].Fixes)
}
