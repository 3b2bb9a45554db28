package shadow

import "bytes"

// token is a token of C; an empty text means the end.
type token struct {
	text   []byte
	offset int
	line   int // from 1
	column int // from 1
}

// scanner reads the tokens of C: identifiers, numbers and single punctuation
// characters. Literals, comments and directives are left out, and with them
// what is for C++ alone.
type scanner struct {
	text      []byte
	pos       int
	line      int // from 0
	lineStart int // offset
}

// next is the next token.
func (s *scanner) next() token {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '\n':
			s.newline()
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\\':
			s.pos++
		case c == '/' && s.peek(1) == '*':
			s.comment()
		case c == '/' && s.peek(1) == '/':
			s.skipLine()
		case c == '#':
			s.directive()
		case c == '"' || c == '\'':
			s.literal(c)
		default:
			return s.word()
		}
	}
	return token{offset: s.pos, line: s.line + 1, column: s.pos - s.lineStart + 1}
}

func (s *scanner) peek(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

// newline steps over a line end.
func (s *scanner) newline() {
	s.pos++
	s.line++
	s.lineStart = s.pos
}

// word is an identifier, a number or a punctuation character.
func (s *scanner) word() token {
	t := token{offset: s.pos, line: s.line + 1, column: s.pos - s.lineStart + 1}
	for s.pos < len(s.text) && wordByte(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == t.offset {
		s.pos++
	}
	t.text = s.text[t.offset:s.pos]
	return t
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// comment steps over a comment of C.
func (s *scanner) comment() {
	end := bytes.Index(s.text[s.pos+2:], []byte("*/"))
	if end < 0 {
		s.to(len(s.text))
		return
	}
	s.to(s.pos + 2 + end + 2)
}

// to moves on to an offset and counts lines.
func (s *scanner) to(offset int) {
	for {
		i := bytes.IndexByte(s.text[s.pos:offset], '\n')
		if i < 0 {
			break
		}
		s.pos += i
		s.newline()
	}
	s.pos = offset
}

// skipLine moves on to the end of the line, which a backslash continues.
func (s *scanner) skipLine() {
	for s.pos < len(s.text) {
		i := bytes.IndexByte(s.text[s.pos:], '\n')
		if i < 0 {
			s.pos = len(s.text)
			return
		}
		s.pos += i
		if i == 0 || s.text[s.pos-1] != '\\' {
			return
		}
		s.newline()
	}
}

// literal steps over a string or character.
func (s *scanner) literal(quote byte) {
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch s.text[s.pos] {
		case quote:
			s.pos++
			return
		case '\\':
			if s.pos++; s.pos < len(s.text) && s.text[s.pos] == '\n' {
				s.newline()
				s.pos--
			}
		case '\n':
			return // not closed: no C, and not worth an error here
		}
	}
}

// directive steps over a directive, and over what follows "#ifdef __cplusplus"
// up to its "#else" or "#endif".
func (s *scanner) directive() {
	if !bytes.Equal(s.directiveName(), []byte("ifdef __cplusplus")) {
		s.skipLine()
		return
	}
	s.skipLine()
	for depth := 1; s.pos < len(s.text); {
		s.skipBlank()
		if s.peek(0) == '#' {
			switch name := s.directiveName(); {
			case bytes.HasPrefix(name, []byte("if")):
				depth++
			case bytes.HasPrefix(name, []byte("endif")):
				depth--
			case bytes.HasPrefix(name, []byte("else")) && depth == 1:
				depth = 0
			}
		}
		s.skipLine()
		if depth == 0 {
			return
		}
		if s.pos < len(s.text) {
			s.newline()
		}
	}
}

// skipBlank moves on to the first character of a line.
func (s *scanner) skipBlank() {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
}

// directiveName is the line behind "#" without blanks around it.
func (s *scanner) directiveName() []byte {
	line := s.text[s.pos+1:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return bytes.TrimSpace(line)
}
