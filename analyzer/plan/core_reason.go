package plan

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// coreMismatch is the reason for which a candidate does not match, in numbers:
// it is spelled when somebody asks.
type coreMismatch struct {
	code          mismatchCode
	local, target btfgraph.ID
	name          string
	n, m          int
}

type mismatchCode uint8

const (
	mismatchNone mismatchCode = iota
	mismatchKind
	mismatchTypes
	mismatchNoMember
	mismatchMember
	mismatchNoArray
	mismatchIndex
	mismatchNoEnumerator
	mismatchModuleID
	mismatchWidth
	mismatchBitfield
	mismatchNoSize
)

// spell is the mismatch in one clause about the candidate.
func (w coreMismatch) spell(local, target btfgraph.Graph) string {
	switch w.code {
	case mismatchNone:
		return ""
	case mismatchKind:
		return "it is " + spellKind(target, w.target)
	case mismatchTypes:
		return unlike(local, w.local, target, w.target)
	case mismatchNoMember:
		return typeRef(target, w.target) + " has no member " + quote(w.name)
	case mismatchMember:
		if w.name == "" {
			return unlike(local, w.local, target, w.target)
		}
		return fmt.Sprintf("member %q is %s, in the object %s", w.name, quote(spell(target, w.target)), quote(spell(local, w.local)))
	case mismatchNoArray:
		return quote(spell(target, w.target)) + " is no array"
	case mismatchIndex:
		return fmt.Sprintf("index %d of an array of %d", w.n, w.m)
	case mismatchNoEnumerator:
		return typeRef(target, w.target) + " has no enumerator " + quote(w.name)
	case mismatchModuleID:
		return "it belongs to a module, whose ids do not fit into an instruction"
	case mismatchWidth:
		return fmt.Sprintf("it has %d bytes, %d in the object, and is no unsigned integer", w.n, w.m)
	case mismatchBitfield:
		return errBitfield.Error()
	case mismatchNoSize:
		return errNoSize.Error()
	}
	return ""
}

// unlike spells two types that do not match, or says that they differ in what
// they consist of.
func unlike(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string {
	l := spell(local, btfgraph.SkipModsAndTypedefs(local, lid))
	t := spell(target, btfgraph.SkipModsAndTypedefs(target, tid))
	if l == t && target.Kind(btfgraph.SkipModsAndTypedefs(target, tid)) == btfgraph.KindFloat {
		return "it is a FLOAT, which no relocation of types matches"
	}
	if l == t {
		return "it consists of other parts than in the object"
	}
	return "it is " + quote(t) + ", in the object " + quote(l)
}

// spellKind names a type with its kind: `a UNION`.
func spellKind(g btfgraph.Graph, id btfgraph.ID) string {
	kind := g.Kind(id).String()
	if strings.IndexByte("AEIOU", kind[0]) >= 0 && kind != "UNION" {
		return "an " + kind
	}
	return "a " + kind
}

func (b *COREBinding) local() btfgraph.Graph { return b.group.local }

// Root is the name of the local type, with its flavor; "" if it has none.
func (b *COREBinding) Root() string { return b.local().Name(b.group.root) }

// Path is what is relocated, in C spelling: "task_struct.se.vruntime" for a
// field, the type's name for a type, the enumerator's for an enumerator. A
// malformed record has the type's name and the access string.
func (b *COREBinding) Path() string {
	root, spec := b.Root(), b.relo.spec
	if root == "" {
		root = typeRef(b.local(), b.group.root)
	}
	switch {
	case spec == nil:
		return root + "[" + b.Record.Access + "]"
	case b.Kind.EnumvalBased() && spec.accessors[0].name != "":
		return spec.accessors[0].name
	case b.Kind.TypeBased() || len(spec.accessors) == 0:
		return root
	}
	path := spec.path()
	if path == "" || path[0] == '[' {
		return root + path
	}
	return root + "." + path
}

// Subject is Path with a word before it: `field "task_struct.state"`,
// `struct "sk_buff"`, `enumerator "BPF_X" of enum "bpf_y"`.
func (b *COREBinding) Subject() string {
	g := b.local()
	switch {
	case b.relo.spec == nil || b.Kind.TypeBased() || b.Kind.FieldBased() && len(b.relo.spec.accessors) == 1:
		return typeRef(g, b.group.root)
	case b.Kind.EnumvalBased():
		return "enumerator " + quote(b.Path()) + " of " + typeRef(g, b.group.root)
	}
	return "field " + quote(b.Path())
}

// Candidates are the types of the target that were tried, in the order in
// which the loader finds them, then those of that name whose kind it passes over.
func (b *COREBinding) Candidates() []CORECandidate {
	list := make([]CORECandidate, 0, len(b.group.cands)+len(b.group.misfits))
	fixes := b.group.fixesOf(b.relo)
	for c, target := range b.group.cands {
		cand := CORECandidate{CORETarget: target}
		if c < len(fixes) {
			switch fix := &fixes[c]; {
			case fix.err != nil:
				cand.Mismatch = fix.err.Error()
			case !fix.matched:
				cand.Mismatch = fix.why.spell(b.local(), target.Graph)
			}
		}
		list = append(list, cand)
	}
	for _, target := range b.group.misfits {
		list = append(list, CORECandidate{target, fmt.Sprintf("it is %s, in the object %s",
			spellKind(target.Graph, target.ID), spellKind(b.local(), b.group.root))})
	}
	return list
}

// Reason says why the relocation is refused, poisoned or answered with 0, in
// one clause; "" if it is none of these.
func (b *COREBinding) Reason() string {
	switch {
	case b.err != nil:
		return b.err.Error()
	case b.Status == COREUnused && b.Record.Func == nil:
		return "no function holds the instruction"
	case b.Status == COREUnused && b.Record.Func.Program != nil:
		return "the loader does not load the program"
	case b.Status == COREUnused:
		return "no program calls the function"
	case b.Kind == CORELocalTypeID || b.fix == nil:
		return ""
	case b.Matched && b.Status == COREPoisoned:
		return b.fix.why.spell(b.local(), b.Target.Graph)
	case b.Matched:
		return ""
	}
	for _, c := range b.Candidates() {
		if c.Mismatch != "" {
			return c.Mismatch
		}
	}
	if len(b.group.cands) > 0 {
		return "another candidate fits more relocations of the program"
	}
	return "no type of that name"
}
