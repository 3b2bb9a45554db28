// Command btflint tells whether a compiled BPF object will load on a kernel.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a short life with a small heap
	}
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
