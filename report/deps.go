package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// Dependencies are what some objects want of a kernel.
type Dependencies struct {
	Objects []ObjectDeps
	// Errors are the inputs, and parts of inputs, that could not be read.
	Errors []analyzer.RuleError
}

// ObjectDeps are the dependencies of one object.
type ObjectDeps struct {
	Name string
	// SHA256 is the digest of the object's bytes in hex, "" if it was not read
	// from bytes.
	SHA256 string
	Deps   []plan.Dep // in the order of [plan.Plan.Deps]
}

// depFormats are the formats of dependencies, the default first.
var depFormats = [...]struct {
	name  string
	write func(*bufio.Writer, *Dependencies, *Options) error
}{
	{"text", writeDepsText},
	{"json", writeDepsJSON},
}

// DepFormats are the names of the formats of [WriteDeps], the default first.
func DepFormats() []string {
	names := make([]string, len(depFormats))
	for i := range depFormats {
		names[i] = depFormats[i].name
	}
	return names
}

// WriteDeps writes dependencies in the format of that name. It returns an error
// for an unknown format and the errors of w.
func WriteDeps(w io.Writer, name string, d *Dependencies, opts Options) error {
	for i := range depFormats {
		if depFormats[i].name != name {
			continue
		}
		b := bufio.NewWriterSize(w, 1<<16)
		if err := depFormats[i].write(b, d, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(DepFormats(), ", "))
}

type jsonDep struct {
	Kind     string         `json:"kind"`
	Name     string         `json:"name"`
	Parent   string         `json:"parent"`
	Module   string         `json:"module"`
	Object   string         `json:"object"`
	As       []string       `json:"as"`
	Flavors  []string       `json:"flavors"`
	Steps    []string       `json:"steps"`
	Optional bool           `json:"optional"`
	Programs []string       `json:"programs"`
	Uses     []jsonLocation `json:"uses"`
	UseCount int            `json:"useCount"`
}

// writeDepsJSON writes version 1 of docs/deps-schema.json, one line per element.
func writeDepsJSON(w *bufio.Writer, d *Dependencies, opts *Options) error {
	a := arrays{w: w}
	a.enc = json.NewEncoder(&a.buf)
	a.enc.SetEscapeHTML(false)
	w.WriteString(`{"version": ` + itoa(jsonVersion) + ",\n \"tool\": ")
	a.value(struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{"btflint", opts.Version})
	each(&a, "objects", d.Objects, func(o *ObjectDeps) any { return jsonObject{o.Name, o.SHA256} })
	type pair struct {
		object string
		dep    *plan.Dep
	}
	var pairs []pair
	for i := range d.Objects {
		for k := range d.Objects[i].Deps {
			pairs = append(pairs, pair{d.Objects[i].Name, &d.Objects[i].Deps[k]})
		}
	}
	each(&a, "dependencies", pairs, func(p *pair) any { return dependency(p.object, p.dep) })
	each(&a, "errors", d.Errors, func(e *analyzer.RuleError) any { return jsonError(*e) })
	w.WriteString("}\n")
	return a.err
}

func dependency(object string, d *plan.Dep) jsonDep {
	uses := make([]jsonLocation, 0, len(d.Uses))
	for i := range d.Uses {
		uses = append(uses, location(&d.Uses[i]))
	}
	return jsonDep{
		Kind: d.Kind.String(), Name: d.Name, Parent: d.Parent, Module: d.Module, Object: object,
		As: list(d.As), Flavors: list(d.Flavors), Steps: list(d.Steps), Optional: d.Optional,
		Programs: list(d.Programs), Uses: uses, UseCount: d.UseCount,
	}
}

// writeDepsText writes for each object a table per kind, then the totals.
func writeDepsText(w *bufio.Writer, d *Dependencies, opts *Options) error {
	p := printer{Writer: w, color: opts.Color, width: opts.Width}
	for i := range d.Objects {
		o := &d.Objects[i]
		p.sgr(sgrBold, clean(o.Name))
		p.WriteByte('\n')
		if len(o.Deps) == 0 {
			p.WriteString("  nothing\n")
		}
		for from := 0; from < len(o.Deps); {
			to := from + 1
			for to < len(o.Deps) && o.Deps[to].Kind == o.Deps[from].Kind {
				to++
			}
			p.depTable(o.Deps[from:to])
			from = to
		}
		p.WriteByte('\n')
	}
	p.depTotals(d)
	return nil
}

// depTable writes the dependencies of one kind: name, how it is used, by which
// programs, and where. Only what others follow is padded.
func (p *printer) depTable(deps []plan.Dep) {
	p.WriteString("  ")
	p.sgr(sgrCyan, plural(len(deps), deps[0].Kind.String()))
	p.WriteByte('\n')
	rows := make([][4]string, len(deps))
	var widths [4]int
	for i := range deps {
		d := &deps[i]
		rows[i] = [...]string{depName(d), depHow(d), shortList(d.Programs), depPlace(d)}
		for c, cell := range rows[i] {
			widths[c] = max(widths[c], min(utf8.RuneCountInString(cell), maxDepCell))
		}
	}
	for i, row := range rows {
		p.WriteString("   ")
		pad := 1
		for c, text := range row {
			if text != "" {
				p.WriteString(strings.Repeat(" ", pad))
				p.sgr(depColor(c, &deps[i]), text)
				pad = 0
			}
			if widths[c] > 0 {
				pad += max(widths[c]-utf8.RuneCountInString(text), 0) + 2
			}
		}
		p.WriteByte('\n')
	}
}

// maxDepCell is the number of columns to which a cell is padded at most.
const maxDepCell = 48

// depColor is the colour of a column.
func depColor(column int, d *plan.Dep) string {
	switch {
	case column == 0:
		return sgrBold
	case column == 1 && d.Optional:
		return sgrYellow
	}
	return sgrDim
}

// depName is the name with what belongs to it: "mod:f", "task_struct (___old)".
func depName(d *plan.Dep) string {
	name := d.Name
	if d.Module != "" {
		name = d.Module + ":" + name
	}
	if d.Kind == plan.DepEnumerator {
		name += " of " + d.Parent
	}
	if len(d.Flavors) > 0 {
		flavors := make([]string, len(d.Flavors))
		for i, f := range d.Flavors {
			flavors[i] = "___" + f
		}
		name += " (" + shortList(flavors) + ")"
	}
	return clean(name)
}

// depHow says whether it is optional, and in what way it is used.
func depHow(d *plan.Dep) string {
	how := strings.Join(d.As, ", ")
	switch {
	case !d.Optional:
	case how == "":
		how = "optional"
	default:
		how = "optional, " + how
	}
	return clean(how)
}

// depPlace is the source line of the first use that has one, without the file's
// directories, and how many other uses there are.
func depPlace(d *plan.Dep) string {
	i := slices.IndexFunc(d.Uses, func(l bpfobj.Location) bool { return l.Source.File != "" })
	if i < 0 {
		return ""
	}
	src := &d.Uses[i].Source
	text := clean(src.File[strings.LastIndexByte(src.File, '/')+1:])
	if src.Line > 0 {
		text += ":" + itoa(src.Line)
	}
	if d.UseCount > 1 {
		text += " +" + itoa(d.UseCount-1)
	}
	return text
}

// shortList is "a, b +5" of a list: what fits into a cell, but at least one.
func shortList(names []string) string {
	const columns = 32
	text := ""
	for i, name := range names {
		name = clean(name)
		if i > 0 && utf8.RuneCountInString(text)+2+utf8.RuneCountInString(name) > columns {
			return text + " +" + itoa(len(names)-i)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// depTotals counts objects, and dependencies by kind.
func (p *printer) depTotals(d *Dependencies) {
	var kinds []plan.DepKind
	counts := map[plan.DepKind]int{}
	total, optional := 0, 0
	for i := range d.Objects {
		for k := range d.Objects[i].Deps {
			dep := &d.Objects[i].Deps[k]
			if counts[dep.Kind]++; counts[dep.Kind] == 1 {
				kinds = append(kinds, dep.Kind)
			}
			total++
			if dep.Optional {
				optional++
			}
		}
	}
	slices.Sort(kinds)
	text := plural(len(d.Objects), "object") + ", " + depCount(total)
	if optional > 0 {
		text += ", " + itoa(optional) + " optional"
	}
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = plural(counts[k], k.String())
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	p.wrapped(text, 0)
}

func depCount(n int) string {
	if n == 1 {
		return "1 dependency"
	}
	return itoa(n) + " dependencies"
}
