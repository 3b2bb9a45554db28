package analyzer

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/comment"
)

// ownFindings are what the engine's own rules report, sorted: what is wrong
// with the suppressions of the run, and which objects are stale.
func (r *run) ownFindings(all []merged) []Finding {
	var list []Finding
	list = append(list, r.invalid(all)...)
	list = append(list, r.unusedComments(all)...)
	list = append(list, r.unusedIgnores(all)...)
	list = append(list, r.unusedKnown(all)...)
	for o := range all {
		list = append(list, all[o].facts.stale...)
	}
	list = slices.DeleteFunc(list, func(f Finding) bool { return r.rule(f.Rule) == nil })
	files := newPaths(&r.opts)
	for i := range list {
		f := &list[i]
		if f.Location.Source.File != f.Location.Object { // no compiler saw a configuration or a baseline
			f.Location.Source.File = files.file(f.Location.Source.File)
		}
		r.override(f)
		for n := range r.opts.Suppress.Ignores {
			if ignore := &r.opts.Suppress.Ignores[n]; f.Suppressed == "" && ignore.suppresses(f, "", "") {
				f.Suppressed, f.SuppressedBy = ignore.Reason, ByIgnore
			}
		}
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(
			strings.Compare(a.Location.Source.File, b.Location.Source.File),
			cmp.Compare(a.Location.Source.Line, b.Location.Source.Line),
			cmp.Compare(a.Location.Source.Column, b.Location.Source.Column),
			naturalCompare(a.Location.Object, b.Location.Object),
			strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Message, b.Message),
		)
	})
	ordinals := map[identity]int{}
	for i := range list {
		id := identityOf(&list[i])
		list[i].Fingerprint = fingerprint(&list[i], ordinals[id])
		ordinals[id]++
	}
	return list
}

// rule is the rule of the run with that name, nil if there is none.
func (r *run) rule(name string) *Rule {
	for _, rule := range r.rules {
		if rule.Name == name {
			return rule
		}
	}
	return nil
}

// invalid reports comments that are none, and ignores whose time is over.
func (r *run) invalid(all []merged) []Finding {
	var list []Finding
	for _, c := range distinct(all) {
		if c.Problem == "" || c.edited != nil {
			continue
		}
		list = append(list, Finding{
			Rule: ruleInvalid.Name, Severity: Error, Location: c.location(),
			Message: "comment suppresses nothing: " + c.Problem, Hint: cmp.Or(c.hint, "write "+comment.Usage),
		})
	}
	for i := range r.opts.Suppress.Ignores {
		if ignore := &r.opts.Suppress.Ignores[i]; ignore.Expired != "" {
			list = append(list, Finding{
				Rule: ruleInvalid.Name, Severity: Warning, Location: ignore.Location,
				Message: "ignore of " + Enumerate(ignore.Rules) + " expired on " + ignore.Expired + ": " + ignore.Reason,
				Hint:    "mend what it is about, or give it another date",
			})
		}
	}
	return list
}

// unusedComments reports comments that no finding of any object needs.
func (r *run) unusedComments(all []merged) []Finding {
	if !r.opts.Suppress.UnusedComments || r.kernels[0] == nil {
		return nil
	}
	judged := r.judged()
	var list []Finding
	for _, c := range distinct(all) {
		if c.Problem != "" || c.edited != nil {
			continue
		}
		unused := slices.DeleteFunc(slices.Clone(c.Rules), func(name string) bool { return c.used[name] || !judged[name] })
		if len(unused) == 0 {
			continue
		}
		f := r.unused("comment", unused, c.location())
		if ext := path.Ext(c.source.File); ext == ".h" || ext == ".hpp" {
			f.Severity = Note
			f.Hint = "remove it, if no other object needs it"
		}
		list = append(list, f)
	}
	return list
}

