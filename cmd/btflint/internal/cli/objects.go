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

// inputs are the objects that arguments name.
type inputs struct {
	objects []*bpfobj.Object
	// errors are what cannot be read.
	errors []analyzer.RuleError
	// passed are files that were met in directories and are of another machine.
	passed []analyzer.Skip
}

func (in *inputs) fail(name string, err error) {
	in.errors = append(in.errors, analyzer.RuleError{Object: name, Message: reason(name, err)})
}

// readObjects reads the objects that the arguments name: files, globs, directories
// with every *.o and *.lskel.h below them, or "-". What cannot be read is an error of the
// report, and the others are read all the same. Objects of other machines that lie in
// a directory, as a build leaves them there, are passed over.
func readObjects(args []string, stdin io.Reader) inputs {
	var in inputs
	var names []string
	seen := make(map[string]bool)
	within := make(map[string]string) // the directory of what was found in one
	for _, arg := range args {
		expanded, dir, err := expand(arg)
		if err != nil {
			in.fail(arg, err)
		}
		for _, name := range expanded {
			key := filepath.Clean(name) // ./x.o is x.o
			if !seen[key] {
				seen[key] = true
				names = append(names, name)
				within[key] = dir
			} else if dir == "" {
				within[key] = "" // named for itself too
			}
		}
	}
	read := make([]*bpfobj.Object, len(names))
	failures := make([]error, len(names))
	analyzer.Each(len(names), func(i int) { read[i], failures[i] = readObject(names[i], stdin) })
	others := map[string][]string{}
	for i, name := range names {
		switch dir := within[filepath.Clean(name)]; {
		case failures[i] == nil:
			in.objects = append(in.objects, read[i])
		case dir != "" && errors.Is(failures[i], bpfobj.ErrNotBPF):
			others[dir] = append(others[dir], name)
		default:
			in.fail(name, failures[i])
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(others)) {
		in.pass(dir, others[dir])
	}
	return in
}

// pass notes the files of a directory that are of another machine. A directory
// with nothing else is not what was meant.
func (in *inputs) pass(dir string, names []string) {
	others := strconv.Itoa(len(names)) + " files of another machine: "
	if len(names) == 1 {
		others = "1 file of another machine: "
	}
	others += analyzer.Enumerate(names)
	if len(in.objects)+len(in.errors) == 0 {
		in.fail(dir, errors.New("no BPF object below this directory, but "+others))
		return
	}
	in.passed = append(in.passed, analyzer.Skip{Reason: others})
}

// expand lists the objects of an argument. dir is the argument if it is a directory.
func expand(arg string) (names []string, dir string, err error) {
	if arg == stdinName {
		return []string{arg}, "", nil
	}
	info, err := os.Stat(arg)
	if err != nil && strings.ContainsAny(arg, "*?[{") {
		names, err = glob(arg)
		return names, "", err
	}
	if err != nil || !info.IsDir() {
		return []string{arg}, "", nil // reading says what is wrong
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
	return names, arg, err
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
