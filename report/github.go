package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// maxAnnotations is how many annotations of each level GitHub shows of a step.
// It shows 50 of a job, which the three levels of this step stay below.
const maxAnnotations = 10

// writeGitHub writes annotations as workflow commands of GitHub Actions, the
// heaviest findings first and no more than are shown. What is beyond that goes
// into the log as lines of the compact format.
func writeGitHub(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	var log bytes.Buffer
	a := annotations{w: w, root: opts.SourceRoot, log: printer{Writer: bufio.NewWriter(&log)}}
	for _, e := range r.Errors {
		a.message(levelError, "could not be checked: "+e.Error())
	}
	for _, f := range ranked(r, opts) {
		a.finding(f)
	}
	for _, line := range openMatters(r) {
		a.message(levelNotice, line)
	}
	if rest := a.rest(); rest != "" {
		a.write(levelNotice, commandProperties(titleProperty, "btflint"), rest)
	}
	if err := a.log.Flush(); err != nil {
		return err
	}
	writeUntrusted(w, log.Bytes())
	p := printer{Writer: w}
	p.totals(r, opts)
	return nil
}

// writeUntrusted writes text in which the runner must see no command. The
// token that ends it is the text's own hash, which the text cannot hold.
func writeUntrusted(w *bufio.Writer, text []byte) {
	if len(text) == 0 {
		return
	}
	sum := sha256.Sum256(text)
	token := hex.EncodeToString(sum[:])
	w.WriteString("::stop-commands::" + token + "\n")
	w.Write(text)
	w.WriteString("::" + token + "::\n")
}

// level is a level of annotations.
type level int

const (
	levelError level = iota
	levelWarning
	levelNotice
	levels
)

func (l level) String() string { return [...]string{"error", "warning", "notice"}[l] }

// levelOf is the level of a finding's annotation.
func levelOf(f *analyzer.Finding) level {
	switch f.Weight() {
	case analyzer.Error:
		return levelError
	case analyzer.Warning:
		return levelWarning
	}
	return levelNotice
}

// annotations writes as many annotations as GitHub shows.
type annotations struct {
	w       *bufio.Writer
	root    string
	log     printer // takes what there is no room for
	written [levels]int
	skipped [levels]int
}

// room takes one of the annotations of a level, false if there is none left.
// The last notice is kept for what [annotations.rest] says.
func (a *annotations) room(l level) bool {
	limit := maxAnnotations
	if l == levelNotice {
		limit--
	}
	if a.written[l] == limit {
		a.skipped[l]++
		return false
	}
	a.written[l]++
	return true
}

func (a *annotations) finding(f *analyzer.Finding) {
	l := levelOf(f)
	if !a.room(l) {
		a.log.headline(f)
		return
	}
	file, line := sourcePath(&f.Location, a.root)
	properties := []string{"file", file}
	if line > 0 {
		properties = append(properties, "line", itoa(line))
		if src := &f.Location.Source; src.Column > 0 {
			start, end := columns(src)
			properties = append(properties, "endLine", itoa(line), "col", itoa(start), "endColumn", itoa(end))
		}
	}
	lines := []string{f.Message, "on: " + onTargets(f)}
	if f.DependsOn != "" {
		lines = append(lines, "open: undecided, "+dependence(f.DependsOn))
	}
	if f.Hint != "" {
		lines = append(lines, "hint: "+f.Hint)
	}
	a.write(l, commandProperties(append(properties, titleProperty, f.Rule)...), lines...)
}

// message writes an annotation that has no place.
func (a *annotations) message(l level, text string) {
	if !a.room(l) {
		a.log.WriteString("btflint: " + clean(text) + "\n")
		return
	}
	a.write(l, commandProperties(titleProperty, "btflint"), text)
}

// rest says what there was no room for, "" if there was for all.
func (a *annotations) rest() string {
	var parts []string
	for l := range levels {
		if n := a.skipped[l]; n > 0 {
			parts = append(parts, plural(n, "more "+l.String()))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return analyzer.Enumerate(parts) + ", which GitHub would not show: see the log"
}

const titleProperty = "title"

// write writes a workflow command whose message has these lines.
func (a *annotations) write(l level, properties string, lines ...string) {
	for i := range lines {
		lines[i] = commandData(lines[i])
	}
	a.w.WriteString("::" + l.String() + " " + properties + "::" + strings.Join(lines, "%0A") + "\n")
}

// commandData escapes a line of a workflow command's message. Line breaks in
// it are escaped already when it is cleaned.
func commandData(s string) string { return strings.ReplaceAll(clean(s), "%", "%25") }

// commandProperties are NAME=VALUE pairs of a workflow command, from names and
// values in turn.
func commandProperties(pairs ...string) string {
	escape := strings.NewReplacer(":", "%3A", ",", "%2C")
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i] + "=" + escape.Replace(commandData(pairs[i+1])))
	}
	return b.String()
}
