package analyzer_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Every target is told once, whatever order they are checked in.
func TestProgress(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[int]int{}
	in := analyzer.Input{
		Objects: []*bpfobj.Object{object("a.o", "a"), object("b.o", "b"), object("c.o", "c")},
		Kernels: kernels(t, "5.10", "6.12"),
		Loaders: loaders,
		Progress: func(done, all int) {
			mu.Lock()
			defer mu.Unlock()
			seen[done]++
			assert.Equal(t, 3*2*2, all)
		},
	}
	_, err := analyzer.Run(context.Background(), in)
	require.NoError(t, err)
	assert.Len(t, seen, 3*2*2)
	for done, times := range seen {
		assert.Equal(t, 1, times, done)
	}
}
