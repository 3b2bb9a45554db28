package analyzertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStyleFault(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, message, want string }{
		{"sentence", `kfunc "bpf_foo" not found in 5.10`, ""},
		{"quoted name", `"CONFIG_HZ" is not set`, ""},
		{"name in capitals", "BTF is malformed", ""},
		{"longest", strings.Repeat("ü", 120), ""},
		{"nothing", "", "is empty"},
		{"too long", strings.Repeat("ü", 121), "has 121 characters, at most 120 are read"},
		{"two lines", "a\nb", "has several lines"},
		{"period", "kfunc not found.", "ends with a period"},
		{"capital", "Kfunc not found", "begins with a capital"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, styleFault(tt.message))
		})
	}
}
