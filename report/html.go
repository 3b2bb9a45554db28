package report

import (
	"bufio"
	_ "embed"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

//go:embed html/report.js
var htmlReportScript string

// Bounds of a page that a browser still opens at once.
const (
	maxHTMLFindings = 10_000
	maxHTMLRows     = 5_000
)

// openedErrors is the number of errors up to which they are unfolded.
const openedErrors = 20

// htmlModel is what the page shows. Its texts are cleaned.
type htmlModel struct {
	Version                          string
	Errors, Warnings, Notes, Ignored int
	Objects, Kernels                 int
	Failed                           []string // what could not be checked
	Open                             []string // what was not checked
	Matrix                           htmlMatrix
	Filters                          []htmlFilter
	Groups                           []htmlGroup
	Total, Left                      int // findings in Groups, and left out of them
	Targets                          []htmlKernel
	Rules                            []htmlRule
}

// htmlFilter is a choice of names; what is shown names them by index.
type htmlFilter struct {
	Key, Label string
	Names      []string
}

// htmlKernel is a kernel of the run.
type htmlKernel struct {
	Name, Release, Arch string
	Unknown, Notes      []string
}

// htmlRule is the documentation of a rule.
type htmlRule struct{ Name, Title, Text string }

// htmlGroup are the findings of an object.
type htmlGroup struct {
	Index          int // of the object among the names of its filter
	Object, Digest string
	Alone          []string // how programs fare that are loaded alone
	Findings       []htmlFinding
}

// htmlFinding is a finding. Kernels and Loaders index the names of the filters.
type htmlFinding struct {
	ID, Severity, Rule, Message, Place, Where string
	Rules, Kernels, Loaders                   string
	On, Open, Hint, Suppressed                string
	Optional, Unfolded                        bool
	Line, Before, Marked, After               string // the excerpt
	Related                                   []htmlRelated
	Declared                                  []string
}

type htmlRelated struct{ Place, Message, Line string }

// writeHTML writes a page in one file: the matrix of objects, kernels and
// loaders, the findings with filters, and what was not checked.
func writeHTML(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	b := newHTMLBuilder(r, opts)
	h := htmlWriter{w}
	h.head(b.title(), htmlStyle, htmlReportScript)
	h.body(b.model())
	h.tail(htmlReportScript)
	return nil // the writer keeps its error
}

// htmlBuilder builds the model of a report.
type htmlBuilder struct {
	report   *analyzer.Report
	opts     *Options
	counts   analyzer.Counts
	programs map[entry]bool
	ids      occurrences
	objects  indexer
	kernels  indexer
	loaders  indexer
	rules    indexer
}

// indexer numbers names in the order in which they are met.
type indexer struct {
	names []string
	index map[string]int
}

func (x *indexer) of(name string) int {
	i, ok := x.index[name]
	if !ok {
		if x.index == nil {
			x.index = map[string]int{}
		}
		i = len(x.names)
		x.index[name] = i
		x.names = append(x.names, clean(name))
	}
	return i
}

// all are the indexes of names, separated by spaces.
func (x *indexer) all(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(itoa(x.of(name)))
	}
	return b.String()
}

func newHTMLBuilder(r *analyzer.Report, opts *Options) *htmlBuilder {
	b := &htmlBuilder{report: r, opts: opts, counts: r.Count(), programs: entryPrograms(r), ids: occurrences{}}
	for i := range r.Objects {
		b.objects.of(r.Objects[i].Name)
	}
	for i := range r.Kernels {
		b.kernels.of(r.Kernels[i].Name)
	}
	for _, name := range r.Loaders {
		b.loaders.of(name)
	}
	for i := range r.Findings {
		b.rules.of(r.Findings[i].Rule)
	}
	return b
}

func (b *htmlBuilder) title() string {
	switch {
	case len(b.report.Objects) == 1:
		return "btflint: " + b.report.Objects[0].Name
	default:
		return "btflint: " + plural(len(b.report.Objects), "object")
	}
}

func (b *htmlBuilder) model() *htmlModel {
	r := b.report
	m := &htmlModel{
		Version: clean(b.opts.Version), Errors: b.counts.Errors, Warnings: b.counts.Warnings,
		Notes: b.counts.Notes, Ignored: b.counts.Suppressed, Objects: len(r.Objects), Kernels: len(r.Kernels),
		Matrix: matrix(r),
	}
	for _, e := range r.Errors {
		m.Failed = append(m.Failed, clean(e.Error()))
	}
	for _, line := range openMatters(r) {
		m.Open = append(m.Open, clean(line))
	}
	for i := range r.Kernels {
		k := &r.Kernels[i]
		m.Targets = append(m.Targets, htmlKernel{clean(k.Name), clean(k.Release), clean(k.Arch), cleanAll(k.Unknown), cleanAll(k.Notes)})
	}
	b.groups(m)
	b.documentation(m)
	for _, f := range [...]struct {
		key, label string
		names      []string
	}{{"object", "Object", b.objects.names}, {"kernel", "Kernel", b.kernels.names}, {"loader", "Loader", b.loaders.names}, {"rule", "Rule", b.rules.names}} {
		m.Filters = append(m.Filters, htmlFilter{f.key, f.label, f.names})
	}
	return m
}

