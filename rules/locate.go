package rules

import (
	"slices"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// locateProgram is the location of an entry program as a whole.
func locateProgram(p *analyzer.Pass, f *bpfobj.Function) bpfobj.Location {
	loc := p.Plan.Object.LocateFunction(f)
	loc.Symbol = "program " + f.Name
	return loc
}

// locateDefinition is the location of a map, which has no line in BTF: in a light
// skeleton its attributes.
func locateDefinition(p *analyzer.Pass, m *bpfobj.Map) bpfobj.Location {
	if s := p.Plan.Skeleton; s != nil {
		if i := slices.Index(p.Plan.Object.Maps, m); i >= 0 {
			return s.Locate(s.AttrOf(i), "map "+m.Name)
		}
	}
	return bpfobj.Location{
		Object: p.Plan.Object.Name, Section: m.SectionName, Insn: -1, Offset: m.Offset, Symbol: "map " + m.Name,
	}
}

// locateFunc is the location of a function as a whole.
func locateFunc(p *analyzer.Pass, f *bpfobj.Function) bpfobj.Location {
	loc := p.Plan.Object.LocateFunction(f)
	loc.Symbol = "func " + f.Name
	return loc
}

// locateMap is the location of struct_ops map i.
func locateMap(p *analyzer.Pass, i int) bpfobj.Location {
	m := p.Plan.Object.StructOps[i]
	return bpfobj.Location{
		Object: p.Plan.Object.Name, Section: m.SectionName, Insn: -1, Offset: m.Offset, Symbol: "struct_ops map " + m.Name,
	}
}

// locateMember is the location of a member: its program if it has one.
func locateMember(p *analyzer.Pass, s plan.StructOpsSlot) bpfobj.Location {
	member := &p.Plan.Object.StructOps[s.Map].Members[s.Member]
	if member.Program != nil {
		loc := p.Plan.Object.LocateFunction(member.Program)
		loc.Symbol = "struct_ops map " + p.Plan.Object.StructOps[s.Map].Name
		return loc
	}
	return locateMap(p, s.Map)
}

// symbolOf is an extern in the words of [bpfobj.Location].
func symbolOf(p *analyzer.Pass, e *bpfobj.Extern) string { return p.Plan.ExternNoun(e) + " " + e.Name }

// useOf is the location of the first use of an extern that tells most: a call
// in a program of the scope, a use there, a call, a use. The extern itself is
// named if nothing uses it.
func useOf(p *analyzer.Pass, b *plan.ExternBinding, scope plan.Scope) bpfobj.Location {
	e := b.Extern
	best, score := -1, -1
	for i, r := range e.Refs {
		n := 0
		if r.Func.Program != nil && slices.Contains(scope.Programs, r.Func.Name) {
			n += 2
		}
		if r.Call {
			n++
		}
		if n > score {
			best, score = i, n
		}
	}
	loc := bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1}
	if best >= 0 {
		loc = p.Plan.Object.Locate(e.Refs[best].Func, e.Refs[best].Insn)
	}
	loc.Symbol = symbolOf(p, e)
	return loc
}
