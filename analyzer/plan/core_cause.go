package plan

import (
	"errors"
	"fmt"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// COREWhy says in a word why a relocation does not end in the value that its
// author had in mind.
type COREWhy uint8

// Reasons.
const (
	// COREFits: it does.
	COREFits COREWhy = iota
	// CORENoType: the target has no type of that name.
	CORENoType
	// COREOtherKind: it has one, of another kind.
	COREOtherKind
	// CORENoMember: the type has no such member.
	CORENoMember
	// CORENoEnumerator: the enum has no such enumerator.
	CORENoEnumerator
	// COREUnlike: the member, or the type itself, is there with another type.
	COREUnlike
	// COREShort: the array is there and has too few elements.
	COREShort
	// COREModuleID: the type belongs to a module, whose type ids the loader
	// does not put into instructions.
	COREModuleID
	// COREResized: the field has another width, to which the loader cannot fit
	// the instruction.
	COREResized
	// COREOutvoted: a candidate matches, and the loader settled on another.
	COREOutvoted
	// COREMalformed: refused whatever the target is.
	COREMalformed
	// COREAmbiguous: refused, because candidates that match disagree.
	COREAmbiguous
	// COREUnfit: refused, because the loader cannot compute the value, or the
	// instruction cannot take it.
	COREUnfit
	// COREUndecidable: the types are too large to be compared.
	COREUndecidable
)

// CORECause is why a relocation is refused, poisoned or answered with 0. The
// zero value belongs to one that fits.
type CORECause struct {
	Why COREWhy
	// Name is the member or enumerator that is missing or differs, "" if it is
	// the type itself.
	Name string
	// Local and Target are the types that differ, in C spelling.
	Local, Target string
}

// Cause says why the relocation is refused, poisoned or answered with 0: the
// reason of the first candidate, which [COREBinding.Reason] spells.
func (b *COREBinding) Cause() CORECause {
	switch {
	case b.Status == COREUndecided:
		return CORECause{Why: COREUndecidable}
	case b.err != nil:
		return CORECause{Why: b.refusal()}
	case b.Kind == CORELocalTypeID || b.fix == nil || b.Matched && b.Status != COREPoisoned:
		return CORECause{}
	case b.Matched:
		return b.causeOf(b.fix.why, b.Target.Graph)
	case len(b.group.cands) == 0 && len(b.group.misfits) == 0:
		return CORECause{Why: CORENoType}
	case len(b.group.cands) == 0:
		return CORECause{Why: COREOtherKind}
	}
	fixes := b.group.fixesOf(b.relo)
	for c := range fixes {
		if fixes[c].matched {
			return CORECause{Why: COREOutvoted}
		}
	}
	if len(fixes) == 0 {
		return CORECause{}
	}
	return b.causeOf(fixes[0].why, b.group.cands[0].Graph)
}

// causeOf is a mismatch for those who have no candidate to set it against.
func (b *COREBinding) causeOf(why coreMismatch, target btfgraph.Graph) CORECause {
	c := CORECause{Why: COREUnlike, Name: why.name}
	switch why.code {
	case mismatchKind:
		if !b.Kind.FieldBased() || target.Kind(why.target) == btfgraph.KindFwd {
			c.Why = COREOtherKind
		}
	case mismatchMember:
		c.Local, c.Target = spell(b.local(), why.local), spell(target, why.target)
	case mismatchTypes:
		c.Local = spell(b.local(), btfgraph.SkipModsAndTypedefs(b.local(), why.local))
		c.Target = spell(target, btfgraph.SkipModsAndTypedefs(target, why.target))
	case mismatchNoMember:
		c.Why = CORENoMember
	case mismatchNoEnumerator:
		c.Why = CORENoEnumerator
	case mismatchIndex:
		c.Why = COREShort
	case mismatchModuleID:
		c.Why = COREModuleID
	case mismatchWidth:
		c.Why = COREResized
		c.Local, c.Target = spell(b.local(), why.local), spell(target, why.target)
	}
	return c
}

// refusal sorts the errors.
func (b *COREBinding) refusal() COREWhy {
	var held *heldError
	switch {
	case errors.Is(b.err, errAmbiguous):
		return COREAmbiguous
	case errors.Is(b.err, errBitfield), errors.Is(b.err, errCOREDepth), errors.Is(b.err, errNesting), errors.Is(b.err, errTypeDepth):
		return COREUnfit
	case errors.Is(b.err, errInsn), errors.Is(b.err, errInsnOffset), errors.As(b.err, &held), b.relo.err != nil, b.relo.parseErr != nil:
		return COREMalformed
	}
	return COREUnfit
}

// heldError is that of an instruction that does not hold what the object's
// types say.
type heldError struct{ holds, want int64 }

func (e *heldError) Error() string {
	return fmt.Sprintf("the instruction holds %d, BTF says %d", e.holds, e.want)
}
