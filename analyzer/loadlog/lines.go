package loadlog

import (
	"strconv"
	"strings"
)

// A log reaches us as a journal, a container runtime or a logging library of the
// application has wrapped it: with a prefix on every line, or as one string with
// its line ends escaped.

// lines are the lines of the log that a physical line holds, without what a logger
// put before them.
func lines(text string) []string {
	text = withoutPrefix(strings.TrimSpace(text))
	if !escaped(text) {
		return []string{bounded(text)}
	}
	list := strings.Split(unescape(text), "\n")
	for i := range list {
		list[i] = bounded(list[i])
	}
	return list
}

// bounded is a line as far as it is looked at.
func bounded(text string) string { return text[:min(len(text), maxLine)] }

// escaped reports whether a line is JSON, or has strings as Go, Rust or logfmt
// quote them. A line of source that the verifier shows may hold "\n" too.
func escaped(text string) bool {
	if strings.HasPrefix(text, ";") {
		return false
	}
	return strings.Contains(text, `\n`) || strings.HasPrefix(text, `{"`) || strings.Contains(text, `msg="`) || strings.Contains(text, `err="`) || strings.Contains(text, `error="`)
}

// unescape undoes the quoting of strings. A quotation mark that starts or ends one
// is a line end: what stands in front of it is no part of the log.
func unescape(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			b.WriteByte('\n')
		case c != '\\' || i+1 == len(text):
			b.WriteByte(c)
		default:
			i++
			i += unescapeOne(&b, text[i:])
		}
	}
	return b.String()
}

// unescapeOne writes what the escape sequence stands for whose character after the
// backslash starts the text, and returns how many characters follow that one.
func unescapeOne(b *strings.Builder, text string) int {
	switch c := text[0]; c {
	case 'n':
		b.WriteByte('\n')
	case 't', 'r':
		b.WriteByte(' ')
	case 'u':
		if len(text) >= 5 {
			if r, err := strconv.ParseUint(text[1:5], 16, 16); err == nil {
				b.WriteRune(rune(r))
				return 4
			}
		}
		b.WriteString(`\u`)
	case '"', '\'', '\\', '/':
		b.WriteByte(c)
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
	return 0
}

// withoutPrefix is a line without the time, the host and the process that
// syslog, journalctl, the kernel's ring buffer, Go's package log, Docker Compose
// and the container runtime interface put before it.
func withoutPrefix(text string) string {
	if name, rest, found := strings.Cut(text, " | "); found && isIdentifier(strings.TrimRight(name, " ")) {
		return rest
	}
	if rest, ok := cutUptime(text); ok {
		return rest
	}
	rest, ok := cutTime(text)
	if !ok {
		return text
	}
	for _, stream := range [...]string{"stdout F ", "stderr F ", "stdout P ", "stderr P "} {
		if line, found := strings.CutPrefix(rest, stream); found {
			return strings.TrimLeft(line, " \t")
		}
	}
	return withoutProcess(rest)
}

// isIdentifier reports a name as containers have it.
func isIdentifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '.' && c != '_' && !isDigitAt(s, i) && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return s != ""
}

// cutUptime cuts the seconds since boot: "[  123.456789] ".
func cutUptime(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, "[")
	if !ok {
		return text, false
	}
	number, rest, ok := strings.Cut(rest, "] ")
	if _, err := strconv.ParseFloat(strings.TrimLeft(number, " "), 64); !ok || err != nil || !strings.Contains(number, ".") {
		return text, false
	}
	return rest, true
}

// cutTime cuts a date and a time, or one word that is both.
func cutTime(text string) (string, bool) {
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case len(word) == 3 && isMonth(word):
		_, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ") // the day
		clock, after, found := strings.Cut(rest, " ")
		return after, found && isClock(clock)
	case len(word) < 10 || !isDate(word[:10]):
		return text, false
	case len(word) > 10:
		return strings.TrimLeft(rest, " "), word[10] == 'T' && isClock(word[11:])
	}
	clock, after, found := strings.Cut(rest, " ")
	return after, found && isClock(clock)
}

func isMonth(s string) bool {
	return strings.Contains(" Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ", " "+s+" ")
}

// isDate reports "2026-11-22" or "2026/11/22".
func isDate(s string) bool {
	for i := range len(s) {
		if i == 4 || i == 7 {
			if s[i] != '-' && s[i] != '/' {
				return false
			}
		} else if !isDigitAt(s, i) {
			return false
		}
	}
	return true
}

// isClock reports what starts as "15:04:05".
func isClock(s string) bool {
	return len(s) >= 8 && s[2] == ':' && s[5] == ':' && isDigitAt(s, 0) && isDigitAt(s, 1) && isDigitAt(s, 3) && isDigitAt(s, 6)
}

// withoutProcess is a line without "HOST PROCESS[PID]: ", or "HOST PROCESS: ".
func withoutProcess(text string) string {
	_, after, found := strings.Cut(text, " ")
	if !found {
		return text
	}
	process, rest, found := strings.Cut(after, ": ")
	if name, pid, _ := strings.Cut(strings.TrimSuffix(process, "]"), "["); found && isIdentifier(name) && (pid != "" || process == name) && !strings.Contains(text[:len(text)-len(after)], ":") {
		return rest
	}
	return text
}
