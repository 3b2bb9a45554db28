package btfdiff

import (
	"slices"
	"strings"
)

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
func (c *comparer) numbers(s *side, u uapiEnum) (byName map[string]uint64, byNumber map[uint64][]string, known bool) {
	byName, byNumber = make(map[string]uint64), make(map[uint64][]string)
	g := c.find(KindEnum, u.enum)
	if g == nil {
		return nil, nil, false
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
			byNumber[v.value] = append(byNumber[v.value], name)
		}
	}
	return byName, byNumber, known
}

// uapi compares the numbers of helpers, map types and the like. Programs hold
// numbers, so that another number of a name breaks them, and another name of a
// number does not.
func (c *comparer) uapi(u uapiEnum) []Change {
	olds, oldNumbers, knownOld := c.numbers(c.old, u)
	news, newNumbers, knownNew := c.numbers(c.new, u)
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
	for name, number := range olds {
		if !c.wants(u.kind, name) {
			continue
		}
		ch := Change{Kind: u.kind, Name: name, Change: Changed}
		now, ok := news[name]
		if !ok {
			ch.Change, ch.Grade = Removed, GradeBreaks
			if d, ok := renamed(name, number, olds, newNumbers, true); ok {
				ch.Grade, ch.Details = d.Grade, []Detail{d}
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
		if d, ok := renamed(name, number, news, oldNumbers, false); ok {
			ch.Grade, ch.Details = d.Grade, []Detail{d}
		}
		changes = append(changes, ch)
	}
	return changes
}

// renamed finds the name that the other kernel has for the number of a name that it
// lacks: one that the own kernel does not have.
func renamed(name string, number uint64, own map[string]uint64, other map[uint64][]string, isOld bool) (Detail, bool) {
	for _, n := range slices.Sorted(slices.Values(other[number])) {
		if _, ok := own[n]; ok {
			continue
		}
		d := Detail{Grade: GradeSemantic, What: WhatRenamed, Subject: name, Old: textValue(name), New: textValue(n)}
		if !isOld {
			d.Subject, d.Old, d.New = n, d.New, d.Old
		}
		return d, true
	}
	return Detail{}, false
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
