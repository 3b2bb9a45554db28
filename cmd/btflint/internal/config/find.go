package config

import (
	"fmt"
	"os"
	"path/filepath"
)

// Find returns the configuration of the repository that dir lies in: the first
// that there is on the way from dir up to the repository's root. Outside of a
// repository only dir itself is looked at, for what lies above it belongs to
// others. It returns "" if there is none.
//
// root is the repository's root, dir without a repository.
func Find(dir string) (path, root string, err error) {
	dir = filepath.Clean(dir)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	root = repository(abs)
	if root == "" {
		path, err = in(dir)
		return path, dir, err
	}
	levels := []string{dir}
	for at := abs; at != root; at = filepath.Dir(at) {
		levels = append(levels, filepath.Join(levels[len(levels)-1], ".."))
	}
	for _, level := range levels {
		if path == "" && err == nil {
			path, err = in(level)
		}
	}
	return path, levels[len(levels)-1], err
}

// repository is the root of the repository that an absolute directory lies in,
// "" for none: the nearest directory that holds .git, .hg or .jj.
func repository(dir string) string {
	for {
		for _, name := range [...]string{".git", ".hg", ".jj"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// in returns the configuration of one directory, "" if it has none.
func in(dir string) (string, error) {
	found := ""
	for _, name := range Names {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("both %s and %s: which one is meant?", found, path)
		}
		found = path
	}
	return found, nil
}
