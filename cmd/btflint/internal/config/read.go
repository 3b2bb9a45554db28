package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file. The parser takes time and memory with the square of how deep
// things are nested: brackets, or dashes on one line.
const (
	maxFile     = 1 << 20 // bytes
	maxLine     = 1024    // bytes
	maxBrackets = 100     // open at the same place
)

// ReadFile reads the configuration at path.
func ReadFile(path string, checks Checks) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data, checks)
}

// Parse reads a configuration; path is what errors call it. Every error is an
// [*Error]. Keys that are unknown or stand twice are errors, and so are anchors,
// aliases and tags: a configuration is read by people.
func Parse(path string, data []byte, checks Checks) (f *File, err error) {
	if len(data) > maxFile {
		return nil, &Error{Path: path, Message: fmt.Sprintf("larger than %d bytes", maxFile)}
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	r := &reader{checks: checks, f: &File{Path: path, lines: strings.Split(text, "\n")}}
	if err := r.f.bounded(); err != nil {
		return nil, err
	}
	doc, err := r.parse(text)
	if err != nil {
		return nil, err
	}
	if doc != nil {
		err = r.top(doc)
	}
	if err != nil {
		return nil, err
	}
	return r.f, nil
}

// bounded says what the parser shall not see.
func (f *File) bounded() error {
	open := 0
	for i, l := range f.lines {
		if len(l) > maxLine {
			return &Error{Path: f.Path, Line: i + 1, Column: 1, Message: fmt.Sprintf("line longer than %d bytes", maxLine)}
		}
		column := 0
		for _, c := range l {
			column++
			switch {
			case c < ' ' && c != '\t' || c == 0x7f:
				return f.errorAt(i+1, column, "control character")
			case c == '[' || c == '{':
				open++
			case c == ']' || c == '}':
				open = max(open-1, 0)
			}
			// Brackets in text and comments count too: they are closed there.
			if open > maxBrackets {
				return f.errorAt(i+1, column, "more than %d open brackets", maxBrackets)
			}
		}
	}
	return nil
}

// parse is the root of the document, nil of an empty one.
func (r *reader) parse(text string) (root ast.Node, err error) {
	// The parser is fed by people who make mistakes: one that it cannot stand
	// is still a mistake of the file.
	defer func() {
		if v := recover(); v != nil {
			root, err = nil, &Error{Path: r.f.Path, Message: fmt.Sprintf("cannot be parsed: %v", v)}
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		var at interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
			p := at.GetToken().Position
			return nil, r.f.errorAt(p.Line, p.Column, "%s", at.GetMessage())
		}
		return nil, &Error{Path: r.f.Path, Message: strings.Join(strings.Fields(err.Error()), " ")}
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 && root != nil {
			return nil, r.at(doc.Body, "a second document")
		}
		root = doc.Body
	}
	if _, null := root.(*ast.NullNode); null {
		return nil, nil
	}
	return root, nil
}

// reader turns nodes into values.
type reader struct {
	f      *File
	checks Checks
}

// at is an error at a node.
func (r *reader) at(n ast.Node, format string, args ...any) error {
	t := r.place(n)
	return r.f.errorAt(t.Line, t.Column, format, args...)
}

// place is where a node starts.
func (r *reader) place(n ast.Node) Text {
	switch m := n.(type) {
	case *ast.MappingNode:
		if len(m.Values) > 0 {
			return r.place(m.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return r.place(m.Key)
	case *ast.SequenceNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return r.place(m.Values[0])
		}
	}
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		return Text{Line: max(tok.Position.Line, 1), Column: max(tok.Position.Column, 1)}
	}
	return Text{Line: 1, Column: 1}
}

// pairs are the entries of a mapping in the file's order.
func (r *reader) pairs(n ast.Node, what string) ([]*ast.MappingValueNode, error) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, nil
	}
	return nil, r.at(n, "%s: want a mapping, \"key: value\"", what)
}

// fields reads a mapping whose keys are known.
func (r *reader) fields(n ast.Node, what string, known []field) error {
	pairs, err := r.pairs(n, what)
	if err != nil {
		return err
	}
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].key
	}
	for _, pair := range pairs {
		key, err := r.text(pair.Key, "a key")
		if err != nil {
			return err
		}
		read := func(ast.Node) error {
			return r.f.ErrorAt(key, "unknown key %q%s", key.Value, r.checks.Nearest(key.Value, names))
		}
		for i := range known {
			if known[i].key == key.Value {
				read = known[i].read
			}
		}
		if err := read(pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// field is a key and what reads its value.
type field struct {
	key  string
	read func(ast.Node) error
}

// text reads a scalar, as it is written: 6.10 is no number here.
func (r *reader) text(n ast.Node, what string) (Text, error) {
	t := r.place(n)
	switch s := n.(type) {
	case *ast.StringNode:
		t.Value = s.Value
	case *ast.LiteralNode:
		t.Value = strings.TrimRight(s.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		t.Value = n.GetToken().Value
	case *ast.NullNode:
		return t, r.at(n, "%s: no value", what)
	default:
		return t, r.at(n, "%s: want a single value", what)
	}
	if strings.TrimSpace(t.Value) == "" {
		return t, r.at(n, "%s: empty", what)
	}
	return t, nil
}

// texts reads a list of scalars, or one for a list of one.
func (r *reader) texts(n ast.Node, what string) ([]Text, error) {
	nodes := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	var texts []Text
	for _, item := range nodes {
		t, err := r.text(item, what)
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}
