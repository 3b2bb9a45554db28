package cli

import (
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/btflint/btflint/analyzer"
)

// Bounds of what is read: objects can name many files, also those that are no
// sources.
const (
	maxSource  = 8 << 20   // bytes of a file; a larger one is not read
	maxSources = 256 << 20 // bytes of all files
	maxLookups = 1 << 16   // files that are looked for
)

// sources reads the source files of objects: those below one directory, for
// an object can name any file of this machine.
type sources struct {
	root    *os.Root
	abs     string // of root
	options *analyzer.Options
	times   bool // compare times

	mu    sync.Mutex
	files map[string]sourceFile // by path below the root
	bytes int                   // of all files
}

// sourceFile is a file that was looked for.
type sourceFile struct {
	text  []byte // nil if there is none
	mtime int64  // nanoseconds
}

// newSources opens the directory. times tells that objects are built here, so
// that their times mean something. It returns nil if there is no such
// directory: objects are checked far from where they were built.
func newSources(dir string, times bool, options *analyzer.Options) *sources {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil
	}
	return &sources{root: root, abs: abs, options: options, times: times, files: map[string]sourceFile{}}
}

func (s *sources) close() error { return s.root.Close() }

// read finds a source file of an object: where the path maps say, else seen
// from the root, from the working directory, or from the object.
func (s *sources) read(object, name string) analyzer.Source {
	file := filepath.FromSlash(s.options.SourceFile(name))
	places := []string{file}
	if !filepath.IsAbs(file) {
		places = []string{filepath.Join(s.abs, file), file, filepath.Join(filepath.Dir(object), file)}
	}
	for _, place := range places {
		abs, err := filepath.Abs(place)
		if err != nil {
			continue
		}
		path, err := filepath.Rel(s.abs, abs)
		if err != nil || !filepath.IsLocal(path) {
			continue
		}
		if f := s.file(path); f.text != nil {
			return analyzer.Source{Text: f.text, Newer: s.times && f.newer(object)}
		}
	}
	return analyzer.Source{}
}

// newer reports whether the file is newer than the object.
func (f *sourceFile) newer(object string) bool {
	info, err := os.Stat(object)
	return err == nil && info.Mode().IsRegular() && f.mtime > info.ModTime().UnixNano()
}

// file reads a file below the root, once.
func (s *sources) file(path string) sourceFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[path]
	if !ok && len(s.files) < maxLookups && s.bytes < maxSources {
		f = s.open(path)
		s.files[path] = f
		s.bytes += len(f.text)
	}
	return f
}

// open reads a regular file of sane size. [os.Root] keeps a symbolic link from
// leading out of the tree.
func (s *sources) open(path string) sourceFile {
	info, err := s.root.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return sourceFile{}
	}
	f, err := s.root.Open(path)
	if err != nil {
		return sourceFile{}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil || len(text) == 0 || len(text) > maxSource {
		return sourceFile{}
	}
	return sourceFile{text: text, mtime: info.ModTime().UnixNano()}
}
