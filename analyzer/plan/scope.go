package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// Scope says what a problem takes down. The zero value takes down nothing.
type Scope struct {
	// Object: every program, also one that is loaded alone, and the object as a whole.
	Object bool
	// Whole: the object loaded as it is, but no program that is loaded alone.
	Whole bool
	// Programs are the names of the programs that the problem takes down
	// when they are loaded; the object as a whole too if one of them is
	// loaded by default.
	Programs []string
}

// ScopeObject is the scope of a problem that takes everything down.
var ScopeObject = Scope{Object: true}

// Empty reports whether a problem of this scope takes nothing down.
func (s Scope) Empty() bool { return !s.Object && !s.Whole && len(s.Programs) == 0 }

// union is the scope of what either scope takes down.
func (s Scope) union(o Scope) Scope {
	s.Object, s.Whole = s.Object || o.Object, s.Whole || o.Whole
	for _, name := range o.Programs {
		if !slices.Contains(s.Programs, name) {
			s.Programs = append(slices.Clip(s.Programs), name)
		}
	}
	return s
}

// without is the scope without the programs of another.
func (s Scope) without(o Scope) Scope {
	s.Programs = slices.DeleteFunc(slices.Clone(s.Programs), func(name string) bool { return slices.Contains(o.Programs, name) })
	return s
}

// ordered is the scope with its programs in the order of the object.
func (p *Plan) ordered(s Scope) Scope {
	if len(s.Programs) < 2 {
		return s
	}
	names := make([]string, 0, len(s.Programs))
	for _, prog := range p.Object.Programs {
		if slices.Contains(s.Programs, prog.Name) {
			names = append(names, prog.Name)
		}
	}
	s.Programs = names
	return s
}

// Hits reports whether a problem of this scope concerns the program of that
// name loaded alone, or, for name "", the object loaded as it is.
func (p *Plan) Hits(s Scope, program string) bool {
	if s.Object {
		return true
	}
	if program != "" {
		return slices.Contains(s.Programs, program)
	}
	if s.Whole {
		return true
	}
	for i := range p.Programs {
		if p.Programs[i].Autoload && slices.Contains(s.Programs, p.Programs[i].Program.Name) {
			return true
		}
	}
	return false
}

// SwitchedOff reports whether a problem of this scope takes down programs, and
// none of them is loaded when the object is loaded as it is.
func (p *Plan) SwitchedOff(s Scope) bool {
	if s.Object || s.Whole || len(s.Programs) == 0 {
		return false
	}
	off := 0
	for i := range p.Programs {
		if slices.Contains(s.Programs, p.Programs[i].Program.Name) {
			if p.Programs[i].Autoload {
				return false
			}
			off++
		}
	}
	return off > 0
}

// ScopeOfFunctions is the scope of a problem in the code of any of the
// functions: the programs that link one of them.
func (p *Plan) ScopeOfFunctions(funcs ...*bpfobj.Function) Scope {
	hit := make([]bool, len(p.Object.Programs))
	for _, f := range funcs {
		for _, i := range p.facts.usedBy[f] {
			hit[i] = true
		}
	}
	n := 0
	for i := range hit {
		if hit[i] = hit[i] && !p.leftOut(i); hit[i] {
			n++
		}
	}
	var s Scope
	if n > 0 {
		s.Programs = make([]string, 0, n)
	}
	for i, prog := range p.Object.Programs {
		if hit[i] {
			s.Programs = append(s.Programs, prog.Name)
		}
	}
	return s
}

// linkersOf are the indexes of the programs that link one of the functions, ascending.
func (p *Plan) linkersOf(funcs []*bpfobj.Function) []int {
	if len(funcs) == 1 {
		return p.facts.usedBy[funcs[0]]
	}
	var users []int
	for _, f := range funcs {
		users = append(users, p.facts.usedBy[f]...)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// leftOut tells that the loader never loads the program of that index: its
// section is unknown, and the loader does not mind (cilium/ebpf collection.go,
// newCollection), or holds no programs. Whatever is wrong with its code does
// not show.
func (p *Plan) leftOut(i int) bool {
	return i < len(p.Programs) && (p.Programs[i].Why == WhyUnknown || p.Programs[i].Why == WhySubprogram)
}

// ScopeOfMap is the scope of a map that cannot be created. libbpf creates
// every map of the object before it loads a program; cilium/ebpf only those
// that the loaded programs name.
func (p *Plan) ScopeOfMap(m *bpfobj.Map) Scope {
	if p.Loader.ObjectWideMaps {
		return ScopeObject
	}
	s := p.ScopeOfFunctions(m.Refs...)
	s.Whole = true
	return s
}

// ScopeOfExtern is the scope of an extern that cannot be resolved.
func (p *Plan) ScopeOfExtern(e *bpfobj.Extern) Scope {
	if p.Loader.ObjectWideExterns {
		return ScopeObject
	}
	return p.scopeOfUses(e)
}

// scopeOfUses are the programs that link a use of an extern.
func (p *Plan) scopeOfUses(e *bpfobj.Extern) Scope {
	funcs := make([]*bpfobj.Function, 0, len(e.Refs))
	for _, r := range e.Refs {
		funcs = append(funcs, r.Func)
	}
	return p.ScopeOfFunctions(funcs...)
}

// ScopeOfStructOps is the scope of a struct_ops map that cannot be created:
// the object as it is, if the loader creates the map by default, and every
// program that the map refers to.
func (p *Plan) ScopeOfStructOps(i int) Scope {
	var funcs []*bpfobj.Function
	for _, m := range p.Object.StructOps[i].Members {
		if m.Program != nil {
			funcs = append(funcs, m.Program)
		}
	}
	s := p.ScopeOfFunctions(funcs...)
	s.Whole = p.StructOps[i].Autocreate
	return s
}
