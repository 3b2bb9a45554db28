package rules

import "github.com/btflint/btflint/analyzer"

var featureRules = []*analyzer.Rule{}
