// Package usedby limits the difference of two kernels to what objects use, and
// says what it does to them: it joins changes to the dependencies of the objects,
// and those to the findings that the changes cause.
package usedby

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// Set is what objects use of some kernels. It is immutable and safe for
// concurrent use.
type Set struct {
	wants    map[subject][]want
	patterns []want // of functions, "tcp_*"
}

// subject is what a change is about.
type subject struct {
	kind btfdiff.Kind
	name string
}

// want is one dependency of an object, and what of a subject it is about.
type want struct {
	object string
	dep    *plan.Dep
	// part is the member, enumerator or callback; "" for the thing itself.
	part  string
	scope scope
	// limit is the worst that a change can do to the dependency: no more than an
	// addition if the old kernel does not have it, no more than relocatable if the
	// object only asks whether it is there.
	limit btfdiff.Grade
}

// scope is which details matter to a dependency.
type scope uint8

const (
	existence scope = iota // whether it is there at all
	size                   // that, and the size
	anything
)

// New collects what the objects use. Where a path of fields leads depends on
// the types: kernels are those that are compared.
func New(objects []report.ObjectDeps, kernels ...*kernel.Kernel) *Set {
	s := &Set{wants: make(map[subject][]want)}
	announce(objects, kernels)
	for i := range objects {
		raw := recordsRead(objects[i].Deps)
		for k := range objects[i].Deps {
			s.add(objects[i].Name, &objects[i].Deps[k], raw, kernels)
		}
	}
	return s
}

// Match tells whether a change of that subject can concern an object. It is a
// [btfdiff.Options.Match].
func (s *Set) Match(kind btfdiff.Kind, name string) bool {
	return len(s.wants[subject{kind, name}]) > 0 || kind == btfdiff.KindFunc && s.matchesPattern(name)
}

func (s *Set) matchesPattern(name string) bool {
	return slices.ContainsFunc(s.patterns, func(w want) bool { return Glob(w.dep.Name, name) })
}

// wantsOf are the dependencies that a change of a subject can concern.
func (s *Set) wantsOf(sub subject) []want {
	list := s.wants[sub]
	if sub.kind != btfdiff.KindFunc || len(s.patterns) == 0 {
		return list
	}
	list = slices.Clone(list)
	for _, w := range s.patterns {
		if Glob(w.dep.Name, sub.name) {
			list = append(list, w)
		}
	}
	return list
}

// relevant are the dependencies that a change of a difference can concern.
func (s *Set) relevant(d *btfdiff.Diff, sub subject) []want {
	list := s.wantsOf(sub)
	if sub.kind != btfdiff.KindFunc || slices.ContainsFunc(d.Unchecked, func(u btfdiff.Unchecked) bool { return u.Whole && u.Kind == btfdiff.KindKfunc }) {
		return list
	}
	// Kfuncs can be told, and have changes of their own.
	return slices.DeleteFunc(slices.Clone(list), func(w want) bool { return w.dep.Kind == plan.DepKfunc })
}

// Restrict returns the changes that concern an object, each with the details
// that do, who uses it, and the grade that it has for them.
func (s *Set) Restrict(d *btfdiff.Diff) []report.DiffChange {
	var list []report.DiffChange
	for i := range d.Changes {
		change := d.Changes[i]
		c := report.DiffChange{Change: &change}
		if restrict(&c, s.relevant(d, subject{c.Kind, c.Name})) {
			list = append(list, c)
		}
	}
	return list
}

// restrict drops the details that concern none of the wants, and reports whether
// the change still concerns one.
func restrict(c *report.DiffChange, wants []want) bool {
	whole := c.Change.Change != btfdiff.Changed
	var kept []btfdiff.Detail
	uses := make([]report.DiffUse, len(wants))
	byPart := partsOf(wants)
	for _, d := range c.Details {
		keep := whole
		for _, w := range byPart.of(&d) {
			if wants[w].concerns(&d) {
				keep = true
				if wants[w].compiledIn(&d) {
					d.Grade = max(d.Grade, btfdiff.GradeSemantic)
				}
				uses[w].Details = append(uses[w].Details, len(kept))
				uses[w].Grade = max(uses[w].Grade, d.Grade)
			}
		}
		if keep {
			kept = append(kept, d)
		}
	}
	c.Details = kept
	for w := range wants {
		u := uses[w]
		if whole {
			u.Grade = c.Grade
		} else if len(u.Details) == 0 {
			continue
		}
		u.Object, u.Dep, u.Grade = wants[w].object, wants[w].dep, min(u.Grade, wants[w].limit)
		c.UsedBy = append(c.UsedBy, u)
	}
	grade(c)
	return len(c.UsedBy) > 0
}

