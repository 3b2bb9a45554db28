package plan

import "github.com/btflint/btflint/analyzer/btfgraph"

// maxNesting bounds the comparison of nested types.
const maxNesting = 32

// LayoutDiffers reports whether two structs, unions or arrays of equal size
// have their members in other places, or of other names or sizes: bytes copied
// from one to the other mean something else then. Loaders do not compare this.
func LayoutDiffers(local btfgraph.Graph, lid btfgraph.ID, kernel btfgraph.Graph, kid btfgraph.ID) bool {
	for range maxNesting {
		lid, kid = btfgraph.SkipModsAndTypedefs(local, lid), btfgraph.SkipModsAndTypedefs(kernel, kid)
		kind := local.Kind(lid)
		if kind != kernel.Kind(kid) {
			return true
		}
		if kind == btfgraph.KindArray {
			if local.Array(lid).Nelems != kernel.Array(kid).Nelems {
				return true
			}
			lid, kid = local.Array(lid).Elem, kernel.Array(kid).Elem
			continue
		}
		if kind != btfgraph.KindStruct && kind != btfgraph.KindUnion {
			return false
		}
		return membersDiffer(local, lid, kernel, kid)
	}
	return false
}

// membersDiffer compares the members of two structs or unions one by one,
// without looking into those that are structs themselves.
func membersDiffer(local btfgraph.Graph, lid btfgraph.ID, kernel btfgraph.Graph, kid btfgraph.ID) bool {
	if local.Vlen(lid) != kernel.Vlen(kid) {
		return true
	}
	for i := range local.Vlen(lid) {
		a, b := local.Member(lid, i), kernel.Member(kid, i)
		size, _ := btfgraph.SizeOf(local, a.Type)
		kernelSize, _ := btfgraph.SizeOf(kernel, b.Type)
		if a.Name != b.Name || a.BitOffset != b.BitOffset || a.BitfieldSize != b.BitfieldSize || size != kernelSize {
			return true
		}
	}
	return false
}
