package btfdiff

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// structOps compares the types that programs implement: the X of each struct
// bpf_struct_ops_X, which holds a struct X as member data (kernel/bpf/bpf_struct_ops.c).
func (c *comparer) structOps() []Change {
	var changes []Change
	for _, name := range c.structOpsNames() {
		p := c.named(KindStruct, structOpsPrefix+name, func(_ *side, y typ) bool { return structOpsData(y, name).b != nil })
		if p.none() || !c.wants(KindStructOps, name) {
			continue
		}
		ch, only := p.existence(KindStructOps, name)
		if !only {
			ch.Details = c.callbacks(ch.Details, structOpsData(p.old, name), structOpsData(p.new, name))
		}
		changes = appendChange(changes, ch, only)
	}
	return changes
}

// structOpsNames are the rests of the names of all structs of that prefix: what
// they hold may have changed when they have not.
func (c *comparer) structOpsNames() []string {
	var names []string
	for _, s := range []*side{c.old, c.new} {
		for _, i := range s.values {
			names = append(names, strings.TrimPrefix(s.typ(&s.defs[i]).name(), structOpsPrefix))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// structOpsData is the struct of that name that a struct_ops value holds.
func structOpsData(y typ, name string) typ {
	for i := range y.vlen() {
		if m := y.member(i); m.name == "data" {
			if s := y.t.typ(m.typ).bare(); s.kind() == btfgraph.KindStruct && s.name() == name {
				return s
			}
		}
	}
	return typ{}
}

// callbacks compares the members of two struct_ops types. libbpf finds them by
// name, and refuses to load if one that the object sets is missing
// (libbpf.c, bpf_map__init_kern_struct_ops), so that offsets do not matter.
func (c *comparer) callbacks(list []Detail, a, b typ) []Detail {
	olds, news := c.flatten(a), c.flatten(b)
	c.matchNames(olds, news)
	for i := range olds {
		if f := &olds[i]; f.match < 0 {
			list = append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: f.name, Old: f.ref().value()})
		}
	}
	for i := range news {
		f := &news[i]
		if f.match < 0 {
			list = append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: f.name, New: f.ref().value()})
			continue
		}
		o := &olds[f.match]
		x, y := callback(o.ref().typ()), callback(f.ref().typ())
		if x.b != nil && y.b != nil {
			list = c.proto(list, f.name+".", x, y, roleHook, 0)
		} else {
			list = c.types(list, f.name, o.ref(), f.ref(), inMemory)
		}
	}
	return list
}

// callback is the prototype that a member points to.
func callback(y typ) typ {
	if y = y.resolved(); y.kind() != btfgraph.KindPtr {
		return typ{}
	}
	if y = y.ref().resolved(); y.kind() != btfgraph.KindFuncProto {
		return typ{}
	}
	return y
}

// tracepoints compares what raw tracepoints pass and what events record. The
// record of an event is that of its class, and BTF does not tell which that is
// unless they have the same name: a class of events is here under its own name.
func (c *comparer) tracepoints() []Change {
	var changes []Change
	for _, name := range c.names(KindTracepoint) {
		args := c.named(KindTypedef, tracePrefix+name, func(_ *side, y typ) bool { return callback(y).b != nil })
		r := c.named(KindStruct, recordPrefix+name, anyType)
		if args.none() && r.none() {
			continue
		}
		p := args
		if p.none() {
			p = r
		}
		ch, only := p.existence(KindTracepoint, name)
		if !only {
			if !args.none() {
				ch.Details = c.traceArgs(ch.Details, name, args)
			}
			if !r.none() {
				ch.Details = c.record(ch.Details, r)
			}
		}
		changes = appendChange(changes, ch, only)
	}
	return changes
}

// traceArgs compares the arguments of a raw tracepoint, behind the void *
// that programs do not see. The typedef has no names; the function that calls
// the programs of a class has.
func (c *comparer) traceArgs(list []Detail, name string, p pair) []Detail {
	a, b := callback(p.old), callback(p.new)
	if x, y := c.oldFunc(probePrefix+name).ref(), c.newFunc(probePrefix+name).ref(); x.vlen() == a.vlen() && y.vlen() == b.vlen() {
		a, b = x, y
	}
	return c.proto(list, "", a, b, roleHook, 1)
}

// record compares the structs of an event.
func (c *comparer) record(list []Detail, r pair) []Detail {
	switch {
	case r.old.b == nil:
		return append(list, Detail{Grade: GradeAddition, What: WhatAdded, Subject: strings.TrimSuffix(recordSubject, "."), New: r.new.value()})
	case r.new.b == nil:
		return append(list, Detail{Grade: GradeBreaks, What: WhatRemoved, Subject: strings.TrimSuffix(recordSubject, "."), Old: r.old.value()})
	}
	return c.members(list, recordSubject, r.old, r.new, 0)
}

// uapiEnum is an enum of include/uapi/linux/bpf.h whose enumerators a kind is
// read off.
type uapiEnum struct {
	kind Kind
	enum string
	name func(enumerator string) string
}

var uapiEnums = []uapiEnum{
	{KindHelper, "bpf_func_id", helperName},
	{KindMapType, "bpf_map_type", sameName},
	{KindProgType, "bpf_prog_type", sameName},
	{KindAttachType, "bpf_attach_type", sameName},
}

func sameName(s string) string { return s }

// helperName is the function that C programs call, "bpf_map_lookup_elem" for
// BPF_FUNC_map_lookup_elem.
func helperName(s string) string { return "bpf_" + strings.TrimPrefix(s, "BPF_FUNC_") }

