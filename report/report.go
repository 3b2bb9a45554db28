// Package report writes an [analyzer.Report] in the formats that people and
// machines read: one file per format. It adds nothing to what the report says
// and knows no rule.
//
// Names and source lines come from objects that nobody vouches for. What a
// terminal would obey is escaped in every format; the formats for machines
// keep the exact text behind the escapes.
package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// Options change how a report is written. The zero value is the default.
type Options struct {
	// Color adds SGR sequences to the text and compact formats. The default is none.
	Color bool
	// Version of btflint that the formats for machines name. The default is "".
	Version string
	// Width is the number of columns at which the text format wraps. The
	// default is not to wrap.
	Width int
	// ShowNotes includes findings of severity note in the formats that
	// otherwise only count them. json, sarif and html have them anyway.
	ShowNotes bool
	// Quiet leaves out of the text and compact formats all that is no finding:
	// verdicts, totals, what was not checked. The default is to have it.
	Quiet bool
	// ShowSuppressed includes suppressed findings in the formats that otherwise
	// only count them. json, html and sarif have them anyway, github-sarif
	// never: code scanning opens an alert for each.
	ShowSuppressed bool
	// SourceRoot is the directory that relative source files are below; both
	// sarif formats hash the lines of those that can be read, and absolute
	// paths below it become relative. The default is to read nothing.
	SourceRoot string
	// Category tells several sarif files of one commit apart
	// (automationDetails.id). The default is none.
	Category string
}

// format is a row of the table of formats.
type format struct {
	name  string
	write func(*bufio.Writer, *analyzer.Report, *Options) error
}

// formats are the formats, the default first.
var formats = [...]format{
	{"text", writeText},
	{"compact", writeCompact},
	{"json", writeJSON},
	{"sarif", writeSARIF},
	{"github-sarif", writeGitHubSARIF},
	{"github", writeGitHub},
	{"gitlab", writeGitLab},
	{"junit", writeJUnit},
	{"markdown", writeMarkdown},
	{"html", writeHTML},
}

// Formats are the names of the formats, the default first.
func Formats() []string {
	names := make([]string, len(formats))
	for i := range formats {
		names[i] = formats[i].name
	}
	return names
}

// otherNames are the names that other tools have for formats.
var otherNames = [...]struct{ name, format string }{
	{"github-actions", "github"}, {"gitlab-code-quality", "gitlab"}, {"md", "markdown"},
}

// FormatName is the name of a format that may be given by the name that it has
// in other tools: "github-actions" is "github". Any other name is unchanged.
func FormatName(name string) string {
	for _, o := range otherNames {
		if o.name == name {
			return o.format
		}
	}
	return name
}

// Write writes the report in the format of that name. It returns an error for
// an unknown format and the errors of w.
func Write(w io.Writer, name string, r *analyzer.Report, opts Options) error {
	for i := range formats {
		if formats[i].name != name {
			continue
		}
		b := bufio.NewWriterSize(w, 1<<16)
		if err := formats[i].write(b, r, &opts); err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		return b.Flush()
	}
	return fmt.Errorf("unknown format %q: want %s", name, strings.Join(Formats(), ", "))
}

// shown reports whether a format that does not have everything shows a finding.
func (o *Options) shown(f *analyzer.Finding) bool {
	return (f.Weight() > analyzer.Note || o.ShowNotes) && (f.Suppressed == "" || o.ShowSuppressed)
}
