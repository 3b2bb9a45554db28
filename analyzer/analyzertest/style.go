package analyzertest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds a finding's message, in characters; names in tests are short.
const maxMessage = 120

// styleFault says how a message breaks the house style, "" if it does not: one
// line of at most 120 characters without a period, that begins in lower case,
// with a quoted name or with one in capitals.
func styleFault(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	second, _ := utf8.DecodeRuneInString(message[size:])
	switch n := utf8.RuneCountInString(message); {
	case n == 0:
		return "is empty"
	case n > maxMessage:
		return fmt.Sprintf("has %d characters, at most %d are read", n, maxMessage)
	case strings.ContainsAny(message, "\r\n"):
		return "has several lines"
	case strings.HasSuffix(message, "."):
		return "ends with a period"
	case unicode.IsUpper(first) && unicode.IsLower(second):
		return "begins with a capital"
	}
	return ""
}
