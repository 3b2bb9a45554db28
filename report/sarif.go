package report

import (
	"bufio"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

// This file is the only one that imports the SARIF library: it links a JSON
// schema validator, and its types print every default (see [prune]).

const (
	sarifSchema    = "https://json.schemastore.org/sarif-2.1.0.json"
	informationURI = "https://github.com/btflint/btflint"
	// maxDescription is GitHub's limit for a rule's descriptions, in bytes here.
	maxDescription = 1024
	// maxTags is the number of a rule's tags that GitHub keeps.
	maxTags = 10
)

// writeSARIF writes a SARIF 2.1.0 log of one run, in the form that GitHub code
// scanning wants. Findings without a source line point at the object.
func writeSARIF(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	b := sarifBuilder{
		report: r, opts: opts, run: sarif.NewRun(),
		objects: map[string]int{}, rules: map[string]int{}, outside: map[string]bool{},
		sources: newSources(opts.SourceRoot),
	}
	defer b.sources.close()
	b.run.ColumnKind = ptr("utf16CodeUnits")
	if opts.Category != "" {
		// What follows the last slash would be taken for the id of the run.
		id := strings.TrimSuffix(opts.Category, "/") + "/"
		b.run.AutomationDetails = sarif.NewRunAutomationDetails().WithID(id)
	}
	b.addTool()
	b.addArtifacts()
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Suppressed == "" || opts.ShowSuppressed {
			b.run.AddResult(b.result(f))
		}
	}
	b.addInvocation()

	log := sarif.NewReport().AddRun(b.run)
	log.Schema = sarifSchema
	return writePruned(w, log)
}

// writePruned marshals the log without what the library adds on its own.
func writePruned(w *bufio.Writer, log *sarif.Report) error {
	text, err := json.Marshal(log)
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return err
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(prune(tree)); err != nil {
		return err
	}
	_, err = w.Write(escapeJSON([]byte(out.String())))
	return err
}

func ptr[T any](v T) *T { return &v }

