package plan

import "github.com/btflint/btflint/analyzer/btfgraph"

// COREField is the field of a relocation, in the object or in a target.
type COREField struct {
	// SizeBytes is the width of an access to it: the size of the field, or of
	// the innermost element of an array.
	SizeBytes uint32
	// BitOffset is where it lies in the root type, Bits the width of a
	// bitfield, 0 for other fields.
	BitOffset, Bits uint32
	// Int tells that it is an INT, of that Encoding.
	Int      bool
	Encoding btfgraph.IntEncoding

	graph btfgraph.Graph
	id    btfgraph.ID
}

// Type is the field's type in C spelling.
func (f *COREField) Type() string { return spell(f.graph, f.id) }

// FieldsOf are the field of a relocation in the object's types and in the
// target that it matched. ok is false if it did not match, or is none of a
// field. What differs between the two is the loader's affair for the width of
// an access, and nobody's for the rest.
func (p *Plan) FieldsOf(b *COREBinding) (local, target COREField, ok bool) {
	if !b.Matched || !b.Kind.FieldBased() || b.relo.spec == nil {
		return local, target, false
	}
	if fix := b.fix; fix.field != btfgraph.Void && fix.origField != btfgraph.Void {
		local = fieldOf(b.local(), fix.origField, fix.origType)
		local.BitOffset, local.SizeBytes = b.relo.spec.bitOffset, fix.origSize
		target = fieldOf(b.Target.Graph, fix.field, fix.typ)
		target.BitOffset, target.SizeBytes = fix.offset, fix.size
		return local, target, true
	}
	r := coreRun{plan: p, policy: &libbpfCORE, local: b.local(), steps: nearestBudget}
	spec := coreSpec{graph: b.Target.Graph, root: b.Target.ID, accessors: r.buffer[:0]}
	if matched, err := r.match(b.relo.spec, &spec, b.Kind); err != nil || !matched {
		return local, target, false
	}
	local, ok1 := r.field(b.relo.spec)
	target, ok2 := r.field(&spec)
	return local, target, ok1 && ok2
}

// SameField reports whether what [Plan.FieldsOf] gives for a relocation is a
// field without bits of its own that is as wide and, if it is an INT, as signed
// in the target as in the object.
func (b *COREBinding) SameField() bool {
	fix := b.fix
	if !b.Matched || fix.field == btfgraph.Void || fix.origField == btfgraph.Void || fix.size != fix.origSize {
		return false
	}
	local, target := b.local(), b.Target.Graph
	return local.Kind(fix.origType) != btfgraph.KindInt || target.Kind(fix.typ) != btfgraph.KindInt ||
		local.Int(fix.origType).Encoding == target.Int(fix.typ).Encoding
}

// fieldOf is a field of a type as declared, and of what is left of it without
// qualifiers and typedefs.
func fieldOf(g btfgraph.Graph, declared, id btfgraph.ID) COREField {
	f := COREField{graph: g, id: declared}
	if g.Kind(id) == btfgraph.KindInt {
		f.Int, f.Encoding = true, g.Int(id).Encoding
	}
	return f
}

// field is the field at the end of a path.
func (r *coreRun) field(s *coreSpec) (COREField, bool) {
	a := s.last()
	m := btfgraph.Member{Type: a.typ}
	if a.name != "" {
		m = s.graph.Member(a.typ, a.idx)
	}
	size, ok := r.elementSize(s.graph, m.Type, 0)
	if !ok {
		return COREField{}, false
	}
	f := fieldOf(s.graph, m.Type, btfgraph.SkipModsAndTypedefs(s.graph, m.Type))
	f.BitOffset, f.Bits, f.SizeBytes = s.bitOffset, m.BitfieldSize, uint32(size)
	return f, true
}

// ShadowedBy is the module that has what a relocation does not find, "" if
// none has: the loader looks into modules only if vmlinux has no type of the
// name, and it has one.
func (p *Plan) ShadowedBy(b *COREBinding) string {
	policy := &p.Loader.CORE
	if policy.AllModules || policy.NoModules || b.Matched || b.relo == nil || !b.relo.compared || len(b.group.cands) == 0 ||
		b.group.cands[0].Module != "" {
		return ""
	}
	r := newCORERun(p)
	for _, name := range p.Kernel.ModuleNames() {
		cands := r.searchIn(&coreGroup{coreLocal: b.group.coreLocal}, nil, p.Kernel.Modules[name], name)
		for c := range cands {
			if fix := policy.fit(r, b.relo, &cands[c]); fix.matched && fix.err == nil {
				return name
			}
		}
	}
	return ""
}
