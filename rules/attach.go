package rules

import "github.com/btflint/btflint/analyzer"

var attachRules = []*analyzer.Rule{}
