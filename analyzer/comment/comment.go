// Package comment reads from C sources the comments that are meant for btflint:
//
//	x = t->state; /* btflint: ignore=core-field-missing only old kernels have it */
//
// It reads single lines, as the line records of an object hold them, and whole
// files, where a comment may also stand above the line that it is about. It
// knows no rule: whether a rule of that name exists is the caller's question.
package comment

import (
	"strings"
)

// Marker starts the text of a comment that is meant for btflint.
const Marker = "btflint:"

const keyword = "ignore"

// Ignore is a comment that suppresses findings, or was meant to.
type Ignore struct {
	Rules []string // as written, at least one unless Problem says so
	// Reason is why the findings are suppressed, without line ends.
	Reason string
	// Line and Column are where [Marker] is, from 1; Column counts bytes.
	Line, Column int
	// From and To are the first and the last line that the comment is about.
	// Both are 0 if no code follows a comment that stands alone.
	From, To int
	// Problem says why it suppresses nothing, "" if it does.
	Problem string
}

// Covers reports whether the comment is about the line.
func (i *Ignore) Covers(line int) bool { return i.From <= line && line <= i.To && line > 0 }

// Usage is what a comment has to look like.
const Usage = "/* btflint: ignore=RULE[,RULE] reason */"

// parse reads the text of a comment without its delimiters. ok is false for a
// comment that is not meant for btflint: one that does not start with
// [Marker], or goes on in prose. at is where the marker is in text.
func parse(text string) (i Ignore, at int, ok bool) {
	body := strings.TrimLeft(text, " \t\r\n*/!<")
	at = len(text) - len(body)
	body, ok = strings.CutPrefix(body, Marker)
	if !ok {
		return i, 0, false
	}
	body = strings.TrimSpace(body)
	word := body
	if end := strings.IndexFunc(body, func(r rune) bool { return !isName(r) }); end >= 0 {
		word = body[:end]
	}
	rest, assigned := strings.CutPrefix(strings.TrimLeft(body[len(word):], " \t"), "=")
	switch {
	case word == keyword && assigned:
	case word == keyword || assigned:
		i.Problem = "it is not of the form \"" + Usage + "\""
		return i, at, true
	default:
		return i, 0, false
	}
	i.Rules, i.Reason = cutRules(rest)
	switch {
	case len(i.Rules) == 0:
		i.Problem = "it names no rule"
	case i.Reason == "":
		i.Problem = "it gives no reason"
	}
	return i, at, true
}

// cutRules splits "RULE[, RULE] reason". A comma continues the list.
func cutRules(text string) (rules []string, reason string) {
	for {
		text = strings.TrimLeft(text, " \t\r\n*") // also the star of a block comment's next line
		end := strings.IndexFunc(text, func(r rune) bool { return !isName(r) })
		if end < 0 {
			end = len(text)
		}
		if end == 0 {
			break
		}
		rules = append(rules, text[:end])
		next, more := strings.CutPrefix(strings.TrimLeft(text[end:], " \t"), ",")
		if text = text[end:]; !more {
			break
		}
		text = next
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	// The star that starts the lines of a block comment, and dashes between the
	// rules and the reason, are no words of it.
	kept := words[:0]
	for n, w := range words {
		if w == "*" || n == 0 && strings.Trim(w, "-–—:") == "" {
			continue
		}
		kept = append(kept, w)
	}
	return rules, strings.Join(kept, " ")
}

// isName reports a character of a rule's name or of an alias.
func isName(r rune) bool {
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// InLine reads the comments of a single line, which is line of its file. The
// end of a comment may be missing.
func InLine(text string, line int) []Ignore {
	if !strings.Contains(text, Marker) {
		return nil
	}
	f := Parse([]byte(text))
	for i := range f.Ignores {
		f.Ignores[i].Line, f.Ignores[i].From, f.Ignores[i].To = line, line, line
	}
	return f.Ignores
}
