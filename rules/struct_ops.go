package rules

import "github.com/btflint/btflint/analyzer"

var structOpsRules = []*analyzer.Rule{}
