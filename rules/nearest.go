package rules

import (
	"fmt"
	"iter"
	"strings"

	"github.com/btflint/btflint/analyzer/plan"
)

// maxNearName bounds the names that are compared, in bytes.
const maxNearName = 128

// nearest returns the name that another one is a misspelling of: at most limit
// edits away, fewer for names of less than five letters; "" if there is none.
// Case does not count.
func nearest(name string, limit int, names iter.Seq[string]) string {
	limit = min(limit, (len(name)-1)/2)
	if len(name) > maxNearName {
		return ""
	}
	lower, found, least := strings.ToLower(name), "", limit+1
	for n := range names {
		if n == name || n == "" || len(n)-len(name) > least || len(name)-len(n) > least {
			continue
		}
		if d := edits(lower, strings.ToLower(n), least); d < least || d == least && d <= limit && n < found {
			found, least = n, d
		}
	}
	return found
}

// edits counts the insertions, deletions, substitutions and swaps of neighbours
// that turn a into b, which has at most maxNearName+2 bytes. It gives up beyond limit.
func edits(a, b string, limit int) int {
	var rows [3][maxNearName + 8]int
	if len(b) >= len(rows[0]) {
		return limit + 1
	}
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// didYouMean puts the name that was meant, if one is known, before a hint.
func didYouMean(name, hint string) string {
	if name == "" {
		return hint
	}
	question := fmt.Sprintf("did you mean %q?", name)
	if hint == "" {
		return question
	}
	return question + " if not, " + hint
}

// nearestSection is the section that a misspelled one stands for. A section
// that some loader knows is not misspelled.
func nearestSection(p *plan.Plan, section string) string {
	head, rest, slash := strings.Cut(section, "/")
	for _, l := range plan.Loaders {
		for i := range l.Sections {
			if def := &l.Sections[i]; def.Name == section || def.Slash && def.Name == head {
				return ""
			}
		}
	}
	whole := nearest(section, 2, func(yield func(string) bool) {
		for i := range p.Loader.Sections {
			if !yield(p.Loader.Sections[i].Name) {
				return
			}
		}
	})
	if whole != "" || !slash {
		return whole
	}
	name := nearest(head, 2, func(yield func(string) bool) {
		for i := range p.Loader.Sections {
			if def := &p.Loader.Sections[i]; def.Slash && !yield(def.Name) {
				return
			}
		}
	})
	if name == "" {
		return ""
	}
	return name + "/" + rest
}

// nearestMember is the kernel's member that a misspelled one of a struct_ops
// variable stands for. One that the variable's struct has too is another.
func nearestMember(b *plan.StructOpsBinding, name string) string {
	own := make(map[string]bool, len(b.Map.Members))
	for i := range b.Map.Members {
		own[b.Map.Members[i].Name] = true
	}
	return nearest(name, 2, func(yield func(string) bool) {
		for i := range b.Types.Vlen(b.KernelType) {
			if m := b.Types.Member(b.KernelType, i).Name; !own[m] && !yield(m) {
				return
			}
		}
	})
}
