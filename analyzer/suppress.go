package analyzer

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Suppressions say which findings are known and not to be reported. A
// suppressed finding stays in the report, with [Finding.Suppressed] set, and
// verdicts are what they would be without: an object that is refused is
// refused, whoever knows it.
type Suppressions struct {
	// Comments tells to obey comments like
	//
	//	/* btflint: ignore=RULE[,RULE] reason */
	//
	// in the lines that the object's line records hold, and in the source files
	// that [Options.Sources] finds. The default is not to.
	Comments bool
	// Ignores are the rows of a configuration. The default is none.
	Ignores []Ignore
	// Baseline are findings known from an earlier run. The default is none.
	Baseline []Known
	// Catalogue are all rules that comments may name. The default is the
	// rules of the run.
	Catalogue []*Rule
	// UnusedComments and UnusedIgnores tell to report what suppresses nothing:
	// the run covers all kernels and loaders that they are meant for, and for
	// ignores all objects. The default is not to.
	UnusedComments, UnusedIgnores bool
}

// What [Finding.SuppressedBy] says.
const (
	ByComment  = "comment"  // a comment in the source
	ByIgnore   = "config"   // a row of the configuration
	ByBaseline = "baseline" // an entry of the baseline
)

// Ignore suppresses the findings of rules that it matches.
type Ignore struct {
	Rules []string // names of rules, no aliases
	// Matches tells whether a finding is meant, on a kernel with a loader. The
	// finding's source file is as reports show it. The default, nil, is yes.
	Matches func(f *Finding, kernel, loader string) bool
	Reason  string // not empty
	// Expired is the date, as written, up to which it suppressed; "" if it
	// still does.
	Expired string
	// Location is where it is written.
	Location bpfobj.Location
}

// Known is an entry of a baseline: a finding of an earlier run.
type Known struct {
	Fingerprint, Rule, Object string
	// Severity is the weight that the finding had. One that weighs more now
	// is news.
	Severity Severity
	// Kernels and Loaders are those for which it is known; empty for any.
	Kernels, Loaders []string
	Reason           string // not empty
	// Location is where the entry is written.
	Location bpfobj.Location
}

// covers reports whether the entry is about the finding of its fingerprint.
func (e *Known) covers(f *Finding, kernel, loader string) bool {
	return f.Rule == e.Rule && f.Weight() <= e.Severity &&
		(len(e.Kernels) == 0 || slices.Contains(e.Kernels, kernel)) &&
		(len(e.Loaders) == 0 || slices.Contains(e.Loaders, loader))
}

// label is why a finding is suppressed; the zero value is a finding that is not.
type label struct{ by, reason string }

// suppressor suppresses findings of one object.
type suppressor struct {
	run      *run
	files    *paths
	comments []*note
	known    map[string][]int // indexes into the baseline by fingerprint
	// usedIgnores and usedKnown are what has suppressed a finding, by index; an
	// entry of the baseline that suppressed notes alone is not used.
	usedIgnores, usedKnown []bool
}

// newSuppressor returns nil if nothing could be suppressed.
func (r *run) newSuppressor(comments []*note, files *paths) *suppressor {
	s := &r.opts.Suppress
	if len(comments) == 0 && len(s.Ignores) == 0 && len(s.Baseline) == 0 {
		return nil
	}
	return &suppressor{
		run: r, files: files, comments: comments, known: r.known,
		usedIgnores: make([]bool, len(s.Ignores)), usedKnown: make([]bool, len(s.Baseline)),
	}
}

// apply splits groups by what suppresses them, and has every finding of every
// target in its new group.
func (s *suppressor) apply(order []*group, ofTargets [][]*group) []*group {
	var out []*group
	for _, g := range order {
		g.variants = s.variants(g)
		out = append(out, g.variants...)
	}
	loaders := len(s.run.loaders)
	for target, groups := range ofTargets {
		for i, g := range groups {
			for _, v := range g.variants {
				if v.holds(target/loaders, target%loaders) {
					groups[i] = v
				}
			}
		}
	}
	return out
}

// variants divides a group into one for each label.
func (s *suppressor) variants(g *group) []*group {
	shown := *g.finding // as reports show it
	shown.Location.Source.File = s.files.file(shown.Location.Source.File)
	print := ""
	if len(s.known) > 0 {
		print = fingerprint(g.finding, g.ordinal)
	}
	var list []*group
	for _, c := range g.cells {
		for l, loader := range s.run.loaders {
			if c.loaders&(1<<l) == 0 {
				continue
			}
			kernel := ""
			if k := s.run.kernels[c.kernel]; k != nil {
				kernel = k.Name
			}
			why := s.label(g.finding, &shown, print, kernel, loader.Name)
			i := slices.IndexFunc(list, func(v *group) bool { return v.label == why })
			if i < 0 {
				i = len(list)
				list = append(list, &group{finding: g.finding, related: g.related, scope: g.scope, ordinal: g.ordinal, label: why})
			}
			list[i].add(c.kernel, l)
		}
	}
	return list
}

// label is why a finding is suppressed on a target. Everything that suppresses
// it is used, the first gives the reason: what stands nearest to the code.
func (s *suppressor) label(f, shown *Finding, print, kernel, loader string) label {
	var why label
	first := func(by, reason string) {
		if why.reason == "" {
			why = label{by, reason}
		}
	}
	for _, c := range s.comments {
		if c.suppresses(f) {
			first(ByComment, c.Reason)
		}
	}
	for i := range s.run.opts.Suppress.Ignores {
		if ignore := &s.run.opts.Suppress.Ignores[i]; ignore.suppresses(shown, kernel, loader) {
			s.usedIgnores[i] = true
			first(ByIgnore, ignore.Reason)
		}
	}
	for _, i := range s.known[print] {
		if entry := &s.run.opts.Suppress.Baseline[i]; entry.covers(f, kernel, loader) {
			if f.Weight() > Note { // no baseline is written for notes
				s.usedKnown[i] = true
			}
			first(ByBaseline, entry.Reason)
		}
	}
	return why
}

func (i *Ignore) suppresses(f *Finding, kernel, loader string) bool {
	return i.Expired == "" && slices.Contains(i.Rules, f.Rule) && (i.Matches == nil || i.Matches(f, kernel, loader))
}

// holds reports whether the group's finding holds on a kernel with a loader.
func (g *group) holds(k, l int) bool {
	for _, c := range g.cells {
		if c.kernel == k {
			return c.loaders&(1<<l) != 0
		}
	}
	return false
}

// byFingerprint are the indexes of entries by their fingerprint.
func byFingerprint(entries []Known) map[string][]int {
	if len(entries) == 0 {
		return nil
	}
	index := make(map[string][]int, len(entries))
	for i := range entries {
		index[entries[i].Fingerprint] = append(index[entries[i].Fingerprint], i)
	}
	return index
}
