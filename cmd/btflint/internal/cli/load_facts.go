package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/btflint/btflint/analyzer/plan"
)

// writeProgramFacts tells what the plan has for a program: what it is, what it
// attaches to, and what becomes of the externs and maps that it uses.
func writeProgramFacts(out io.Writer, p *plan.Plan, pp *plan.ProgramPlan) {
	fmt.Fprintf(out, "what the check knows of program %q:\n", pp.Program.Name)
	kind := []string{pp.ProgType}
	if pp.AttachType != "" {
		kind = append(kind, pp.AttachType)
	}
	if pp.Sleepable {
		kind = append(kind, "sleepable")
	}
	fmt.Fprintf(out, "\tis %s\n", strings.Join(kind, ", "))
	if t := &pp.Target; pp.AttachTo != "" {
		fmt.Fprintf(out, "\tattaches to %q: %s\n", pp.AttachTo, attachFacts(t))
	}
	uses := func(s plan.Scope) bool { return p.Hits(s, pp.Program.Name) }
	for i := range p.Externs {
		if b := &p.Externs[i]; uses(p.ScopeOfExtern(b.Extern)) {
			fmt.Fprintf(out, "\textern %q: %s\n", b.Extern.Name, externFacts(b))
		}
	}
	for i := range p.Maps {
		if m := &p.Maps[i]; uses(p.ScopeOfMap(m.Map)) {
			fmt.Fprintf(out, "\tmap %q: %s\n", m.Map.Name, mapFacts(m))
		}
	}
}

func attachFacts(b *plan.AttachBinding) string {
	switch b.Status {
	case plan.AttachFound:
		return fmt.Sprintf("%s %q is type %d of %s", b.Kind, b.Name, b.ID, owner(b.Module))
	case plan.AttachNone:
		return "not looked up in BTF"
	case plan.AttachProgram:
		return "another program, which the application names"
	case plan.AttachMissing:
		return fmt.Sprintf("%s %q is not in BTF", b.Kind, b.Name)
	}
	return fmt.Sprintf("%s %q is undecided", b.Kind, b.Name)
}

func externFacts(b *plan.ExternBinding) string {
	weak := ""
	if b.Extern.Weak {
		weak = "weak, "
	}
	switch b.Status {
	case plan.ExternFound:
		return fmt.Sprintf("%stype %d of %s", weak, b.ID, owner(b.Module))
	case plan.ExternMissing:
		return weak + "not in the kernel"
	case plan.ExternIncompatible:
		return weak + "incompatible: " + b.Mismatch
	case plan.ExternRefused:
		return weak + b.Detail
	}
	return weak + "undecided"
}

func mapFacts(m *plan.MapPlan) string {
	return fmt.Sprintf("%s, key %d bytes, value %d bytes, %d entries, flags %#x",
		m.TypeName, m.Def.KeySize, m.Def.ValueSize, m.Def.MaxEntries, m.Def.Flags)
}

// owner is where a type is from; no module means the kernel itself.
func owner(module string) string {
	if module == "" {
		return "vmlinux"
	}
	return "module " + module
}
