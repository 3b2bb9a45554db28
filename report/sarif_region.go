package report

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func hasLine(src *bpfobj.Source) bool { return src.File != "" && src.Line > 0 }

// columns are the first column of what a position marks and the one behind it,
// 1-based and in UTF-16 code units: the word at the column, or without a column
// the line. Columns of the object count bytes.
func columns(src *bpfobj.Source) (start, end int) {
	text := strings.TrimRight(src.Text, " \t\r\n")
	if text == "" {
		start = max(src.Column, 1)
		return start, start + 1
	}
	from, to := marked(src, text)
	start = units(text[:from]) + 1
	return start, max(start+units(text[from:to]), start+1)
}

// marked is the part of the line's text that a position marks, in bytes.
func marked(src *bpfobj.Source, text string) (from, to int) {
	from = src.Column - 1
	if 0 <= from && from < len(text) {
		return from, from + wordLen(text[from:])
	}
	return len(text) - len(strings.TrimLeft(text, " \t")), len(text)
}

// units counts UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// wordLen is the length in bytes of the C identifier at the start of text, or
// of its first rune.
func wordLen(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(text)
	}
	return n
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
