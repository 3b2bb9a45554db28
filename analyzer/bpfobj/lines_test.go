package bpfobj_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// TestSourceLines compares the recorded lines with the source files, and those
// of the file with those of the CollectionSpec.
func TestSourceLines(t *testing.T) {
	t.Parallel()
	const name = "../../testdata/suppress/comments.bpf.o"
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	obj, err := bpfobj.Read(name, data)
	require.NoError(t, err)
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(data))
	require.NoError(t, err)
	fromSpec, err := bpfobj.FromSpec(name, spec)
	require.NoError(t, err)

	files := []string{"./testdata/include/task.h", "./testdata/suppress/comments.bpf.c"}
	for _, o := range []*bpfobj.Object{obj, fromSpec} {
		assert.Equal(t, files, o.SourceFiles())
		assert.True(t, o.MentionsInLines("btflint:"))
		assert.False(t, o.MentionsInLines("no such text"))
	}
	assert.Equal(t, obj.SourceLines(), fromSpec.SourceLines())

	texts := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		texts[file] = strings.Split(string(text), "\n")
	}
	lines := obj.SourceLines()
	assert.Greater(t, len(lines), 10)
	for i, l := range lines {
		require.LessOrEqual(t, l.Line, len(texts[l.File]))
		assert.Equal(t, texts[l.File][l.Line-1], l.Text)
		assert.Equal(t, bpfobj.OriginOwn, l.Origin)
		assert.True(t, i == 0 || l != lines[i-1], "each once")
	}
}

func TestSourceLinesNone(t *testing.T) {
	t.Parallel()
	obj := &bpfobj.Object{Name: "x.o"}
	assert.Empty(t, obj.SourceFiles())
	assert.Empty(t, obj.SourceLines())
	assert.False(t, obj.MentionsInLines("x"))
}
