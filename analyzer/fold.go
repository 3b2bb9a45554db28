package analyzer

import (
	"slices"
	"strings"
)

// membership says whose findings a piece holds: those of a group with a set of
// loaders.
type membership struct {
	group   *group
	loaders uint64
}

// foldHints joins findings that say the same of the same kernels with different
// loaders and know different ways out: one finding with all hints. pieces are
// sorted, so that findings alike but for loaders and hint lie side by side.
func (r *run) foldHints(pieces []*piece) []*piece {
	kept := pieces[:0]
	for _, p := range pieces {
		joined := false
		for i := len(kept) - 1; i >= 0 && kept[i].sameLine(p) && !joined; i-- {
			if joined = kept[i].sameButHint(p); joined {
				kept[i].members = append(kept[i].members, p.members...)
			}
		}
		if !joined {
			kept = append(kept, p)
		}
	}
	for _, p := range kept {
		if len(p.members) > 1 {
			r.joinHints(p)
		}
	}
	return kept
}

// sameLine reports whether two pieces have the same first line in a report.
func (p *piece) sameLine(q *piece) bool {
	return p.Location == q.Location && p.Rule == q.Rule && p.Message == q.Message
}

// sameButHint reports whether two pieces with the same first line differ in
// nothing but their hints and their loaders, none of which they share.
func (p *piece) sameButHint(q *piece) bool {
	for _, m := range p.members {
		if m.loaders&q.loaders != 0 {
			return false
		}
	}
	return p.Severity == q.Severity && p.Optional == q.Optional && p.Stage == q.Stage && p.DependsOn == q.DependsOn && p.Suppressed == q.Suppressed && p.SuppressedBy == q.SuppressedBy &&
		p.Fingerprint == q.Fingerprint && p.group.related == q.group.related && slices.Equal(p.kernels, q.kernels)
}

// joinHints gives a piece the loaders, hints and scopes of all its members.
// Hints name their loaders: "libbpf: do this; cilium: do that".
func (r *run) joinHints(p *piece) {
	var all uint64
	var hints []string
	for _, m := range p.members {
		all |= m.loaders
		p.Scope = union(p.Scope, m.group.scope)
		loaders := r.loaderNames(m.loaders)
		if hint := fillIn(m.group.finding.Hint, p.kernelsText(), loaders); hint != "" {
			hints = append(hints, strings.Join(loaders, ", ")+": "+hint)
		}
	}
	p.Loaders, p.Hint = r.loaderNames(all), strings.Join(hints, "; ")
}
