package plan

import (
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Drift is a difference between the callback that an object declares and the
// kernel's callback of that name. No loader compares the two; the verifier
// checks the program against the kernel's.
type Drift struct {
	// Local and Kernel name what differs on either side in the same terms:
	// "3 parameters", `"struct sock *" as parameter 1`, "no return value".
	Local, Kernel string
	// Sign tells that only the sign of a number differs.
	Sign bool
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
		list = append(list, Drift{Local: fmt.Sprintf("%d parameters", n), Kernel: fmt.Sprintf("%d", m)})
	}
	for i := range min(n, m) {
		list = p.addDrift(list, b, local.Param(lid, i).Type, kernel.Param(kid, i).Type, fmt.Sprintf("parameter %d", i+1))
	}
	return p.addDrift(list, b, local.Ref(lid), kernel.Ref(kid), "return value")
}

// addDrift compares two values in the same place.
func (p *Plan) addDrift(list []Drift, b *StructOpsBinding, local, kernel btfgraph.ID, place string) []Drift {
	l, k := p.valueWord(p.Object.Types, local), p.valueWord(b.Types, kernel)
	switch {
	case differ(l, k):
		return append(list, Drift{Local: l + " as " + place, Kernel: k})
	case l != wordNumber || k != wordNumber:
		return list
	}
	lsize, lsigned, lint := number(p.Object.Types, local)
	ksize, ksigned, kint := number(b.Types, kernel)
	switch {
	case lsize != ksize:
		return append(list, Drift{Local: fmt.Sprintf("a number of %d bytes as %s", lsize, place), Kernel: fmt.Sprintf("%d", ksize)})
	case lint && kint && lsize > 1 && lsigned != ksigned: // char is what the compiler makes it
		return append(list, Drift{Local: signWord(lsigned) + " as " + place, Kernel: signWord(ksigned), Sign: true})
	}
	return list
}

// number is the size of a number in bytes, and the sign of one that is no enum.
func number(g btfgraph.Graph, id btfgraph.ID) (size uint64, signed, integer bool) {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	size, _ = btfgraph.SizeOf(g, id)
	if g.Kind(id) != btfgraph.KindInt {
		return size, false, false
	}
	return size, g.Int(id).Encoding&btfgraph.IntSigned != 0, true
}

func signWord(signed bool) string {
	if signed {
		return "a signed number"
	}
	return "an unsigned number"
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
