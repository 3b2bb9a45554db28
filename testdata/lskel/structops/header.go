package structops

import (
	"bytes"
	"fmt"
	"strings"
)

// Layout is how a header holds the arrays.
type Layout uint8

// Layouts that bpftool has written.
const (
	Arrays   Layout = iota // opts_data[] and opts_insn[]
	Literals               // opts.data = (void *)"..."
)

// Header is the text of a header. It holds no more of the usual one than what
// names the maps and programs, and the two arrays.
func (s *Skeleton) Header(layout Layout) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "/* Written by \"go run ./testdata/lskel\". */\n#include <bpf/skel_internal.h>\n\n")
	fmt.Fprintf(&b, "struct %s {\n\tstruct bpf_loader_ctx ctx;\n\tstruct {\n\t\tstruct bpf_map_desc %s;\n\t} maps;\n\tstruct {\n", s.Name, s.Map)
	for _, name := range s.Programs {
		fmt.Fprintf(&b, "\t\tstruct bpf_prog_desc %s;\n", name)
	}
	fmt.Fprintf(&b, "\t} progs;\n};\n\nstatic inline int %s__load(struct %s *skel)\n{\n\tstruct bpf_load_and_run_opts opts = {};\n\n", s.Name, s.Name)
	b.WriteString("\topts.ctx = (struct bpf_loader_ctx *)skel;\n")
	for _, a := range []struct {
		array, field string
		data         []byte
	}{{"opts_data", "data", s.Data}, {"opts_insn", "insns", s.Insns}} {
		if layout == Arrays {
			fmt.Fprintf(&b, "\tstatic const char %s[] __attribute__((__aligned__(8))) = \"\\\n%s\";\n", a.array, escaped(a.data))
			fmt.Fprintf(&b, "\topts.%s_sz = sizeof(%s) - 1;\n\topts.%s = (void *)%s;\n", a.field, a.array, a.field, a.array)
			continue
		}
		fmt.Fprintf(&b, "\topts.%s_sz = %d;\n\topts.%s = (void *)\"\\\n%s\";\n", a.field, len(a.data), a.field, escaped(a.data))
	}
	b.WriteString("\treturn bpf_load_and_run(&opts);\n}\n")
	return b.Bytes()
}

// lineWidth is how long the lines of an array are at most.
const lineWidth = 78

// escaped is data as the inside of a C string over several lines.
func escaped(data []byte) string {
	var b strings.Builder
	width := 0
	for _, c := range data {
		text := fmt.Sprintf(`\x%02x`, c)
		if c == 0 {
			text = `\0`
		}
		if width += len(text); width > lineWidth {
			b.WriteString("\\\n")
			width = len(text)
		}
		b.WriteString(text)
	}
	return b.String()
}
