package plan

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
)

// structMaker makes structs of special fields, right and wrong, and of members
// that are none.
type structMaker struct {
	b        btftest.Builder
	r        *rand.Rand
	sizes    map[btftest.ID]uint32
	integer  btftest.ID
	specials []btftest.ID
	tagged   []btftest.ID
	structs  []btftest.ID
}

func newStructMaker(r *rand.Rand) *structMaker {
	m := &structMaker{r: r, sizes: make(map[btftest.ID]uint32)}
	m.integer = m.sized(m.b.Int("word", 8, 0), 8)
	half := m.b.Int("half", 4, 0)
	sizes := map[string]uint32{"bpf_list_head": 16, "bpf_list_node": 24, "bpf_rb_root": 16, "bpf_rb_node": 32}
	for i := range specialFields {
		name := specialFields[i].name
		size, typ := sizes[name], m.integer
		switch {
		case r.IntN(3) == 0:
			continue
		case size == 0:
			size, typ = 4, half
		}
		m.specials = append(m.specials, m.sized(m.b.Struct(name, size, btftest.Member{Name: "opaque", Type: typ}), size))
	}
	m.structs = append(m.structs, m.sized(m.b.Struct("btflint_plain", 8, btftest.Member{Name: "x", Type: m.integer}), 8))
	for _, tag := range [...]string{"kptr", "kptr", "kptr_untrusted", "percpu_kptr", tagUptr, "user"} {
		if r.IntN(2) == 0 {
			m.tagged = append(m.tagged, m.pointer(tag))
		}
	}
	return m
}

func (m *structMaker) sized(id btftest.ID, bytes uint32) btftest.ID {
	m.sizes[id] = bytes
	return id
}

// pointer adds a pointer with a type tag, to one struct or another.
func (m *structMaker) pointer(tag string) btftest.ID {
	to := m.structs[0]
	switch m.r.IntN(10) {
	case 0:
		to = m.integer
	case 1:
		to = m.b.Fwd("btflint_opaque", false)
	case 2:
		to = m.b.TypeTag("user", to)
	case 3:
		to = m.b.Const(to)
	case 4:
		to = m.b.Typedef("btflint_plain_t", to)
	}
	ptr := m.b.Ptr(m.b.TypeTag(tag, to))
	if m.r.IntN(8) == 0 {
		ptr = m.b.Volatile(ptr)
	}
	return m.sized(ptr, 8)
}

// member is the type of a member.
func (m *structMaker) member() btftest.ID {
	typ, list := m.integer, []btftest.ID(nil)
	switch n := m.r.IntN(12); {
	case n < 5:
		list = m.specials
	case n < 8:
		list = m.tagged
	case n < 10:
		list = m.structs
	}
	if len(list) > 0 {
		typ = list[m.r.IntN(len(list))]
	}
	if m.r.IntN(10) == 0 {
		n := uint32(m.r.IntN(5))
		typ = m.sized(m.b.Array(typ, m.integer, n), n*m.sizes[typ])
	}
	return typ
}

// structure adds a struct of a few members, some tagged as lists.
func (m *structMaker) structure(name string) {
	tags := [...]string{"contains:s0:a", "contains:s0:b", "contains:s1:a", "contains:gone:a", "contains:s0", "contains:s0:"}
	var members []btftest.Member
	var offset uint32
	tagged := make(map[int]string)
	for i := range 1 + m.r.IntN(4) {
		typ := m.member()
		align := uint32(8)
		if m.sizes[typ] == 4 || m.r.IntN(20) == 0 {
			align = 4
		}
		offset = (offset + align - 1) &^ (align - 1)
		members = append(members, btftest.Member{Name: string(rune('a' + i)), Type: typ, BitOffset: 8 * offset})
		offset += m.sizes[typ]
		if m.r.IntN(2) == 0 {
			tagged[i] = tags[m.r.IntN(len(tags))]
		}
	}
	if m.r.IntN(12) == 0 {
		members = append(members, btftest.Member{Name: "bits", Type: m.integer, BitOffset: 8*offset + 3, Width: 5})
		offset += 8
	}
	size := (offset + 7) &^ 7
	id := m.sized(m.b.Struct(name, size, members...), size)
	for i := range members {
		if tagged[i] != "" {
			m.b.DeclTag(tagged[i], id, i)
		}
	}
	m.structs = append(m.structs, id)
}

// TestStructFieldsRunning holds the search for special fields against
// BPF_BTF_LOAD of the running kernel.
func TestStructFieldsRunning(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	k, err := kernel.Running()
	if err != nil {
		t.Skipf("needs a kernel with BTF: %v", err)
	}
	defer func() { assert.NoError(t, k.Close()) }()
	if btfLoad(t, newStructMaker(rand.New(rand.NewPCG(0, 0))).b.Bytes(binary.NativeEndian)) != nil {
		t.Skip("needs to load BTF")
	}
	rules := (&Plan{Kernel: k}).fieldRulesOf()
	if rules == nil || !rules.nested {
		t.Skip("needs a kernel that looks for kptrs in structs")
	}
	var refused, taken int
	for seed := range uint64(3000) {
		m := newStructMaker(rand.New(rand.NewPCG(seed, 1)))
		for _, name := range [...]string{"s0", "s1", "s2"} {
			m.structure(name)
		}
		raw := m.b.Bytes(binary.NativeEndian)
		g, err := btfgraph.Open(raw, nil)
		require.NoError(t, err)
		s := &structFields{g: g, rules: rules, contains: containsTags(g)}
		fault := s.fault()
		err = btfLoad(t, raw)
		switch {
		case err == nil:
			taken++
		case fault.id == btfgraph.Void && (errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.E2BIG)):
			// Structs that own each other, and more than one of a sort where
			// kernels differ, are left out.
			continue
		default:
			refused++
		}
		assert.Equal(t, err != nil, fault.id != btfgraph.Void, "seed %d: %v %q: %v", seed, fault.id, fault.detail, err)
	}
	assert.Greater(t, refused, 300)
	assert.Greater(t, taken, 300)
}

// btfLoad hands BTF to the kernel.
func btfLoad(t *testing.T, raw []byte) error {
	t.Helper()
	handle, err := btf.NewHandleFromRawBTF(raw)
	if err != nil {
		return err
	}
	return handle.Close()
}
