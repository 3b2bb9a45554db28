package plan

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestKfuncTable checks what look-ups in the generated table rely on, and that
// the hand-made part fits to it.
func TestKfuncTable(t *testing.T) {
	t.Parallel()
	assert.True(t, slices.IsSortedFunc(kfuncTable[:], func(a, b kfuncRow) int {
		switch {
		case a.name < b.name:
			return -1
		case a.name > b.name:
			return 1
		}
		return 0
	}))
	for _, row := range kfuncTable {
		assert.NotEqual(t, kfuncRow{name: row.name}, row, "no kernel has it")
		for _, class := range row.classes {
			assert.LessOrEqual(t, int(class), len(kfuncClasses), row.name)
		}
	}
	for _, place := range kfuncPlaces {
		i := slices.IndexFunc(filteredSets[:], func(s filteredSet) bool { return s.set == place.set })
		if assert.GreaterOrEqual(t, i, 0, "no set %q", place.set) {
			for _, name := range filteredSets[i].kfuncs {
				assert.NotNil(t, kfuncRowOf(name), name)
			}
		}
	}
	for _, member := range bareScxMembers {
		assert.False(t, listedMember("sched_ext_ops", member), member)
	}
}
