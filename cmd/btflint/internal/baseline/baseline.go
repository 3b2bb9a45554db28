// Package baseline reads and writes the findings that are known: a JSON file
// with one line for each, in an order that does not depend on line numbers, so
// that a change of it reads well in review.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// version of the form of the file. It grows within a version.
const version = 1

// maxFile bounds the file, in bytes.
const maxFile = 64 << 20

// defaultReason is why an entry without a reason suppresses.
const defaultReason = "known before"

// Entry is a finding of the file.
type Entry struct {
	Rule        string   `json:"rule"`
	Severity    string   `json:"severity"`
	Object      string   `json:"object"` // relative to the file's directory, with slashes
	Program     string   `json:"program,omitempty"`
	Symbol      string   `json:"symbol,omitempty"`
	Message     string   `json:"message"`
	Kernels     []string `json:"kernels,omitempty"` // empty: any
	Loaders     []string `json:"loaders,omitempty"` // empty: any
	Reason      string   `json:"reason,omitempty"`
	Fingerprint string   `json:"fingerprint"`

	line int // in the file that it was read from
}

// File is a baseline.
type File struct {
	Version  int     `json:"version"`
	Findings []Entry `json:"findings"`
}

// ReadFile reads the baseline at path. It returns an error wrapping
// [os.ErrNotExist] if there is none.
func ReadFile(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	b, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Parse reads a baseline. Members that it does not know are ignored.
func Parse(data []byte) (*File, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes", maxFile)
	}
	var f File
	if err := json.Unmarshal(data, &f); err != nil {
		if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
			return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(data[:min(int(at.Offset), len(data))], []byte("\n")), err)
		}
		return nil, err
	}
	if f.Version != version {
		return nil, fmt.Errorf("version %d: want %d", f.Version, version)
	}
	lines := lineOf(data)
	for i := range f.Findings {
		e := &f.Findings[i]
		if _, err := severity(e.Severity); err != nil || e.Fingerprint == "" || e.Rule == "" {
			return nil, fmt.Errorf("finding %d: want a rule, a severity and a fingerprint", i+1)
		}
		e.line = lines[e.Fingerprint]
	}
	return &f, nil
}

// lineOf finds the lines on which fingerprints stand.
func lineOf(data []byte) map[string]int {
	lines := map[string]int{}
	for i, l := range strings.Split(string(data), "\n") {
		_, after, found := strings.Cut(l, `"fingerprint":"`)
		if print, _, ok := strings.Cut(after, `"`); found && ok && lines[print] == 0 {
			lines[print] = i + 1
		}
	}
	return lines
}

func severity(word string) (analyzer.Severity, error) {
	for s := analyzer.Note; s <= analyzer.Error; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q", word)
}

// Known are the entries for a run. object gives the name that an entry's object
// has in the run.
func (f *File) Known(path string, object func(string) string) []analyzer.Known {
	list := make([]analyzer.Known, 0, len(f.Findings))
	for i := range f.Findings {
		e := &f.Findings[i]
		weight, _ := severity(e.Severity) // Parse has checked it
		list = append(list, analyzer.Known{
			Fingerprint: e.Fingerprint, Rule: e.Rule, Object: object(e.Object), Severity: weight,
			Kernels: e.Kernels, Loaders: e.Loaders, Reason: cmp.Or(strings.TrimSpace(e.Reason), defaultReason),
			Location: bpfobj.Location{Object: path, Insn: -1, Source: bpfobj.Source{File: path, Line: e.line}},
		})
	}
	return list
}

// Of is the baseline of a report: its findings but notes, what the engine says
// of suppressions, and those that something else suppresses. Entries keep the
// reasons that they have in old, which may be nil. object gives the name of an
// object in the file, and anyKernel tells kernels whose names do not last.
func Of(r *analyzer.Report, old *File, object func(string) string, anyKernel func(string) bool) *File {
	reasons := map[string]string{}
	if old != nil {
		for i := range old.Findings {
			reasons[old.Findings[i].Fingerprint] = old.Findings[i].Reason
		}
	}
	own := map[string]bool{}
	for _, rule := range analyzer.OwnRules() {
		own[rule.Name] = true
	}
	f := &File{Version: version, Findings: []Entry{}}
	for i := range r.Findings {
		x := &r.Findings[i]
		if x.Weight() < analyzer.Warning || own[x.Rule] || x.Suppressed != "" && x.SuppressedBy != analyzer.ByBaseline {
			continue
		}
		e := Entry{
			Rule: x.Rule, Severity: x.Weight().String(), Object: object(x.Location.Object), Program: x.Location.Program,
			Symbol: x.Location.Symbol, Message: x.Message, Kernels: x.Kernels, Loaders: x.Loaders,
			Reason: reasons[x.Fingerprint], Fingerprint: x.Fingerprint,
		}
		if slices.ContainsFunc(e.Kernels, anyKernel) {
			e.Kernels = nil
		}
		f.Findings = append(f.Findings, e)
	}
	slices.SortFunc(f.Findings, compare)
	return f
}

func compare(a, b Entry) int {
	return cmp.Or(
		strings.Compare(a.Object, b.Object),
		strings.Compare(a.Program, b.Program),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Symbol, b.Symbol),
		strings.Compare(a.Fingerprint, b.Fingerprint),
		strings.Compare(a.Severity, b.Severity),
		slices.Compare(a.Kernels, b.Kernels),
		slices.Compare(a.Loaders, b.Loaders),
	)
}

// Write writes the file, one line for each finding.
func (f *File) Write(w io.Writer) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	fmt.Fprintf(&b, "{\"version\": %d, \"findings\": [", f.Version)
	for i := range f.Findings {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		if err := enc.Encode(f.Findings[i]); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // the encoder's line end
	}
	b.WriteString("\n]}\n")
	_, err := w.Write(b.Bytes())
	return err
}