// parts finds the wants that a detail can concern: an object can use as many
// members of a struct as have changed.
type parts struct {
	all    []int
	whole  []int            // that are about no part
	byHead map[string][]int // by the first member of the path
}

func partsOf(wants []want) parts {
	p := parts{byHead: make(map[string][]int)}
	for i := range wants {
		p.all = append(p.all, i)
		if part := wants[i].part; part == "" {
			p.whole = append(p.whole, i)
		} else {
			p.byHead[head(part)] = append(p.byHead[head(part)], i)
		}
	}
	return p
}

// of are the indexes of the wants that a detail can concern.
func (p *parts) of(d *btfdiff.Detail) []int {
	if d.Subject == "" {
		return p.all
	}
	list := slices.Concat(p.whole, p.byHead[head(d.Subject)])
	if d.What == btfdiff.WhatRenamed {
		if name := head(d.New.String()); name != head(d.Subject) {
			list = append(list, p.byHead[name]...)
		}
	}
	return list
}

// head is the first member of a path.
func head(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

// grade gives a change and its details the grades that they have for the uses.
func grade(c *report.DiffChange) {
	c.Grade = btfdiff.GradeAddition
	used := make([]bool, len(c.Details))
	grades := make([]btfdiff.Grade, len(c.Details))
	for i := range c.UsedBy {
		u := &c.UsedBy[i]
		c.Grade = max(c.Grade, u.Grade)
		for _, k := range u.Details {
			used[k] = true
			grades[k] = max(grades[k], min(c.Details[k].Grade, u.Grade))
		}
	}
	for k := range c.Details {
		if used[k] {
			c.Details[k].Grade = grades[k]
		}
	}
}

// concerns reports whether a detail matters to the dependency.
func (w *want) concerns(d *btfdiff.Detail) bool {
	switch {
	case d.What == btfdiff.WhatModule || d.What == btfdiff.WhatLayout:
		return true
	case d.Subject == "" && w.part != "":
		return d.What == btfdiff.WhatEncoding && w.scope == anything
	case d.Subject == "":
		return w.scope == anything || w.scope == size && d.What == btfdiff.WhatSize
	case w.dep.Kind == plan.DepTracepoint || w.dep.Kind == plan.DepRawTracepoint:
		return w.scope == anything && isEntry(d.Subject) == (w.dep.Kind == plan.DepTracepoint)
	case w.part == "":
		return w.scope == anything
	case !covers(d.Subject, w.part) && !(d.What == btfdiff.WhatRenamed && covers(d.New.String(), w.part)):
		return false
	}
	return w.scope == anything || existential(d.What)
}

// compiledIn reports whether a detail is relocatable, and the object has no
// relocations for it: the program of a tracepoint that has a struct of its own for
// the record reads it at the offsets that it was compiled with, if it reads it. What
// ends a record is found by offsets in the record.
func (w *want) compiledIn(d *btfdiff.Detail) bool {
	return w.dep.Kind == plan.DepTracepoint && d.Grade == btfdiff.GradeRelocatable && isEntry(d.Subject) && d.Subject != "__entry.__data"
}

// isEntry tells the fields of a tracepoint's record from the arguments of its
// function.
func isEntry(subject string) bool { return covers(subject, "__entry") }

// existential tells what decides whether a member or enumerator is there.
func existential(w btfdiff.What) bool {
	return w == btfdiff.WhatAdded || w == btfdiff.WhatRemoved || w == btfdiff.WhatRenamed
}

// covers reports whether one of two paths is, or leads through, the other.
func covers(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && b[:len(a)] == a && (len(a) == len(b) || b[len(a)] == '.')
}
