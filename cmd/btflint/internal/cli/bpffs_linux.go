package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// onBPFFS reports an error unless the directory, or the nearest one above it
// that exists, is on a BPF file system: to find out before the load is kinder.
func onBPFFS(dir string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for {
		var stat unix.Statfs_t
		err := unix.Statfs(at, &stat)
		switch {
		case err == nil && uint32(stat.Type) == unix.BPF_FS_MAGIC:
			return nil
		case err == nil:
			return fmt.Errorf("--pin %s: not on a BPF file system, such as /sys/fs/bpf", dir)
		case !os.IsNotExist(err) || at == filepath.Dir(at):
			return fmt.Errorf("--pin %s: %w", dir, err)
		}
		at = filepath.Dir(at)
	}
}
