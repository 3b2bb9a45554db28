package lskel

import (
	"errors"
	"fmt"
	"sort"
)

// literal is a C string literal, or several that follow each other, with places
// from which to find the lines on which its bytes stand.
type literal struct {
	data  []byte
	marks []mark // ascending by offset
}

// markBytes is how far apart marks are at least, in bytes of the text.
const markBytes = 1024

// mark is a place in a literal from which others are found.
type mark struct {
	offset int // bytes of the literal before it
	line   int // 1-based
	at     int // of its first character in the text
	column int // of that character, 1-based
}

var errUnterminated = errors.New("string literal without an end")

// literal reads the string literals at the scanner, which stands behind an
// opening quote. With keep false only the end is looked for.
func (s *scanner) literal(keep bool) (*literal, error) {
	l := &literal{}
	for {
		more, err := s.toCharacter()
		if err != nil || !more {
			return l, err
		}
		if n := len(l.marks); keep && (n == 0 || s.pos-l.marks[n-1].at >= markBytes) {
			l.marks = append(l.marks, mark{offset: len(l.data), line: s.line, at: s.pos, column: s.pos - s.lineStart + 1})
		}
		c, err := s.character()
		if err != nil {
			return nil, err
		}
		if keep {
			l.data = append(l.data, c)
		}
	}
}

// toCharacter moves on to the next character of a literal, over continued lines
// and from one literal to another that follows it. It reports false at the end
// of the last.
func (s *scanner) toCharacter() (bool, error) {
	for s.pos < len(s.text) {
		switch {
		case s.text[s.pos] == '"':
			s.pos++
			s.skipSpace()
			if s.pos >= len(s.text) || s.text[s.pos] != '"' {
				return false, nil
			}
			s.pos++
		case s.text[s.pos] == '\\' && s.continued():
		default:
			return true, nil
		}
	}
	return false, errUnterminated
}

// character reads one character of a literal: itself or an escape sequence (ISO
// C, 6.4.4.4).
func (s *scanner) character() (byte, error) {
	c := s.text[s.pos]
	s.pos++
	switch c {
	case '\n':
		return 0, errUnterminated
	case '\\':
		return s.escape()
	}
	return c, nil
}

// newline consumes the end of a line.
func (s *scanner) newline() bool {
	at := s.pos
	if at < len(s.text) && s.text[at] == '\r' {
		at++
	}
	if at >= len(s.text) || s.text[at] != '\n' {
		return false
	}
	s.pos = at + 1
	s.line++
	s.lineStart = s.pos
	return true
}

// escape reads an escape sequence behind its backslash: up to three octal
// digits, any number of hexadecimal ones, or one character.
func (s *scanner) escape() (byte, error) {
	if s.pos >= len(s.text) {
		return 0, errUnterminated
	}
	c := s.text[s.pos]
	switch {
	case c == 'x':
		s.pos++
		return s.digits(16, len(s.text))
	case '0' <= c && c <= '7':
		return s.digits(8, 3)
	}
	s.pos++
	switch c {
	case 'a':
		return '\a', nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'v':
		return '\v', nil
	case '\\', '"', '\'', '?':
		return c, nil
	}
	return 0, fmt.Errorf("unknown escape sequence %q", `\`+string(rune(c)))
}

// digits reads the digits of an escape sequence.
func (s *scanner) digits(base uint32, most int) (byte, error) {
	n, start := uint32(0), s.pos
	for s.pos < len(s.text) && s.pos-start < most {
		d := digit(s.text[s.pos])
		if d >= base {
			break
		}
		if n = n*base + d; n > 0xff {
			return 0, errors.New("escape sequence beyond a byte")
		}
		s.pos++
	}
	switch {
	case s.pos == start:
		return 0, errors.New("escape sequence without digits")
	case s.pos < len(s.text) && s.text[s.pos] == '\\' && s.pos-start < most && (s.at(1) == '\n' || s.at(1) == '\r') && digit(s.afterLine()) < base:
		return 0, errors.New("escape sequence over two lines")
	}
	return byte(n), nil
}

// afterLine is the first byte of the line that follows a continued one.
func (s *scanner) afterLine() byte {
	if s.at(1) == '\r' {
		return s.at(3)
	}
	return s.at(2)
}

// digit is the value of a digit, 16 or more for what is none.
func digit(c byte) uint32 {
	switch {
	case '0' <= c && c <= '9':
		return uint32(c - '0')
	case 'a' <= c && c <= 'f':
		return uint32(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return uint32(c-'A') + 10
	}
	return 16
}

// position is the line and column of a byte of the literal in the text, both
// 1-based; 0, 0 beyond its end.
func (l *literal) position(text []byte, offset int) (line, column int) {
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].offset > offset })
	if i == 0 || offset >= len(l.data) {
		return 0, 0
	}
	m := l.marks[i-1]
	s := scanner{text: text, pos: m.at, line: m.line, lineStart: m.at - m.column + 1}
	for left := offset - m.offset; ; left-- {
		if more, err := s.toCharacter(); err != nil || !more {
			return 0, 0
		}
		if left == 0 {
			return s.line, s.pos - s.lineStart + 1
		}
		if _, err := s.character(); err != nil {
			return 0, 0
		}
	}
}
