package plan

import "strings"

// maxNearName is the length in bytes up to which names are compared.
const maxNearName = 128

// likenesses are the ways in which a name may be another's successor, the surest
// first.
var likenesses = [...]func(name, other string) bool{sameLetters, closeTo, extends, sameWords}

// sameLetters: equal but for case and underscores.
func sameLetters(a, b string) bool {
	if len(a) > maxNearName || len(b) > maxNearName {
		return false
	}
	i, j := 0, 0
	for {
		for i < len(a) && a[i] == '_' {
			i++
		}
		for j < len(b) && b[j] == '_' {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if lower(a[i]) != lower(b[j]) {
			return false
		}
		i, j = i+1, j+1
	}
}

// lower is a letter of C in lower case.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// extends: one is the other with a word before or after it. Short names are
// part of too many others.
func extends(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if d := len(b) - len(a); len(a) >= 4 && d > 1 {
		return b[len(a)] == '_' && b[:len(a)] == a || b[d-1] == '_' && b[d:] == a
	}
	return false
}

// closeTo: one edit apart, or two if the names are long.
func closeTo(a, b string) bool {
	limit := 0
	switch n := min(len(a), len(b)); {
	case n >= 8 && n <= maxNearName:
		limit = 2
	case n >= 4 && n <= maxNearName:
		limit = 1
	}
	return limit > 0 && max(len(a), len(b))-min(len(a), len(b)) <= limit && editDistance(a, b) <= limit
}

// editDistance is the number of insertions, deletions and replacements between
// two names, the second of at most maxNearName+2 bytes.
func editDistance(a, b string) int {
	var room [maxNearName + 3]uint8
	row := room[:len(b)+1]
	for j := range row {
		row[j] = uint8(j)
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = uint8(i + 1)
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
		}
	}
	return int(row[len(b)])
}

// sameWords: the words of one are all words of the other, in any order, and
// there is more than one.
func sameWords(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) > maxNearName || len(a) < 6 || strings.IndexByte(a, '_') < 0 {
		return false
	}
	for word := range strings.SplitSeq(a, "_") {
		if !hasWord(b, word) {
			return false
		}
	}
	return true
}

// hasWord reports whether a word is one of those of a name.
func hasWord(name, word string) bool {
	for w := range strings.SplitSeq(name, "_") {
		if w == word {
			return true
		}
	}
	return false
}

// shareWord reports a word in two names that a third one, that of their
// neighbour, has not: many structs have names that all start with one word.
func shareWord(a, b, neighbour string) bool {
	for word := range strings.SplitSeq(a, "_") {
		if len(word) > 1 && hasWord(b, word) && !hasWord(neighbour, word) {
			return true
		}
	}
	return false
}

// partOf is what a name has after another one and an underscore, "" if it does
// not start so. Underscores before the names do not count.
func partOf(stem, name string) string {
	rest, ok := strings.CutPrefix(strings.TrimLeft(name, "_"), strings.TrimLeft(stem, "_"))
	if !ok || len(rest) < 2 || rest[0] != '_' {
		return ""
	}
	return rest[1:]
}

// endsIn: the name is the part, or ends in it after an underscore.
func endsIn(name, part string) bool {
	rest, ok := strings.CutSuffix(name, part)
	return ok && (rest == "" || rest[len(rest)-1] == '_')
}

func sameName(a, b string) bool { return a == b }

// kin: the names say the same after the short words with which all members of
// a struct start: "rq_disk" and "disk", "nr_sects" and "bd_nr_sectors",
// "icsk_retransmit_timer" and "tcp_retransmit_timer".
func kin(a, b string) bool {
	if len(a) > maxNearName || len(b) > maxNearName || !abbreviates(lastWord(a), lastWord(b)) {
		return false
	}
	x, y := stemOf(a), stemOf(b)
	return abbreviate(a, y) || abbreviate(x, b) || abbreviate(x, y)
}

// stemOf is a name without a short first word.
func stemOf(name string) string {
	if i := strings.IndexByte(name, '_'); i > 0 && i <= 4 && len(name)-i > 4 {
		return name[i+1:]
	}
	return name
}

// lastWord is what follows the last underscore.
func lastWord(name string) string { return name[strings.LastIndexByte(name, '_')+1:] }

// abbreviate: two names of as many words, each of which abbreviates the other's.
func abbreviate(a, b string) bool {
	for {
		wa, ra, ma := strings.Cut(a, "_")
		wb, rb, mb := strings.Cut(b, "_")
		if ma != mb || !abbreviates(wa, wb) {
			return false
		}
		if !ma {
			return true
		}
		a, b = ra, rb
	}
}

// abbreviates: equal, or one is the start of the other, but for an s of the
// plural: "sects" and "sectors".
func abbreviates(a, b string) bool {
	a, b = strings.TrimSuffix(a, "s"), strings.TrimSuffix(b, "s")
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= 3 && strings.HasPrefix(b, a)
}
