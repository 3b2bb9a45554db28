package rulefile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Want is one wanted finding:
//
//	code; // want "re" `re`                 findings at this line, in any order
//	code; // want[old,cilium] "re"          only on kernel old with loader cilium
//	code; // want[old] "re" want[modern] "re"
//	// want map events: "re"                a finding without a line, by its symbol
//	// want map events: "re" map other: "re"
//
// A regular expression matches "severity: message" anywhere.
type Want struct {
	Line int // of the comment
	// Subject names what a finding without a line is about, "" for a finding
	// at the line: its symbol ("map events"), "program NAME" or "object".
	Subject string
	// Targets are the kernels and loaders to which the want is limited; empty: all.
	Targets []string
	Regexp  *regexp.Regexp
}

// Applies reports whether the want is for that kernel and loader. Names of
// kernels limit kernels, names of loaders limit loaders.
func (w *Want) Applies(f *File, kernel, loader string) bool {
	return limits(w.Targets, f.Kernels, kernel) && limits(w.Targets, f.Loaders, loader)
}

// limits reports whether name is allowed: it is listed, or the list names none
// of its family.
func limits(targets, family []string, name string) bool {
	if slices.Contains(targets, name) {
		return true
	}
	return !slices.ContainsFunc(targets, func(t string) bool { return slices.Contains(family, t) })
}

const wantMark = "// want"

// cutWant splits a line at its want comment.
func cutWant(line string) (code, want string, found bool) {
	i := strings.LastIndex(line, wantMark+" ")
	if j := strings.Index(line, wantMark+"["); j >= 0 && (i < 0 || j < i) {
		i = j
	}
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+len("// "):], true
}

// WithoutWant is the line without its want comment.
func WithoutWant(line string) string {
	code, _, found := cutWant(line)
	if !found {
		return line
	}
	return strings.TrimRight(code, " \t")
}

// parseWants reads the want comment of a line, if it has one.
func parseWants(line string, number int) ([]Want, error) {
	_, text, found := cutWant(line)
	if !found {
		return nil, nil
	}
	var list []Want
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		rest, ok := strings.CutPrefix(text, "want")
		if !ok {
			return nil, fmt.Errorf("want comment: unexpected %q", text)
		}
		wants, rest, err := parseClause(rest, number)
		if err != nil {
			return nil, err
		}
		list, text = append(list, wants...), rest
	}
	return list, nil
}

// parseClause reads what follows the word want: targets, then expressions,
// with or without subjects.
func parseClause(text string, number int) (wants []Want, rest string, err error) {
	w := Want{Line: number}
	if targets, after, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(text, "[") {
		for target := range strings.SplitSeq(targets[1:], ",") {
			w.Targets = append(w.Targets, strings.TrimSpace(target))
		}
		text = after
	}
	for text = strings.TrimSpace(text); text != "" && !strings.HasPrefix(text, "want"); text = strings.TrimSpace(text) {
		if text, err = w.parseItem(text); err != nil {
			return nil, "", err
		}
		if w.Regexp != nil {
			wants = append(wants, w)
			w.Regexp = nil
		}
	}
	if wants == nil {
		return nil, "", errors.New("want comment without an expression")
	}
	return wants, text, nil
}

// parseItem reads a subject or an expression into w and returns what follows.
func (w *Want) parseItem(text string) (rest string, err error) {
	if i := strings.IndexAny(text, "\"`"); i != 0 {
		subject, ok := strings.CutSuffix(strings.TrimSpace(text[:max(i, 0)]), ":")
		if !ok {
			return "", fmt.Errorf("want comment: %q: want SUBJECT NAME: or an expression", text)
		}
		w.Subject = subject
		return text[i:], nil
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", fmt.Errorf("want comment: %q: %w", text, err)
	}
	pattern, err := strconv.Unquote(quoted)
	if err != nil {
		return "", fmt.Errorf("want comment: %s: %w", quoted, err)
	}
	if w.Regexp, err = regexp.Compile(pattern); err != nil {
		return "", fmt.Errorf("want comment: %w", err)
	}
	return text[len(quoted):], nil
}
