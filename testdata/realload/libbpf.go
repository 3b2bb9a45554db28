package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

//go:embed load.c.in
var loadSource []byte

// buildLoader compiles the loader in a directory. flags are those of the C
// compiler that find libbpf and what it needs.
func buildLoader(dir, flags string) (string, error) {
	source, loader := filepath.Join(dir, "load.c"), filepath.Join(dir, "load")
	if err := os.WriteFile(source, loadSource, 0o600); err != nil {
		return "", err
	}
	args := append([]string{"-O1", "-o", loader, source}, strings.Fields(flags)...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return loader, nil
}

// logTally counts what the log of libbpf and the plan say of relocations.
type logTally struct {
	loads, equal, poisoned, resized, refused int
	// never are relocations that no load came to.
	never      int
	mismatches []string
}

func (t *logTally) add(o logTally) {
	t.loads += o.loads
	t.equal += o.equal
	t.poisoned += o.poisoned
	t.resized += o.resized
	t.refused += o.refused
	t.never += o.never
	t.mismatches = append(t.mismatches, o.mismatches...)
}

// logComparer compares plans with the log of loads by libbpf.
type logComparer struct {
	loader string
	kernel *kernel.Kernel
	wrong  uint64 // is added to every planned value

	patched, poison, failed *regexp.Regexp
}

func newLogComparer(loader string, k *kernel.Kernel, wrong uint64) *logComparer {
	return &logComparer{
		loader: loader, kernel: k, wrong: wrong,
		patched: regexp.MustCompile(`prog '([^']*)': relo #\d+: patched insn #(\d+) \(\S+\) (off|imm|imm64|mem_sz) \d+ -> (\d+)`),
		poison:  regexp.MustCompile(`prog '([^']*)': relo #\d+: substituting insn #(\d+) w/ invalid insn`),
		failed:  regexp.MustCompile(`prog '([^']*)': relo #(\d+): failed to (?:relocate|patch insn|record relocation)`),
	}
}

// slot is an instruction of a function.
type slot struct {
	function string
	insn     int
}

// change is what the log says of an instruction.
type change struct {
	poisoned bool
	value    uint64
	size     uint64 // 0 if it stays
}

// journal is the part of a log that concerns CO-RE.
type journal struct {
	// finished tells that all relocations went through.
	finished bool
	changes  map[slot]change
	// failed and record name the relocation that failed, by its number in its section.
	failed string
	record int
}

// load runs a load and reads its log.
func (c *logComparer) load(path string, program ...string) (journal, error) {
	out, err := exec.Command(c.loader, append([]string{path}, program...)...).Output()
	if err != nil {
		return journal{}, fmt.Errorf("%s: %w", path, err)
	}
	j := journal{changes: map[slot]change{}}
	begun, broken := false, false
	for _, l := range bytes.Split(out, []byte("\n")) {
		text := string(l)
		begun = begun || strings.Contains(text, " CO-RE relocations") && strings.Contains(text, ": found ")
		broken = broken || strings.Contains(text, "failed to perform CO-RE relocations")
		if m := c.patched.FindStringSubmatch(text); m != nil {
			at := slot{m[1], atoi(m[2])}
			ch := j.changes[at]
			value, err := strconv.ParseUint(m[4], 10, 64)
			if err != nil {
				return j, err
			}
			if m[3] == "mem_sz" {
				ch.size = value
			} else {
				ch.value = value
			}
			j.changes[at] = ch
		} else if m := c.poison.FindStringSubmatch(text); m != nil {
			j.changes[slot{m[1], atoi(m[2])}] = change{poisoned: true}
		} else if m := c.failed.FindStringSubmatch(text); m != nil {
			j.failed, j.record = m[1], atoi(m[2])
		}
	}
	j.finished = begun && !broken
	return j, nil
}

// atoi reads a number that a pattern has matched.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// compare loads an object as it is, and each program alone that this leaves open.
func (c *logComparer) compare(path string) (logTally, error) {
	var t logTally
	obj, err := bpfobj.ReadFile(path)
	if err != nil {
		return t, err
	}
	p := plan.Make(obj, c.kernel, plan.Libbpf, plan.Options{})
	seen := make([]bool, len(obj.CORE))
	j, err := c.load(path)
	if err != nil {
		return t, err
	}
	c.judge(&t, p, j, -1, seen)
	for i, prog := range obj.Programs {
		if j.finished && p.Programs[i].Autoload {
			continue
		}
		alone, err := c.load(path, prog.Name)
		if err != nil {
			return t, err
		}
		c.judge(&t, p, alone, i, seen)
	}
	for i := range seen {
		if !seen[i] {
			t.never++
		}
	}
	return t, nil
}

// judge compares one load: of the program of that index, -1 for the object as it is.
func (c *logComparer) judge(t *logTally, p *plan.Plan, j journal, prog int, seen []bool) {
	t.loads++
	number := map[int]int{} // of records by section
	for i := range p.CORE {
		rec := p.CORE[i].Record
		n := number[rec.Section]
		number[rec.Section]++
		if rec.Func == nil {
			continue
		}
		b := c.binding(p, i, prog)
		at := slot{rec.Func.Name, rec.Insn}
		ch, logged := j.changes[at]
		switch {
		case j.failed == at.function && j.record == n && !j.finished:
			if b.Status != plan.CORERefused {
				t.mismatches = append(t.mismatches, c.complain(p, b, "libbpf refuses it"))
			}
			t.refused++
			seen[i] = true
		case !logged && j.finished && c.switchedOn(p, rec.Func, prog):
			t.mismatches = append(t.mismatches, c.complain(p, b, "libbpf passes over it"))
		case logged:
			seen[i] = true
			c.value(t, p, b, ch)
		}
	}
}

// binding is the plan's outcome of a record in a load.
func (c *logComparer) binding(p *plan.Plan, i, prog int) *plan.COREBinding {
	if prog >= 0 {
		return p.COREIn(i, prog, true)
	}
	return &p.CORE[i]
}

// switchedOn reports whether libbpf relocates a function in a load.
func (c *logComparer) switchedOn(p *plan.Plan, f *bpfobj.Function, prog int) bool {
	if f.Program == nil {
		return true
	}
	for i := range p.Programs {
		if p.Programs[i].Program.Function == f {
			return prog < 0 && p.Programs[i].Autoload || prog == i
		}
	}
	return false
}

// value compares a patched or poisoned instruction.
func (c *logComparer) value(t *logTally, p *plan.Plan, b *plan.COREBinding, ch change) {
	size := uint64(0)
	if b.Size != b.OriginalSize {
		size = b.Size
	}
	switch {
	case ch.poisoned && b.Status == plan.COREPoisoned:
		t.equal++
		t.poisoned++
	case !ch.poisoned && b.Status == plan.COREPatched && ch.value == b.Value+c.wrong && ch.size == size:
		t.equal++
		if size != 0 {
			t.resized++
		}
	default:
		t.mismatches = append(t.mismatches, c.complain(p, b, fmt.Sprintf("libbpf says %+v", ch)))
	}
}

func (c *logComparer) complain(p *plan.Plan, b *plan.COREBinding, what string) string {
	return fmt.Sprintf("%s: function %q, instruction %d: %s %s is planned to be %s %d, size %d: %s",
		p.Object.Name, b.Record.Func.Name, b.Record.Insn, b.Kind, b.Path(), b.Status, b.Value+c.wrong, b.Size, what)
}
