// Package loadlog reads what a loader and the verifier print when a load fails,
// and names the cause. It looks at text alone: which source line is why, and what
// other kernels say, only a check of the object tells.
package loadlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Source is who prints a line.
type Source string

// Sources.
const (
	Libbpf Source = "libbpf"
	Cilium Source = "cilium" // cilium/ebpf
	Aya    Source = "aya"
	Kernel Source = "kernel" // the verifier, or the kernel's reader of BTF
)

// Weight is how much a line says about the failure.
type Weight uint8

// Weights, by rising value.
const (
	// Harmless lines are not why the load failed, though they look like it.
	Harmless Weight = iota
	// Vague lines say what failed and leave the reason open.
	Vague
	// Decisive lines say why.
	Decisive
)

// Symptom is a line that a failed load prints, and what it means.
type Symptom struct {
	// Name is stable, lower case with dashes: "kfunc-unresolved".
	Name   string
	Source Source
	Weight Weight
	// Lines are the forms that the line has had. {name} stands for a word, and
	// {name...} for a text up to what follows it. What comes before and after a
	// form does not matter.
	Lines []string
	// Means says what happened, and Fix the way out, in one or two sentences
	// each. They may hold the placeholders of Lines.
	Means, Fix string
	// Rules are the names of the rules that find it before the load, the most
	// likely first; none if btflint does not check it.
	Rules []string
	// Excuses is the name of a symptom that is harmless where this one follows.
	Excuses string
}

// Cause is a symptom that was seen in a log.
type Cause struct {
	Symptom *Symptom
	// Line is the 1-based number of the line in the log, and Text the line
	// without its indentation.
	Line int
	Text string
	// Means and Fix are those of the symptom with the placeholders filled in.
	Means, Fix string
	// Program and Map are what was being loaded, "" if the log does not tell.
	Program, Map string
	// Insn is the instruction at which the verifier stopped, -1 if unknown.
	Insn int
	// Code is the source line that the verifier's log shows above that
	// instruction, and Place its "file.c:12"; "" if unknown.
	Code, Place string
	// Loader is the loader that surely wrote the log, "" if it does not tell.
	Loader Source

	args map[string]string
	// attempt and step are those of the context.
	attempt, step int
}

// Diagnosis is what a log tells.
type Diagnosis struct {
	// Causes are the reasons of the failure in the order of the log, each once:
	// the first one is where the load broke. Without any that is decisive they
	// are the vague ones.
	Causes []Cause
	// Harmless are lines that look like a reason and are none.
	Harmless []Cause
	// Object is the object's name or path as the log spells it, "" if it does not.
	Object string
	// Sections is what the verifier says in its own words, on kernels that do
	// (kernel/bpf/diagnostics.c); nil on others.
	Sections *Sections
	// Last is the last line of the verifier's log if no decisive line was
	// recognised: what to search for. "" if there is none.
	Last string
}

// Limits of a log. The verifier's own is UINT_MAX/4 bytes; what matters in it is
// at its end.
const (
	maxLog  = 64 << 20 // bytes
	maxLine = 16 << 10 // bytes; the rest of a longer line is not looked at
	// maxPhysical is the same of a line that may hold several lines of the log.
	maxPhysical = 1 << 20
)

// ErrTooLong says that a log has more than 64 MiB.
var ErrTooLong = errors.New("log of more than 64 MiB")

// Read reads a log up to its end. It returns an error wrapping [ErrTooLong] for a
// log that is too long, and what r returns.
func Read(r io.Reader) (*Diagnosis, error) {
	d := newDiagnoser()
	in := bufio.NewReaderSize(io.LimitReader(r, maxLog+1), maxPhysical)
	total := 0
	for n := 1; ; n++ {
		line, more, err := in.ReadLine()
		total += len(line) + 1
		text := string(bytes.ToValidUTF8(line, []byte("\uFFFD")))
		for more && err == nil {
			var rest []byte
			rest, more, err = in.ReadLine()
			total += len(rest)
		}
		switch {
		case errors.Is(err, io.EOF):
			return d.done(), nil
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case total > maxLog:
			return nil, ErrTooLong
		}
		for _, l := range lines(text) {
			d.line(n, l)
		}
	}
}

// diagnoser is the reading of a log under way.
type diagnoser struct {
	forms    []form
	context  context
	sections sectionReader
	found    []Cause // in the order of the log
	last     string
	// harmless and telling count what is found: what never matters, and the rest.
	harmless, telling int
	refused           bool // cilium/ebpf says that a program was not loaded
}

// form is one line of one symptom, taken apart.
type form struct {
	symptom *Symptom
	pattern pattern
}

func newDiagnoser() *diagnoser {
	d := &diagnoser{}
	for _, table := range tables() {
		for i := range table {
			for _, line := range table[i].Lines {
				d.forms = append(d.forms, form{&table[i], parsePattern(line)})
			}
		}
	}
	return d
}

// line takes the next line of the log.
func (d *diagnoser) line(n int, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		d.sections.line(text)
		return
	}
	d.sections.line(text)
	if d.context.line(text) {
		return
	}
	d.refused = d.refused || strings.Contains(text, loadProgram)
	said := withoutOmitted(text)
	for i := range d.forms {
		args, ok := d.forms[i].pattern.match(said)
		if !ok {
			continue
		}
		d.keep(d.cause(d.forms[i].symptom, args, n, text))
		return
	}
	if d.context.inLog && !d.sections.within() && !strings.HasPrefix(text, libbpfPrefix) && !isStatistics(text) && !strings.Contains(text, "PROG LOAD LOG --") {
		d.last = text
	}
}

