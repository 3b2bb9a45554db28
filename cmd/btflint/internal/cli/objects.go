package cli

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// found is an object file that the arguments lead to.
type found struct {
	name string
	dir  string // the directory below which it lies; "" if it is named itself
}

// inputs are the objects that arguments lead to.
type inputs struct {
	objects []*bpfobj.Object
	// errors are what cannot be read.
	errors []analyzer.RuleError
	// passed tells what was passed over.
	passed []analyzer.Skip
}

func (in *inputs) fail(name string, err error) {
	in.errors = append(in.errors, analyzer.RuleError{Object: name, Message: reason(name, err)})
}

// readObjects reads the objects that the arguments name: files, globs, directories
// with every *.o and *.lskel.h below them, or "-". What cannot be read is an error of the
// report, and the others are read all the same. ELF files that are no BPF objects are
// passed over in directories, where the rest of a program lies beside them.
func readObjects(args []string, stdin io.Reader) inputs {
	var in inputs
	files := findObjects(args, in.fail)
	read := make([]*bpfobj.Object, len(files))
	failures := make([]error, len(files))
	analyzer.Each(len(files), func(i int) { read[i], failures[i] = readObject(files[i].name, stdin) })
	used := make(map[string]bool)       // directories that hold an object, good or bad
	others := make(map[string][]string) // by directory, what was passed over
	for i, f := range files {
		if f.dir != "" && errors.Is(failures[i], bpfobj.ErrNotBPF) {
			others[f.dir] = append(others[f.dir], f.name)
			continue
		}
		used[f.dir] = true
		if failures[i] != nil {
			in.fail(f.name, failures[i])
			continue
		}
		in.objects = append(in.objects, read[i])
	}
	for _, dir := range slices.Sorted(maps.Keys(others)) {
		if !used[dir] {
			in.fail(dir, errors.New("no *.o file below this directory is a BPF object"))
			continue
		}
		in.pass(others[dir])
	}
	return in
}

// pass notes files that were passed over.
func (in *inputs) pass(names []string) {
	what := " ELF files that are no BPF objects: "
	if len(names) == 1 {
		what = " ELF file that is no BPF object: "
	}
	in.passed = append(in.passed, analyzer.Skip{Reason: strconv.Itoa(len(names)) + what + analyzer.Enumerate(names)})
}

// findObjects lists the files of all arguments, each once.
func findObjects(args []string, fail func(name string, err error)) []found {
	var files []found
	index := make(map[string]int)
	for _, arg := range args {
		names, walked, err := expand(arg)
		if err != nil {
			fail(arg, err)
		}
		for _, name := range names {
			key := filepath.Clean(name) // ./x.o is x.o
			i, seen := index[key]
			switch {
			case !seen && walked:
				index[key] = len(files)
				files = append(files, found{name: name, dir: arg})
			case !seen:
				index[key] = len(files)
				files = append(files, found{name: name})
			case !walked:
				files[i].dir = ""
			}
		}
	}
	return files
}

// expand lists the objects of an argument, and tells whether it is a directory that
// was walked.
func expand(arg string) (names []string, walked bool, err error) {
	if arg == stdinName {
		return []string{arg}, false, nil
	}
	info, err := os.Stat(arg)
	if err != nil && strings.ContainsAny(arg, "*?[{") {
		names, err = glob(arg)
		return names, false, err
	}
	if err != nil || !info.IsDir() {
		return []string{arg}, false, nil // reading says what is wrong
	}
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".o") || strings.HasSuffix(path, skeletonSuffix)) {
			names = append(names, path)
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("no *.o and no *.lskel.h file below this directory")
	}
	return names, true, err
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