func cleanAll(texts []string) []string {
	out := make([]string, len(texts))
	for i := range texts {
		out[i] = clean(texts[i])
	}
	return out
}

// groups adds the findings by object, then those about anything else; the
// heaviest of the report if there are more than a page holds.
func (b *htmlBuilder) groups(m *htmlModel) {
	findings := make([]*analyzer.Finding, len(b.report.Findings))
	for i := range findings {
		findings[i] = &b.report.Findings[i]
	}
	slices.SortStableFunc(findings, heavierFirst)
	if m.Left = len(findings) - maxHTMLFindings; m.Left > 0 {
		findings = findings[:maxHTMLFindings]
	}
	m.Left, m.Total = max(m.Left, 0), len(findings)
	byObject := map[string][]*analyzer.Finding{}
	for _, f := range findings {
		byObject[f.Location.Object] = append(byObject[f.Location.Object], f)
	}
	asides := b.asides()
	group := func(name, digest string) {
		if len(byObject[name]) == 0 && len(asides[name]) == 0 {
			return
		}
		g := htmlGroup{Index: b.objects.of(name), Object: clean(name), Digest: digest, Alone: asides[name]}
		for _, f := range byObject[name] {
			g.Findings = append(g.Findings, b.finding(f))
		}
		m.Groups = append(m.Groups, g)
		delete(byObject, name)
	}
	for i := range b.report.Objects {
		group(b.report.Objects[i].Name, b.report.Objects[i].Digest())
	}
	for _, f := range findings { // about no object of the run
		group(f.Location.Object, "")
	}
}

// asides says by object what verdicts do not: how programs fare that are loaded
// alone, and what attaching does.
func (b *htmlBuilder) asides() map[string][]string {
	byObject := map[string]folded{}
	list := fates(b.report)
	for i := range list {
		f := &list[i]
		for _, text := range f.asides() {
			lines := byObject[f.whole.Object]
			lines.add("", text, strings.TrimSpace(f.whole.Kernel+" "+f.whole.Loader))
			byObject[f.whole.Object] = lines
		}
	}
	texts := map[string][]string{}
	for object, lines := range byObject {
		for _, l := range lines {
			texts[object] = append(texts[object], clean(l.about()))
		}
	}
	return texts
}

func (b *htmlBuilder) finding(f *analyzer.Finding) htmlFinding {
	h := htmlFinding{
		ID: "f-" + b.ids.key(clean(f.Fingerprint)), Severity: f.Weight().String(), Rule: clean(f.Rule),
		Message: clean(f.Message), Place: place(&f.Location), Where: whereabouts(f, b.programs),
		Rules: itoa(b.rules.of(f.Rule)), Kernels: b.kernels.all(f.Kernels), Loaders: b.loaders.all(f.Loaders),
		On: clean(targets(f, len(b.report.Kernels))), Hint: clean(f.Hint), Suppressed: clean(f.Suppressed), Optional: f.Optional,
		Unfolded: f.Weight() == analyzer.Error && b.counts.Errors <= openedErrors,
	}
	if f.DependsOn != "" {
		h.Open = clean(dependence(f.DependsOn))
	}
	h.Line = lineLabel(&f.Location.Source)
	h.Before, h.Marked, h.After = markedLine(&f.Location.Source)
	for i := range f.Related {
		rel := &f.Related[i]
		text, _ := display(&rel.Location.Source)
		h.Related = append(h.Related, htmlRelated{place(&rel.Location), clean(rel.Message), strings.TrimSpace(text)})
	}
	for _, d := range declarations(b.report, f) {
		h.Declared = append(h.Declared, clean(d.String()))
	}
	return h
}

// lineLabel is the line number of an excerpt, "~42" if another instruction's
// record lent it.
func lineLabel(src *bpfobj.Source) string {
	if src.Line == 0 {
		return ""
	}
	if src.Origin == bpfobj.OriginNext || src.Origin == bpfobj.OriginPrevious {
		return "~" + itoa(src.Line)
	}
	return itoa(src.Line)
}

// markedLine is the line that the object holds, around the word at its column.
func markedLine(src *bpfobj.Source) (before, word, after string) {
	text, caret := display(src)
	text, caret = crop(text, caret, 2*defaultExcerpt)
	if caret < 0 {
		return text, "", ""
	}
	cells := []rune(text)
	rest := string(cells[min(caret, len(cells)):])
	n := 0
	if rest != "" {
		n = wordLen(rest)
	}
	return string(cells[:min(caret, len(cells))]), rest[:n], rest[n:]
}

// documentation adds the rules that found something.
func (b *htmlBuilder) documentation(m *htmlModel) {
	for _, r := range b.report.Rules {
		if _, ok := b.rules.index[r.Name]; !ok {
			continue
		}
		var text strings.Builder
		_ = Explain(&text, r, Options{}) // a Builder does not fail
		_, body, _ := strings.Cut(text.String(), "\n")
		body = strings.ReplaceAll(body, "\t", strings.Repeat(" ", tabWidth))
		m.Rules = append(m.Rules, htmlRule{clean(r.Name), clean(r.Doc.Title), body})
	}
}
