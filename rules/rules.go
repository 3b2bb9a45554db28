// Package rules is the catalogue: one file per family, each rule a value with
// its documentation. Rules read the plan and know no report format.
package rules

import (
	"slices"

	"github.com/btflint/btflint/analyzer"
)

// All returns every rule, sorted by name. The rules are shared and immutable.
func All() []*analyzer.Rule {
	all := slices.Concat(
		linkageRules,
		structOpsRules,
		structOpsRegisterRules,
		shadowRules,
		kfuncRules,
		kfuncContextRules,
		contextRules,
		ksymRules,
		kconfigRules,
		attachRules,
		programRules,
		flagRules,
		mapRules,
		loaderRules,
		lskelRules,
		featureRules,
		sectionRules,
		coreRules,
	)
	slices.SortFunc(all, func(a, b *analyzer.Rule) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}
