package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer/loadlog"
)

// Diagnosis is what a log of a failed load tells.
type Diagnosis struct {
	// Name of the log in messages: its path, or "-".
	Name string
	*loadlog.Diagnosis
}

// diagnosisFormats are the formats of a diagnosis, the default first.
var diagnosisFormats = [...]struct {
	name  string
	write func(*bufio.Writer, *Diagnosis, *Options) error
}{
	{"text", writeDiagnosisText},
	{"json", writeDiagnosisJSON},
}

// DiagnosisFormats are the names of the formats of [WriteDiagnosis], the default
// first.
func DiagnosisFormats() []string {
	names := make([]string, len(diagnosisFormats))
	for i := range diagnosisFormats {
		names[i] = diagnosisFormats[i].name
	}
	return names
}

// WriteDiagnosis writes a diagnosis in the format of that name. It returns an
// error for an unknown format and the errors of w.
func WriteDiagnosis(w io.Writer, name string, d *Diagnosis, opts Options) error {
	for i := range diagnosisFormats {
		if diagnosisFormats[i].name != name {
			continue
		}
		b := bufio.NewWriterSize(w, 1<<12)
		if err := diagnosisFormats[i].write(b, d, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(DiagnosisFormats(), ", "))
}

// notChecked stands where a rule would.
func notChecked(s *loadlog.Symptom) string {
	if s.Source == loadlog.Kernel {
		return "none: only the verifier tells"
	}
	return "none"
}

// writeDiagnosisText writes the causes, what looked like one, and the command that
// tells more.
func writeDiagnosisText(w *bufio.Writer, d *Diagnosis, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	for i := range d.Causes {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.cause(d.Name, &d.Causes[i])
	}
	if len(d.Causes) == 0 {
		p.WriteString("no cause recognised\n")
	}
	if s := d.Sections; s != nil {
		p.labelled("kernel", strings.TrimSpace(s.Category+": "+s.Problem+". "+s.Reason+" "+s.Suggestion))
	}
	if d.Last != "" {
		p.labelled("last", d.Last)
	}
	for i := range d.Harmless {
		c := &d.Harmless[i]
		p.WriteString("\nnot the reason: ")
		p.sgr(sgrDim, clean(fmt.Sprintf("%s:%d", d.Name, c.Line)))
		p.WriteString(": " + clean(c.Means) + "\n")
	}
	if next := d.next(); len(next) > 0 {
		p.WriteString("\nmore:\n")
		for _, command := range next {
			p.WriteString("   " + clean(command) + "\n")
		}
	}
	return nil
}

// cause writes a line of the log and what it means.
func (p *printer) cause(name string, c *loadlog.Cause) {
	p.sgr(sgrBold, clean(fmt.Sprintf("%s:%d", name, c.Line)))
	p.WriteString(": " + clean(c.Text) + "\n")
	switch {
	case c.Map != "":
		p.labelled("map", c.Map)
	case c.Program != "":
		p.labelled("prog", c.Program)
	}
	if c.Code != "" {
		at := c.Code
		if c.Place != "" {
			at = c.Place + ": " + at
		}
		if c.Insn >= 0 {
			at += fmt.Sprintf(" (instruction %d)", c.Insn)
		}
		p.labelled("at", at)
	}
	p.labelled("why", c.Means)
	if c.Fix != "" {
		p.labelled("fix", c.Fix)
	}
	if len(c.Symptom.Rules) == 0 {
		p.labelled("rule", notChecked(c.Symptom))
		return
	}
	p.labelled("rule", strings.Join(c.Symptom.Rules, ", "))
}

// next are the commands that tell more: a check of the object, which names the
// source line and the kernels, and the page of the likeliest rule.
func (d *Diagnosis) next() []string {
	for i := range d.Causes {
		c := &d.Causes[i]
		if len(c.Symptom.Rules) == 0 {
			continue
		}
		object, loader := "OBJECT", "LOADER"
		if d.Object != "" {
			object = d.Object
		}
		if c.Loader != "" && c.Loader != loadlog.Kernel {
			loader = string(c.Loader)
		}
		return []string{
			"btflint check " + object + " --kernel KERNEL --loader " + loader,
			"btflint explain " + c.Symptom.Rules[0],
		}
	}
	return nil
}

type jsonCause struct {
	Symptom  string   `json:"symptom"`
	Source   string   `json:"source"`
	Decisive bool     `json:"decisive"`
	Line     int      `json:"line"`
	Text     string   `json:"text"`
	Means    string   `json:"means"`
	Fix      string   `json:"fix"`
	Rules    []string `json:"rules"`
	Loader   string   `json:"loader"`
	Program  string   `json:"program"`
	Map      string   `json:"map"`
	Insn     int      `json:"insn"`
	Code     string   `json:"code"`
	Place    string   `json:"place"`
}

type jsonSections struct {
	Category   string `json:"category"`
	Problem    string `json:"problem"`
	Reason     string `json:"reason"`
	Suggestion string `json:"suggestion"`
}

// writeDiagnosisJSON writes version 1 of docs/log-schema.json, one line per element.
func writeDiagnosisJSON(w *bufio.Writer, d *Diagnosis, opts *Options) error {
	a := arrays{w: w}
	a.enc = json.NewEncoder(&a.buf)
	a.enc.SetEscapeHTML(false)
	w.WriteString(`{"version": ` + itoa(jsonVersion) + ",\n \"tool\": ")
	a.value(struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{"btflint", opts.Version})
	each(&a, "causes", d.Causes, jsonOfCause)
	each(&a, "harmless", d.Harmless, jsonOfCause)
	w.WriteString(",\n \"log\": ")
	a.value(d.Name)
	w.WriteString(",\n \"object\": ")
	a.value(d.Object)
	w.WriteString(",\n \"last\": ")
	a.value(d.Last)
	w.WriteString(",\n \"sections\": ")
	if s := d.Sections; s != nil {
		a.value(jsonSections(*s))
	} else {
		w.WriteString("null")
	}
	w.WriteString(",\n \"next\": ")
	a.value(list(d.next()))
	w.WriteString("}\n")
	return a.err
}

func jsonOfCause(c *loadlog.Cause) any {
	return jsonCause{
		Symptom: c.Symptom.Name, Source: string(c.Symptom.Source), Decisive: c.Symptom.Weight == loadlog.Decisive,
		Line: c.Line, Text: c.Text, Means: c.Means, Fix: c.Fix, Rules: list(c.Symptom.Rules), Loader: string(c.Loader),
		Program: c.Program, Map: c.Map, Insn: c.Insn, Code: c.Code, Place: c.Place,
	}
}

// Symptoms writes the page of what loaders and the kernel print when a load fails.
func Symptoms(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(`# What loaders say when a load fails

Made from the table that ` + "`btflint explain --log FILE`" + ` looks up. Feed it what
the loader and the verifier printed:

` + "```\nbpftool -d prog loadall prog.bpf.o /sys/fs/bpf/x 2>&1 | btflint explain --log -\n```" + `

It names the decisive line, what it means, the way out, and the rule that finds
the same before the load. Words in braces are names and numbers. What has no rule
is the verifier's own: no tool tells it without the verifier.

The ten that come up most are explained at length in the [FAQ](faq.md).
`)
	for _, source := range []loadlog.Source{loadlog.Libbpf, loadlog.Cilium, loadlog.Aya, loadlog.Kernel} {
		b.WriteString("\n## " + symptomTitles[source] + "\n")
		for _, s := range loadlog.Symptoms() {
			if s.Source == source {
				writeSymptom(b, &s)
			}
		}
	}
	return b.Flush()
}

// symptomTitles are the headings of the page.
var symptomTitles = map[loadlog.Source]string{
	loadlog.Libbpf: "libbpf", loadlog.Cilium: "cilium/ebpf", loadlog.Aya: "aya", loadlog.Kernel: "The kernel, with any loader",
}

func writeSymptom(b *bufio.Writer, s *loadlog.Symptom) {
	b.WriteString("\n### " + s.Name + "\n\n```\n")
	for _, line := range s.Lines {
		b.WriteString(strings.TrimSpace(strings.ReplaceAll(line, "...}", "}")) + "\n")
	}
	b.WriteString("```\n\nMeans: " + s.Means + ".")
	switch s.Weight {
	case loadlog.Harmless:
		b.WriteString(" Not why a load fails.")
	case loadlog.Vague:
		b.WriteString(" It does not say why.")
	}
	b.WriteByte('\n')
	if s.Fix != "" {
		b.WriteString("\nFix: " + s.Fix + ".\n")
	}
	if len(s.Rules) == 0 {
		return
	}
	links := make([]string, len(s.Rules))
	for i, rule := range s.Rules {
		links[i] = "[" + rule + "](rules/" + rule + ".md)"
	}
	b.WriteString("\nRules: " + strings.Join(links, ", ") + ".\n")
}
