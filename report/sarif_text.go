package report

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDescription is GitHub's limit for a rule's descriptions, in bytes here.
const maxDescription = 1024

// limit cuts a description to GitHub's limit, at a rune.
func limit(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxDescription {
		return s
	}
	n := maxDescription - len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// linkText escapes the text of a link in a message (SARIF 2.1.0, section 3.11.6).
var linkText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`)

// distinct are the names without repetition, in their order.
func distinct(names []string) []string {
	kept := make([]string, 0, len(names))
	for _, n := range names {
		if !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	return kept
}

// symbolKind is SARIF's word for the kind of a [bpfobj.Location.Symbol].
func symbolKind(symbol string) string {
	kind, name, _ := strings.Cut(symbol, " ")
	switch kind {
	case "struct", "union", "enum":
		if strings.Contains(name, ".") {
			return "member"
		}
		return "type"
	case "type", "typedef":
		return "type"
	case "kfunc", "func", "function", "helper", "program":
		return "function"
	case "ksym", "kconfig", "map", "var", "variable":
		return "variable"
	}
	return ""
}
