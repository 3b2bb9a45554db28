package rules

import "github.com/btflint/btflint/analyzer"

var ksymRules = []*analyzer.Rule{}
