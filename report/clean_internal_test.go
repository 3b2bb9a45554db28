package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsClean(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		clean := ' ' <= c && c < 0x7f
		for _, before := range []string{"", " ~a", "1234567", "12345678", "~~~~~~~~~   "} {
			for _, after := range []string{"", "!", "~~~~~~~~~~~~", "        "} {
				text := before + string([]byte{byte(c)}) + after
				assert.Equal(t, clean, isClean(text), "%q", text)
				assert.Equal(t, clean, isCleanBytes([]byte(text)), "%q", text)
			}
		}
	}
}
