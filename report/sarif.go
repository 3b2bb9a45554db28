package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// This file is the only one that imports the SARIF library: it links a JSON
// schema validator, and its types print every default (see [prune]).

const (
	sarifSchema    = "https://json.schemastore.org/sarif-2.1.0.json"
	informationURI = "https://github.com/btflint/btflint"
	// maxTags is the number of a rule's tags that GitHub keeps.
	maxTags = 10
)

// writeSARIF writes a SARIF 2.1.0 log of one run with all that the report says.
func writeSARIF(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	s := newSources(opts.SourceRoot)
	defer s.close()
	text, err := sarifLog(r, opts, everyFinding(r, s), len(r.Findings), false)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// writeGitHubSARIF writes the log that GitHub code scanning wants: an alert is
// opened for each result, so that notes are there only if they are asked for, and
// what it would refuse or drop is left out by severity.
func writeGitHubSARIF(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	s := newSources(opts.SourceRoot)
	defer s.close()
	alerts := trackedAlerts(r, opts, s)
	for n := min(len(alerts), maxAlerts); ; n /= 2 {
		text, err := sarifLog(r, opts, heaviest(alerts, n), len(alerts), true)
		if err != nil {
			return err
		}
		if n == 0 || len(text) <= maxAlertsBytes || compressed(text) <= maxAlertsBytes {
			_, err := w.Write(text)
			return err
		}
	}
}

// sarifLog is a log with these results, of as many as there are. One for code
// scanning has what the kernel declares in the text of the message: there,
// every location needs a file.
func sarifLog(r *analyzer.Report, opts *Options, results []alert, of int, codeScanning bool) ([]byte, error) {
	b := sarifBuilder{
		report: r, opts: opts, run: sarif.NewRun(), codeScanning: codeScanning,
		objects: map[string]int{}, rules: map[string]int{}, outside: map[string]bool{},
	}
	b.run.ColumnKind = ptr("utf16CodeUnits")
	if opts.Category != "" {
		// What follows the last slash would be taken for the id of the run.
		id := strings.TrimSuffix(opts.Category, "/") + "/"
		b.run.AutomationDetails = sarif.NewRunAutomationDetails().WithID(id)
	}
	b.addTool()
	b.addArtifacts()
	for i := range results {
		b.run.AddResult(b.result(&results[i]))
	}
	b.addInvocation(of - len(results))

	log := sarif.NewReport().AddRun(b.run)
	log.Schema = sarifSchema
	return prunedJSON(log)
}

// prunedJSON is the log without what the library adds on its own.
func prunedJSON(log *sarif.Report) ([]byte, error) {
	text, err := json.Marshal(log)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(prune(tree)); err != nil {
		return nil, err
	}
	return escapeJSON(out.Bytes()), nil
}

func ptr[T any](v T) *T { return &v }

// message is a message without links.
func message(text string) *sarif.Message { return sarif.NewTextMessage(plain(text)) }

// sarifBuilder builds the run.
type sarifBuilder struct {
	report *analyzer.Report
	opts   *Options
	run    *sarif.Run
	// codeScanning tells that the log is for GitHub's.
	codeScanning bool

	objects map[string]int // index of the artifact by object name
	rules   map[string]int // index of the rule by name
	// outside are files that are not below the source root.
	outside map[string]bool
}

func (b *sarifBuilder) addTool() {
	driver := sarif.NewToolComponent().WithName("btflint").WithInformationURI(informationURI)
	if v := strings.TrimPrefix(b.opts.Version, "v"); v != "" {
		if v[0] < '0' || v[0] > '9' {
			v = "0.0.0-" + v // versions are compared: they start with a number
		}
		driver.WithVersion(v)
	}
	for i, r := range b.report.Rules {
		b.rules[r.Name] = i
		driver.AddRule(descriptor(r))
	}
	b.run.Tool = sarif.NewTool().WithDriver(driver)
}

// descriptor is a rule's metadata. The findings are about compatibility, not
// security: there is no security-severity.
func descriptor(r *analyzer.Rule) *sarif.ReportingDescriptor {
	var help strings.Builder
	_ = Explain(&help, r, Options{}) // a Builder does not fail
	title := limit(r.Doc.Title)
	full := limit(r.Doc.Why)
	if full == "" {
		full = title
	}
	problem, precision := r.Severity.String(), "high"
	switch r.Severity {
	case analyzer.Error: // a certain refusal
		precision = "very-high"
	case analyzer.Note:
		problem = "recommendation"
	}
	tags := append([]string{"bpf", "compatibility"}, r.Aliases...)
	bag := sarif.NewPropertyBag().
		Add("precision", precision).Add("problem.severity", problem).
		WithTags(tags[:min(len(tags), maxTags)])
	d := sarif.NewReportingDescriptor().WithID(r.Name).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(title)).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(full)).
		WithHelp(sarif.NewMultiformatMessageString().WithText(help.String()).WithMarkdown(Markdown(r))).
		WithProperties(bag)
	d.DefaultConfiguration = sarif.NewReportingConfiguration().WithLevel(r.Severity.String())
	return d
}

