package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer"
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

// plain is text without links: a name in an object must not be one. Only what
// would be taken for a link is escaped, since viewers show escapes elsewhere.
func plain(s string) string {
	if !strings.Contains(s, "](") {
		return s
	}
	return linkText.Replace(s)
}

// maxMessageLines bounds a result's message. GitHub shows the first lines.
const maxMessageLines = 20

// messageLines are the lines of the message of a result that stands for several
// findings.
type messageLines struct {
	lines []string
	said  map[string]bool // message and hint of findings
	left  int
}

// add adds the line of a finding, unless one says the same of another object.
func (m *messageLines) add(f *analyzer.Finding, line string) {
	key := f.Message + "\x00" + f.Hint
	switch {
	case m.said[key]:
		return
	case len(m.lines) == maxMessageLines:
		m.left++
		return
	case m.said == nil:
		m.said = map[string]bool{}
	}
	m.said[key] = true
	m.lines = append(m.lines, line)
}

// text is the message.
func (m *messageLines) text() string {
	if m.left > 0 {
		return strings.Join(m.lines, "\n") + "\nAnd " + itoa(m.left) + " more of this rule on this line."
	}
	return strings.Join(m.lines, "\n")
}

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
