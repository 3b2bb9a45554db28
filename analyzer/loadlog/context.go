package loadlog

import (
	"strconv"
	"strings"
)

// context is what a log told so far about what is being loaded.
type context struct {
	loader          Source
	object, program string
	inLog           bool // a verifier's log was seen
	replaced        bool // libbpf put words of its own in the place of the last instruction
	insn            int
	code, place     string
	// attempt counts the verifier's logs, as far as the lines tell them apart, and
	// step the instructions of all traces.
	attempt, step int
}

// What lines of only one loader start and end with.
const (
	libbpfPrefix  = "libbpf:"
	libbpfProgram = "libbpf: prog '"
	omitted       = " line(s) omitted)"
	loadProgram   = ": load program:"
)

// processed starts the verifier's last line (kernel/bpf/verifier.c,
// print_verification_stats).
const processed = "processed "

// isStatistics reports whether a line is one of those with which the verifier ends
// its log: two more come before the last one if the loader asks for statistics.
func isStatistics(text string) bool {
	return strings.HasPrefix(text, processed) || strings.HasPrefix(text, "verification time ") || strings.HasPrefix(text, "stack depth ")
}

// line takes a line. It reports whether the line belongs to the verifier's trace,
// in which no symptom has to be looked for.
func (c *context) line(text string) bool {
	if strings.HasPrefix(text, libbpfPrefix) || strings.HasPrefix(text, processed) || strings.Contains(text, loadProgram) {
		c.attempt++ // loaders say nothing within a log
	}
	switch {
	case strings.HasPrefix(text, libbpfPrefix):
		c.loader = Libbpf
	case strings.HasPrefix(text, "; "):
		c.source(text[2:])
		return !strings.Contains(text, "by CO-RE")
	case strings.Contains(text, omitted):
		c.loader = Cilium
	}
	for _, s := range [...]struct {
		before, after string
		to            *string
	}{
		{libbpfProgram, "':", &c.program},
		{"program ", ": load program:", &c.program}, // cilium/ebpf
		{"program ", ": fixing up kfuncs:", &c.program},
		{"failed to load object '", "'", &c.object},
		{"libbpf: loading ", " from buffer", &c.object},
		{"load bpf program: file ", ":", &c.object},
		{"file ", ".o: ", &c.object},
	} {
		if name, ok := between(text, s.before, s.after); ok {
			*s.to = strings.Trim(name, "'")
			if s.after == ".o: " {
				*s.to += ".o"
			}
		}
	}
	if strings.Contains(text, "BEGIN PROG LOAD LOG") {
		c.inLog, c.replaced, c.insn, c.code, c.place = true, false, -1, "", ""
	}
	return c.instruction(text)
}

// instruction reports whether a line is an instruction of the trace, such as
// "12: (85) call bpf_probe_read_kernel#113", or the state of the registers.
// "BUG_db" is an instruction that the kernel has no name for (kernel/bpf/disasm.c).
func (c *context) instruction(text string) bool {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	if digits == 0 {
		return strings.HasPrefix(text, "R0") && strings.Contains(text, "=") || strings.HasPrefix(text, "regs=")
	}
	rest, ok := strings.CutPrefix(text[digits:], ": ")
	if !ok {
		return false
	}
	insn, err := strconv.Atoi(text[:digits])
	if err != nil {
		return false
	}
	if isLiveness(rest) {
		return true // not yet the trace
	}
	c.replaced = strings.HasPrefix(rest, "<")
	if !strings.HasPrefix(rest, "(") && !c.replaced && !strings.HasPrefix(rest, "R") && !strings.HasPrefix(rest, "BUG_") {
		return false
	}
	c.insn, c.inLog = insn, true
	c.step++
	return true
}

// isLiveness reports whether what follows the number is an instruction of the list
// that says which registers are alive before each, as in ".12345.... (95) exit"
// (kernel/bpf/liveness.c, bpf_compute_live_registers).
func isLiveness(rest string) bool {
	registers, _, found := strings.Cut(rest, " (")
	return found && registers != "" && strings.Trim(registers, ".0123456789") == ""
}

// source takes a source line: the text, and since 6.9 " @ file.c:12"
// (kernel/bpf/log.c, print_bpf_line_info).
func (c *context) source(text string) {
	c.inLog = true
	if strings.Contains(text, "poisoned by CO-RE") {
		return // cilium/ebpf's own
	}
	c.code, c.place = text, ""
	if i := strings.LastIndex(text, " @ "); i >= 0 {
		c.code, c.place = text[:i], text[i+len(" @ "):]
	}
	c.code = strings.TrimSpace(c.code)
}

// orLoader is the loader, or that of the whole log.
func (c *context) orLoader(loader Source) Source {
	if loader == "" {
		return c.loader
	}
	return loader
}

// between is what stands in a text between two others, if it is a name.
func between(text, before, after string) (string, bool) {
	_, rest, found := strings.Cut(text, before)
	if !found {
		return "", false
	}
	name, _, found := strings.Cut(rest, after)
	if !found || name == "" || strings.ContainsAny(name, " \t") {
		return "", false
	}
	return name, true
}
