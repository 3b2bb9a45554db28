package btfdiff

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// kfuncTag is the DECL_TAG that pahole puts on functions of kfunc sets.
const kfuncTag = "bpf_kfunc"

// What things are called in BTF.
const (
	lsmPrefix       = "bpf_lsm_"
	iterPrefix      = "bpf_iter_"
	structOpsPrefix = "bpf_struct_ops_"
	tracePrefix     = "btf_trace_"
	recordPrefix    = "trace_event_raw_"
	probePrefix     = "__bpf_trace_"
	implSuffix      = "_impl"
	recordSubject   = "__entry."
)

// derived compares what programs know under names of their own.
func (c *comparer) derived() []Change {
	var changes []Change
	if c.kinds[KindKfunc] && c.old.kfuncTags && c.new.kfuncTags {
		changes = append(changes, c.kfuncs()...)
	}
	if c.kinds[KindLSMHook] {
		changes = append(changes, c.functions(KindLSMHook, lsmPrefix, roleTarget, c.isHook)...)
	}
	if c.kinds[KindIterator] {
		changes = append(changes, c.functions(KindIterator, iterPrefix, roleHook, func(_ *side, y typ) bool { return isIterator(y) })...)
	}
	if c.kinds[KindStructOps] {
		changes = append(changes, c.structOps()...)
	}
	if c.kinds[KindTracepoint] {
		changes = append(changes, c.tracepoints()...)
	}
	for _, u := range uapiEnums {
		if c.kinds[u.kind] {
			changes = append(changes, c.uapi(u)...)
		}
	}
	if c.kinds[KindConfig] {
		changes = append(changes, c.config()...)
	}
	return changes
}

// pair is a thing in both kernels, the zero typ where there is none.
type pair struct{ old, new typ }

// existence is the change of a thing that one kernel alone has; ok is false if
// both have it.
func (p pair) existence(kind Kind, name string) (ch Change, ok bool) {
	switch {
	case p.old.b == nil:
		return Change{Kind: kind, Name: name, Change: Added, Modules: modules("", p.new.t.module)}, true
	case p.new.b == nil:
		return Change{Kind: kind, Name: name, Change: Removed, Grade: GradeBreaks, Modules: modules(p.old.t.module, "")}, true
	}
	return Change{
		Kind: kind, Name: name, Change: Changed, Modules: modules(p.old.t.module, p.new.t.module),
		Details: moduleDetails(nil, p.old.t.module, p.new.t.module),
	}, false
}

// named are the definitions under that name of a kind, the first of each kernel
// that is accepted.
func (c *comparer) named(kind Kind, name string, accept func(s *side, y typ) bool) (p pair) {
	g := c.find(kind, name)
	if g == nil {
		return pair{}
	}
	for i := g.old; i >= 0 && p.old.b == nil; i = c.old.defs[i].next {
		if y := c.old.typ(&c.old.defs[i]); accept(c.old, y) {
			p.old = y
		}
	}
	for i := g.new; i >= 0 && p.new.b == nil; i = c.new.defs[i].next {
		if y := c.new.typ(&c.new.defs[i]); accept(c.new, y) {
			p.new = y
		}
	}
	return p
}

// none tells that neither kernel has it.
func (p pair) none() bool { return p.old.b == nil && p.new.b == nil }

func anyType(*side, typ) bool { return true }

// names are the names of a kind that may have changed, ascending.
func (c *comparer) names(kind Kind) []string {
	slices.Sort(c.aliased[kind])
	return slices.Compact(c.aliased[kind])
}

// functions compares functions that programs attach to by the rest of their names.
func (c *comparer) functions(kind Kind, prefix string, r role, accept func(*side, typ) bool) []Change {
	var changes []Change
	for _, name := range c.names(kind) {
		p := c.named(KindFunc, prefix+name, accept)
		if p.none() {
			continue
		}
		ch, only := p.existence(kind, name)
		if !only {
			ch.Details = c.function(ch.Details, p.old, p.new, r)
		}
		changes = appendChange(changes, ch, only)
	}
	return changes
}

// appendChange appends a change that has something to say.
func appendChange(list []Change, ch Change, only bool) []Change {
	if only {
		return append(list, ch)
	}
	ch.Grade = worst(ch.Details)
	if len(ch.Details) == 0 {
		return list
	}
	return append(list, ch)
}

// isHook tells an LSM hook from the other functions of that prefix, such as
// bpf_lsm_verify_prog: the union security_list_options has a member for each.
func (c *comparer) isHook(s *side, y typ) bool {
	hooks := s.lsmHooks(c)
	return hooks == nil || hooks[strings.TrimPrefix(y.name(), lsmPrefix)]
}

