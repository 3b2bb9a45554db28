package report

import (
	"bufio"
	"encoding/json"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/btfdiff"
)

type jsonDetail struct {
	Grade   string `json:"grade"`
	What    string `json:"what"`
	Subject string `json:"subject"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Layout  int    `json:"layout"`
	Text    string `json:"text"`
}

type jsonUse struct {
	jsonDep
	Grade    string `json:"grade"`
	Details  []int  `json:"details"`
	Findings []int  `json:"findings"`
}

type jsonChange struct {
	Kind      string       `json:"kind"`
	Name      string       `json:"name"`
	Change    string       `json:"change"`
	Grade     string       `json:"grade"`
	OldModule string       `json:"oldModule"`
	NewModule string       `json:"newModule"`
	Details   []jsonDetail `json:"details"`
	UsedBy    []jsonUse    `json:"used_by"`
}

type jsonCount struct {
	Kind        string `json:"kind"` // "" for all
	Total       int    `json:"total"`
	Added       int    `json:"added"`
	Removed     int    `json:"removed"`
	Changed     int    `json:"changed"`
	Breaks      int    `json:"breaks"`
	Semantic    int    `json:"semantic"`
	Relocatable int    `json:"relocatable"`
	Addition    int    `json:"addition"`
}

type jsonUnchecked struct {
	Kind  string `json:"kind"`
	Whole bool   `json:"whole"`
	Text  string `json:"text"`
}

// writeDiffJSON writes version 1 of docs/diff-schema.json, one line per element.
func writeDiffJSON(w *bufio.Writer, d *Diff, opts *Options) error {
	a := arrays{w: w}
	a.head(opts)
	each(&a, "kernels", []analyzer.KernelInfo{d.Old, d.New}, jsonKernelOf)
	each(&a, "objects", d.Objects, func(o *analyzer.ObjectInfo) any { return jsonObject{o.Name, o.Digest()} })
	all, kinds := d.count()
	each(&a, "counts", kinds, func(n *diffCount) any { return countOf(n, n.kind.String()) })
	w.WriteString(",\n \"total\": ")
	a.value(countOf(&all, ""))
	each(&a, "changes", d.Changes, func(c *DiffChange) any {
		change := jsonChangeOf(c.Change)
		for i := range c.UsedBy {
			u := &c.UsedBy[i]
			change.UsedBy = append(change.UsedBy, jsonUse{dependency(u.Object, u.Dep), u.Grade.String(), list(u.Details), list(u.Findings)})
		}
		return change
	})
	each(&a, "findings", d.Findings, func(f *analyzer.Finding) any { return finding(f) })
	each(&a, "skips", d.Skips, func(s *analyzer.Skip) any {
		return jsonSkip{s.Object, s.Kernel, s.Loader, s.Rule, list(s.Rules), s.Reason}
	})
	each(&a, "unchecked", d.Unchecked, func(u *btfdiff.Unchecked) any { return jsonUnchecked{u.Kind.String(), u.Whole, u.Text} })
	each(&a, "errors", d.Errors, func(e *analyzer.RuleError) any { return jsonError(*e) })
	w.WriteString("}\n")
	return a.err
}

// head starts the top object: version and tool.
func (a *arrays) head(opts *Options) {
	a.enc = json.NewEncoder(&a.buf)
	a.enc.SetEscapeHTML(false)
	a.w.WriteString(`{"version": ` + itoa(jsonVersion) + ",\n \"tool\": ")
	a.value(planTool{"btflint", opts.Version})
}

func jsonKernelOf(k *analyzer.KernelInfo) any {
	return jsonKernel{k.Name, k.Release, k.Arch, list(k.Unknown), list(k.Notes)}
}

func countOf(n *diffCount, kind string) jsonCount {
	return jsonCount{
		Kind: kind, Total: n.total, Added: n.added, Removed: n.removed, Changed: n.changed,
		Breaks: n.grades[btfdiff.GradeBreaks], Semantic: n.grades[btfdiff.GradeSemantic],
		Relocatable: n.grades[btfdiff.GradeRelocatable], Addition: n.grades[btfdiff.GradeAddition],
	}
}

// jsonChangeOf is a change without its uses.
func jsonChangeOf(c *btfdiff.Change) jsonChange {
	details := make([]jsonDetail, len(c.Details))
	for i := range c.Details {
		x := &c.Details[i]
		details[i] = jsonDetail{
			Grade: x.Grade.String(), What: x.What.String(), Subject: x.Subject,
			Old: x.Old.String(), New: x.New.String(), Layout: int(x.Layout), Text: x.Text(),
		}
	}
	old, new := c.Modules.Both()
	return jsonChange{
		Kind: c.Kind.String(), Name: c.Name, Change: c.Change.String(), Grade: c.Grade.String(),
		OldModule: old, NewModule: new, Details: details, UsedBy: []jsonUse{},
	}
}
