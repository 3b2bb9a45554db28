package report

import (
	"bufio"
	"bytes"
	"encoding/json"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// jsonVersion is the version of the JSON contract, docs/json-schema.json. The
// contract grows within a version and never changes its meaning.
const jsonVersion = 1

type jsonObject struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

type jsonKernel struct {
	Name    string   `json:"name"`
	Release string   `json:"release"`
	Arch    string   `json:"arch"`
	Unknown []string `json:"unknown"`
	Notes   []string `json:"notes"`
}

type jsonLocation struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Origin  string `json:"origin"`
	Text    string `json:"text"`
	Section string `json:"section"`
	Insn    int    `json:"insn"`
	Offset  uint64 `json:"offset"`
}

type jsonRelated struct {
	Message  string       `json:"message"`
	Object   string       `json:"object"`
	Program  string       `json:"program"`
	Location jsonLocation `json:"location"`
	Symbol   string       `json:"symbol"`
}

type jsonFinding struct {
	Rule        string        `json:"rule"`
	Severity    string        `json:"severity"`
	Message     string        `json:"message"`
	Hint        string        `json:"hint"`
	Object      string        `json:"object"`
	Program     string        `json:"program"`
	Location    jsonLocation  `json:"location"`
	Related     []jsonRelated `json:"related"`
	Symbol      string        `json:"symbol"`
	Stage       string        `json:"stage"`
	DependsOn   string        `json:"dependsOn"`
	Optional    bool          `json:"optional"`
	Kernels     []string      `json:"kernels"`
	Loaders     []string      `json:"loaders"`
	Suppressed  string        `json:"suppressed"`
	By          string        `json:"suppressedBy"`
	Fingerprint string        `json:"fingerprint"`
}

type jsonVerdict struct {
	Object   string   `json:"object"`
	Program  string   `json:"program"`
	Kernel   string   `json:"kernel"`
	Loader   string   `json:"loader"`
	Verdict  string   `json:"verdict"`
	Reasons  []string `json:"reasons"`
	Findings []int    `json:"findings"`
	Omitted  int      `json:"omitted"`
	// Suppressed is said of the findings that led to it.
	Suppressed bool `json:"suppressed"`
}

type jsonSkip struct {
	Object string   `json:"object"`
	Kernel string   `json:"kernel"`
	Loader string   `json:"loader"`
	Rule   string   `json:"rule"`
	Rules  []string `json:"rules"`
	Reason string   `json:"reason"`
}

type jsonError struct {
	Object  string `json:"object"`
	Kernel  string `json:"kernel"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// writeJSON writes version 1 of the JSON contract: one line per element, so
// that a report of a thousand kernels is written piece by piece and two reports
// can be compared by line.
func writeJSON(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	a := arrays{w: w}
	a.enc = json.NewEncoder(&a.buf)
	a.enc.SetEscapeHTML(false)
	w.WriteString(`{"version": ` + itoa(jsonVersion) + ",\n \"tool\": ")
	a.value(struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{"btflint", opts.Version})
	c := r.Count()
	w.WriteString(",\n \"counts\": ")
	a.value(struct {
		Errors     int `json:"errors"`
		Warnings   int `json:"warnings"`
		Notes      int `json:"notes"`
		Suppressed int `json:"suppressed"`
	}{c.Errors, c.Warnings, c.Notes, c.Suppressed})
	each(&a, "objects", r.Objects, func(o *analyzer.ObjectInfo) any {
		return jsonObject{o.Name, o.Digest()}
	})
	each(&a, "kernels", r.Kernels, func(k *analyzer.KernelInfo) any {
		return jsonKernel{k.Name, k.Release, k.Arch, list(k.Unknown), list(k.Notes)}
	})
	each(&a, "findings", r.Findings, func(f *analyzer.Finding) any { return finding(f) })
	each(&a, "verdicts", r.Verdicts, func(v *analyzer.Verdict) any {
		return jsonVerdict{v.Object, v.Program, v.Kernel, v.Loader, v.Verdict, list(v.Reasons), list(v.Findings), v.Omitted, r.Known(v)}
	})
	each(&a, "skips", r.Skips, func(s *analyzer.Skip) any {
		return jsonSkip{s.Object, s.Kernel, s.Loader, s.Rule, list(s.Rules), s.Reason}
	})
	each(&a, "errors", r.Errors, func(e *analyzer.RuleError) any {
		return jsonError(*e)
	})
	w.WriteString("}\n")
	return a.err
}

func finding(f *analyzer.Finding) jsonFinding {
	related := make([]jsonRelated, 0, len(f.Related))
	for i := range f.Related {
		l := &f.Related[i].Location
		related = append(related, jsonRelated{f.Related[i].Message, l.Object, l.Program, location(l), l.Symbol})
	}
	return jsonFinding{
		Rule: f.Rule, Severity: f.Severity.String(), Message: f.Message, Hint: f.Hint,
		Object: f.Location.Object, Program: f.Location.Program, Location: location(&f.Location),
		Related: related, Symbol: f.Location.Symbol, Stage: f.Stage.String(), DependsOn: f.DependsOn, Optional: f.Optional,
		Kernels: list(f.Kernels), Loaders: list(f.Loaders),
		Suppressed: f.Suppressed, By: f.SuppressedBy, Fingerprint: f.Fingerprint,
	}
}

func location(l *bpfobj.Location) jsonLocation {
	s := &l.Source
	return jsonLocation{s.File, s.Line, s.Column, s.Origin.String(), s.Text, l.Section, l.Insn, l.Offset}
}

// list is the slice itself, or an empty one: no array is null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// arrays writes the members of the top object.
type arrays struct {
	w   *bufio.Writer
	buf bytes.Buffer
	enc *json.Encoder
	err error
}

// value writes one value on its line.
func (a *arrays) value(v any) {
	if a.err != nil {
		return
	}
	a.buf.Reset()
	if a.err = a.enc.Encode(v); a.err == nil {
		_, a.err = a.w.Write(escapeJSON(bytes.TrimSuffix(a.buf.Bytes(), []byte("\n"))))
	}
}

// each writes a member that is an array, one element per line.
func each[T any](a *arrays, name string, items []T, convert func(*T) any) {
	a.w.WriteString(",\n " + `"` + name + `": [`)
	for i := range items {
		if i > 0 {
			a.w.WriteByte(',')
		}
		a.w.WriteString("\n  ")
		a.value(convert(&items[i]))
	}
	if len(items) > 0 {
		a.w.WriteString("\n ")
	}
	a.w.WriteByte(']')
}
