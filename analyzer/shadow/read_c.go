package shadow

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how deep blocks may be nested that are looked at.
const maxDepth = 16

// block is a pair of braces in a header.
type block struct {
	structs bool   // a struct's
	name    []byte // of the struct
	body    scanner
	at      token // "struct", or the name
}

// readC finds the shadow types of a header: what is in a skeleton's
// "struct { ... } struct_ops;", or all structs at file level in a header of
// [WriteC].
func (f *File) readC(text []byte) error {
	own := bytes.Contains(text[:min(len(text), 512)], []byte(generated))
	s := &scanner{text: text}
	var open []block
	var before [2]token // the two tokens before this one
	depth := 0
	for t := s.next(); len(t.text) > 0; t = s.next() {
		switch string(t.text) {
		case "{":
			if depth < maxDepth {
				open = append(open, openBlock(before, *s))
			}
			depth++
		case "}":
			if depth--; depth < 0 {
				return nil // no C
			}
			if depth >= maxDepth {
				break
			}
			b := open[depth]
			open = open[:depth]
			if err := f.closeBlock(&b, s, own && depth == 0); err != nil {
				return err
			}
		}
		before[0], before[1] = before[1], t
	}
	return nil
}

// openBlock describes a block by the tokens before its brace.
func openBlock(before [2]token, body scanner) block {
	b := block{body: body, at: before[1]}
	switch {
	case string(before[1].text) == "struct":
		b.structs = true
	case string(before[0].text) == "struct":
		b.structs, b.name = true, before[1].text
	}
	return b
}

// closeBlock reads a block if it holds shadow types. s is behind its brace.
func (f *File) closeBlock(b *block, s *scanner, own bool) error {
	if !b.structs {
		return nil
	}
	if own && strings.Count(string(b.name), "__") >= 2 {
		return f.readStruct(&b.body, b.at, string(b.name), nil)
	}
	behind := *s
	if len(b.name) == 0 && string(behind.next().text) == "struct_ops" && string(behind.next().text) == ";" {
		return f.readSkeleton(&b.body)
	}
	return nil
}

// readSkeleton reads the members of "struct { ... } struct_ops;".
func (f *File) readSkeleton(s *scanner) error {
	for {
		t := s.next()
		if string(t.text) == "}" || len(t.text) == 0 {
			return nil
		}
		if string(t.text) != "struct" {
			return notUnderstood(t)
		}
		at, name := t, ""
		if t = s.next(); string(t.text) != "{" {
			at, name = t, string(t.text)
			t = s.next()
		}
		if string(t.text) != "{" {
			return notUnderstood(t)
		}
		ident := ""
		if err := f.readStruct(s, at, name, &ident); err != nil {
			return err
		}
	}
}

// readStruct reads the members of a shadow type up to its closing brace, and,
// if ident is not nil, the "*IDENT;" behind it, which names the map.
func (f *File) readStruct(s *scanner, at token, name string, ident *string) error {
	t := FileType{Name: name, Position: position(s.text, at)}
	for {
		decl, err := declaration(s)
		if err != nil {
			return err
		}
		if decl == nil {
			break
		}
		m, err := cMember(decl)
		if err != nil {
			return err
		}
		if err := f.countPart(decl[0].line); err != nil {
			return err
		}
		m.Position = position(s.text, decl[len(decl)-1])
		if m.Kind == Program && string(decl[0].text) == "const" {
			f.Style = Styles[1]
		}
		t.Members = append(t.Members, m)
	}
	behind := s
	if ident == nil {
		copied := *s
		behind = &copied
	}
	before, last := token{}, behind.next()
	for ; len(last.text) > 0 && string(last.text) != ";"; before, last = last, behind.next() {
		t.packed = t.packed || string(last.text) == "packed" && string(before.text) == "("
		if ident != nil && isIdentifier(string(last.text)) {
			*ident = string(last.text)
		}
	}
	t.place()
	if ident != nil {
		t.Map = *ident
	}
	f.Types = append(f.Types, t)
	return f.countPart(at.line)
}

