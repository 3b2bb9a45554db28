package kernel

import (
	"errors"
	"fmt"
	"strings"
)

const (
	runningPath = "running" // path that names the running kernel
	noModules   = "none"    // value of modules= that says that there are none
)

// Spec names one target: what --kernel gives.
type Spec struct {
	// Name is how findings call the kernel. The default is its release, else
	// the base name of Types.
	Name string
	// Types is where its BTF is: a raw BTF file, an ELF vmlinux, a directory
	// laid out like /sys/kernel/btf, or "running" for the running kernel.
	Types string
	// Symbols is a file like /proc/kallsyms or System.map, Config a build
	// configuration, also compressed with gzip. The default is that of the
	// running kernel if Types is, else unknown.
	Symbols, Config string
	// Modules is a directory of split BTF: raw files named after the module,
	// or .ko files, also in subdirectories. "none" says that the kernel has
	// no modules. The default is what Types has beside it, else unknown.
	Modules string
}

// ParseSpec parses the argument of --kernel:
//
//	[NAME=]PATH[,symbols=PATH][,config=PATH][,modules=DIR|none]
//
// The text before the first "=" is a name unless it holds a "/" or "\": write
// ./a=b for a path whose first element holds "=". A comma belongs to the path
// before it unless it is followed by a word in lower case and "=", which
// starts a part; a path that holds that cannot be given. Write ./running and
// ./none for files of these names.
//
// It returns an error if a path or the name is empty, or a part is unknown or
// given twice.
func ParseSpec(arg string) (Spec, error) {
	spec, err := parseSpec(arg)
	if err != nil {
		return Spec{}, fmt.Errorf("kernel %q: %w", arg, err)
	}
	return spec, nil
}

func parseSpec(arg string) (Spec, error) {
	var s Spec
	head, rest := cutPart(arg)
	s.Types = head
	if name, path, ok := strings.Cut(head, "="); ok && !strings.ContainsAny(name, `/\`) {
		if name == "" {
			return s, errors.New("empty name")
		}
		s.Name, s.Types = name, path
	}
	if strings.ContainsFunc(arg, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return s, errors.New("control character")
	}
	if s.Types == "" {
		return s, errors.New("empty path")
	}
	for rest != "" {
		var part string
		part, rest = cutPart(rest)
		if err := s.setPart(part); err != nil {
			return s, err
		}
	}
	return s, nil
}

// setPart sets one KEY=VALUE.
func (s *Spec) setPart(part string) error {
	key, value, _ := strings.Cut(part, "=")
	var field *string
	switch key {
	case "symbols":
		field = &s.Symbols
	case "config":
		field = &s.Config
	case "modules":
		field = &s.Modules
	default:
		return fmt.Errorf("unknown part %q, want symbols, config or modules", key)
	}
	if *field != "" {
		return fmt.Errorf("%s: given twice", key)
	}
	if value == "" {
		return fmt.Errorf("%s: empty path", key)
	}
	*field = value
	return nil
}

// cutPart cuts s at the first comma that starts a part.
func cutPart(s string) (before, after string) {
	for i := range len(s) {
		if s[i] != ',' {
			continue
		}
		word := strings.TrimLeft(s[i+1:], "abcdefghijklmnopqrstuvwxyz")
		if len(word) < len(s)-i-1 && strings.HasPrefix(word, "=") {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
