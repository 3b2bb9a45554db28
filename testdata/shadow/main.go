// Command shadow records what other tools say of the struct_ops maps of objects,
// for the tests of package shadow:
//
//   - NAME.bpftool: the shadow types of "bpftool gen skeleton", from Linux 6.9 on
//   - NAME.pahole: the offset and size of every member by pahole, a line
//     "TYPE MEMBER OFFSET SIZE" each, and "TYPE - 0 SIZE" for the type
//
// Run it from the module root: "go run ./testdata/shadow -bpftool PATH". Other
// objects than those of testdata/shadow/objects are recorded by naming them and a
// directory: "-o DIR OBJECT..."; "go test ./analyzer/shadow -fixtures DIR" then
// tests with these.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func main() {
	bpftool := flag.String("bpftool", "bpftool", "bpftool of Linux 6.9 or later")
	pahole := flag.String("pahole", "pahole", "pahole of dwarves")
	out := flag.String("o", "testdata/shadow/objects", "directory for what is recorded")
	flag.Parse()
	objects := flag.Args()
	if len(objects) == 0 {
		objects, _ = filepath.Glob("testdata/shadow/objects/*.o")
	}
	var errs []error
	for _, path := range objects {
		if err := record(path, *out, *bpftool, *pahole); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// record writes what the tools say of one object, and the object if it is not
// in the directory.
func record(path, out, bpftool, pahole string) error {
	obj, err := bpfobj.ReadFile(path)
	if err != nil {
		return err
	}
	skeleton, err := exec.Command(bpftool, "gen", "skeleton", path).Output()
	if err != nil {
		return fmt.Errorf("bpftool: %w", err)
	}
	types, err := shadowTypes(skeleton)
	if err != nil {
		return err
	}
	layout, err := layouts(obj, path, pahole)
	if err != nil {
		return err
	}
	stem := filepath.Join(out, strings.TrimSuffix(filepath.Base(path), ".o"))
	if filepath.Clean(path) != stem+".o" {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(stem+".o", data, 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(stem+".bpftool", types, 0o644); err != nil {
		return err
	}
	return os.WriteFile(stem+".pahole", layout, 0o644)
}

// shadowTypes cuts "struct { ... } struct_ops;" out of a skeleton.
func shadowTypes(skeleton []byte) ([]byte, error) {
	const last = "\n\t} struct_ops;\n"
	end := bytes.Index(skeleton, []byte(last))
	if end < 0 {
		return nil, errors.New("bpftool emits no shadow types: it is older than Linux 6.9, or there are no struct_ops maps")
	}
	start := bytes.LastIndex(skeleton[:end], []byte("\n\tstruct {\n"))
	if start < 0 {
		return nil, errors.New("shadow types without a beginning")
	}
	return skeleton[start+1 : end+len(last)], nil
}

// place is the comment that pahole puts behind a member: offset and size, in
// bytes, and for a bitfield the bit.
var place = regexp.MustCompile(`/\*\s*(\d+)(:\s*\d+)?\s+(\d+)\s+\*/`)

// name is a declared name: "(*x)(", or the last word before brackets, colons
// and the end.
var name = regexp.MustCompile(`\(\*(\w+)\)\(|\(\*(\w+)\[\d*\]\)\(|(\w+)(?:\[\d*\])*(?::\d+)?;`)

// size is pahole's summary of a type.
var size = regexp.MustCompile(`/\* size: (\d+),`)

// layouts has pahole lay out the struct of every struct_ops map.
func layouts(obj *bpfobj.Object, path, pahole string) ([]byte, error) {
	var names []string
	for _, m := range obj.StructOps {
		names = append(names, m.TypeName)
	}
	slices.Sort(names)
	var b bytes.Buffer
	for _, typ := range slices.Compact(names) {
		text, err := exec.Command(pahole, "-F", "btf", "-C", typ, path).Output()
		if err != nil {
			return nil, fmt.Errorf("pahole: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			if m := size.FindStringSubmatch(line); m != nil && strings.HasPrefix(line, "\t/*") {
				fmt.Fprintf(&b, "%s - 0 %s\n", typ, m[1])
			}
			at := place.FindStringSubmatch(line)
			if at == nil || !strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "\t\t") || at[2] != "" {
				continue // nested, a comment, or a bitfield, which has no place of its own
			}
			if member := slices.DeleteFunc(name.FindStringSubmatch(line[:strings.Index(line, "/*")]), func(s string) bool { return s == "" }); len(member) > 1 {
				fmt.Fprintf(&b, "%s %s %s %s\n", typ, member[len(member)-1], at[1], at[3])
			}
		}
	}
	return b.Bytes(), nil
}
