package report

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// fileSystem names the base of URIs of files that are not below the source
// root. Code scanning refuses a log with a file URI in a location, but not one
// with a relative URI and a base.
const fileSystem = "FILESYSTEM"

// uriRef is the URI reference of a file: relative, with forward slashes and
// percent-encoded. base is "" if the file is given relative or lies below the
// source root, and [fileSystem] for an absolute path elsewhere.
func uriRef(file, root string) (uri, base string) {
	file = strings.ReplaceAll(file, `\`, "/")
	if len(file) > 2 && file[1] == ':' && file[2] == '/' {
		file, base = path.Clean(file), fileSystem
	} else if file = path.Clean(file); path.IsAbs(file) {
		if rest, ok := strings.CutPrefix(file, strings.TrimSuffix(absRoot(root), "/")+"/"); ok {
			file = rest
		} else {
			file, base = strings.TrimPrefix(file, "/"), fileSystem
		}
	}
	return (&url.URL{Path: file}).String(), base
}

// absRoot is the source root as an absolute path with forward slashes; a path
// that nothing is below if there is none.
func absRoot(root string) string {
	if root == "" {
		return "\x00"
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return "\x00"
	}
	return filepath.ToSlash(abs)
}

// fromRoot is a path of this machine, which is relative to the working directory
// if it is relative, as a path below the source root. What is no path, such as
// "-", and absolute paths elsewhere are unchanged.
func fromRoot(file, root string) string {
	if root == "" || file == "" || file == "-" || strings.HasPrefix(file, "data=") {
		return file
	}
	abs, err := filepath.Abs(filepath.FromSlash(file))
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(filepath.FromSlash(absRoot(root)), abs)
	if err != nil || filepath.IsAbs(file) && !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

// localPath is a source file's path below the source root, false if it has none.
func localPath(file, root string) (string, bool) {
	if root == "" || file == "" {
		return "", false
	}
	file = path.Clean(strings.ReplaceAll(file, `\`, "/"))
	if path.IsAbs(file) {
		rest, ok := strings.CutPrefix(file, strings.TrimSuffix(absRoot(root), "/")+"/")
		if !ok {
			return "", false
		}
		file = rest
	}
	return file, filepath.IsLocal(filepath.FromSlash(file))
}
