// Package config reads .btflint.yaml. It knows the file's form and where each
// value stands in it; what the values mean is the command's business, which
// hands in how to check them.
package config

// Names are the names of the file, of which one directory may have one.
var Names = [...]string{".btflint.yaml", ".btflint.yml"}

// File is a configuration file. Paths and globs in it are as written: relative
// to the file's directory.
type File struct {
	Path string

	Objects    []Text // globs
	Build      Text   // command that builds the objects
	Kernels    []Text // as --kernel has them
	Loaders    []Text
	Rules      []Pair // rule and setting: off, on, or a severity
	FailOn     Text
	SourceRoot Text
	PathMap    []Pair
	Rodata     []Pair
	RodataFile Text // true or false
	Baseline   Text
	Notes      Text // true or false
	Ignores    []Ignore

	lines []string
}

// Text is a value and its place. The zero value is one that is not given.
type Text struct {
	Value        string
	Line, Column int // from 1; Column counts characters
}

// Given reports whether the file has the value.
func (t Text) Given() bool { return t.Line > 0 }

// Pair is a key with its value.
type Pair struct{ Key, Value Text }

// Ignore is a row of "ignore". Rules and Reason are given; what else is, narrows it.
type Ignore struct {
	Rules                                           []Text
	Object, Kernel, Loader, Program, Symbol, Source Text // globs
	Reason, Expires                                 Text
}

// Checks tell what is wrong with values; nil says nothing is.
type Checks struct {
	Kernel, Loader, Rule, FailOn, Glob func(string) error
	// Number checks a value of "rodata".
	Number func(string) error
	// Nearest are the names that were probably meant.
	Nearest func(given string, names []string) string
}

// Line is the text of a line from 1, without its end; "" if there is none.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}
