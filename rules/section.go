package rules

import "github.com/btflint/btflint/analyzer"

var sectionRules = []*analyzer.Rule{}
