package lskel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMarks bounds the places that a literal keeps, whatever it is made of, and
// finds the last byte from them.
func TestMarks(t *testing.T) {
	t.Parallel()
	const n = 100_000
	tests := []struct {
		name, text   string
		line, column int
	}{
		{"plain", strings.Repeat("a", n), 1, n},
		{"octal", strings.Repeat(`\0`, n), 1, 2*n - 1},
		{"empty lines", strings.Repeat("\\\n", n) + "a", n + 1, 1},
		{"literals of a byte", strings.Repeat(`a""`, n) + "a", 1, 3*n + 1},
		{"literals of no byte", strings.Repeat("\"\n\"", n) + "a", n + 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scanner{text: []byte(tt.text + `"`), line: 1}
			l, err := s.literal(true)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(l.marks), len(tt.text)/markBytes+1)
			line, column := l.position(s.text, len(l.data)-1)
			assert.Equal(t, [2]int{tt.line, tt.column}, [2]int{line, column})
		})
	}
}
