package report

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// uriRef is the URI reference of a file: relative to the source root if it lies
// below, with forward slashes and percent-encoded. inside tells whether code
// scanning can find the file in a checkout: absolute paths elsewhere become
// file URIs, and "../" leads out.
func uriRef(file, root string) (uri string, inside bool) {
	file = strings.ReplaceAll(file, `\`, "/")
	if len(file) > 2 && file[1] == ':' && file[2] == '/' {
		return (&url.URL{Scheme: "file", Path: "/" + file}).String(), false
	}
	file = path.Clean(file)
	if path.IsAbs(file) {
		rest, ok := strings.CutPrefix(file, strings.TrimSuffix(absRoot(root), "/")+"/")
		if !ok {
			return (&url.URL{Scheme: "file", Path: file}).String(), false
		}
		file = rest
	}
	return (&url.URL{Path: file}).String(), file != ".." && !strings.HasPrefix(file, "../")
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