func (b *sarifBuilder) addArtifacts() {
	for i := range b.report.Objects {
		o := &b.report.Objects[i]
		b.objects[o.Name] = i
		a := sarif.NewArtifact().WithLocation(b.ofObject(o.Name)).AddRole("analysisTarget")
		if digest := o.Digest(); digest != "" {
			a.Hashes = map[string]string{"sha-256": digest}
		}
		b.run.Artifacts = append(b.run.Artifacts, a)
	}
}

// ofObject refers to an object or a configuration, whose name is a path of this
// machine.
func (b *sarifBuilder) ofObject(name string) *sarif.ArtifactLocation {
	a := b.artifact(fromRoot(name, b.opts.SourceRoot))
	if i, ok := b.objects[name]; ok {
		a.Index = i
	}
	return a
}

// artifact refers to a file by its path below the source root.
func (b *sarifBuilder) artifact(file string) *sarif.ArtifactLocation {
	uri, base := uriRef(file, b.opts.SourceRoot)
	a := sarif.NewArtifactLocation().WithURI(uri)
	if base != "" {
		a.WithURIBaseID(base)
		b.addBase(base, sarif.NewArtifactLocation().WithURI("file:///"))
	}
	return a
}

// shown is where code scanning shows a file, and notes one that it cannot show.
func (b *sarifBuilder) shown(file string, a *sarif.ArtifactLocation) *sarif.PhysicalLocation {
	if uri := *a.URI; a.URIBaseID != nil || uri == ".." || strings.HasPrefix(uri, "../") {
		b.outside[file] = true
	}
	return sarif.NewPhysicalLocation().WithArtifactLocation(a)
}

func (b *sarifBuilder) result(a *alert) *sarif.Result {
	f := a.findings[0]
	res := sarif.NewResult().WithRuleID(f.Rule).WithLevel(f.Weight().String()).
		AddLocation(b.primary(f)).
		WithPartialFingerprints(map[string]string{
			"primaryLocationLineHash": a.hash,
			"btflint/v1":              f.Fingerprint,
		})
	if i, ok := b.rules[f.Rule]; ok {
		res.RuleIndex = i
	}
	if hasLine(&f.Location.Source) {
		res.AnalysisTarget = b.ofObject(f.Location.Object)
	}
	var kernels, loaders []string
	var lines messageLines
	for _, f := range a.findings {
		lines.add(f, b.describe(res, f))
		kernels = append(kernels, f.Kernels...)
		loaders = append(loaders, f.Loaders...)
	}
	res.WithMessage(sarif.NewTextMessage(lines.text()))
	bag := sarif.NewPropertyBag().Add("kernels", distinct(kernels)).Add("loaders", distinct(loaders)).Add("stage", f.Stage.String())
	if f.DependsOn != "" {
		bag.Add("dependsOn", f.DependsOn)
	}
	if f.Optional {
		bag.Add("optional", true)
	}
	if f.Location.Source.Origin != bpfobj.OriginNone {
		bag.Add("lineOrigin", f.Location.Source.Origin.String())
	}
	res.Properties = bag
	if f.Suppressed != "" {
		s, kind := sarif.NewSuppression(), "external"
		if f.SuppressedBy == analyzer.ByComment {
			kind = "inSource"
		}
		s.Kind, s.Justification = ptr(kind), ptr(f.Suppressed)
		res.Suppressions = []*sarif.Suppression{s}
	}
	return res
}

// describe adds the places that explain a finding to a result and returns what
// the result's message says of it, with links to these places.
func (b *sarifBuilder) describe(res *sarif.Result, f *analyzer.Finding) string {
	text := plain(f.Message)
	if !hasLine(&f.Location.Source) {
		text += "; the object has no source line for it"
	}
	if f.Hint != "" {
		text += ". Hint: " + plain(f.Hint)
	}
	text += "."
	add := func(place *sarif.Location) bool {
		if b.codeScanning && len(res.RelatedLocations) == maxRelated {
			return false
		}
		place.ID = len(res.RelatedLocations) + 1
		res.AddRelatedLocation(place)
		return true
	}
	if place := b.inObject(&f.Location); place != nil {
		add(place)
	}
	for i := range f.Related {
		rel := &f.Related[i]
		place := b.physical(&rel.Location).WithMessage(message(rel.Message + "."))
		if add(place) {
			text += " See [" + linkText.Replace(rel.Message) + "](" + itoa(place.ID) + ")."
		}
	}
	for _, d := range declarations(b.report, f) {
		if b.codeScanning {
			text += plain(" Declared in " + d.String() + ".")
			continue
		}
		add(b.inKernel(f, d))
	}
	return text
}

// inKernel is the place of a declaration in a kernel, which has no file: its
// name stands for it.
func (b *sarifBuilder) inKernel(f *analyzer.Finding, d declaration) *sarif.Location {
	b.addBase(kernelBase, sarif.NewArtifactLocation().WithDescription(sarif.NewTextMessage("the kernels of the run, by name")))
	file := sarif.NewArtifactLocation().WithURI((&url.URL{Path: d.kernels[0]}).String()).WithURIBaseID(kernelBase)
	return sarif.NewLocation().WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(file)).
		AddLogicalLocation(sarif.NewLogicalLocation().WithFullyQualifiedName(f.Location.Symbol)).
		WithMessage(message("declared in " + d.String() + "."))
}

