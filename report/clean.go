package report

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"
)

// clean escapes what a terminal or an editor would obey instead of show:
// control characters, escape sequences, invalid UTF-8, line separators and
// marks that reorder the line. The result is one line.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			b.WriteString(`\x`)
			b.WriteByte(hexDigits[s[i]>>4])
			b.WriteByte(hexDigits[s[i]&15])
		case obeyed(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(s[i : i+size])
		}
	}
	return b.String()
}

// isClean reports texts of printable ASCII characters, which [clean] leaves as
// they are.
func isClean(s string) bool { return isCleanBytes([]byte(s)) }

// isCleanBytes is isClean. It looks at eight at a time: what is below a blank sets the
// highest bit of its byte, or that of one above it, when a blank is subtracted from all,
// what is DEL or beyond ASCII when one is added.
func isCleanBytes(s []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for whole := s; len(whole) >= 8 && len(s) > 0; s = s[8:] {
		if len(s) < 8 {
			s = whole[len(whole)-8:] // some of it once more
		}
		w := binary.LittleEndian.Uint64(s)
		if (w|(w-ones*' ')|(w+ones))&highs != 0 {
			return false
		}
	}
	for _, c := range s {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

// obeyed reports runes with an effect beyond their own cell.
func obeyed(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r <= 0x9f: // C0, DEL, C1
		return true
	case 0x200b <= r && r <= 0x200f, 0x2028 <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f: // invisible, separators, bidirectional
		return true
	}
	return r == 0x061c || r == 0xfeff || 0xe0000 <= r && r <= 0xe007f // ALM, BOM, tags
}

// escapeJSON replaces what [obeyed] names by \u escapes in JSON text. The
// encoder leaves DEL, C1 and the reordering marks as they are.
func escapeJSON(text []byte) []byte {
	i := 0
	for i < len(text) && text[i] < 0x7f {
		i++
	}
	if i == len(text) {
		return text
	}
	out := append(make([]byte, 0, len(text)+64), text[:i]...)
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		if !obeyed(r) || r < ' ' { // C0 outside strings is layout
			out = append(out, text[i:i+size]...)
		} else if r < 0x10000 {
			out = appendUnit(out, uint16(r))
		} else {
			out = appendUnit(out, uint16(0xd800+(r-0x10000)>>10))
			out = appendUnit(out, uint16(0xdc00+(r-0x10000)&0x3ff))
		}
		i += size
	}
	return out
}

func appendUnit(out []byte, u uint16) []byte {
	return append(out, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}
