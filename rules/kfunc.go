package rules

import "github.com/btflint/btflint/analyzer"

var kfuncRules = []*analyzer.Rule{}
