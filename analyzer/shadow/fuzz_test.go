package shadow_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/shadow"
)

// FuzzRead reads any text as a generated file and compares it with an object.
func FuzzRead(f *testing.F) {
	obj, err := bpfobj.ReadFile("../../testdata/shadow/objects/types.o")
	require.NoError(f, err)
	for _, pattern := range []string{"../../testdata/shadow/objects/*.bpftool", "../../testdata/shadow/types*", "*_gen_test.go"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := shadow.Read("x", text)
		assert.NotEqual(t, file == nil, err == nil, "a file or an error")
		if err != nil {
			return
		}
		again, err := shadow.Read("x", text)
		require.NoError(t, err)
		assert.Equal(t, file, again)
		first, err := file.Compare(obj)
		require.NoError(t, err)
		second, err := again.Compare(obj)
		require.NoError(t, err)
		assert.Equal(t, first, second)
	})
}

// FuzzWrite writes the shadow types of any object. What is written is read
// again and agrees with it.
func FuzzWrite(f *testing.F) {
	for _, name := range []string{"shadow/objects/types.o", "shadow/objects/congestion.o", "objects/struct_ops.o"} {
		data, err := os.ReadFile(filepath.Join("../../testdata", name))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		obj, err := bpfobj.Read("x.o", data)
		if err != nil {
			return
		}
		for _, style := range shadow.Styles {
			list, err := shadow.Of(obj, style)
			if err != nil || len(list) == 0 {
				return
			}
			for ext, write := range writers {
				if ext == ".go" && style != shadow.Styles[0] {
					continue
				}
				var b bytes.Buffer
				require.NoError(t, write(&b, obj.Name, list, shadow.Options{Style: style}), ext)
				if ext == ".rs" || ext == ".json" {
					continue
				}
				_, err := shadow.Read("x"+ext, b.Bytes())
				require.NoError(t, err, "%s", b.Bytes())
			}
		}
	})
}
