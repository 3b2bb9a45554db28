package cli

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/cmd/btflint/internal/config"
)

// ignores are the rows of "ignore" in the configuration. today decides which
// of them have expired.
func (s *settings) ignores(today time.Time) []analyzer.Ignore {
	var list []analyzer.Ignore
	for i := range s.file.Ignores {
		row := &s.file.Ignores[i]
		first := row.Rules[0]
		ignore := analyzer.Ignore{
			Reason:  strings.Join(strings.Fields(row.Reason.Value), " "),
			Matches: s.matcher(row),
			Location: bpfobj.Location{Object: s.file.Path, Insn: -1, Source: bpfobj.Source{
				File: s.file.Path, Line: first.Line, Column: first.Column, Text: s.file.Line(first.Line),
			}},
		}
		for _, name := range row.Rules {
			found, err := analyzer.Lookup(catalogue(), name.Value)
			if err != nil {
				continue // the reader of the configuration has checked it
			}
			for _, r := range found {
				ignore.Rules = append(ignore.Rules, r.Name)
			}
		}
		slices.Sort(ignore.Rules)
		ignore.Rules = slices.Compact(ignore.Rules)
		// The last day is part of the time: dates compare as text.
		if row.Expires.Given() && row.Expires.Value < today.Format(time.DateOnly) {
			ignore.Expired = row.Expires.Value
		}
		list = append(list, ignore)
	}
	return list
}

// matcher tells which findings a row means.
func (s *settings) matcher(row *config.Ignore) func(*analyzer.Finding, string, string) bool {
	return func(f *analyzer.Finding, kernel, loader string) bool {
		l := &f.Location
		return s.matchPath(row.Object, l.Object) && matchName(row.Kernel, kernel) && matchName(row.Loader, loader) &&
			matchName(row.Program, l.Program) && matchName(row.Symbol, l.Symbol) && s.matchPath(row.Source, l.Source.File)
	}
}

// matchName compares a name with a glob; one that is not given matches all.
func matchName(glob config.Text, name string) bool {
	return !glob.Given() || doublestar.MatchUnvalidated(glob.Value, name)
}

// matchPath compares a path with a glob: without a slash in it the last element,
// as .gitignore does, else the path seen from the configuration.
func (s *settings) matchPath(glob config.Text, name string) bool {
	if !glob.Given() {
		return true
	}
	name = filepath.ToSlash(name)
	if !strings.Contains(glob.Value, "/") {
		return doublestar.MatchUnvalidated(glob.Value, path.Base(name))
	}
	pattern := strings.TrimPrefix(glob.Value, "./")
	return doublestar.MatchUnvalidated(pattern, name) || doublestar.MatchUnvalidated(pattern, filepath.ToSlash(relative(s.dir, name)))
}

// relative is a path seen from a directory, the path itself if there is no such way.
func relative(dir, name string) string {
	if filepath.IsAbs(name) != filepath.IsAbs(dir) {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return name
		}
		dir = abs
		if name, err = filepath.Abs(name); err != nil {
			return name
		}
	}
	rel, err := filepath.Rel(dir, name)
	if err != nil {
		return name
	}
	return rel
}
