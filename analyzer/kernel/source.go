package kernel

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// Bounds of input files, in bytes. The largest tables of symbols have some 30
// MB, the largest configurations 300 kB.
const (
	maxFile = 1 << 30   // BTF, a part of a file
	maxText = 128 << 20 // symbols, configuration
	maxRead = 256 << 20 // what cannot be mapped
)

var (
	errEmpty    = errors.New("empty file")
	errBinary   = errors.New("binary data, not text")
	errTooLarge = errors.New("file too large")
	errClosed   = errors.New("kernel is closed")
)

// sources holds the mapped files of a kernel until it is closed.
type sources struct {
	mu     sync.Mutex
	closed bool
	unmaps []func() error
}

// close unmaps everything.
func (s *sources) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var errs []error
	for _, unmap := range s.unmaps {
		errs = append(errs, unmap())
	}
	s.unmaps = nil
	return errors.Join(errs...)
}

// section maps length bytes of f from offset.
func (s *sources) section(f *os.File, offset, length int64) ([]byte, error) {
	if length > maxFile {
		return nil, errTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	data, unmap, err := mapFile(f, offset, length)
	if err != nil { // sysfs before Linux 6.16, other file systems without mmap, other systems
		return readSection(f, offset, length)
	}
	s.unmaps = append(s.unmaps, unmap)
	return data, nil
}

// readSection reads what cannot be mapped.
func readSection(f io.ReaderAt, offset, length int64) ([]byte, error) {
	if length > maxRead {
		return nil, errTooLarge
	}
	data := make([]byte, length)
	if n, err := f.ReadAt(data, offset); n < len(data) {
		return nil, fmt.Errorf("%d of %d bytes: %w", n, len(data), cause(err))
	}
	return data, nil
}

// file is the content of a whole file: mapped if it is a regular file with a
// size, read otherwise, as pipes and /proc want it.
func (s *sources) file(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return s.content(f)
}

// content is the content of an open file.
func (s *sources) content(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if info.IsDir() {
		return nil, errors.New("is a directory")
	}
	if info.Mode().IsRegular() && info.Size() > 0 {
		return s.section(f, 0, info.Size())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	switch {
	case err != nil:
		return nil, cause(err)
	case len(data) == 0:
		return nil, errEmpty
	case len(data) > maxRead:
		return nil, errTooLarge
	}
	return data, nil
}

// text prepares a text file: the first size bytes of a regular file, and how to
// get the whole when it is needed. Other files are read at once, for they can be read
// but once; whole says that head is all there is.
func (s *sources) text(path string, size int) (head []byte, whole bool, open func() ([]byte, error), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		data, err := s.content(f)
		return data, true, func() ([]byte, error) { return data, nil }, err
	}
	head = make([]byte, size)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, nil, cause(err)
	}
	if n == 0 {
		return nil, false, nil, errEmpty
	}
	return head[:n], n < size, func() ([]byte, error) { return s.file(path) }, nil
}

// partError names the part of a kernel and the file that is bad.
func partError(part Part, path string, err error) error {
	return &PartError{Part: part, Path: path, Err: err}
}

func quote(s string) string { return strconv.Quote(s) }

// cause is an error without the operation and the path that package os puts
// in front: messages name the path once.
func cause(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
