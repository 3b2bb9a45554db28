package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/plan"
)

func TestLoaderVersions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, spec, want string // want is the version that stands for it, "" if there is none
	}{
		{"newest", "libbpf@1.8", "1.8"},
		{"older", "libbpf@1.5", "1.5"},
		{"bug fix release", "libbpf@1.5.1", "1.5"},
		{"oldest", "libbpf@1.0.1", "1.0"},
		{"tag", "libbpf@v1.3.2", "1.3"},
		{"bug fix release of the newest", "cilium@0.22.7", "0.22.0"},
		{"go module version", "cilium@v0.20.0", "0.20"},
		{"crate version", "aya@0.13.1", "0.13"},
		{"newer than known", "libbpf@1.9", ""},
		{"older than known", "libbpf@0.8", ""},
		{"before candidates of all modules", "cilium@0.18", ""},
		{"another major version", "libbpf@2.0", ""},
		{"major version alone", "libbpf@1", ""},
		{"nothing", "libbpf@", ""},
		{"words", "libbpf@new", ""},
		{"too many numbers", "libbpf@1.5.1.1", ""},
		{"loader without versions", "lskel@1.5", ""},
		{"unknown loader", "libpbf@1.5", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := plan.LoaderByName(tt.spec)
			if tt.want == "" {
				assert.Nil(t, l)
				return
			}
			require.NotNil(t, l)
			assert.Equal(t, tt.spec, l.Name)
			assert.Equal(t, tt.want, l.Version)
		})
	}
}

// TestLibbpfSections counts the rows of section_defs at the tags of libbpf.
func TestLibbpfSections(t *testing.T) {
	t.Parallel()
	rows := map[string]int{
		"1.8": 116, "1.7": 105, "1.6": 103, "1.5": 101, "1.4": 100, "1.3": 99, "1.2": 82, "1.1": 81, "1.0": 81,
	}
	require.Len(t, rows, len(plan.Libbpf.Versions()))
	for _, version := range plan.Libbpf.Versions() {
		assert.Len(t, plan.Libbpf.At(version).Sections, rows[version], version)
	}
}

// TestVersionsApart makes all versions and looks whether the newest is still
// what it was.
func TestVersionsApart(t *testing.T) {
	t.Parallel()
	for _, l := range plan.Loaders {
		sections, types := len(l.Sections), len(l.Maps.Unsupported)
		require.NotEmpty(t, l.Versions())
		for _, version := range l.Versions() {
			require.NotNil(t, l.At(version), version)
		}
		assert.Len(t, l.Sections, sections, l.Name)
		assert.Len(t, l.Maps.Unsupported, types, l.Name)
		assert.Same(t, l, plan.LoaderByName(l.Name))
	}
}