// kernelBase names the base of URIs that are names of kernels.
const kernelBase = "KERNEL"

// addBase tells what a base of URIs is.
func (b *sarifBuilder) addBase(name string, what *sarif.ArtifactLocation) {
	if b.run.OriginalUriBaseIds == nil {
		b.run.OriginalUriBaseIds = map[string]sarif.ArtifactLocation{}
	}
	b.run.OriginalUriBaseIds[name] = *what
}

// primary is the location of a result.
func (b *sarifBuilder) primary(f *analyzer.Finding) *sarif.Location {
	place := b.physical(&f.Location)
	l := &f.Location
	if l.Program != "" {
		function := sarif.NewLogicalLocation().WithName(l.Program).WithKind("function")
		if l.Section != "" {
			function.WithFullyQualifiedName(l.Section + ":" + l.Program)
		}
		place.AddLogicalLocation(function)
	}
	if l.Symbol != "" {
		symbol := sarif.NewLogicalLocation().WithFullyQualifiedName(l.Symbol)
		if kind := symbolKind(l.Symbol); kind != "" {
			symbol.WithKind(kind)
		}
		place.AddLogicalLocation(symbol)
	}
	return place
}

// physical is a place in the source, or without a line the top of the object:
// code scanning refuses a location without line and column.
func (b *sarifBuilder) physical(l *bpfobj.Location) *sarif.Location {
	region := textRegion(1, 1, 2)
	if hasLine(&l.Source) {
		region = sourceRegion(&l.Source)
		if l.Source.File != l.Object { // no line of the configuration
			return sarif.NewLocation().WithPhysicalLocation(b.shown(l.Source.File, b.artifact(l.Source.File)).WithRegion(region))
		}
	}
	return sarif.NewLocation().WithPhysicalLocation(b.shown(l.Object, b.ofObject(l.Object)).WithRegion(region))
}

func textRegion(line, column, end int) *sarif.Region {
	return sarif.NewRegion().WithStartLine(line).WithEndLine(line).WithStartColumn(column).WithEndColumn(end)
}

// sourceRegion is what a position marks, with the text of its line.
func sourceRegion(src *bpfobj.Source) *sarif.Region {
	start, end := columns(src)
	region := textRegion(src.Line, start, end)
	if strings.TrimSpace(src.Text) == "" {
		return region
	}
	return region.WithSnippet(sarif.NewArtifactContent().WithText(src.Text))
}

// insnBytes is the size of an instruction slot.
const insnBytes = 8

// inObject is the instruction in the object file, nil if there is none.
func (b *sarifBuilder) inObject(l *bpfobj.Location) *sarif.Location {
	i, ok := b.objects[l.Object]
	if !ok || l.Insn < 0 || l.Program == "" {
		return nil
	}
	obj := b.report.Objects[i].Object()
	if obj == nil {
		return nil
	}
	s := obj.Section(l.Section)
	if s == nil || l.Offset >= uint64(len(s.Data)) {
		return nil
	}
	region := sarif.NewRegion().WithByteLength(insnBytes)
	region.ByteOffset = int(s.FileOffset + l.Offset)
	p := sarif.NewPhysicalLocation().WithArtifactLocation(b.ofObject(l.Object)).WithRegion(region)
	text := "instruction " + itoa(l.Insn) + " of " + l.Program + "."
	return sarif.NewLocation().WithPhysicalLocation(p).WithMessage(message(text))
}

// addInvocation tells what is undecided, what was not checked and what failed: an incomplete run
// is no clean one. left is the number of results that found no place.
func (b *sarifBuilder) addInvocation(left int) {
	inv := sarif.NewInvocation().WithExecutionSuccessful(len(b.report.Errors) == 0)
	notify := func(level, text, rule string) {
		n := sarif.NewNotification().WithLevel(level).WithMessage(message(text))
		if i, ok := b.rules[rule]; ok {
			n.AssociatedRule = sarif.NewReportingDescriptorReference().WithID(rule)
			n.AssociatedRule.Index = i
		}
		inv.AddToolExecutionNotification(n)
	}
	for _, e := range b.report.Errors {
		notify("error", e.Error(), e.Rule)
	}
	for _, line := range openMatters(b.report) {
		notify("note", line, "")
	}
	if left > 0 {
		notify("warning", plural(left, "result")+" of the lowest severity left out, which is more than code scanning takes; "+
			"the format sarif has all", "")
	}
	if n := len(b.outside); n > 0 {
		notify("note", plural(n, "file")+" outside of the source root, which code scanning cannot show: "+
			analyzer.Enumerate(slices.Sorted(maps.Keys(b.outside)))+"; see --source-root and --path-map", "")
	}
	b.run.AddInvocation(inv)
}
