package report

import (
	"net/url"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// body writes the page of a report.
func (h htmlWriter) body(m *htmlModel) {
	h.summary(m)
	h.put("<main>\n")
	if len(m.Failed) > 0 {
		h.put("<section aria-labelledby=\"failed\">\n<h2 id=\"failed\">Could not be checked</h2>\n")
		h.list(m.Failed)
		h.put("</section>\n")
	}
	h.verdicts(&m.Matrix)
	h.put("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\" tabindex=\"-1\">Findings</h2>\n")
	h.filters(m.Filters)
	if m.Left > 0 {
		h.put("<p>{} findings of the lowest severity are left out of this page.</p>\n", itoa(m.Left))
	}
	if m.Total == 0 {
		h.put("<p>Nothing found.</p>\n")
	}
	for i := range m.Groups {
		h.group(&m.Groups[i])
	}
	h.put("</section>\n<section aria-labelledby=\"open\">\n<h2 id=\"open\">Not checked</h2>\n")
	if len(m.Open) > 0 {
		h.list(m.Open)
	} else {
		h.put("<p>Everything that btflint checks was checked.</p>\n")
	}
	h.put("</section>\n")
	h.kernels(m.Targets)
	h.rules(m.Rules)
	h.put(`</main>
<footer>An error means that the loader or the kernel certainly refuses. A warning loads and does not do what was written, or may fail for a reason that depends on something unknown. Undecided is neither good nor bad: what decides was not given.</footer>
`)
}

// summary writes what was checked, and the counts.
func (h htmlWriter) summary(m *htmlModel) {
	h.put("<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n<h1>Will it load?</h1>\n")
	h.put("<p class=\"faint\">{}: {}, {}</p>\n", strings.TrimSuffix("btflint "+m.Version, " "), plural(m.Objects, "object"), plural(m.Kernels, "kernel"))
	h.put(`<dl class="tiles">
<div><dt>Findings</dt><dd><b>{}</b> <span class="badge error">error</span></dd><dd><b>{}</b> <span class="badge warning">warning</span></dd><dd><b>{}</b> <span class="badge note">note</span></dd>`,
		itoa(m.Errors), itoa(m.Warnings), itoa(m.Notes))
	if m.Ignored > 0 {
		h.put(`<dd><b>{}</b> <span class="badge off">suppressed</span></dd>`, itoa(m.Ignored))
	}
	v := &m.Matrix.Verdict
	h.put(`</div>
<div><dt>Verdicts</dt><dd><b>{}</b> <span class="badge fails">fails</span></dd><dd><b>{}</b> <span class="badge undecided">undecided</span></dd><dd><b>{}</b> <span class="badge loads">loads</span></dd></div>
</dl>
</header>
`, itoa(v[verdictIndex(analyzer.Fails)]), itoa(v[verdictIndex(analyzer.Undecided)]), itoa(v[verdictIndex(analyzer.Loads)]))
}

func (h htmlWriter) list(lines []string) {
	h.put("<ul>\n")
	for _, line := range lines {
		h.put("<li>{}</li>\n", line)
	}
	h.put("</ul>\n")
}

// verdicts writes the matrix.
func (h htmlWriter) verdicts(m *htmlMatrix) {
	h.put("<section aria-labelledby=\"verdicts\">\n<h2 id=\"verdicts\">Verdicts</h2>\n")
	if len(m.Rows) == 0 {
		h.put("<p>Nothing was checked.</p>\n</section>\n")
		return
	}
	h.put(`<form class="filters" id="rows" hidden>
<div><label for="by-verdict">Objects</label> <select name="verdict" id="by-verdict"><option value="">all</option><option value="fails">that fail somewhere</option><option value="undecided">that are undecided somewhere</option><option value="loads">that load somewhere</option></select></div>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Table of verdicts">
<table id="matrix">
<caption>How each object fares, loaded as it is. A verdict leads to its findings.`)
	if m.Left > 0 {
		h.put(" {} more rows are left out.", itoa(m.Left))
	}
	h.put("</caption>\n<thead><tr><th scope=\"col\">Object</th><th scope=\"col\">Loader</th>")
	for i := range m.Columns {
		c := &m.Columns[i]
		if len(c.Names) > 1 {
			h.put(`<th scope="col" title="{}">{}</th>`, strings.Join(c.Names, ", "), c.Title)
		} else {
			h.put(`<th scope="col">{}</th>`, c.Title)
		}
	}
	h.put("</tr></thead>\n")
	for i := range m.Rows {
		h.row(&m.Rows[i], i == 0)
	}
	h.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// row writes a row of the matrix. The rows of an object are one body.
func (h htmlWriter) row(r *htmlRow, first bool) {
	if r.Loaders > 0 {
		if !first {
			h.put("</tbody>\n")
		}
		h.put("<tbody>\n<tr><th scope=\"rowgroup\" rowspan=\"{}\"><code>{}</code></th>", itoa(r.Loaders), r.Object)
	} else {
		h.put("<tr>")
	}
	h.put(`<th scope="row">{}</th>`, r.Loader)
	for i := range r.Cells {
		c := &r.Cells[i]
		h.put(`<td class="{}"><a href="#object={}&amp;kernel={}&amp;loader={}"`, c.Verdict, inFragment(r.Object), inFragment(c.Kernel), inFragment(r.Loader))
		if c.Reasons != "" {
			h.put(` title="{}"`, c.Reasons)
		}
		h.put(">{}</a></td>", c.Word)
	}
	h.put("</tr>\n")
}

// inFragment is a value among the filters that an address holds.
func inFragment(text string) string { return url.QueryEscape(text) }

// filters writes the form that the script makes visible.
func (h htmlWriter) filters(filters []htmlFilter) {
	h.put(`<form class="filters" id="filters" hidden>
<div><label for="by-text">Text</label> <input type="search" name="text" id="by-text" autocomplete="off"></div>
<fieldset><legend>Severity</legend>
<label><input type="checkbox" name="severity" value="error" checked> error</label>
<label><input type="checkbox" name="severity" value="warning" checked> warning</label>
<label><input type="checkbox" name="severity" value="note"> note</label>
<label><input type="checkbox" name="severity" value="suppressed"> suppressed</label>
</fieldset>
`)
	for i := range filters {
		f := &filters[i]
		h.put(`<div><label for="by-{}">{}</label> <select name="{}" id="by-{}"><option value="">all</option>`, f.Key, f.Label, f.Key, f.Key)
		for _, name := range f.Names {
			h.put("<option>{}</option>", name)
		}
		h.put("</select></div>\n")
	}
	h.put(`<button type="reset">Reset</button>
<button type="button" id="unfold">Open all</button>
<button type="button" id="fold">Close all</button>
<output id="count" aria-live="polite"></output>
</form>
`)
}

// group writes the findings of an object.
func (h htmlWriter) group(g *htmlGroup) {
	h.put("<section class=\"group\" data-object=\"{}\">\n", itoa(g.Index))
	if g.Object != "" {
		h.put("<h3><code>{}</code></h3>\n", g.Object)
	} else {
		h.put("<h3>About the run</h3>\n")
	}
	if g.Digest != "" || len(g.Alone) > 0 {
		h.put("<ul class=\"about\">\n")
		if g.Digest != "" {
			h.put("<li>SHA-256 <code>{}</code></li>\n", g.Digest)
		}
		for _, line := range g.Alone {
			h.put("<li>{}</li>\n", line)
		}
		h.put("</ul>\n")
	}
	for i := range g.Findings {
		h.entry(&g.Findings[i])
	}
	h.put("</section>\n")
}

// entry writes a finding.
func (h htmlWriter) entry(f *htmlFinding) {
	shown := f.Severity
	if f.Suppressed != "" {
		shown = "suppressed"
	}
	h.put("<article class=\"finding is-{}\" id=\"{}\" data-severity=\"{}\" data-rule=\"{}\" data-kernel=\"{}\" data-loader=\"{}\">\n",
		f.Severity, f.ID, shown, f.Rules, f.Kernels, f.Loaders)
	if f.Unfolded {
		h.put("<details open>\n")
	} else {
		h.put("<details>\n")
	}
	h.put(`<summary><span class="badge {}">{}</span>`, f.Severity, f.Severity)
	if f.Suppressed != "" {
		h.put(` <span class="badge off">suppressed</span>`)
	}
	h.put(" {} <span class=\"at faint\"><code>{}</code></span></summary>\n<div class=\"body\">\n", f.Message, f.Place)
	if f.Before+f.Marked+f.After != "" {
		h.put(`<pre tabindex="0" aria-label="source line"><span class="number">{} | </span>{}`, f.Line, f.Before)
		if f.Marked != "" {
			h.put("<mark>{}</mark>", f.Marked)
		}
		h.put("{}</pre>\n", f.After)
	}
	h.put("<dl>\n")
	h.facts(f)
	h.put("<dt>rule</dt><dd><a href=\"#{}\"><code>{}</code></a> · <a href=\"#{}\" class=\"tools\">link to this finding</a></dd>\n",
		url.PathEscape(ruleAnchor(f.Rule)), f.Rule, url.PathEscape(f.ID))
	h.put("</dl>\n</div>\n</details>\n</article>\n")
}

// facts writes what is below the line of a finding.
func (h htmlWriter) facts(f *htmlFinding) {
	h.put("<dt>in</dt><dd>{}</dd>\n<dt>on</dt><dd>{}</dd>\n", f.Where, f.On)
	if f.Open != "" {
		h.put("<dt>open</dt><dd>undecided, {}</dd>\n", f.Open)
	}
	if f.Optional {
		h.put("<dt>off</dt><dd>not loaded unless it is switched on; it is refused then</dd>\n")
	}
	for i := range f.Related {
		rel := &f.Related[i]
		h.put("<dt>see</dt><dd><code>{}</code>: {}", rel.Place, rel.Message)
		if rel.Line != "" {
			h.put(" <code>{}</code>", rel.Line)
		}
		h.put("</dd>\n")
	}
	for _, d := range f.Declared {
		h.put("<dt>declared in</dt><dd class=\"code\">{}</dd>\n", d)
	}
	if f.Hint != "" {
		h.put("<dt>hint</dt><dd>{}</dd>\n", f.Hint)
	}
	if f.Suppressed != "" {
		h.put("<dt>suppressed</dt><dd>{}</dd>\n", f.Suppressed)
	}
}

// kernels writes what is known of the kernels.
func (h htmlWriter) kernels(kernels []htmlKernel) {
	if len(kernels) == 0 {
		return
	}
	h.put(`<section aria-labelledby="kernels">
<h2 id="kernels">Kernels</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of kernels">
<table>
<thead><tr><th scope="col">Kernel</th><th scope="col">Release</th><th scope="col">Architecture</th><th scope="col">Unknown</th><th scope="col">Remarks</th></tr></thead>
<tbody>
`)
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	for i := range kernels {
		k := &kernels[i]
		h.put("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", k.Name, or(k.Release, "unknown"),
			or(k.Arch, "unknown"), or(strings.Join(k.Unknown, ", "), "nothing"), strings.Join(k.Notes, "; "))
	}
	h.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// rules writes the documentation of the rules that found something.
func (h htmlWriter) rules(rules []htmlRule) {
	if len(rules) == 0 {
		return
	}
	h.put("<section aria-labelledby=\"rules\">\n<h2 id=\"rules\">Rules</h2>\n")
	for i := range rules {
		r := &rules[i]
		h.put("<details id=\"{}\"><summary><code>{}</code> {}</summary><pre class=\"wrap\">", ruleAnchor(r.Name), r.Name, r.Title)
		h.lines(r.Text)
		h.put("</pre></details>\n")
	}
	h.put("</section>\n")
}

// ruleAnchor is the place of a rule on the page.
func ruleAnchor(name string) string { return "rule-" + name }
