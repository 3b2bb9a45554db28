//go:build !linux

package cli

import "errors"

// onBPFFS reports an error: BPF file systems are Linux's.
func onBPFFS(string) error { return errors.New("--pin: needs Linux") }
