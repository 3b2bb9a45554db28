package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// stdinName stands for an object that is read from standard input.
const stdinName = "-"

// maxObject bounds what is read from standard input, in bytes.
const maxObject = 1 << 30

// readObjects reads the objects that the arguments name: files, directories
// with every *.o below them, or "-". What cannot be read is an error of the
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
	if info, err := os.Stat(arg); arg == stdinName || err != nil || !info.IsDir() {
		return []string{arg}, nil // reading says what is wrong
	}
	var names []string
	err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".o") {
			names = append(names, path)
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("no *.o file below this directory")
	}
	return names, err
}

func readObject(name string, stdin io.Reader) (*bpfobj.Object, error) {
	if name != stdinName {
		return bpfobj.ReadFile(name)
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxObject))
	if err != nil {
		return nil, err
	}
	return bpfobj.Read(name, data)
}

// reason is the error's text without the name in front, on one line.
func reason(name string, err error) string {
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == name {
		return path.Err.Error()
	}
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), name+": "), "\n", "; ")
}
