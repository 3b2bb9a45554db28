package config

import (
	"fmt"
	"strings"
)

// Error is what is wrong with a configuration, and where.
type Error struct {
	Path         string
	Line, Column int // from 1, 0 unknown
	Message      string
	text         string // the line
}

// Error is "PATH:LINE:COLUMN: message", and below it the line with a caret.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Message
	}
	head := fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Message)
	if e.text == "" {
		return head
	}
	number := fmt.Sprintf("%5d | ", e.Line)
	return head + "\n" + number + e.text + "\n" + strings.Repeat(" ", len(number)-2) + "| " + e.indent() + "^"
}

// indent is the space before the caret: tabs stay tabs, so that it stands where
// it should at any width of a tab.
func (e *Error) indent() string {
	var b strings.Builder
	n := 1
	for _, r := range e.text {
		if n >= e.Column {
			break
		}
		n++
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// errorAt is an error at a place of the file.
func (f *File) errorAt(line, column int, format string, args ...any) *Error {
	return &Error{Path: f.Path, Line: line, Column: column, Message: fmt.Sprintf(format, args...), text: printable(f.Line(line))}
}

// ErrorAt is an error about a value of the file.
func (f *File) ErrorAt(t Text, format string, args ...any) error {
	return f.errorAt(t.Line, t.Column, format, args...)
}

// printable replaces what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}