// numbers are the enumerators of all enums of that name; known is false if
// there is none. The ends of lists, __BPF_FUNC_MAX_ID and the like, are left out.
func (c *comparer) numbers(s *side, u uapiEnum) (byName map[string]uint64, known bool) {
	byName = make(map[string]uint64)
	g := c.find(KindEnum, u.enum)
	if g == nil {
		return nil, false
	}
	i := g.new
	if s == c.old {
		i = g.old
	}
	for ; i >= 0; i = s.defs[i].next {
		known = true
		for _, v := range enumeratorsOf(nil, s.typ(&s.defs[i])) {
			name := u.name(v.name)
			if _, ok := byName[name]; ok || v.name == "" || strings.HasPrefix(v.name, "__") {
				continue
			}
			byName[name] = v.value
		}
	}
	return byName, known
}

// onlyOf are the names that other does not have, by number: the first of each.
func onlyOf(names, other map[string]uint64) map[uint64]string {
	only := make(map[uint64]string)
	for name, number := range names {
		if _, ok := other[name]; ok {
			continue
		}
		if first, ok := only[number]; !ok || name < first {
			only[number] = name
		}
	}
	return only
}

// uapi compares the numbers of helpers, map types and the like. Programs hold
// numbers, so that another number of a name breaks them, and another name of a
// number does not.
func (c *comparer) uapi(u uapiEnum) []Change {
	olds, knownOld := c.numbers(c.old, u)
	news, knownNew := c.numbers(c.new, u)
	var missing []string
	if !knownOld {
		missing = append(missing, c.old.k.Name)
	}
	if !knownNew {
		missing = append(missing, c.new.k.Name)
	}
	if missing != nil {
		text := u.kind.String() + ": no enum " + u.enum + " in " + strings.Join(missing, " and ")
		c.unchecked = append(c.unchecked, Unchecked{u.kind, true, text})
		return nil
	}
	var changes []Change
	onlyOld, onlyNew := onlyOf(olds, news), onlyOf(news, olds)
	for name, number := range olds {
		if !c.wants(u.kind, name) {
			continue
		}
		ch := Change{Kind: u.kind, Name: name, Change: Changed}
		now, ok := news[name]
		if !ok {
			ch.Change, ch.Grade = Removed, GradeBreaks
			if is, ok := onlyNew[number]; ok {
				ch.Grade, ch.Details = GradeSemantic, []Detail{renamed(name, is)}
			}
			changes = append(changes, ch)
			continue
		}
		if number != now {
			ch.Details = append(ch.Details, Detail{
				Grade: GradeBreaks, What: WhatValue, Old: enumerator{value: number}.natural(), New: enumerator{value: now}.natural(),
			})
		}
		if u.kind == KindProgType {
			ch.Details = c.compiled(ch.Details, name)
		}
		changes = appendChange(changes, ch, false)
	}
	for name, number := range news {
		if _, ok := olds[name]; ok || !c.wants(u.kind, name) {
			continue
		}
		ch := Change{Kind: u.kind, Name: name, Change: Added}
		if was, ok := onlyOld[number]; ok {
			ch.Grade, ch.Details = GradeSemantic, []Detail{renamed(was, name)}
		}
		changes = append(changes, ch)
	}
	return changes
}

// renamed tells that a number has another name.
func renamed(old, new string) Detail {
	return Detail{Grade: GradeSemantic, What: WhatRenamed, Subject: old, Old: textValue(old), New: textValue(new)}
}

// compiled tells that a program type is compiled in or not any more.
func (c *comparer) compiled(list []Detail, name string) []Detail {
	was, knownOld := c.old.k.ProgTypeCompiled(name)
	is, knownNew := c.new.k.ProgTypeCompiled(name)
	if !knownOld || !knownNew || was == is {
		return list
	}
	in, out := textValue("compiled in"), textValue("not compiled in")
	if is {
		return append(list, Detail{Grade: GradeAddition, What: WhatCompiled, Old: out, New: in})
	}
	return append(list, Detail{Grade: GradeBreaks, What: WhatCompiled, Old: in, New: out})
}

// config compares configurations. An option that is off has no value, and a
// program that declares it as a strong extern does not load then (libbpf.c,
// bpf_object__resolve_externs).
func (c *comparer) config() []Change {
	a, b := c.old.k.Config, c.new.k.Config
	if a == nil || b == nil || a.Err() != nil || b.Err() != nil {
		return nil
	}
	olds, news := a.Options(), b.Options()
	var changes []Change
	for name, was := range olds {
		is, ok := news[name]
		switch {
		case was == is && ok || !c.wants(KindConfig, name):
		case !ok:
			changes = append(changes, Change{Kind: KindConfig, Name: name, Change: Removed, Grade: GradeBreaks, Details: []Detail{
				{Grade: GradeBreaks, What: WhatRemoved, Old: textValue(was)},
			}})
		default:
			changes = appendChanged(changes, KindConfig, name, []Detail{
				{Grade: GradeSemantic, What: WhatValue, Old: textValue(was), New: textValue(is)},
			})
		}
	}
	for name, is := range news {
		if _, ok := olds[name]; !ok && c.wants(KindConfig, name) {
			changes = append(changes, Change{Kind: KindConfig, Name: name, Change: Added, Details: []Detail{
				{Grade: GradeAddition, What: WhatAdded, New: textValue(is)},
			}})
		}
	}
	return changes
}
