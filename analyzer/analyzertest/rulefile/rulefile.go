// Package rulefile reads the C files of rule tests, testdata/rules/*.c: their
// directives, what findings they want, and the example that the rule's
// documentation shows. The tests of analyzertest and the generator of
// docs/rules both stand on it, so it imports no test package.
//
// Directives are "// key: words" lines among the comment lines at the top:
//
//	// kernels: old modern    toy kernels of testdata/kernels; the default is modern
//	// loaders: libbpf cilium the default is libbpf
//	// symbols: unknown       the kernels' symbols are not given
//	// config: unknown        the kernels' configuration is not given
//	// modules: unknown       the kernels' modules are not given
//	// modules: none          they are known to be none, whatever KERNEL.modules holds
//	// shadow: FILE           a generated file beside the C file that mirrors its struct_ops maps
//	// targets: bpfeb         the object is NAME_bpfeb.o; the default is bpfel, NAME.o
package rulefile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Part says what is known of a part of the toy kernels.
type Part string

// What can be known of a part.
const (
	Given   Part = ""        // as the files beside the kernel have it
	Unknown Part = "unknown" // not known
	None    Part = "none"    // known to be empty; modules only
)

// File is the C file of a rule test.
type File struct {
	// Path as given to [Read]; the object lies beside it, see [File.Object].
	Path string
	// Lines are the lines of the file without line ends; line n is Lines[n-1].
	Lines            []string
	Kernels, Loaders []string
	// Symbols, Config and Modules are what is known of the kernels.
	Symbols, Config, Modules Part
	Wants                    []Want
	// Shadow is the path of a file with shadow types, "" if there is none.
	Shadow string
	// Target is the first that the object is built for, "" for bpfel.
	Target string
	// ExampleFrom and ExampleTo are the first and the last line between
	// "// example" and "// end example"; 0 without an example.
	ExampleFrom, ExampleTo int
}

// Read reads and parses a C file.
func Read(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{
		Path: path, Kernels: []string{"modern"}, Loaders: []string{"libbpf"},
		Lines: strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"),
	}
	if err := f.parse(); err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return f, nil
}

// Names lists the C files of a rule: NAME.c and, for what cannot be shown in
// one object, NAME__*.c, sorted. Dashes of the rule's name are underscores.
func Names(dir, rule string) ([]string, error) {
	stem := filepath.Join(dir, strings.ReplaceAll(rule, "-", "_"))
	more, err := filepath.Glob(stem + "__*.c")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(stem + ".c"); err != nil {
		return nil, fmt.Errorf("rule %q: %w", rule, err)
	}
	slices.Sort(more)
	return append([]string{stem + ".c"}, more...), nil
}

// Object is the path of the object that "make testdata" builds of the file.
func (f *File) Object() string {
	stem := strings.TrimSuffix(f.Path, ".c")
	if f.Target != "" {
		stem += "_" + f.Target
	}
	return stem + ".o"
}

// Base is the file's name without its directory, as line records end.
func (f *File) Base() string { return filepath.Base(f.Path) }

// Example is the text between "// example" and "// end example" without the
// want comments, "" if there is none.
func (f *File) Example() string {
	if f.ExampleFrom == 0 {
		return ""
	}
	var b strings.Builder
	for _, line := range f.Lines[f.ExampleFrom-1 : f.ExampleTo] {
		b.WriteString(WithoutWant(line))
		b.WriteByte('\n')
	}
	return b.String()
}

// parse reads directives, wants and the example. Errors begin with the line.
func (f *File) parse() error {
	header := true
	for i, line := range f.Lines {
		comment, isComment := strings.CutPrefix(line, "//")
		comment = strings.TrimSpace(comment)
		header = header && isComment
		var err error
		switch {
		case header:
			err = f.directive(comment)
		case isComment && comment == "example":
			f.ExampleFrom = i + 2
		case isComment && comment == "end example":
			f.ExampleTo = i
		}
		if err == nil {
			var wants []Want
			wants, err = parseWants(line, i+1)
			f.Wants = append(f.Wants, wants...)
		}
		if err != nil {
			return fmt.Errorf("%d: %w", i+1, err)
		}
	}
	if (f.ExampleFrom == 0) != (f.ExampleTo == 0) || f.ExampleFrom > f.ExampleTo {
		return fmt.Errorf("%d: example without its end, or empty", max(f.ExampleFrom, f.ExampleTo))
	}
	return f.checkTargets()
}

// directive reads one comment line of the header. What does not begin with a
// word in lower case and a colon is prose.
func (f *File) directive(comment string) error {
	key, value, found := strings.Cut(comment, ":")
	words := strings.Fields(value)
	if !found || strings.TrimLeft(key, "abcdefghijklmnopqrstuvwxyz") != "" {
		return nil
	}
	switch key {
	case "kernels":
		f.Kernels = words
	case "loaders":
		f.Loaders = words
	case "symbols", "config", "modules":
		part := Part(strings.Join(words, " "))
		if part != Unknown && (part != None || key != "modules") {
			return fmt.Errorf("%s: %q", key, part)
		}
		*map[string]*Part{"symbols": &f.Symbols, "config": &f.Config, "modules": &f.Modules}[key] = part
	case "shadow":
		f.Shadow = filepath.Join(filepath.Dir(f.Path), strings.Join(words, " "))
	case "targets":
		if len(words) > 0 && words[0] != "bpfel" {
			f.Target = words[0]
		}
	case "cflags": // for testdata/build
	default:
		return fmt.Errorf("unknown directive %q", key)
	}
	return nil
}

// checkTargets finds wants for a kernel or loader that the file does not name.
func (f *File) checkTargets() error {
	for _, w := range f.Wants {
		for _, target := range w.Targets {
			if !slices.Contains(f.Kernels, target) && !slices.Contains(f.Loaders, target) {
				return fmt.Errorf("%d: want for %q, which is no kernel or loader of this file", w.Line, target)
			}
		}
	}
	return nil
}
