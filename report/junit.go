package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// The elements of a JUnit report as Jenkins and GitLab read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      *junitText  `xml:"system-out"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		File      string        `xml:"file,attr,omitempty"`
		Failure   *junitOutcome `xml:"failure"`
		Error     *junitOutcome `xml:"error"`
		Skipped   *junitOutcome `xml:"skipped"`
		Out       *junitText    `xml:"system-out"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",cdata"`
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// writeJUnit writes a test suite for every object and a test case for every
// kernel and loader: it passes if the object loads there, fails if it has an
// error finding there, and is skipped if that is undecided or suppressed. What
// could not be analysed is an error. Warnings are output of their test case. A
// finding that is about no load is a test case of its own.
func writeJUnit(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	top := junitSuites{Name: "btflint"}
	byObject := map[string][]*analyzer.Finding{}
	for _, f := range ranked(r, opts) {
		byObject[f.Location.Object] = append(byObject[f.Location.Object], f)
	}
	suites := map[string]*junitSuite{}
	var order []*junitSuite
	suite := func(name string) *junitSuite {
		if suites[name] == nil {
			suites[name] = &junitSuite{Name: name}
			order = append(order, suites[name])
		}
		return suites[name]
	}
	list, judged := fates(r), map[string]bool{}
	for i := range list {
		object := list[i].whole.Object
		s := suite(object)
		s.Cases = append(s.Cases, junitFate(&list[i], byObject[object], opts))
		judged[object] = true
	}
	for _, f := range ranked(r, opts) {
		if !judged[f.Location.Object] || len(f.Loaders) == 0 { // about no load
			s := suite(cmp.Or(f.Location.Object, "btflint"))
			s.Cases = append(s.Cases, junitFinding(f, s.Name))
		}
	}
	for _, e := range r.Errors {
		s := suite(cmp.Or(e.Object, "btflint"))
		s.Cases = append(s.Cases, junitCase{
			Name: "can be checked", Classname: clean(s.Name),
			Error: &junitOutcome{Message: clean(e.Error()), Type: "could-not-check"},
		})
	}
	if lines := unchecked(r); len(lines) > 0 {
		var out strings.Builder
		for _, l := range lines {
			out.WriteString(clean(l.label+": "+l.about()) + "\n")
		}
		suite("btflint").Out = &junitText{out.String()}
	}
	for _, s := range order {
		s.count()
		s.Name = clean(s.Name)
		top.Tests += s.Tests
		top.Failures += s.Failures
		top.Errors += s.Errors
		top.Skipped += s.Skipped
		top.Suites = append(top.Suites, *s)
	}
	w.WriteString(xml.Header)
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(top); err != nil {
		return err
	}
	_, err := w.WriteString("\n")
	return err
}

// junitFate is the test case of an object on a kernel with a loader.
func junitFate(f *fate, findings []*analyzer.Finding, opts *Options) junitCase {
	v := f.whole
	c := junitCase{Name: "loads with " + clean(v.Loader), Classname: clean(v.Object)}
	if v.Kernel != "" {
		c.Name = "loads on " + clean(v.Kernel) + " with " + clean(v.Loader)
	}
	var failures, others []*analyzer.Finding
	for _, finding := range findings {
		switch {
		case !holdsOn(finding, v.Kernel, v.Loader):
		case finding.Weight() == analyzer.Error && finding.Suppressed == "":
			failures = append(failures, finding)
		default:
			others = append(others, finding)
		}
	}
	out := findingLines(others)
	switch {
	case len(failures) > 0:
		first := failures[0]
		c.File, _ = sourcePath(&first.Location, opts.SourceRoot)
		c.File = clean(c.File)
		message := first.Message
		if n := len(failures) - 1; n > 0 {
			message += " (and " + plural(n, "more error") + ")"
		}
		c.Failure = &junitOutcome{Message: clean(message), Type: clean(first.Rule), Text: findingLines(failures)}
	case v.Verdict == analyzer.Undecided:
		c.Skipped = &junitOutcome{Message: "undecided: " + clean(strings.Join(v.Reasons, "; "))}
	case f.known:
		c.Skipped = &junitOutcome{Message: "fails, which is suppressed"}
	case v.Verdict == analyzer.Fails:
		c.Skipped = &junitOutcome{Message: "fails by findings that count for less than an error"}
	}
	for _, text := range f.asides() {
		out += clean(text) + "\n"
	}
	if out != "" {
		c.Out = &junitText{out}
	}
	return c
}

// junitFinding is the test case of a finding that is about no load.
func junitFinding(f *analyzer.Finding, suite string) junitCase {
	c := junitCase{Name: clean(f.Rule + ": " + f.Message), Classname: clean(suite)}
	if f.Weight() == analyzer.Error && f.Suppressed == "" {
		c.Failure = &junitOutcome{Message: clean(f.Message), Type: clean(f.Rule), Text: findingLines([]*analyzer.Finding{f})}
		return c
	}
	c.Out = &junitText{findingLines([]*analyzer.Finding{f})}
	return c
}

// holdsOn reports whether a finding holds on a kernel with a loader; "" is no kernel.
func holdsOn(f *analyzer.Finding, kernel, loader string) bool {
	return slices.Contains(f.Loaders, loader) && (len(f.Kernels) == 0 || slices.Contains(f.Kernels, kernel))
}

// findingLines are findings in the compact format, each with its hint.
func findingLines(findings []*analyzer.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		p := printer{Writer: bufio.NewWriter(&b)}
		p.headline(f)
		if f.Hint != "" {
			p.WriteString("  hint: " + clean(f.Hint) + "\n")
		}
		_ = p.Flush() // a Builder does not fail
	}
	return b.String()
}

// count fills in the numbers of a suite.
func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for i := range s.Cases {
		switch c := &s.Cases[i]; {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}
