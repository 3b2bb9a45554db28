package btfdiff

import "slices"

// anonymousEnums compares the enumerators of all anonymous enums, which have no
// other name. What stands in several of them counts once.
func (c *comparison) anonymousEnums() []Detail {
	sides := [2]*side{c.old, c.new}
	both(func(i int) { sides[i] = sides[i].enumerators(c.salt) })
	x := join(sides[0], sides[1], c.salt)
	var olds, news []value
	var pairs [][2]int
	for k := len(x.groups) - 1; k >= 0; k-- { // ascending places, see join
		g := x.groups[k]
		m, n := len(olds), len(news)
		olds, news = x.old.appendValues(olds, g.old), x.new.appendValues(news, g.new)
		if m < len(olds) && n < len(news) && uniform(olds[m:], &olds[m]) && uniform(news[n:], &olds[m]) {
			olds, news = olds[:m], news[:n] // as most are
			continue
		}
		olds, news = distinct(olds, m), distinct(news, n)
		for i, j := m, n; i < len(olds) || j < len(news); i, j = i+1, j+1 {
			switch {
			case i >= len(olds):
				pairs = append(pairs, [2]int{-1, j})
			case j >= len(news):
				pairs = append(pairs, [2]int{i, -1})
			case olds[i].differs(news[j]):
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	x.old.nameValues(olds)
	x.new.nameValues(news)
	return enumeratorDetails(nil, pairs, olds, news)
}

// enumerators is a side whose definitions are the enumerators of the anonymous
// enums: the member sum is the place in the enum.
func (s *side) enumerators(salt hashSalt) *side {
	n := 0
	for i := range s.anon {
		n += s.typ(&s.anon[i]).vlen()
	}
	e := &side{k: s.k, tables: s.tables, defs: make([]def, 0, n)}
	for _, d := range s.anon {
		y := s.typ(&d)
		size := y.enumeratorLen()
		for b := y.body(); len(b) >= size; b = b[size:] {
			d.off = word(b, 0)
			hash, length := salt.hash(d.kind, y.t.tail(d.off))
			d.hash, d.len = hash, uint8(min(length, 255))
			e.defs = append(e.defs, d)
			d.sum++
		}
	}
	return e
}

// appendValues appends the values of a chain of enumerators, without the name.
func (s *side) appendValues(list []value, i int32) []value {
	for ; i >= 0; i = s.defs[i].next {
		d := &s.defs[i]
		list = append(list, s.typ(d).valueAt(int(d.sum), i))
	}
	return list
}

// uniform tells that all values are that one.
func uniform(list []value, v *value) bool {
	for i := range list {
		if list[i].wide != v.wide || list[i].value != v.value {
			return false
		}
	}
	return true
}

// distinct lists the values from the one numbered from on, which have one name, once each.
func distinct(list []value, from int) []value {
	if len(list)-from < 2 {
		return list
	}
	slices.SortFunc(list[from:], value.compare)
	return list[:from+len(slices.CompactFunc(list[from:], value.same))]
}

// nameValues gives values the names of their definitions.
func (s *side) nameValues(list []value) {
	for i := range list {
		list[i].name = s.nameOf(&s.defs[list[i].at])
	}
}
