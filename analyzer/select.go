package analyzer

import (
	"slices"
	"strconv"
	"strings"
)

// UnknownRuleError says that a name is no rule's name and no alias.
type UnknownRuleError struct {
	Name string
	// Candidates are the names that were probably meant, the nearest first;
	// empty if none is near.
	Candidates []string
}

func (e *UnknownRuleError) Error() string {
	text := "unknown rule " + strconv.Quote(e.Name)
	if len(e.Candidates) > 0 {
		text += "; did you mean " + strconv.Quote(e.Candidates[0]) + "?"
	}
	return text
}

// Lookup returns the rules of that name, or, since a catalogue entry may be
// detected by several rules, those with that alias. Upper and lower case are
// the same. It returns an [*UnknownRuleError] if there is none.
func Lookup(rules []*Rule, name string) ([]*Rule, error) {
	var found []*Rule
	for _, r := range rules {
		if strings.EqualFold(r.Name, name) {
			return []*Rule{r}, nil
		}
		if slices.ContainsFunc(r.Aliases, func(alias string) bool { return strings.EqualFold(alias, name) }) {
			found = append(found, r)
		}
	}
	if found == nil {
		return nil, &UnknownRuleError{Name: name, Candidates: Nearest(name, ruleNames(rules))}
	}
	return found, nil
}

// Select returns the rules that enable names, all of them if it is empty,
// without those that disable names. Names may be aliases. The order of rules
// is kept. It returns an [*UnknownRuleError] for the first name that is unknown.
func Select(rules []*Rule, enable, disable []string) ([]*Rule, error) {
	on := make(map[*Rule]bool, len(rules))
	for _, r := range rules {
		on[r] = len(enable) == 0
	}
	for _, list := range []struct {
		names []string
		value bool
	}{{enable, true}, {disable, false}} {
		for _, name := range list.names {
			found, err := Lookup(rules, name)
			if err != nil {
				return nil, err
			}
			for _, r := range found {
				on[r] = list.value
			}
		}
	}
	var selected []*Rule
	for _, r := range rules {
		if on[r] {
			selected = append(selected, r)
		}
	}
	return selected, nil
}

func ruleNames(rules []*Rule) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	return names
}

// maxCandidates bounds the suggestions for a misspelt name.
const maxCandidates = 3

// Nearest returns those of the names that were probably meant by a misspelt
// one, by edit distance, the nearest first and at most three. Upper and lower
// case of name are the same; names are lower case.
func Nearest(name string, names []string) []string {
	type near struct {
		name     string
		distance int
	}
	if len(name) > 64 {
		return nil
	}
	name = strings.ToLower(name)
	var list []near
	for _, n := range names {
		d := editDistance(name, n)
		if d <= 1+len(name)/4 || (len(name) >= 4 && strings.Contains(n, name)) {
			list = append(list, near{n, d})
		}
	}
	slices.SortFunc(list, func(a, b near) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var nearest []string
	for _, n := range list[:min(len(list), maxCandidates)] {
		nearest = append(nearest, n.name)
	}
	return nearest
}

// editDistance counts the insertions, deletions and substitutions of bytes
// that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
