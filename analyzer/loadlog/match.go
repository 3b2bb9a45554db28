package loadlog

import "strings"

// pattern is a line with placeholders: literals and what stands between them.
type pattern []segment

// segment is a literal and the placeholder after it.
type segment struct {
	literal string
	name    string // of the placeholder, "" at the end of a pattern
	text    bool   // the placeholder stands for more than a word
}

// parsePattern takes a form of [Symptom.Lines] apart.
func parsePattern(s string) pattern {
	var p pattern
	for {
		literal, rest, found := strings.Cut(s, "{")
		if !found {
			return append(p, segment{literal: s})
		}
		name, after, _ := strings.Cut(rest, "}")
		name, text := strings.CutSuffix(name, "...")
		p = append(p, segment{literal: literal, name: name, text: text})
		s = after
	}
}

// match finds the pattern anywhere in a line and returns what its placeholders
// stand for. A placeholder at the start is the word before what follows it.
func (p pattern) match(line string) (args map[string]string, ok bool) {
	first := p[0].literal
	if first == "" {
		first = p[1].literal
	}
	for from := 0; ; {
		i := strings.Index(line[from:], first)
		if i < 0 {
			return nil, false
		}
		start := from + i
		if p[0].literal != "" {
			args, ok = p.matchAt(line[start+len(first):])
		} else if word := lastWord(line[:start]); word != "" {
			if args, ok = p[1:].matchAt(line[start+len(first):]); ok {
				args = with(args, p[0].name, word)
			}
		}
		if ok {
			return args, true
		}
		from = start + 1
	}
}

// lastWord is the word at the end of a text.
func lastWord(s string) string {
	return strings.TrimSuffix(s[strings.LastIndexAny(s, wordEnds+":")+1:], "'")
}

// with adds an argument.
func with(args map[string]string, name, value string) map[string]string {
	if args == nil {
		args = make(map[string]string, 1)
	}
	args[name] = value
	return args
}

// matchAt matches what follows the first literal. A number at the end of a pattern
// is the whole number: "-1" is not the start of "-13".
func (p pattern) matchAt(rest string) (args map[string]string, ok bool) {
	for i, s := range p {
		if s.name == "" {
			return args, !isDigitAt(s.literal, len(s.literal)-1) || !isDigitAt(rest, 0)
		}
		end := len(rest)
		if next := p[i+1].literal; next != "" {
			if end = strings.Index(rest, next); end < 0 {
				return nil, false
			}
		} else if !s.text {
			if word := strings.IndexAny(rest, wordEnds); word >= 0 {
				end = word
			}
		}
		value := rest[:end]
		if value == "" || !s.text && strings.ContainsAny(value, " \t") {
			return nil, false
		}
		args = with(args, s.name, value)
		rest = rest[end+len(p[i+1].literal):]
	}
	return args, true
}

// isDigitAt reports whether the text has a digit there.
func isDigitAt(text string, i int) bool {
	return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9'
}

// wordEnds are the characters that end a word at the end of a pattern.
const wordEnds = " \t,;()"

// fill puts the arguments into a text.
func fill(text string, args map[string]string) string {
	for name, value := range args {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
