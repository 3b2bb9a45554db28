package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/lskel"
)

// stdinName stands for an object that is read from standard input.
const stdinName = "-"

// maxObject bounds what is read from standard input, in bytes.
const maxObject = 1 << 30

// readObjects reads the objects that the arguments name: files, globs, directories
// with every *.o and *.lskel.h below them, or "-". What cannot be read is an error of the
// report, and the others are read all the same.
func readObjects(args []string, stdin io.Reader) ([]*bpfobj.Object, []analyzer.RuleError) {
	var objects []*bpfobj.Object
	var errs []analyzer.RuleError
	var names []string
	seen := make(map[string]bool)
	fail := func(name string, err error) {
		errs = append(errs, analyzer.RuleError{Object: name, Message: reason(name, err)})
	}
	for _, arg := range args {
		expanded, err := expand(arg)
		if err != nil {
			fail(arg, err)
		}
		for _, name := range expanded {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	read := make([]*bpfobj.Object, len(names))
	failures := make([]error, len(names))
	analyzer.Each(len(names), func(i int) { read[i], failures[i] = readObject(names[i], stdin) })
	for i, name := range names {
		if failures[i] != nil {
			fail(name, failures[i])
			continue
		}
		objects = append(objects, read[i])
	}
	return objects, errs
}

// expand lists the objects of an argument.
func expand(arg string) ([]string, error) {
	if arg == stdinName {
		return []string{arg}, nil
	}
	info, err := os.Stat(arg)
	if err != nil && strings.ContainsAny(arg, "*?[{") {
		return glob(arg)
	}
	if err != nil || !info.IsDir() {
		return []string{arg}, nil // reading says what is wrong
	}
	var names []string
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".o") || strings.HasSuffix(path, skeletonSuffix)) {
			names = append(names, path)
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("no *.o and no *.lskel.h file below this directory")
	}
	return names, err
}

// glob lists the files that a glob matches; ** stands for any directories.
func glob(pattern string) ([]string, error) {
	names, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
	if err == nil && len(names) == 0 {
		err = errors.New("no file matches")
	}
	slices.Sort(names)
	return names, err
}

func readObject(name string, stdin io.Reader) (*bpfobj.Object, error) {
	if data, insns, ok := dumps(name); ok {
		return readDumps(name, data, insns)
	}
	if name != stdinName {
		obj, err := bpfobj.ReadFile(name)
		if !errors.Is(err, bpfobj.ErrNotELF) {
			return obj, err
		}
		return orSkeleton(name, err, func() (*lskel.Skeleton, error) { return lskel.ReadFile(name) })
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxObject))
	if err != nil {
		return nil, err
	}
	obj, err := bpfobj.Read(name, data)
	if !errors.Is(err, bpfobj.ErrNotELF) {
		return obj, err
	}
	return orSkeleton(name, err, func() (*lskel.Skeleton, error) { return lskel.Read(name, data) })
}

// skeletonSuffix is how the names of light skeletons end by convention.
const skeletonSuffix = ".lskel.h"

// orSkeleton reads what is no ELF file as a light skeleton. For what is none
// either, and for a file that is not named as a header and makes a bad one, such as
// a kernel's BTF, the error is that of the ELF reader.
func orSkeleton(name string, notELF error, read func() (*lskel.Skeleton, error)) (*bpfobj.Object, error) {
	s, err := read()
	switch {
	case err != nil && !strings.HasSuffix(name, ".h") && (name != stdinName || errors.Is(err, lskel.ErrNotSkeleton)):
		return nil, notELF
	case err != nil:
		return nil, err
	}
	return s.Object()
}

// dumps splits the argument that names two dumps of a light skeleton:
// "data=FILE,insns=FILE".
func dumps(arg string) (data, insns string, ok bool) {
	rest, ok := strings.CutPrefix(arg, "data=")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ",insns=")
}

// readDumps reads the blob and the instructions of a light skeleton.
func readDumps(name, dataPath, insnsPath string) (*bpfobj.Object, error) {
	data, err := os.ReadFile(dataPath)
	if err != nil {
		return nil, err
	}
	insns, err := os.ReadFile(insnsPath)
	if err != nil {
		return nil, err
	}
	s, err := lskel.ReadDumps(name, data, insns)
	if err != nil {
		return nil, err
	}
	return s.Object()
}

// reason is the error's text without the name in front, on one line.
func reason(name string, err error) string {
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == name {
		return path.Err.Error()
	}
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), name+": "), "\n", "; ")
}