// declaration returns the tokens up to the next ";" outside of braces, nil
// behind the last one, having read the closing brace.
func declaration(s *scanner) ([]token, error) {
	var decl []token
	depth := 0
	for {
		t := s.next()
		switch string(t.text) {
		case "":
			return nil, fmt.Errorf("line %d: struct is not closed", t.line)
		case "{":
			depth++
		case "}":
			if depth == 0 {
				if decl != nil {
					return nil, notUnderstood(t)
				}
				return nil, nil
			}
			depth--
		case ";":
			if depth == 0 && decl == nil {
				return nil, notUnderstood(t)
			}
			if depth == 0 {
				return decl, nil
			}
		}
		if decl = append(decl, t); len(decl) > maxDeclaration {
			return nil, fmt.Errorf("line %d: declaration of more than %d tokens", t.line, maxDeclaration)
		}
	}
}

// maxMemberBytes bounds the size of a member, so that sums do not overflow.
const maxMemberBytes = 1 << 32

// cMember understands a declaration of a shadow type. The layout fills in the
// offset.
func cMember(decl []token) (FileMember, error) {
	m := FileMember{Declaration: joined(decl), align: 1}
	last := decl[len(decl)-1]
	if n := len(decl); n >= 4 && string(last.text) == "]" && string(decl[n-3].text) == "[" {
		size, err := strconv.ParseUint(string(decl[n-2].text), 10, 64)
		if err != nil || size > maxMemberBytes || n != 5 || string(decl[0].text) != "char" {
			return m, notUnderstood(decl[0])
		}
		m.Name, m.SizeBytes, m.Kind = string(decl[1].text), size, Unsupported
		if strings.HasPrefix(m.Name, "__padding_") {
			m.Kind = Padding
		}
		return m, nil
	}
	if !isIdentifier(string(last.text)) {
		return m, notUnderstood(decl[0])
	}
	m.Name = string(last.text)
	typ := decl[:len(decl)-1]
	switch {
	case len(typ) == 0:
		return m, notUnderstood(decl[0])
	case string(typ[len(typ)-1].text) == "*":
		if joined(typ) != "struct bpf_program *" && joined(typ) != "const struct bpf_program *" {
			return m, notUnderstood(decl[0])
		}
		m.Kind, m.SizeBytes = Program, pointerSize
	case string(typ[0].text) == "enum":
		if m.SizeBytes = enumSize(typ); len(typ) == 2 {
			m.Enum = string(typ[1].text)
		}
	default:
		n, ok := cNumbers[wordKey(joined(typ))]
		if !ok {
			return m, notUnderstood(decl[0])
		}
		m.SizeBytes = n.size
		m.Num = Number{Class: n.class, SizeBytes: n.size, C: joined(typ)}
	}
	m.align = m.SizeBytes
	return m, nil
}

// enumSize is the size of an enum: 4 bytes unless an attribute or a wide value
// says otherwise.
func enumSize(typ []token) uint64 {
	for i, t := range typ {
		switch text := string(t.text); {
		case text == "byte" && i > 0 && string(typ[i-1].text) == "(":
			return 1
		case text == "word" && i > 0 && string(typ[i-1].text) == "(":
			return 8
		case strings.HasSuffix(text, "LL"):
			v, err := strconv.ParseUint(strings.TrimRight(text, "UL"), 10, 64)
			negative := i > 0 && string(typ[i-1].text) == "-"
			if err == nil && (v > 1<<32-1 || negative && v > 1<<31) {
				return 8
			}
		}
	}
	return 4
}

func joined(tokens []token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.Write(t.text)
	}
	return b.String()
}

func position(text []byte, t token) Position {
	return Position{Line: t.line, Column: t.column, Text: lineAt(text, t.offset)}
}

func notUnderstood(t token) error {
	return fmt.Errorf("line %d: %q is no part of a generated shadow type", t.line, clip(t.text))
}

// clip shortens a token for a message.
func clip(b []byte) string { return string(b[:min(len(b), 40)]) }