// sarifBuilder builds the run.
type sarifBuilder struct {
	report  *analyzer.Report
	opts    *Options
	run     *sarif.Run
	sources *sources
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

// limit cuts a description to GitHub's limit, at a rune.
func limit(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxDescription {
		return s
	}
	n := maxDescription - len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func (b *sarifBuilder) addArtifacts() {
	for i := range b.report.Objects {
		o := &b.report.Objects[i]
		b.objects[o.Name] = i
		a := sarif.NewArtifact().WithLocation(b.artifact(o.Name)).AddRole("analysisTarget")
		if digest := o.Digest(); digest != "" {
			a.Hashes = map[string]string{"sha-256": digest}
		}
		b.run.Artifacts = append(b.run.Artifacts, a)
	}
}

// artifact refers to a file.
func (b *sarifBuilder) artifact(file string) *sarif.ArtifactLocation {
	uri, base := uriRef(file, b.opts.SourceRoot)
	a := sarif.NewArtifactLocation().WithURI(uri)
	if base != "" {
		a.WithURIBaseID(base)
		b.run.OriginalUriBaseIds = map[string]sarif.ArtifactLocation{base: *sarif.NewArtifactLocation().WithURI("file:///")}
	}
	if base != "" || uri == ".." || strings.HasPrefix(uri, "../") {
		b.outside[file] = true
	}
	if i, ok := b.objects[file]; ok {
		a.Index = i
	}
	return a
}

func (b *sarifBuilder) result(f *analyzer.Finding) *sarif.Result {
	text := f.Message
	if !hasLine(&f.Location.Source) {
		text += "; the object has no source line for it"
	}
	if f.Hint != "" {
		text += ". Hint: " + f.Hint
	}
	res := sarif.NewResult().WithRuleID(f.Rule).WithLevel(f.Weight().String()).
		WithMessage(sarif.NewTextMessage(text + ".")).
		AddLocation(b.primary(f)).
		WithPartialFingerprints(map[string]string{
			"primaryLocationLineHash": b.lineHash(f),
			"btflint/v1":              f.Fingerprint,
		})
	if i, ok := b.rules[f.Rule]; ok {
		res.RuleIndex = i
	}
	if hasLine(&f.Location.Source) {
		res.AnalysisTarget = b.artifact(f.Location.Object)
	}
	bag := sarif.NewPropertyBag().Add("kernels", list(f.Kernels)).Add("loaders", list(f.Loaders)).Add("stage", f.Stage.String())
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
	if place := b.inObject(&f.Location); place != nil {
		res.AddRelatedLocation(place)
	}
	for i := range f.Related {
		rel := &f.Related[i]
		place := b.physical(&rel.Location)
		res.AddRelatedLocation(place.WithMessage(sarif.NewTextMessage(rel.Message + ".")))
	}
	for i, place := range res.RelatedLocations {
		place.ID = i + 1
	}
	if f.Suppressed != "" {
		s := sarif.NewSuppression()
		s.Kind, s.Justification = ptr("external"), ptr(f.Suppressed)
		res.Suppressions = []*sarif.Suppression{s}
	}
	return res
}

// lineHash is what code scanning tracks an alert by: its own hash of the line
// where the source can be read, the finding's fingerprint elsewhere.
func (b *sarifBuilder) lineHash(f *analyzer.Finding) string {
	src := &f.Location.Source
	if hash := b.sources.hash(src.File, src.Line); hash != "" {
		return hash
	}
	return f.Fingerprint + ":1"
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

// symbolKind is SARIF's word for the kind of a [bpfobj.Location.Symbol].
func symbolKind(symbol string) string {
	kind, name, _ := strings.Cut(symbol, " ")
	switch kind {
	case "struct", "union", "enum":
		if strings.Contains(name, ".") {
			return "member"
		}
		return "type"
	case "type", "typedef":
		return "type"
	case "kfunc", "func", "function", "helper", "program":
		return "function"
	case "ksym", "kconfig", "map", "var", "variable":
		return "variable"
	}
	return ""
}

// physical is a place in the source, or without a line the top of the object:
// code scanning refuses a location without line and column.
func (b *sarifBuilder) physical(l *bpfobj.Location) *sarif.Location {
	file, region := l.Source.File, sourceRegion(&l.Source)
	if !hasLine(&l.Source) {
		file, region = l.Object, textRegion(1, 1, 2)
	}
	p := sarif.NewPhysicalLocation().WithArtifactLocation(b.artifact(file)).WithRegion(region)
	return sarif.NewLocation().WithPhysicalLocation(p)
}

func hasLine(src *bpfobj.Source) bool { return src.File != "" && src.Line > 0 }

func textRegion(line, column, end int) *sarif.Region {
	return sarif.NewRegion().WithStartLine(line).WithEndLine(line).WithStartColumn(column).WithEndColumn(end)
}

// sourceRegion is the word at the column, or without a column the line.
// Columns of the object count bytes, those of SARIF UTF-16 code units.
func sourceRegion(src *bpfobj.Source) *sarif.Region {
	text := strings.TrimRight(src.Text, " \t\r\n")
	if text == "" {
		column := max(src.Column, 1)
		return textRegion(src.Line, column, column+1)
	}
	start := src.Column - 1
	end := len(text)
	if 0 <= start && start < len(text) {
		end = start + wordLen(text[start:])
	} else {
		start = len(text) - len(strings.TrimLeft(text, " \t"))
	}
	first := units(text[:start]) + 1
	region := textRegion(src.Line, first, max(first+units(text[start:end]), first+1))
	return region.WithSnippet(sarif.NewArtifactContent().WithText(src.Text))
}

// units counts UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// wordLen is the length in bytes of the C identifier at the start of text, or
// of its first rune.
func wordLen(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(text)
	}
	return n
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
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
	p := sarif.NewPhysicalLocation().WithArtifactLocation(b.artifact(l.Object)).WithRegion(region)
	text := "instruction " + itoa(l.Insn) + " of " + l.Program + "."
	return sarif.NewLocation().WithPhysicalLocation(p).WithMessage(sarif.NewTextMessage(text))
}

// addInvocation tells what was not checked and what failed: an incomplete run
// is no clean one.
func (b *sarifBuilder) addInvocation() {
	inv := sarif.NewInvocation().WithExecutionSuccessful(len(b.report.Errors) == 0)
	notify := func(level, text, rule string) {
		n := sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(text))
		if i, ok := b.rules[rule]; ok {
			n.AssociatedRule = sarif.NewReportingDescriptorReference().WithID(rule)
			n.AssociatedRule.Index = i
		}
		inv.AddToolExecutionNotification(n)
	}
	for _, e := range b.report.Errors {
		notify("error", e.Error(), e.Rule)
	}
	for _, l := range unchecked(b.report) {
		notify("note", l.label+": "+l.about(), "")
	}
	if n := len(b.outside); n > 0 {
		notify("note", plural(n, "file")+" outside of the source root, which code scanning cannot show: "+
			analyzer.Enumerate(slices.Sorted(maps.Keys(b.outside)))+"; see --source-root and --path-map", "")
	}
	b.run.AddInvocation(inv)
}
