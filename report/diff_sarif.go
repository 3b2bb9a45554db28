package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
)

// changeRules are what SARIF calls the grades of changes that cause no finding,
// by grade: code scanning wants a rule for every result.
func changeRules() []*analyzer.Rule {
	return []*analyzer.Rule{
		btfdiff.GradeAddition:    changeRule(btfdiff.GradeAddition, analyzer.Note, "the kernel now has what the object uses"),
		btfdiff.GradeRelocatable: changeRule(btfdiff.GradeRelocatable, analyzer.Note, "what the object uses changed in a way that CO-RE absorbs"),
		btfdiff.GradeSemantic:    changeRule(btfdiff.GradeSemantic, analyzer.Warning, "what the object uses may mean something else"),
		btfdiff.GradeBreaks:      changeRule(btfdiff.GradeBreaks, analyzer.Warning, "what the object uses is gone or another thing"),
	}
}

func changeRule(g btfdiff.Grade, s analyzer.Severity, title string) *analyzer.Rule {
	return &analyzer.Rule{
		Name: "kernel-change-" + g.String(), Severity: s,
		Doc: analyzer.Doc{
			Title: title,
			Why: "Two kernels were compared. Grade " + g.String() + ": " + gradeMeanings[g] + ".\n\n" +
				"The check of the object on the new kernel has no finding for this use that it did not have before.",
			Fix: "Look at the use; a CO-RE guard (bpf_core_field_exists, bpf_core_type_exists) serves both kernels.",
		},
	}
}

// writeDiffSARIF writes a result for every new finding, with the change that
// causes it, and for every source line that uses something that changed and has
// no new finding. Code scanning opens an alert for each: what nobody has to act
// upon is left out unless notes are asked for.
func writeDiffSARIF(w *bufio.Writer, d *Diff, opts *Options) error {
	return writeSARIF(w, diffReport(d, opts), opts)
}

// diffReport is the difference as findings of a run.
func diffReport(d *Diff, opts *Options) *analyzer.Report {
	graded := changeRules()
	r := &analyzer.Report{
		Objects: d.Objects, Kernels: []analyzer.KernelInfo{d.Old, d.New}, Errors: d.Errors,
		Rules: slices.Concat(d.Rules, graded), Skips: slices.Clone(d.Skips),
	}
	causes := make(map[int][]string)
	var uses []analyzer.Finding
	for i := range d.Changes {
		c := &d.Changes[i]
		for k := range c.UsedBy {
			u := &c.UsedBy[k]
			explained := false
			for _, f := range u.Findings {
				if d.isNew(&d.Findings[f]) {
					explained = true
					causes[f] = append(causes[f], changeText(c, u))
				}
			}
			if !explained && (graded[u.Grade].Severity > analyzer.Note || opts.ShowNotes) {
				uses = append(uses, useFindings(d, c, u, graded[u.Grade])...)
			}
		}
	}
	for i := range d.Findings {
		f := d.Findings[i]
		if !d.isNew(&f) || !opts.shown(&f) {
			continue
		}
		if because := slices.Compact(causes[i]); len(because) > 0 {
			f.Message += "; " + d.Old.Name + " → " + d.New.Name + ": " + strings.Join(because, "; ")
		}
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings, uses...)
	numberFindings(r.Findings[len(r.Findings)-len(uses):])
	for i := range d.Unchecked {
		r.Skips = append(r.Skips, analyzer.Skip{Reason: d.Unchecked[i].Text})
	}
	return r
}

// maxCauses is how many details of a change are told about a use.
const maxCauses = 3

// changeText is what of a change matters to a use, in one line: `struct
// task_struct: "state" renamed to "__state"`.
func changeText(c *DiffChange, u *DiffUse) string {
	texts := []string{}
	if c.Change.Change != btfdiff.Changed {
		texts = append(texts, c.Change.Change.String())
	}
	for n, i := range u.Details {
		if n == maxCauses {
			texts = append(texts, itoa(len(u.Details)-n)+" more")
			break
		}
		texts = append(texts, c.Details[i].Text())
	}
	return c.Kind.String() + " " + c.Name + ": " + strings.Join(texts, ", ")
}

// useFindings are the lines of a use as findings of the rule of its grade.
func useFindings(d *Diff, c *DiffChange, u *DiffUse, rule *analyzer.Rule) []analyzer.Finding {
	places := u.Dep.Uses
	if len(places) == 0 {
		places = []bpfobj.Location{{Object: u.Object, Insn: -1}}
	}
	list := make([]analyzer.Finding, len(places))
	for i, at := range places {
		at.Symbol = u.Dep.Kind.String() + " " + u.Dep.Name
		list[i] = analyzer.Finding{
			Rule: rule.Name, Severity: rule.Severity, Stage: plan.StageLoad, Location: at,
			Message: changeText(c, u) + " (" + d.Old.Name + " → " + d.New.Name + ")",
			Kernels: []string{d.New.Name},
		}
	}
	return list
}

// numberFindings gives findings their fingerprints: rule, object, function, what
// is used, and the source text, numbered where they are the same.
func numberFindings(list []analyzer.Finding) {
	seen := make(map[string]int, len(list))
	for i := range list {
		f := &list[i]
		object := f.Location.Object[strings.LastIndexAny(f.Location.Object, `/\`)+1:]
		id := strings.Join([]string{f.Rule, object, f.Location.Program, f.Location.Symbol, strings.TrimSpace(f.Location.Source.Text)}, "\x00")
		sum := sha256.Sum256([]byte(id + "\x00" + strconv.Itoa(seen[id])))
		seen[id]++
		f.Fingerprint = hex.EncodeToString(sum[:16])
	}
}
