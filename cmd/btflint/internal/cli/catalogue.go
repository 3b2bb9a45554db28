package cli

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/rules"
)

// catalogue are all rules that a run may have, sorted by name: those about
// objects, and those of the engine itself.
func catalogue() []*analyzer.Rule {
	all := slices.Concat(rules.All(), analyzer.OwnRules())
	slices.SortFunc(all, func(a, b *analyzer.Rule) int { return strings.Compare(a.Name, b.Name) })
	return all
}
