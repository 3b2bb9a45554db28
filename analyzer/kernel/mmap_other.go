//go:build !linux

package kernel

import (
	"errors"
	"os"
)

// mapFile maps nothing on this system: files are read.
func mapFile(*os.File, int64, int64) ([]byte, func() error, error) {
	return nil, nil, errors.ErrUnsupported
}
