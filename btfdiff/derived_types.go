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
	matchNames(olds, news)
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