// Bounds of what is kept of a log: of more lines that say why, the first and the
// last ones; of more that are harmless, the first.
const (
	maxFound    = 1024
	maxHarmless = 1024
)

// keep notes a cause, as long as there is room.
func (d *diagnoser) keep(c Cause) {
	if c.Symptom.Weight == Harmless && c.Symptom.Excuses == "" {
		if d.harmless < maxHarmless {
			d.harmless++
			d.found = append(d.found, c)
		}
		return
	}
	if d.telling == maxFound {
		d.found = slices.Delete(d.found, len(d.found)/4, len(d.found)/4*3)
		d.recount()
	}
	d.telling++
	d.found = append(d.found, c)
}

// recount counts what is left of the causes.
func (d *diagnoser) recount() {
	d.harmless, d.telling = 0, 0
	for i := range d.found {
		if s := d.found[i].Symptom; s.Weight == Harmless && s.Excuses == "" {
			d.harmless++
		} else {
			d.telling++
		}
	}
}

// withoutOmitted is a line without what cilium/ebpf puts at the end of the one line
// that it makes of a log (internal/errors.go, VerifierError.Error).
func withoutOmitted(text string) string {
	before, _, found := strings.Cut(text, omitted)
	if i := strings.LastIndex(before, " ("); found && i >= 0 {
		return text[:i]
	}
	return text
}

// cause is a symptom seen with these arguments.
func (d *diagnoser) cause(s *Symptom, args map[string]string, n int, text string) Cause {
	c := Cause{
		Symptom: s, Line: n, Text: text, Insn: -1, Means: fill(s.Means, args), Fix: fill(s.Fix, args),
		Program: args["prog"], Map: args["map"], Loader: d.context.loader, args: args,
	}
	if s.Source != Kernel {
		c.Loader = s.Source
	}
	ofProgram := !strings.HasPrefix(text, libbpfPrefix) || strings.HasPrefix(text, libbpfProgram) // libbpf names the program it means
	if c.Program == "" && c.Map == "" && ofProgram {
		c.Program = d.context.program
	}
	if s.Source == Kernel || d.context.replaced && !strings.HasPrefix(text, libbpfPrefix) {
		c.Insn, c.Code, c.Place = d.context.insn, d.context.code, d.context.place
		c.attempt, c.step = d.context.attempt, d.context.step
	}
	return c
}

// done is the diagnosis at the end of the log.
func (d *diagnoser) done() *Diagnosis {
	out := &Diagnosis{Object: d.context.object, Sections: d.sections.out}
	weights := d.weights()
	heaviest := Vague
	if slices.Contains(weights, Decisive) {
		heaviest = Decisive
	}
	for i := range d.found {
		c := &d.found[i]
		c.Loader = d.context.orLoader(c.Loader)
		switch weights[i] {
		case Harmless:
			out.Harmless = appendNew(out.Harmless, c)
		case heaviest:
			if !d.retold(i, weights) {
				out.Causes = appendNew(out.Causes, c)
			}
		}
	}
	if heaviest != Decisive && (len(out.Causes) > 0 || d.context.loader == "") {
		out.Last = d.last // else the log is one of a load that went well
	}
	if len(out.Causes) == 0 && out.Last == "" && d.refused && len(out.Harmless) > 0 {
		out.Last = out.Harmless[len(out.Harmless)-1].Text // this time it did not go on
	}
	return out
}

// weights are those of the lines found, without those that a later line excuses.
func (d *diagnoser) weights() []Weight {
	weights := make([]Weight, len(d.found))
	for i := range d.found {
		s := d.found[i].Symptom
		weights[i] = s.Weight
		for j := range i {
			if s.Excuses != "" && d.found[j].Symptom.Name == s.Excuses {
				weights[j] = Harmless
			}
		}
	}
	return weights
}

// retold reports whether another line of that weight says why what this line is
// about failed. Where the verifier stops it goes on with what the first line means
// to callers; what it said before it looked at further instructions did not stop
// it; loaders put the first lines of its log into their own error; and libbpf says
// of a map what it could not do for it, then that it was not created.
func (d *diagnoser) retold(i int, weights []Weight) bool {
	c := &d.found[i]
	for j := range d.found {
		o := &d.found[j]
		if j == i || weights[j] != weights[i] || c.Program != o.Program && c.Program != "" && o.Program != "" {
			continue
		}
		switch verifier := c.Symptom.Source == Kernel && o.Symptom.Source == Kernel; {
		case verifier && c.attempt == o.attempt && c.step == o.step && j < i:
			return true
		case verifier && c.attempt == o.attempt && o.step > c.step:
			return true
		case verifier && j < i && strings.Contains(c.Text, o.Text):
			return true
		case !verifier && c.Symptom.Source == o.Symptom.Source && j < i && c.Map != "" && c.Map == o.Map:
			return true
		}
	}
	return false
}

// appendNew adds a cause unless the list has it: an error chain repeats the lines
// of the log, in fewer words.
func appendNew(list []Cause, c *Cause) []Cause {
	if slices.ContainsFunc(list, func(o Cause) bool { return o.same(c) }) {
		return list
	}
	return append(list, *c)
}

// same reports whether two causes are one, as far as both tell.
func (c *Cause) same(o *Cause) bool {
	return c.Symptom.Name == o.Symptom.Name && (len(c.args) == 0 || len(o.args) == 0 || maps.Equal(c.args, o.args)) &&
		(c.Program == o.Program || c.Program == "" || o.Program == "") && (c.Map == o.Map || c.Map == "" || o.Map == "")
}

// Symptoms are all that are known, by source and then in the order in which they
// are tried.
func Symptoms() []Symptom { return slices.Concat(tables()...) }
