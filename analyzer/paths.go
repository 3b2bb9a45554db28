package analyzer

import (
	"path"
	"strings"
)

// PathMapping replaces the leading path From of a source file by To. Both are
// compared and joined by whole path elements.
//
// The paths in an object are what the compiler saw: relative to its working
// directory, or absolute on another machine. From "." stands for the compiler's
// working directory: it matches every relative path.
type PathMapping struct{ From, To string }

// apply returns the mapped file, false if the mapping does not match.
func (m PathMapping) apply(file string) (string, bool) {
	from := path.Clean(m.From)
	if from == "." {
		if isAbs(file) {
			return file, false
		}
		return path.Join(m.To, file), true
	}
	rest, ok := below(from, file)
	if !ok {
		return file, false
	}
	return path.Join(m.To, rest), true
}

// below returns what of the file's path is left below the directory.
func below(dir, file string) (string, bool) {
	if file == dir {
		return ".", true
	}
	if !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	return strings.CutPrefix(file, dir)
}

// isAbs reports an absolute path of a Unix or Windows compiler.
func isAbs(file string) bool {
	return path.IsAbs(file) || (len(file) > 2 && file[1] == ':' && (file[2] == '/' || file[2] == '\\'))
}

// paths rewrites source files as the options say. Files repeat, so that
// results are kept.
type paths struct {
	root string
	maps []PathMapping
	seen map[string]string
}

// SourceFiles returns the function that rewrites the names of source files as the
// options say. It is not safe for concurrent use.
func (o *Options) SourceFiles() func(file string) string { return newPaths(o).file }

func newPaths(opts *Options) *paths {
	p := &paths{maps: opts.PathMap, seen: map[string]string{}}
	if opts.SourceRoot != "" {
		p.root = path.Clean(strings.ReplaceAll(opts.SourceRoot, "\\", "/"))
	}
	return p
}

// file is the path that reports show: mapped by the first mapping that
// matches, relative to the source root if it lies below, without "./".
func (p *paths) file(name string) string {
	if name == "" {
		return ""
	}
	if done, ok := p.seen[name]; ok {
		return done
	}
	file := path.Clean(name)
	for _, m := range p.maps {
		if mapped, ok := m.apply(file); ok {
			file = mapped
			break
		}
	}
	if p.root != "" && p.root != "." {
		if rest, ok := below(p.root, file); ok {
			file = rest
		}
	}
	p.seen[name] = file
	return file
}

// SourceFile is the path that reports show for a source file that the compiler
// saw under that name.
func (o *Options) SourceFile(name string) string { return newPaths(o).file(name) }
