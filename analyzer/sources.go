package analyzer

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/comment"
)

// Source is a source file beside an object.
type Source struct {
	// Text is the whole file; nil if it cannot be read.
	Text []byte
	// Newer tells that the file was modified after the object, where that
	// means anything.
	Newer bool
}

// note is a comment for btflint in the source of an object.
type note struct {
	comment.Ignore
	object string          // the first that has it
	source bpfobj.Source   // where it is, the file as the compiler saw it
	edited *comment.File   // the file, if it is not the version that was compiled
	hint   string          // the way out of Problem, "" for the usual one
	used   map[string]bool // by name, the rules of which it suppressed a finding
}

// suppresses reports whether the comment is about a finding, and notes it.
func (n *note) suppresses(f *Finding) bool {
	src := &f.Location.Source
	if n.Problem != "" || src.File != n.source.File || !n.Covers(src.Line) || !slices.Contains(n.Rules, f.Rule) {
		return false
	}
	if n.edited != nil {
		// The lines may have moved: this one has not if it reads the same.
		if text, ok := n.edited.Line(src.Line); !ok || !sameText(text, src.Text) {
			return false
		}
	}
	n.used[f.Rule] = true
	return true
}

// sourceFacts are what the sources of an object tell.
type sourceFacts struct {
	notes []*note
	stale []Finding // without fingerprints
}

// readSources reads the comments of an object and compares its line records
// with its source files.
func (r *run) readSources(obj *bpfobj.Object) sourceFacts {
	var facts sourceFacts
	texts := map[string]Source{}
	if r.opts.Sources != nil {
		for _, name := range obj.SourceFiles() {
			if src := r.opts.Sources(obj.Name, name); src.Text != nil {
				texts[name] = src
			}
		}
	}
	comments := r.opts.Suppress.Comments
	if len(texts) == 0 && !(comments && obj.MentionsInLines(comment.Marker)) {
		return facts
	}
	lines := obj.SourceLines()
	for len(lines) > 0 {
		name := lines[0].File
		n := slices.IndexFunc(lines, func(s bpfobj.Source) bool { return s.File != name })
		if n < 0 {
			n = len(lines)
		}
		state := otherFile
		var file *comment.File
		if src, ok := texts[name]; ok {
			file = comment.Parse(src.Text)
			state = facts.compare(obj, lines[:n], file, src.Newer)
		}
		if comments && state != otherFile {
			facts.addFile(name, file, state == editedFile)
		}
		if comments && state != compiledFile {
			facts.addLines(lines[:n])
		}
		lines = lines[n:]
	}
	for _, c := range facts.notes {
		r.resolve(c)
	}
	return facts
}

// fileState is what a source file is to an object.
type fileState uint8

const (
	otherFile    fileState = iota // none, or another one of the same name
	compiledFile                  // all recorded lines are the file's
	editedFile                    // another version of what was compiled
)

// sameText compares a line of a file with what a line record holds.
func sameText(a, b string) bool { return strings.TrimRight(a, " \t") == strings.TrimRight(b, " \t") }

// compare compares the line records of one file with the file. It adds a
// finding if the object was built from another version of it.
func (s *sourceFacts) compare(obj *bpfobj.Object, lines []bpfobj.Source, file *comment.File, newer bool) fileState {
	var first *bpfobj.Source
	total, differ := 0, 0
	for i := range lines {
		l := &lines[i]
		if strings.TrimSpace(l.Text) == "" || i > 0 && l.Line == lines[i-1].Line {
			continue
		}
		total++
		if text, ok := file.Line(l.Line); !ok || !sameText(text, l.Text) {
			differ++
			if first == nil {
				first = l
			}
		}
	}
	finding := Finding{
		Rule: ruleStale.Name, Severity: Warning, Location: bpfobj.Location{Object: obj.Name, Insn: -1},
		Hint: "build it again, or see --path-map and --source-root if this is not its source",
	}
	state := compiledFile
	switch {
	case differ == 0 && (!newer || total == 0):
		return compiledFile
	case differ == 0:
		finding.Severity = Note
		finding.Message = "source was modified after the object was built; the lines that the object records are the same"
		finding.Location.Source = bpfobj.Source{File: lines[0].File}
	case sameFile(lines, file, total):
		state = editedFile
		finding.Message = "object was built from another version of this file; lines that differ: " +
			strconv.Itoa(differ) + " of " + strconv.Itoa(total) + ", the first here"
		finding.Location.Source = *first
	default:
		return otherFile
	}
	s.stale = append(s.stale, finding)
	return state
}

// sameFile tells a file that was edited from another one of the same name: at
// least half of the total of recorded lines are somewhere in it.
func sameFile(lines []bpfobj.Source, file *comment.File, total int) bool {
	texts := make(map[string]bool, len(file.Lines))
	for _, l := range file.Lines {
		texts[strings.TrimSpace(l)] = true
	}
	found := 0
	for i := range lines {
		if text := strings.TrimSpace(lines[i].Text); text != "" && (i == 0 || lines[i].Line != lines[i-1].Line) && texts[text] {
			found++
		}
	}
	return 2*found >= total
}

// addFile adds the comments of a source file.
func (s *sourceFacts) addFile(name string, file *comment.File, edited bool) {
	for _, ignore := range file.Ignores {
		text, _ := file.Line(ignore.Line)
		n := s.add(ignore, bpfobj.Source{File: name, Text: text})
		if edited {
			n.edited = file
		}
	}
}

// addLines adds the comments that line records hold.
func (s *sourceFacts) addLines(lines []bpfobj.Source) {
	for i := range lines {
		l := &lines[i]
		if i > 0 && l.Line == lines[i-1].Line && l.Text == lines[i-1].Text {
			continue
		}
		for _, ignore := range comment.InLine(l.Text, l.Line) {
			s.add(ignore, *l)
		}
	}
}

func (s *sourceFacts) add(ignore comment.Ignore, src bpfobj.Source) *note {
	src.Line, src.Column, src.Origin = ignore.Line, ignore.Column, bpfobj.OriginOwn
	n := &note{Ignore: ignore, source: src, used: map[string]bool{}}
	s.notes = append(s.notes, n)
	return n
}

// resolve replaces the rules that a comment names by their names: aliases stand
// for the rules that have them.
func (r *run) resolve(c *note) {
	if c.Problem != "" {
		return
	}
	var names []string
	for _, name := range c.Rules {
		found, err := Lookup(r.catalogue(), name)
		if err != nil {
			c.Problem = "it names an unknown rule " + strconv.Quote(name)
			if near := (*UnknownRuleError)(nil); errors.As(err, &near) && len(near.Candidates) > 0 {
				c.hint = "write " + near.Candidates[0]
			}
			return
		}
		names = append(names, ruleNames(found)...)
	}
	slices.Sort(names)
	c.Rules = slices.Compact(names)
}

func (r *run) catalogue() []*Rule {
	if r.opts.Suppress.Catalogue != nil {
		return r.opts.Suppress.Catalogue
	}
	return r.rules
}
