package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

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

// Drift is a difference between the callback that an object declares and the
// kernel's callback of that name. No loader compares the two; the verifier
// checks the program against the kernel's.
type Drift struct {
	// Local and Kernel name what differs on either side in the same terms:
	// "3 parameters", `"struct sock *" as parameter 1`, "no return value".
	Local, Kernel string
}

// drifts compares the prototypes of a callback that was bound.
func (p *Plan) drifts(b *StructOpsBinding, mb *MemberBinding) []Drift {
	local, kernel := p.Object.Types, b.Types
	lid := funcProto(local, mb.Member.Type)
	kid := funcProto(kernel, kernel.Member(b.KernelType, mb.KernelMember).Type)
	if lid == btfgraph.Void || kid == btfgraph.Void {
		return nil
	}
	var list []Drift
	n, m := local.Vlen(lid), kernel.Vlen(kid)
	if n > m {
		list = append(list, Drift{fmt.Sprintf("%d parameters", n), fmt.Sprintf("%d", m)})
	}
	for i := range min(n, m) {
		l, k := p.valueWord(local, local.Param(lid, i).Type), p.valueWord(kernel, kernel.Param(kid, i).Type)
		if differ(l, k) {
			list = append(list, Drift{fmt.Sprintf("%s as parameter %d", l, i+1), k})
		}
	}
	if l, k := p.valueWord(local, local.Ref(lid)), p.valueWord(kernel, kernel.Ref(kid)); differ(l, k) {
		list = append(list, Drift{l + " as return value", k})
	}
	return list
}

// funcProto is the FUNC_PROTO that a type points to, [btfgraph.Void] if none.
func funcProto(g btfgraph.Graph, id btfgraph.ID) btfgraph.ID {
	id = btfgraph.SkipModsAndTypedefs(g, g.Ref(btfgraph.SkipModsAndTypedefs(g, id)))
	if g.Kind(id) != btfgraph.KindFuncProto {
		return btfgraph.Void
	}
	return id
}

// What valueWord says of values that have no name worth comparing.
const (
	wordVoid    = "no value"
	wordNumber  = "a number"
	wordPointer = "a pointer"
)

// valueWord says what sort of value the type is, as far as the verifier treats
// sorts differently: a number, a pointer, or a pointer to a certain struct,
// whose flavor does not count.
func (p *Plan) valueWord(g btfgraph.Graph, id btfgraph.ID) string {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	switch g.Kind(id) {
	case btfgraph.KindVoid:
		return wordVoid
	case btfgraph.KindInt, btfgraph.KindEnum, btfgraph.KindEnum64:
		return wordNumber
	case btfgraph.KindPtr:
	default:
		return g.Kind(id).String()
	}
	to := btfgraph.SkipModsAndTypedefs(g, g.Ref(id))
	switch kind := g.Kind(to); {
	case g.Name(to) == "":
		return wordPointer
	case kind == btfgraph.KindStruct, kind == btfgraph.KindFwd && !g.KindFlag(to):
		return fmt.Sprintf("%q", "struct "+p.Loader.EssentialName(g.Name(to))+" *")
	}
	return wordPointer
}

// differ reports whether values of the two sorts are treated differently: a
// pointer to something unnamed goes with every pointer.
func differ(local, kernel string) bool {
	if local == kernel {
		return false
	}
	return !(local == wordPointer && kernel[0] == '"' || kernel == wordPointer && local[0] == '"')
}
