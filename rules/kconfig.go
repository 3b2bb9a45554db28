package rules

import "github.com/btflint/btflint/analyzer"

var kconfigRules = []*analyzer.Rule{}
