package rules

import "github.com/btflint/btflint/analyzer"

var linkageRules = []*analyzer.Rule{}
