package comment

import "strings"

// lineFacts are what the scan notes of a line.
type lineFacts struct {
	code, comment bool // it holds some
	depth         int  // of parentheses and brackets at its end
	last          byte // last character of code, 0 without code
	macro         bool // part of a preprocessor directive
}

// span is a comment in the source.
type span struct {
	text          string // without delimiters
	line, endLine int
	column        int // of the text's first byte
}

// scanner walks over a C source once.
type scanner struct {
	src   string
	at    int
	start int // of the current line
	lines []lineFacts
	spans []span
	depth int
	macro bool
}

// scan tells comments from code. Line splices within tokens are not undone:
// nobody writes comments for a linter that way.
func scan(src string) *scanner {
	s := &scanner{src: src, lines: make([]lineFacts, 1, 1+strings.Count(src, "\n"))}
	for s.at < len(src) {
		c := src[s.at]
		switch {
		case c == '\n':
			s.newline()
		case strings.HasPrefix(src[s.at:], "/*"):
			s.comment("*/")
		case strings.HasPrefix(src[s.at:], "//"):
			s.comment("\n")
		case c == '"' || c == '\'':
			s.quoted(c)
		default:
			s.code(c)
			s.at++
		}
	}
	s.line().depth = s.depth
	return s
}

func (s *scanner) line() *lineFacts { return &s.lines[len(s.lines)-1] }

// newline ends a line, and a directive unless its line is continued.
func (s *scanner) newline() {
	l := s.line()
	l.macro = s.macro
	if s.macro && l.last != '\\' {
		s.macro, s.depth = false, 0
	}
	l.depth = s.depth
	s.at++
	s.start = s.at
	s.lines = append(s.lines, lineFacts{})
}

// comment takes a comment that starts here up to the end mark, which for a line
// comment is not part of it.
func (s *scanner) comment(end string) {
	from := s.at + len("/*")
	text := s.src[from:]
	c := span{line: len(s.lines), column: from - s.start + 1}
	if n := strings.Index(text, end); n >= 0 {
		text = text[:n]
	}
	to := from + len(text)
	s.at = from
	for n := strings.IndexByte(s.src[s.at:to], '\n'); n >= 0; n = strings.IndexByte(s.src[s.at:to], '\n') {
		s.line().comment = true
		s.at += n
		s.newline()
	}
	s.line().comment = true
	s.at = to
	if end != "\n" {
		s.at = min(to+len(end), len(s.src))
	}
	c.text, c.endLine = text, len(s.lines)
	s.spans = append(s.spans, c)
}

// quoted takes a string or character literal, which ends with its line.
func (s *scanner) quoted(quote byte) {
	s.code(quote)
	for s.at++; s.at < len(s.src) && s.src[s.at] != '\n'; s.at++ {
		switch s.src[s.at] {
		case quote:
			s.code(quote)
			s.at++
			return
		case '\\':
			if s.at+1 < len(s.src) && s.src[s.at+1] != '\n' {
				s.at++
			}
		}
	}
}

// code notes a character that is no comment.
func (s *scanner) code(c byte) {
	l := s.line()
	switch c {
	case ' ', '\t', '\r', '\f', '\v':
		return
	case '(', '[':
		s.depth++
	case ')', ']':
		s.depth = max(s.depth-1, 0)
	case '#':
		s.macro = s.macro || !l.code
	case '}':
		// A brace in the first column ends a function, whatever went before.
		if s.at == s.start {
			s.depth = 0
		}
	}
	l.code, l.last = true, c
}