// unusedIgnores reports rows of the configuration that no finding needs.
func (r *run) unusedIgnores(all []merged) []Finding {
	if !r.opts.Suppress.UnusedIgnores || r.kernels[0] == nil {
		return nil
	}
	judged := r.judged()
	var list []Finding
	for i := range r.opts.Suppress.Ignores {
		ignore := &r.opts.Suppress.Ignores[i]
		used := slices.ContainsFunc(all, func(m merged) bool { return m.suppressor != nil && m.suppressor.usedIgnores[i] })
		// Of an ignore of several rules only the whole is judged.
		if used || ignore.Expired != "" || slices.ContainsFunc(ignore.Rules, func(name string) bool { return !judged[name] }) {
			continue
		}
		list = append(list, r.unused("ignore", ignore.Rules, ignore.Location))
	}
	return list
}

// unused is the finding that something suppresses nothing on any target.
func (r *run) unused(what string, rules []string, place bpfobj.Location) Finding {
	f := Finding{
		Rule: ruleUnused.Name, Severity: Warning, Location: place,
		Message: what + " suppresses nothing: no finding of " + Enumerate(rules),
		Hint:    "remove it",
	}
	for _, k := range r.kernels {
		f.Kernels = append(f.Kernels, k.Name)
	}
	for _, l := range r.loaders {
		f.Loaders = append(f.Loaders, l.Name)
	}
	return f
}

// unusedKnown reports how many entries of the baseline are no longer needed,
// of those that this run can tell of.
func (r *run) unusedKnown(all []merged) []Finding {
	entries := r.opts.Suppress.Baseline
	if len(entries) == 0 {
		return nil
	}
	judged := r.judged()
	objects, kernels, loaders := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, obj := range r.objects {
		objects[obj.Name] = true
	}
	for _, k := range r.kernels {
		if k != nil {
			kernels[k.Name] = true
		}
	}
	for _, l := range r.loaders {
		loaders[l.Name] = true
	}
	within := func(names []string, set map[string]bool) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !set[n] })
	}
	first, n := -1, 0
	for i := range entries {
		e := &entries[i]
		used := slices.ContainsFunc(all, func(m merged) bool { return m.suppressor != nil && m.suppressor.usedKnown[i] })
		if used || !judged[e.Rule] || !objects[e.Object] || !within(e.Kernels, kernels) || !within(e.Loaders, loaders) {
			continue
		}
		if n++; first < 0 {
			first = i
		}
	}
	if n == 0 {
		return nil
	}
	return []Finding{{
		Rule: ruleUnused.Name, Severity: Warning, Location: entries[first].Location,
		Message: "baseline has entries that no finding needs: " + strconv.Itoa(n) + " of " + strconv.Itoa(len(entries)) +
			", the first " + entries[first].Rule + " in " + entries[first].Object,
		Hint: "write it again with --write-baseline",
	}}
}

// judged are the rules that were run wherever they had something to look at.
// With an error nothing is certain.
func (r *run) judged() map[string]bool {
	judged := map[string]bool{}
	if len(r.errors) > 0 {
		return judged
	}
	for _, rule := range r.rules {
		judged[rule.Name] = rule.Run != nil
	}
	for i := range r.results {
		for _, skipped := range r.results[i].skipped {
			judged[r.rules[skipped].Name] = false
		}
		if len(r.results[i].errors) > 0 {
			return map[string]bool{}
		}
	}
	return judged
}

// distinct are the comments of all objects, each once: objects share headers.
// What one object needs is used.
func distinct(all []merged) []*note {
	type place struct {
		file         string
		line, column int
		problem      string
	}
	seen := map[place]*note{}
	var list []*note
	for o := range all {
		for _, c := range all[o].facts.notes {
			at := place{c.source.File, c.source.Line, c.source.Column, c.Problem}
			if other := seen[at]; other != nil {
				if c.edited == nil {
					other.edited = nil
				}
				for name := range c.used {
					other.used[name] = true
				}
				continue
			}
			kept := *c
			kept.used = map[string]bool{}
			for name := range c.used {
				kept.used[name] = true
			}
			kept.object = all[o].object
			seen[at] = &kept
			list = append(list, &kept)
		}
	}
	return list
}

// location is where the comment is.
func (n *note) location() bpfobj.Location {
	return bpfobj.Location{Object: n.object, Insn: -1, Source: n.source}
}