// lsmHooks are the members of the union of LSM hooks, nil if there is none.
func (s *side) lsmHooks(c *comparer) map[string]bool {
	if s.hooks != nil {
		return s.hooks
	}
	g := c.find(KindUnion, "security_list_options")
	if g == nil {
		return nil
	}
	i := g.new
	if s == c.old {
		i = g.old
	}
	for ; i >= 0; i = s.defs[i].next {
		s.hooks = make(map[string]bool)
		for _, f := range c.flatten(s.typ(&s.defs[i])) {
			s.hooks[f.name] = true
		}
	}
	return s.hooks
}

// isIterator tells the target of an iterator from other functions: it gets a
// struct bpf_iter_meta * first (include/linux/bpf.h, DEFINE_BPF_ITER_FUNC and its users).
func isIterator(y typ) bool {
	p := y.ref()
	if p.kind() != btfgraph.KindFuncProto || p.vlen() == 0 {
		return false
	}
	first := p.t.typ(p.params()[0].typ).bare()
	return first.kind() == btfgraph.KindPtr && first.ref().bare().name() == "bpf_iter_meta"
}

// kfuncs compares the functions that have the tag.
func (c *comparer) kfuncs() []Change {
	var changes []Change
	for _, name := range c.names(KindKfunc) {
		p := c.named(KindFunc, name, func(_ *side, y typ) bool { return tagged(y) })
		if p.none() {
			continue
		}
		ch, only := p.existence(KindKfunc, name)
		switch {
		case only:
			ch.Details = c.becameKfunc(name, p)
		default:
			if d, ok := c.implicit(name, p); ok {
				ch.Details = append(ch.Details, d)
			} else {
				ch.Details = c.function(ch.Details, p.old, p.new, roleKfunc)
			}
			ch.Details = tagDetails(ch.Details, p.old, p.new)
		}
		changes = appendChange(changes, ch, only)
	}
	return changes
}

// tagged tells whether a function is a kfunc.
func tagged(y typ) bool {
	return slices.ContainsFunc(y.t.tagsOf(y.id), func(g tag) bool { return g.component == componentSelf && g.name == kfuncTag })
}

// becameKfunc says of a kfunc that one kernel has what the other has instead: a
// function without the tag, or one with its implicit arguments.
func (c *comparer) becameKfunc(name string, p pair) (list []Detail) {
	old, new := c.oldFunc(name), c.newFunc(name)
	switch {
	case p.old.b == nil && old.b != nil:
		list = append(list, Detail{Grade: GradeAddition, What: WhatTag, New: textValue(kfuncTag)})
	case p.new.b == nil && new.b != nil:
		list = append(list, Detail{Grade: GradeBreaks, What: WhatTag, Old: textValue(kfuncTag)})
	}
	other, isImpl := strings.CutSuffix(name, implSuffix)
	if !isImpl {
		other = name + implSuffix
	}
	short := func(a, b typ) bool { // a is without the implicit arguments of b
		if isImpl {
			a, b = b, a
		}
		return c.fewer(a, b)
	}
	if was := c.oldFunc(other); p.old.b == nil && was.b != nil && tagged(was) && short(p.new, was) {
		list = append(list, Detail{Grade: GradeAddition, What: WhatImplicit, Old: was.function(), New: p.new.function()})
	}
	if is := c.newFunc(other); p.new.b == nil && is.b != nil && tagged(is) && short(p.old, is) {
		list = append(list, Detail{Grade: GradeBreaks, What: WhatImplicit, Old: p.old.function(), New: is.function()})
	}
	return list
}

// implicit tells that the last argument of a kfunc is passed by the verifier now,
// or is not any more (Linux 7.0, KF_IMPLICIT_ARGS): the prototype that one kernel
// has is that of the _impl function of the other.
func (c *comparer) implicit(name string, p pair) (Detail, bool) {
	d := Detail{Grade: GradeBreaks, What: WhatImplicit, Old: p.old.function(), New: p.new.function()}
	if impl := c.newFunc(name + implSuffix); impl.b != nil && c.fewer(p.new, p.old) && impl.ref().vlen() == p.old.ref().vlen() {
		return d, true
	}
	if impl := c.oldFunc(name + implSuffix); impl.b != nil && c.fewer(p.old, p.new) && impl.ref().vlen() == p.new.ref().vlen() {
		return d, true
	}
	return d, false
}

// fewer tells that a function has the parameters of another without the last ones.
func (c *comparer) fewer(a, b typ) bool {
	a, b = a.ref(), b.ref()
	if a.kind() != btfgraph.KindFuncProto || b.kind() != btfgraph.KindFuncProto || a.vlen() >= b.vlen() {
		return false
	}
	q := b.params()
	for i, p := range a.params() {
		if !c.harmless(ref{a.t, p.typ}, ref{b.t, q[i].typ}) {
			return false
		}
	}
	return true
}

// oldFunc and newFunc find a function.
func (c *comparer) oldFunc(name string) typ { return c.named(KindFunc, name, anyType).old }
func (c *comparer) newFunc(name string) typ { return c.named(KindFunc, name, anyType).new }
