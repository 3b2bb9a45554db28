package rules

import (
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

// maxHint is the length in bytes from which code in a hint is told in words.
const maxHint = 170

// fieldPath is a relocation's field without its root: "a.b[3].c", "" if that is
// no member in C.
func fieldPath(b *plan.COREBinding) string {
	path, ok := strings.CutPrefix(b.Path(), b.Root()+".")
	if !ok || b.Root() == "" {
		return ""
	}
	return path
}

// fieldExists is the test of a relocation's field in C, of a pointer p.
func fieldExists(b *plan.COREBinding) string {
	return "bpf_core_field_exists(p->" + fieldPath(b) + ")"
}

// guardedRead is the way out where the field is nowhere: a read that clang
// leaves with a value if the kernel lacks it. A variable that only a guarded
// read sets is read uninitialised, which the verifier refuses.
func guardedRead(p *analyzer.Pass, b *plan.COREBinding) string {
	path := fieldPath(b)
	if path == "" {
		return "read it only if bpf_core_field_exists is 1 for it, and use another value otherwise"
	}
	id, bitfield := b.FieldType()
	read := "BPF_CORE_READ(p, " + path + ")"
	switch insn := b.Record.Func.Insns[b.Record.Insn]; {
	case bitfield:
		read = "BPF_CORE_READ_BITFIELD_PROBED(p, " + path + ")"
	case insn.Op&7 == 1: // LDX
		read = "p->" + path
	}
	hint := "read it as " + fieldExists(b) + " ? " + read + " : 0"
	if !scalar(p.Plan.Object.Types.Kind(id)) || len(hint) > maxHint {
		return "read it only if " + fieldExists(b) + ", and use another value otherwise"
	}
	return hint
}

// scalar reports the kinds of types that 0 is a value of.
func scalar(k btfgraph.Kind) bool {
	switch k {
	case btfgraph.KindInt, btfgraph.KindPtr, btfgraph.KindEnum, btfgraph.KindEnum64:
		return true
	}
	return false
}

// whereNow is the clause that says what became of a missing field.
func whereNow(p *analyzer.Pass, b *plan.COREBinding, near []plan.Suggestion) string {
	if b.Cause().Why == plan.COREOutvoted {
		return "; it is in another type of that name"
	}
	if module := p.Plan.ShadowedBy(b); module != "" {
		return "; that of module " + quoted(module) + " has it"
	}
	if len(near) == 0 {
		if name := b.Cause().Name; !strings.HasSuffix(b.Path(), "."+name) {
			return ": " + b.Reason()
		}
		return ""
	}
	place := insideRoot(p, b, near[0].Name)
	switch how := near[0].How; {
	case how > plan.MovedBehind:
		return ": " + b.Reason()
	case near[0].Loose:
		return "; it has " + quoted(place)
	case how == plan.MovedInside:
		return "; moved to " + quoted(place)
	case how == plan.MovedBehind:
		return "; moved to " + quoted(place) + ", behind a pointer"
	case sameButMarks(lastName(b.Cause().Name), lastName(place)):
		return "; renamed to " + quoted(place)
	}
	return "; it has " + quoted(place)
}

// insideRoot is a suggestion's name without the type that it starts with.
func insideRoot(p *analyzer.Pass, b *plan.COREBinding, name string) string {
	for _, root := range [...]string{p.Plan.Loader.EssentialName(b.Root()), b.Root()} {
		if rest, ok := strings.CutPrefix(name, root+"."); ok {
			return rest
		}
	}
	return name
}

// lastName is the last member of a path.
func lastName(path string) string { return path[strings.LastIndexAny(path, ".>")+1:] }

// sameButMarks reports names that are equal but for case and underscores.
func sameButMarks(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	return fold(a) == fold(b)
}

// nearHint is the way out where the field is somewhere else: a flavor that
// declares that place, and the test that tells which one to read.
func nearHint(p *analyzer.Pass, b *plan.COREBinding, s *plan.Suggestion) string {
	path, place := fieldPath(b), insideRoot(p, b, s.Name)
	if path == "" {
		return "where bpf_core_field_exists is 0 for it, read " + place + " through a flavor of " + cRoot(p, b)
	}
	if flavor := flavorOf(p, b, place, s); flavor != "" {
		read := "BPF_CORE_READ(x, " + strings.ReplaceAll(place, "->", ", ") + ")"
		if hint := "with " + flavor + " *x = (void *)p; read " + read + " unless " + fieldExists(b); len(hint) <= maxHint {
			return hint
		}
	}
	return "where " + fieldExists(b) + " is 0, read " + place + " through a flavor of " + cRoot(p, b)
}

// flavorOf declares a flavor of the root type that has one field, "" if the
// field cannot be declared in a line. It is meant for a place within a function,
// where its names hide those of vmlinux.h.
func flavorOf(p *analyzer.Pass, b *plan.COREBinding, place string, s *plan.Suggestion) string {
	root := p.Plan.Object.Types.Kind(b.Record.Type)
	stem := p.Plan.Loader.EssentialName(b.Root())
	before, behind, pointer := strings.Cut(place, "->")
	if root != btfgraph.KindStruct && root != btfgraph.KindUnion || !declarable(s.Type) || strings.ContainsAny(place, "[(") ||
		pointer && !strings.HasPrefix(s.Behind, "struct ") || strings.Contains(s.Behind, "{") {
		return ""
	}
	suffix := "___x"
	if b.Root() == stem+suffix {
		suffix = "___y"
	}
	inner := nested(strings.Split(before, "."), s.Type)
	if pointer {
		to := s.Behind + suffix + " { " + nested(strings.Split(behind, "."), s.Type) + " } *"
		inner = nested(strings.Split(before, "."), to)
	}
	return kindWord(root) + " " + stem + suffix + " { " + inner + " }"
}

// declarable reports a type that a flavor can declare a member of, and that is
// read as a number or a pointer.
func declarable(typ string) bool {
	if typ == "" || strings.ContainsAny(typ, "{[(") || strings.Contains(typ, "...") {
		return false
	}
	return strings.HasSuffix(typ, "*") || !strings.HasPrefix(typ, "struct ") && !strings.HasPrefix(typ, "union ")
}

// nested declares a member of members: "struct { int cpu; } info;".
func nested(members []string, typ string) string {
	last := len(members) - 1
	inner := declared(typ, members[last])
	for i := last - 1; i >= 0; i-- {
		inner = "struct { " + inner + " } " + members[i] + ";"
	}
	return inner
}

// declared is the declaration of a member of a type that is neither an array
// nor a function. An enum is declared with it: headers of other kernels have none.
func declared(typ, name string) string {
	switch {
	case strings.HasSuffix(typ, "*"):
		return typ + name + ";"
	case strings.HasPrefix(typ, "enum "):
		return typ + " { x_ } " + name + ";"
	}
	return typ + " " + name + ";"
}

// globalHint adds what a guard in the caller of a global function is worth.
func globalHint(p *analyzer.Pass, u *coreUse, hint string) string {
	f, b := u.binding.Record.Func, u.binding
	if f.Program != nil || u.reach.Certain.Empty() || f.Hidden || f.Linkage(p.Plan.Object.Types) != btfgraph.LinkageGlobal {
		return hint
	}
	for i := range p.Plan.CORE {
		other := &p.Plan.CORE[i]
		if other.Kind.Exists() && other.Record.Func != f && other.Record.Type == b.Record.Type && other.Status == plan.COREPatched && other.Value == 0 {
			return fmt.Sprintf("the kernel verifies global functions alone: make %s static, or put the guard inside it; %s", f.Name, hint)
		}
	}
	return hint
}
