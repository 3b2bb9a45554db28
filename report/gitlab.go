package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/btflint/btflint/analyzer"
)

// gitlabIssue is an entry of GitLab's Code Quality report, the subset of Code
// Climate's specification that GitLab reads.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// Severities of Code Quality, which also has "major" and "blocker".
const (
	gitlabCritical = "critical"
	gitlabMinor    = "minor"
	gitlabInfo     = "info"
)

// writeGitLab writes a Code Quality report: one array, an entry per line. The
// format knows findings only, so that what could not be checked is one too.
func writeGitLab(w *bufio.Writer, r *analyzer.Report, opts *Options) error {
	issues := make([]gitlabIssue, 0, len(r.Findings)+len(r.Errors))
	prints := occurrences{} // of two entries with one fingerprint GitLab drops one
	for _, e := range r.Errors {
		issues = append(issues, gitlabRemark("could-not-check", gitlabCritical, e.Error(), remarkPath(r, e.Object, opts), prints))
	}
	for _, f := range ranked(r, opts) {
		issues = append(issues, gitlabFinding(f, opts, prints))
	}
	for _, line := range openMatters(r) {
		issues = append(issues, gitlabRemark("not-checked", gitlabInfo, line, remarkPath(r, "", opts), prints))
	}
	w.WriteByte('[')
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for i := range issues {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString("\n  ")
		buf.Reset()
		if err := enc.Encode(&issues[i]); err != nil {
			return err
		}
		w.Write(escapeJSON(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))))
	}
	_, err := w.WriteString("\n]\n")
	return err
}

func gitlabFinding(f *analyzer.Finding, opts *Options, prints occurrences) gitlabIssue {
	severity := gitlabInfo
	switch f.Weight() {
	case analyzer.Error:
		severity = gitlabCritical
	case analyzer.Warning:
		severity = gitlabMinor
	}
	text := f.Message + "; on " + onTargets(f)
	if f.Hint != "" {
		text += "; hint: " + f.Hint
	}
	file, line := sourcePath(&f.Location, opts.SourceRoot)
	return gitlabIssue{
		Description: text, CheckName: f.Rule, Fingerprint: prints.key(f.Fingerprint), Severity: severity,
		Location: gitlabLocation{Path: file, Lines: gitlabLines{Begin: max(line, 1)}},
	}
}

// gitlabRemark is an entry that no rule made.
func gitlabRemark(name, severity, text, file string, prints occurrences) gitlabIssue {
	sum := sha256.Sum256([]byte(name + "\x00" + text))
	return gitlabIssue{
		Description: text, CheckName: name, Fingerprint: prints.key(hex.EncodeToString(sum[:16])), Severity: severity,
		Location: gitlabLocation{Path: file, Lines: gitlabLines{Begin: 1}},
	}
}

// remarkPath is a file for a remark, which must name one: the object that it
// is about, or the first.
func remarkPath(r *analyzer.Report, object string, opts *Options) string {
	if object == "" && len(r.Objects) > 0 {
		object = r.Objects[0].Name
	}
	if object == "" {
		return "."
	}
	return fromRoot(object, opts.SourceRoot)
}
