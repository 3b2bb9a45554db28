package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// fieldTypes are special fields by name, with "word", an INT of 8 bytes,
// "plain", a struct, and "opaque", a declared one.
func fieldTypes(b *btftest.Builder) map[string]btftest.ID {
	word, half := b.Int("word", 8, 0), b.Int("half", 4, 0)
	ids := map[string]btftest.ID{"word": word, "half": half, "opaque": b.Fwd("opaque", false)}
	ids["plain"] = b.Struct("plain", 8, btftest.Member{Name: "x", Type: word})
	for i := range specialFields {
		s := &specialFields[i]
		ids[s.name] = b.Struct(s.name, toyRules.sizes32(i), btftest.Member{Name: "opaque", Type: half})
	}
	for _, tag := range [...]string{"kptr", tagUptr, "user"} {
		ids[tag] = b.Ptr(b.TypeTag(tag, ids["plain"]))
	}
	ids["two tags"] = b.Ptr(b.TypeTag("kptr", b.TypeTag("user", ids["plain"])))
	ids["two kptr tags"] = b.Ptr(b.TypeTag("kptr", b.TypeTag("percpu_kptr", ids["plain"])))
	ids["kptr to opaque"] = b.Ptr(b.TypeTag("kptr", ids["opaque"]))
	ids["locks"] = b.Array(ids["bpf_spin_lock"], half, 2)
	ids["kptrs"] = b.Array(ids["kptr"], half, 12)
	ids["inner"] = b.Struct("inner", 8, btftest.Member{Name: "in", Type: ids["user"]})
	ids["lock in it"] = b.Struct("lock_in_it", 4, btftest.Member{Name: "in", Type: ids["bpf_spin_lock"]})
	element := b.Struct("element", 24, btftest.Member{Name: "node", Type: ids["bpf_list_node"]})
	ids["element"] = element
	return ids
}

// toyRules are those of a kernel like 6.12.
var toyRules = fieldRules{
	known:  fieldSpinLock | fieldResSpinLock | fieldListHead | fieldListNode | fieldRBRoot | fieldRBNode | fieldRefcount | fieldKptr,
	sizes:  [len(specialFields)]uint64{4, 4, 16, 24, 16, 32, 4},
	nested: true,
}

func (r *fieldRules) sizes32(i int) uint32 { return uint32(r.sizes[i]) }

func TestStructFields(t *testing.T) {
	t.Parallel()
	uptrs := func(r *fieldRules) { r.uptr = true }
	loose := func(r *fieldRules) { r.uptr, r.looseTags = true, true }
	old := func(r *fieldRules) { r.nested, r.known = false, r.known&^fieldKptr }
	type members = []string
	tests := []struct {
		name     string
		members  members // types, 32 bytes apart
		contains string  // the tag of the last member
		kernel   func(*fieldRules)
		want     string
	}{
		{"kptr", members{"kptr", "word"}, "", nil, ""},
		{"no special field", members{"user", "two tags", "kptr to opaque"}, "", nil, ""},
		{"uptr", members{"kptr", "uptr"}, "", nil, `member "b" has unknown type tag "uptr"`},
		{"uptr where it is known", members{"kptr", "uptr"}, "", uptrs, ""},
		{"other tag where uptr is known", members{"kptr", "user"}, "", uptrs, `member "b" has unknown type tag "user"`},
		{"other tag that is passed over", members{"kptr", "user", "two tags"}, "", loose, ""},
		{"two tags", members{"kptr", "two tags"}, "", nil, `member "b" has two type tags`},
		{"two tags of kptrs", members{"kptr", "two kptr tags"}, "", loose, `member "b" has type tags "kptr" and "percpu_kptr"`},
		{"kptr to an unknown struct", members{"kptr", "kptr to opaque"}, "", loose, `member "b" has type tag "kptr" and does not point to a defined struct`},
		{"tag in a struct within", members{"bpf_spin_lock", "inner"}, "", nil, `member "in" of its "struct inner" has unknown type tag "user"`},
		{"tag in a struct within, before kptrs", members{"bpf_spin_lock", "inner"}, "", old, ""},
		{"bit", members{"kptr", "bit"}, "", nil, `member "b" starts within a byte`},
		{"bit, before kptrs", members{"bpf_spin_lock", "bit"}, "", old, ""},
		{"two locks", members{"bpf_spin_lock", "bpf_spin_lock"}, "", old, `member "b" is a second bpf_spin_lock`},
		{"lock in a struct within", members{"bpf_spin_lock", "lock in it"}, "", nil, ""},
		{"lock in a struct within, before kptrs", members{"lock in it", "bpf_list_head"}, "element:node", old, ""},
		{"two refcounts", members{"bpf_refcount", "bpf_refcount"}, "", nil, ""},
		{"locks of both sorts", members{"bpf_spin_lock", "bpf_res_spin_lock"}, "", nil, "it has a bpf_spin_lock and a bpf_res_spin_lock"},
		{"resilient locks alone", members{"bpf_res_spin_lock", "bpf_res_spin_lock"}, "", nil, ""},
		{"locks in an array", members{"kptr", "locks"}, "", nil, `member "b" is an array of what cannot be in arrays`},
		{"many kptrs", members{"kptr", "kptrs"}, "", nil, `member "b" makes it more than 11 special fields`},
		{"list", members{"bpf_spin_lock", "bpf_list_head"}, "element:node", nil, ""},
		{"list without a lock", members{"bpf_list_head"}, "element:node", nil, "it has a list or tree and no lock for it"},
		{"list of nothing", members{"bpf_spin_lock", "bpf_list_head"}, "", nil, `member "b" has no single tag "contains:", see __contains`},
		{"list by no member", members{"bpf_spin_lock", "bpf_list_head"}, "element:", nil, `member "b" has a tag "contains:element:" that names no member`},
		{"list of a struct elsewhere", members{"bpf_spin_lock", "bpf_list_head"}, "gone:node", nil, `member "b" holds struct "gone", which is not in this BTF`},
		{"list by a missing member", members{"bpf_spin_lock", "bpf_list_head"}, "element:nod", nil, `member "b" holds "element" by member "nod", which it lacks`},
		{"tree of elements of lists", members{"bpf_spin_lock", "bpf_rb_root"}, "element:node", nil, `member "b" holds "element" by member "node", which is no bpf_rb_node`},
		{"element of both", members{"bpf_list_node", "bpf_rb_node"}, "", nil, "it is an element of lists and trees and has no bpf_refcount"},
		{"element of both with a refcount", members{"bpf_list_node", "bpf_rb_node", "bpf_refcount"}, "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b btftest.Builder
			ids := fieldTypes(&b)
			list := make([]btftest.Member, 0, len(tt.members))
			for i, name := range tt.members {
				m := btftest.Member{Name: string(rune('a' + i)), Type: ids[name], BitOffset: uint32(256 * i)}
				if name == "bit" {
					m.Type, m.Width = ids["word"], 5
					m.BitOffset += 3
				}
				list = append(list, m)
			}
			id := b.Struct("outer", uint32(256*len(list)), list...)
			if tt.contains != "" {
				b.DeclTag("contains:"+tt.contains, id, len(list)-1)
			}
			rules := toyRules
			if tt.kernel != nil {
				tt.kernel(&rules)
			}
			g := b.Graph(t)
			s := &structFields{g: g, rules: &rules, contains: containsTags(g)}
			fault := s.fault()
			assert.Equal(t, tt.want, fault.detail)
			if tt.want != "" {
				assert.Equal(t, id, fault.id)
			}
		})
	}
}
