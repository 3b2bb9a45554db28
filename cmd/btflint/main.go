// Command btflint tells whether a compiled BPF object will load on a kernel.
package main

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

func main() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		collectLate()
	}
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

const (
	// uncollected is how much memory is used, in bytes, before any is collected.
	uncollected = 128 << 20
	// growth is by how many percent the heap grows between later collections.
	growth = 400
)

// collectLate keeps the collector from running in a short life, which most are:
// it would cost a tenth of the time of a comparison of two kernels and free
// nothing that is needed. The first collection frees the sentinel, and those after it
// come as the heap grows.
func collectLate() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(uncollected)
	runtime.AddCleanup(&sentinel{new(byte)}, func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, growth)
}

// sentinel is an object that nothing refers to. It holds a pointer, as those
// without are allocated many in one.
type sentinel struct{ _ *byte }
