package kernel

import (
	"maps"
	"slices"
)

// ModuleNames are the names of the known modules, ascending.
func (k *Kernel) ModuleNames() []string { return slices.Sorted(maps.Keys(k.Modules)) }
