package config

import (
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Settings of a rule beside the severities.
const (
	Off = "off"
	On  = "on"
)

// Severities are the words for severities, ascending.
var Severities = [...]string{"note", "warning", "error"}

// top reads the mapping that the file is.
func (r *reader) top(n ast.Node) error {
	f := r.f
	return r.fields(n, "the configuration", []field{
		{"objects", r.list("objects", &f.Objects, r.checks.Glob)},
		{"build", r.one("build", &f.Build, nil)},
		{"kernels", r.kernels},
		{"loaders", r.list("loaders", &f.Loaders, r.checks.Loader)},
		{"rules", r.rules},
		{"fail-on", r.one("fail-on", &f.FailOn, r.checks.FailOn)},
		{"source-root", r.one("source-root", &f.SourceRoot, nil)},
		{"path-map", r.mapping("path-map", &f.PathMap, nil)},
		{"rodata", r.mapping("rodata", &f.Rodata, r.checks.Number)},
		{"rodata-file", r.one("rodata-file", &f.RodataFile, truth)},
		{"baseline", r.one("baseline", &f.Baseline, nil)},
		{"notes", r.one("notes", &f.Notes, truth)},
		{"ignore", r.ignores},
	})
}

// truth checks for a truth value.
func truth(value string) error {
	if value != "true" && value != "false" {
		return errWord{value, "true or false"}
	}
	return nil
}

// errWord says which words would have done.
type errWord struct{ given, want string }

func (e errWord) Error() string { return "\"" + e.given + "\": want " + e.want }

// one reads a single value.
func (r *reader) one(what string, into *Text, check func(string) error) func(ast.Node) error {
	return func(n ast.Node) error {
		t, err := r.text(n, what)
		if err == nil {
			err = r.checked(t, what, check)
		}
		*into = t
		return err
	}
}

// list reads a list of values.
func (r *reader) list(what string, into *[]Text, check func(string) error) func(ast.Node) error {
	return func(n ast.Node) error {
		texts, err := r.texts(n, what)
		for _, t := range texts {
			if err == nil {
				err = r.checked(t, what, check)
			}
		}
		*into = texts
		return err
	}
}

// mapping reads a mapping from names to single values.
func (r *reader) mapping(what string, into *[]Pair, check func(string) error) func(ast.Node) error {
	return func(n ast.Node) error {
		pairs, err := r.pairs(n, what)
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			var p Pair
			if p.Key, err = r.text(pair.Key, what); err != nil {
				return err
			}
			if p.Value, err = r.text(pair.Value, what); err != nil {
				return err
			}
			if err := r.checked(p.Value, what, check); err != nil {
				return err
			}
			*into = append(*into, p)
		}
		return nil
	}
}

// checked is what the check says of a value, at its place.
func (r *reader) checked(t Text, what string, check func(string) error) error {
	if check == nil {
		return nil
	}
	if err := check(t.Value); err != nil {
		return r.f.ErrorAt(t, "%s: %v", what, err)
	}
	return nil
}

// kernels reads a list of kernels: what --kernel takes, or mappings.
func (r *reader) kernels(n ast.Node) error {
	nodes := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	for _, item := range nodes {
		t, err := r.kernel(item)
		if err == nil {
			err = r.checked(t, "kernels", r.checks.Kernel)
		}
		if err != nil {
			return err
		}
		r.f.Kernels = append(r.f.Kernels, t)
	}
	return nil
}

// kernel is a kernel in the form of --kernel.
func (r *reader) kernel(n ast.Node) (Text, error) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		return r.text(n, "kernels")
	}
	var name, btf, symbols, config, modules Text
	err := r.fields(n, "kernels", []field{
		{"name", r.one("name", &name, nil)},
		{"btf", r.one("btf", &btf, nil)},
		{"symbols", r.one("symbols", &symbols, nil)},
		{"config", r.one("config", &config, nil)},
		{"modules", r.one("modules", &modules, nil)},
	})
	if err != nil {
		return Text{}, err
	}
	t := r.place(n)
	if !btf.Given() {
		return t, r.f.ErrorAt(t, "kernels: no \"btf\", the file with the kernel's types, or running")
	}
	if name.Given() {
		t.Value = name.Value + "="
	}
	t.Value += btf.Value
	for _, part := range []struct {
		key string
		Text
	}{{"symbols", symbols}, {"config", config}, {"modules", modules}} {
		if part.Given() {
			t.Value += "," + part.key + "=" + part.Value
		}
	}
	return t, nil
}

// rules reads what is set for rules.
func (r *reader) rules(n ast.Node) error {
	words := append([]string{Off, On}, Severities[:]...)
	err := r.mapping("rules", &r.f.Rules, func(word string) error {
		for _, w := range words {
			if w == word {
				return nil
			}
		}
		return errWord{word, strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]}
	})(n)
	for _, p := range r.f.Rules {
		if err == nil {
			err = r.checked(p.Key, "rules", r.checks.Rule)
		}
	}
	return err
}

// ignores reads the rows of "ignore".
func (r *reader) ignores(n ast.Node) error {
	nodes := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	for _, item := range nodes {
		var i Ignore
		err := r.fields(item, "ignore", []field{
			{"rule", r.list("rule", &i.Rules, r.checks.Rule)},
			{"object", r.one("object", &i.Object, r.checks.Glob)},
			{"kernel", r.one("kernel", &i.Kernel, r.checks.Glob)},
			{"loader", r.one("loader", &i.Loader, r.checks.Glob)},
			{"program", r.one("program", &i.Program, r.checks.Glob)},
			{"symbol", r.one("symbol", &i.Symbol, r.checks.Glob)},
			{"source", r.one("source", &i.Source, r.checks.Glob)},
			{"reason", r.one("reason", &i.Reason, nil)},
			{"expires", r.one("expires", &i.Expires, date)},
		})
		switch {
		case err != nil:
			return err
		case len(i.Rules) == 0:
			return r.at(item, "ignore: no \"rule\", the names of the rules that are ignored")
		case !i.Reason.Given():
			return r.at(item, "ignore: no \"reason\": why may it be ignored?")
		}
		r.f.Ignores = append(r.f.Ignores, i)
	}
	return nil
}

// date checks for a day.
func date(value string) error {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return errWord{value, "a date like 2027-01-31"}
	}
	return nil
}
