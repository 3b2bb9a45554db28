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
