package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
)

//go:embed diffpage/page.html
var diffPageTemplate string

//go:embed diffpage/page.css
var diffPageStyle string

//go:embed diffpage/page.js
var diffPageScript string

// diffPage is what the template shows.
type diffPage struct {
	Version               string
	Style                 template.CSS
	Script                template.JS
	StyleHash, ScriptHash string // base64 of SHA-256: nothing else is obeyed
	Old, New              pageKernel
	Objects, Errors       []string
	Notes                 []string
	Summary               string
	Grades                []pageGrade
	Rows                  []pageRow
	Levels                []pageLevel
	Others                []pageFinding
}

type pageKernel struct{ Name, About string }

type pageGrade struct{ Name, Meaning string }

// pageRow is a row of the table of counts; Kind is "" for the sums.
type pageRow struct {
	Name, Kind string
	Counts     []int
}

// pageLevel holds the changes of one grade.
type pageLevel struct {
	pageGrade
	Kinds []pageKind
}

type pageKind struct {
	Kind  string
	Items []pageItem
}

type pageItem struct {
	ID, Kind, Name, Change, Gist string
	// Worst is the severity of the worst finding that the change causes.
	Worst   string
	Details []pageDetail
	Uses    []pageUse
}

type pageDetail struct{ Grade, Text string }

type pageUse struct {
	Object, As, Programs string
	Findings             []pageFinding
	Lines                []pageLine
}

type pageFinding struct{ Severity, On, Message, Rule, Place string }

type pageLine struct{ Place, Text string }

// writeDiffHTML writes one page that needs nothing else and sends nothing.
func writeDiffHTML(w *bufio.Writer, d *Diff, opts *Options) error {
	t, err := template.New("page").Parse(diffPageTemplate)
	if err != nil {
		return err
	}
	return t.Execute(w, newDiffPage(d, opts))
}

func newDiffPage(d *Diff, opts *Options) *diffPage {
	all, kinds := d.count()
	page := &diffPage{
		Version: opts.Version,
		Style:   template.CSS(diffPageStyle), StyleHash: sourceHash(diffPageStyle),
		Script: template.JS(diffPageScript), ScriptHash: sourceHash(diffPageScript),
		Old: pageKernelOf(&d.Old), New: pageKernelOf(&d.New),
		Summary: clean(diffSummary(d, &all)),
	}
	for i := range d.Objects {
		page.Objects = append(page.Objects, clean(d.Objects[i].Name))
	}
	for i := range d.Errors {
		page.Errors = append(page.Errors, clean(d.Errors[i].Error()))
	}
	page.Notes = d.notChecked()
	for _, g := range Grades() {
		page.Grades = append(page.Grades, pageGrade{g.String(), gradeMeanings[g]})
	}
	for i := range kinds {
		name := kinds[i].kind.String()
		page.Rows = append(page.Rows, pageRow{name, name, pageCounts(&kinds[i])})
	}
	page.Rows = append(page.Rows, pageRow{"all", "", pageCounts(&all)})
	for _, run := range d.byGrade() {
		if n := len(page.Levels); n == 0 || page.Levels[n-1].Name != run.grade.String() {
			page.Levels = append(page.Levels, pageLevel{pageGrade: pageGrade{run.grade.String(), gradeMeanings[run.grade]}})
		}
		level := &page.Levels[len(page.Levels)-1]
		kind := pageKind{Kind: run.kind.String()}
		for _, c := range run.changes {
			kind.Items = append(kind.Items, pageItemOf(d, c))
		}
		level.Kinds = append(level.Kinds, kind)
	}
	for _, i := range d.unexplained() {
		page.Others = append(page.Others, pageFindingOf(d, &d.Findings[i]))
	}
	return page
}

// sourceHash is how a content security policy names an inline style or script.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func pageKernelOf(k *analyzer.KernelInfo) pageKernel {
	about := []string{}
	for _, part := range [...]string{k.Release, k.Arch} {
		if part != "" && part != k.Name {
			about = append(about, clean(part))
		}
	}
	return pageKernel{clean(k.Name), strings.Join(about, ", ")}
}

func pageCounts(n *diffCount) []int {
	var counts []int
	for _, g := range Grades() {
		counts = append(counts, n.grades[g])
	}
	return append(counts, n.total)
}

// maxGist is about how many bytes of details are shown of a change that is closed.
const maxGist = 100

func pageItemOf(d *Diff, c *DiffChange) pageItem {
	item := pageItem{
		Kind: c.Kind.String(), Name: clean(c.Name), Change: c.Change.Change.String(),
		ID: strings.ReplaceAll(c.Kind.String()+"."+clean(c.Name), " ", "_"),
	}
	if m := moduleOf(c); m != "" {
		item.Change += ", " + clean(m)
	}
	for _, g := range Grades() {
		for i := range c.Details {
			if c.Details[i].Grade == g {
				item.Details = append(item.Details, pageDetail{g.String(), clean(c.Details[i].Text())})
			}
		}
	}
	item.Gist = gist(item.Details)
	worst := analyzer.Note
	for i := range c.UsedBy {
		item.Uses = append(item.Uses, pageUseOf(d, &c.UsedBy[i]))
		for _, k := range c.UsedBy[i].Findings {
			if f := &d.Findings[k]; d.isNew(f) && (item.Worst == "" || f.Weight() > worst) {
				worst, item.Worst = f.Weight(), f.Weight().String()
			}
		}
	}
	return item
}

// gist is the first details, as many as fit, and the number of the others.
func gist(details []pageDetail) string {
	text := ""
	for i := range details {
		if i > 0 && len(text)+len(details[i].Text) > maxGist {
			return text + "; +" + itoa(len(details)-i)
		}
		if i > 0 {
			text += "; "
		}
		text += details[i].Text
	}
	return text
}

func pageUseOf(d *Diff, u *DiffUse) pageUse {
	use := pageUse{Object: clean(u.Object), As: useOf(u.Dep), Programs: clean(strings.Join(u.Dep.Programs, ", "))}
	for _, i := range u.Findings {
		use.Findings = append(use.Findings, pageFindingOf(d, &d.Findings[i]))
	}
	for i := range u.Dep.Uses {
		if l := &u.Dep.Uses[i]; l.Source.Origin != bpfobj.OriginNone {
			use.Lines = append(use.Lines, pageLine{place(l), lineOf(l)})
		}
	}
	if more := u.Dep.UseCount - len(u.Dep.Uses); more > 0 {
		use.Lines = append(use.Lines, pageLine{plural(more, "more place"), ""})
	}
	return use
}

func pageFindingOf(d *Diff, f *analyzer.Finding) pageFinding {
	return pageFinding{
		Severity: f.Weight().String(), On: d.findingOn(f),
		Message: clean(f.Message), Rule: clean(f.Rule), Place: place(&f.Location),
	}
}
