package lskel

import "errors"

// scanner splits C text into tokens. It knows no more of C than it takes to
// find string literals and what they are assigned to.
type scanner struct {
	text      []byte
	pos       int
	line      int // 1-based
	lineStart int // position of the line's first byte
}

// next returns the next token: a word, `"` for the start of a string literal,
// behind which the scanner then stands, or a single character. "" is the end.
func (s *scanner) next() (string, error) {
	s.skipSpace()
	if s.pos >= len(s.text) {
		return "", nil
	}
	start, c := s.pos, s.text[s.pos]
	s.pos++
	switch {
	case isWord(c):
		for s.pos < len(s.text) && isWord(s.text[s.pos]) {
			s.pos++
		}
	case c == '\'':
		return "'", s.skipCharacter()
	}
	return string(s.text[start:s.pos]), nil
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// skipCharacter skips a character constant behind its opening quote.
func (s *scanner) skipCharacter() error {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch c {
		case '\'':
			return nil
		case '\n':
			return errors.New("character constant without an end")
		case '\\':
			if !s.newline() && s.pos < len(s.text) {
				s.pos++
			}
		}
	}
	return errors.New("character constant without an end")
}

// skipSpace skips white space, continued lines and comments. A comment without
// an end reaches to that of the text.
func (s *scanner) skipSpace() {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.newline()
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			s.pos++
		case c == '\\' && s.continued():
		case c == '/' && s.at(1) == '/':
			for s.pos < len(s.text) && s.text[s.pos] != '\n' {
				s.pos++
			}
		case c == '/' && s.at(1) == '*':
			s.pos += 2
			for s.pos < len(s.text) && (s.text[s.pos] != '*' || s.at(1) != '/') {
				if !s.newline() {
					s.pos++
				}
			}
			s.pos = min(s.pos+2, len(s.text))
		default:
			return
		}
	}
}

// continued consumes a backslash in front of the end of a line.
func (s *scanner) continued() bool {
	s.pos++
	if s.newline() {
		return true
	}
	s.pos--
	return false
}

// at is the byte at a distance from the position, 0 beyond the end.
func (s *scanner) at(distance int) byte {
	if s.pos+distance >= len(s.text) {
		return 0
	}
	return s.text[s.pos+distance]
}
