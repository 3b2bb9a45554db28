package report

import (
	"bufio"
	_ "embed" // the page's style and script
	"net/url"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/btfdiff"
)

//go:embed diffpage/page.css
var diffPageStyle string

//go:embed diffpage/page.js
var diffPageScript string

// writeDiffHTML writes one page that needs nothing else and sends nothing.
// Without scripts it lists everything.
func writeDiffHTML(w *bufio.Writer, d *Diff, opts *Options) error {
	h := htmlWriter{w}
	h.diffHead(d, opts)
	h.about(d)
	h.put("<main id=\"changes\">\n")
	h.controls(d)
	for _, g := range Grades() {
		h.grade(d, g, opts)
	}
	if len(d.Changes) == 0 {
		h.put("<p>No changes.</p>\n")
	}
	h.others(d, opts)
	h.put("</main>\n<footer><p class=\"dim\">btflint {}</p></footer>\n", opts.Version)
	h.inline("<script>{}</script>\n</body>\n</html>\n", diffPageScript)
	return nil
}

// diffHead writes what browsers read first. The policy lets nothing run or load but
// the style and the script of the page.
func (h htmlWriter) diffHead(d *Diff, opts *Options) {
	h.put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="btflint {}">
<title>{} → {}: kernel changes</title>
`, policyHash(diffPageStyle), policyHash(diffPageScript), opts.Version, d.Old.Name, d.New.Name)
	h.inline("<style>{}</style>\n</head>\n<body>\n", diffPageStyle)
	h.put("<a class=\"skip\" href=\"#changes\">Skip to the changes</a>\n")
}

// about writes what was compared, what could not be, and the counts.
func (h htmlWriter) about(d *Diff) {
	all, kinds := d.count()
	h.put("<header>\n<h1>{} → {}</h1>\n", d.Old.Name, d.New.Name)
	h.put("<p>{}</p>\n", diffSummary(d, &all))
	for _, k := range []*analyzer.KernelInfo{&d.Old, &d.New} {
		if k.Release != "" && k.Release != k.Name {
			h.put("<p class=\"dim\">{} is {} {}</p>\n", k.Name, k.Release, k.Arch)
		}
	}
	if n := len(d.Objects); n > 0 {
		h.put("<details><summary>Limited to what is used by {}</summary><ul>\n", plural(n, "object"))
		for i := range d.Objects {
			h.put("<li><code>{}</code></li>\n", d.Objects[i].Name)
		}
		h.put("</ul></details>\n")
	}
	for i := range d.Errors {
		h.put("<p><strong class=\"error\">could not be read:</strong> {}</p>\n", d.Errors[i].Error())
	}
	for _, line := range d.notChecked() {
		h.put("<p class=\"dim\">{}</p>\n", line)
	}
	h.put("<div class=\"scroll\"><table>\n<caption class=\"dim\">Changes by kind and grade</caption>\n<thead><tr><th scope=\"col\">kind</th>")
	for _, g := range Grades() {
		h.put(`<th scope="col" class="{}" title="{}">{}</th>`, g.String(), gradeMeanings[g], g.String())
	}
	h.put("<th scope=\"col\">all</th></tr></thead>\n<tbody>\n")
	for i := range kinds {
		h.countRow(kinds[i].kind.String(), &kinds[i])
	}
	h.countRow("all", &all)
	h.put("</tbody>\n</table></div>\n</header>\n")
}

func (h htmlWriter) countRow(name string, n *diffCount) {
	h.put(`<tr><th scope="row">{}</th>`, name)
	for _, g := range Grades() {
		h.put("<td>{}</td>", itoa(n.grades[g]))
	}
	h.put("<td>{}</td></tr>\n", itoa(n.total))
}

// controls writes the form that the script makes visible.
func (h htmlWriter) controls(d *Diff) {
	h.put(`<form id="controls" role="search" hidden>
<span class="field"><label for="search">Search</label><input type="search" id="search" autocomplete="off" spellcheck="false"></span>
<fieldset><legend>Grade</legend>
`)
	for _, g := range Grades() {
		h.put("<label title=\"{}\"><input type=\"checkbox\" name=\"grade\" value=\"{}\" checked> <span class=\"{}\">{}</span></label>\n",
			gradeMeanings[g], g.String(), g.String(), g.String())
	}
	h.put(`</fieldset>
<span class="field"><label for="kind">Kind</label><select id="kind"><option value="">all</option>`)
	_, kinds := d.count()
	for i := range kinds {
		h.put("<option>{}</option>", kinds[i].kind.String())
	}
	h.put(`</select></span>
<span class="field"><label for="theme">Colours</label><select id="theme"><option value="">of the system</option><option>light</option><option>dark</option></select></span>
<span class="field"><button type="button" id="open">Open all</button><button type="button" id="close">Close all</button><button type="button" id="reset">Reset</button></span>
<output id="status" class="dim" role="status"></output>
</form>
`)
}

// grade writes the changes of a grade, by kind.
func (h htmlWriter) grade(d *Diff, g btfdiff.Grade, opts *Options) {
	first := true
	for _, run := range d.byGrade() {
		if run.grade != g {
			continue
		}
		if first {
			h.put("<section class=\"level\">\n<h2 class=\"{}\">{}</h2>\n<p class=\"dim\">{}</p>\n", g.String(), g.String(), gradeMeanings[g])
			first = false
		}
		kind := run.kind.String()
		h.put("<section class=\"kind\" data-grade=\"{}\" data-kind=\"{}\">\n<h3>{} <span class=\"count\">{}</span></h3>\n<ul>\n",
			g.String(), kind, kind, itoa(len(run.changes)))
		for _, c := range run.changes {
			h.change(d, c, opts)
		}
		h.put("</ul>\n</section>\n")
	}
	if !first {
		h.put("</section>\n")
	}
}

// change writes a change, closed, with a link to itself.
func (h htmlWriter) change(d *Diff, c *DiffChange, opts *Options) {
	kind := c.Kind.String()
	// Blanks may not be in an id, and what a link names is decoded first.
	id := strings.ReplaceAll(kind+"."+clean(c.Name), " ", "_")
	h.put(`<li class="change" id="{}"><details><summary><span class="name">{}</span> {}`, id, c.Name, c.Change.Change.String())
	if m := moduleOf(c); m != "" {
		h.put(", {}", m)
	}
	details := sortedDetails(c)
	if len(details) > 0 {
		h.put(`<span class="gist">{}</span>`, gist(details))
	}
	if worst := worstFinding(d, c); worst != "" {
		h.put(` <span class="{}">{} in what uses it</span>`, worst, worst)
	}
	h.put("</summary><div class=\"body\">\n<ul class=\"details\">\n")
	for _, x := range details {
		h.put("<li><span class=\"grade {}\">{}</span> {}</li>\n", x.grade.String(), x.grade.String(), x.text)
	}
	if len(details) == 0 {
		h.put("<li><span class=\"grade {}\">{}</span> {}</li>\n", c.Grade.String(), c.Grade.String(), c.Change.Change.String())
	}
	h.put("</ul>\n")
	for _, u := range worstFirst(c.UsedBy) {
		h.use(d, u, opts)
	}
	h.put("</div></details><a class=\"permalink\" href=\"#{}\" aria-label=\"Link to {} {}\">#</a></li>\n", url.PathEscape(id), kind, c.Name)
}

// sortedDetails are the details, the worst first.
func sortedDetails(c *DiffChange) []diffLine {
	lines := make([]diffLine, 0, len(c.Details))
	for _, g := range Grades() {
		for i := range c.Details {
			if c.Details[i].Grade == g {
				lines = append(lines, diffLine{g, c.Details[i].Text()})
			}
		}
	}
	return lines
}

// maxGist is about how many bytes of details are shown of a change that is closed.
const maxGist = 100

// gist is the first details, as many as fit, and the number of the others.
func gist(details []diffLine) string {
	text := ""
	for i := range details {
		if i > 0 && len(text)+len(details[i].text) > maxGist {
			return text + "; +" + itoa(len(details)-i)
		}
		if i > 0 {
			text += "; "
		}
		text += details[i].text
	}
	return text
}

// worstFinding is the severity of the worst finding that a change causes, "" if
// it causes none.
func worstFinding(d *Diff, c *DiffChange) string {
	worst, found := analyzer.Note, false
	for i := range c.UsedBy {
		for _, k := range c.UsedBy[i].Findings {
			if f := &d.Findings[k]; d.isNew(f) {
				worst, found = max(worst, f.Weight()), true
			}
		}
	}
	if !found {
		return ""
	}
	return worst.String()
}

// use writes who uses a change, with the source lines.
func (h htmlWriter) use(d *Diff, u *DiffUse, opts *Options) {
	h.put("<div class=\"uses\"><p><span class=\"grade {}\">{}</span> used by <code>{}</code> as {}", u.Grade.String(), u.Grade.String(), u.Object, useOf(u.Dep))
	if len(u.Dep.Programs) > 0 {
		h.put(": {}", strings.Join(u.Dep.Programs, ", "))
	}
	h.put("</p>\n<ul>\n")
	for _, f := range d.together(u.Findings, opts) {
		h.finding(d, &f)
	}
	for i := range u.Dep.Uses {
		if l := &u.Dep.Uses[i]; l.Source.Origin != bpfobj.OriginNone {
			h.put("<li>{} <code>{}</code></li>\n", place(l), lineOf(l))
		}
	}
	if more := u.Dep.UseCount - len(u.Dep.Uses); more > 0 {
		h.put("<li>and {}</li>\n", plural(more, "more place"))
	}
	h.put("</ul></div>\n")
}

func (h htmlWriter) finding(d *Diff, f *alike) {
	h.put("<li><span class=\"{}\">{}</span> {}: {} <span class=\"dim\">[{}]{}</span></li>\n",
		f.Weight().String(), f.Weight().String(), d.findingOn(f.Finding), f.Message, f.Rule, f.at())
}

// others writes the findings that no change explains.
func (h htmlWriter) others(d *Diff, opts *Options) {
	rest := d.unexplained(opts)
	if len(rest) == 0 {
		return
	}
	h.put("<section>\n<h2>Findings that differ for another reason</h2>\n<ul>\n")
	for _, f := range d.together(rest, opts) {
		h.finding(d, &f)
	}
	h.put("</ul>\n</section>\n")
}
