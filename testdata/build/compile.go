package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// commonFlags are those of every object. The compilation directory is "." so
// that objects do not depend on where the tree lies.
var commonFlags = []string{
	"-O2", "-g", "-Wall", "-Werror", "-mcpu=v3", "-fdebug-compilation-dir=.", "-Itestdata/include",
}

// irFlags are those of objects made of LLVM IR, which is not optimised again:
// what stands there is what another compiler made of another language.
var irFlags = []string{"-O2", "-mcpu=v3", "-Werror", "-Xclang", "-disable-llvm-passes"}

// isIR reports whether a source is LLVM IR.
func isIR(src string) bool { return strings.HasSuffix(src, ".ll") }

// toolchain is what builds objects.
type toolchain struct {
	clang, strip string
	version      string // first line of clang --version
}

func findTools() (*toolchain, error) {
	clang, err := exec.LookPath("clang-19")
	if err != nil {
		return nil, fmt.Errorf("testdata is built with clang-19: %w", err)
	}
	strip, err := exec.LookPath("llvm-strip-19")
	if err != nil {
		if strip, err = exec.LookPath("llvm-strip"); err != nil {
			return nil, fmt.Errorf("package llvm-19: %w", err)
		}
	}
	out, err := exec.Command(clang, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", clang, err)
	}
	version, _, _ := strings.Cut(string(out), "\n")
	return &toolchain{clang: clang, strip: strip, version: version}, nil
}

// build makes the objects of one source and returns their manifest entries.
func (t *toolchain) build(src string) ([]entry, error) {
	text, err := os.ReadFile(src)
	if err != nil {
		return nil, err
	}
	headers, err := includes(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src, err)
	}
	targets := directive(text, "targets")
	if len(targets) == 0 {
		targets = []string{"bpfel"}
	}
	var entries []entry
	for _, target := range targets {
		common := commonFlags
		if isIR(src) {
			common = irFlags
		}
		flags := append(append([]string{"-target", target}, common...), directive(text, "cflags")...)
		object := objectName(src, target)
		if err := t.compile(src, object, flags); err != nil {
			return entries, err
		}
		e, err := newEntry(object, src, headers, flags)
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// compile makes one object. It is replaced at once, so that a test that runs
// at the same time never reads half of it.
func (t *toolchain) compile(src, object string, flags []string) error {
	dir, err := os.MkdirTemp("", "btflint-build")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, "x.o")
	for _, args := range [][]string{
		append([]string{t.clang}, append(flags, "-c", src, "-o", tmp)...),
		{t.strip, "-g", tmp},
	} {
		var stderr bytes.Buffer
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", src, err, &stderr)
		}
	}
	b, err := os.ReadFile(tmp)
	if err != nil {
		return err
	}
	if isModule(src) {
		if b, err = splitModule(src, b); err != nil {
			return fmt.Errorf("%s: %w", src, err)
		}
	}
	return replace(object, b)
}

// replace writes a file through a temporary one; not at all if it is the same.
func replace(path string, b []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// objectName is the name of the object of a source for a target.
func objectName(src, target string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(src, ".c"), ".ll")
	switch {
	case isModule(src):
		return strings.Replace(base, "+", ".modules/", 1)
	case target == "bpfel":
		return base + ".o"
	}
	return base + "_" + target + ".o"
}

// isModule reports whether the source is that of a toy kernel's module.
func isModule(src string) bool {
	return strings.HasPrefix(src, root+"/kernels/") && strings.Contains(src, "+")
}

// directive returns the words of a "// key: ..." or "; key: ..." line among the
// leading comment lines.
func directive(text []byte, key string) []string {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "//")
		if !ok {
			rest, ok = strings.CutPrefix(lines.Text(), ";")
		}
		if !ok {
			return nil
		}
		if rest, ok = strings.CutPrefix(strings.TrimSpace(rest), key+":"); ok {
			return strings.Fields(rest)
		}
	}
	return nil
}

var includeLine = regexp.MustCompile(`(?m)^\s*#\s*include\s+"([^"]+)"`)

// includes lists the headers of testdata/include that the text includes,
// directly: the headers there include no others.
func includes(text []byte) ([]string, error) {
	var list []string
	for _, m := range includeLine.FindAllSubmatch(text, -1) {
		path := root + "/include/" + string(m[1])
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if includeLine.Match(b) {
			return nil, fmt.Errorf("%s includes another header", path)
		}
		list = append(list, path)
	}
	return list, nil
}
