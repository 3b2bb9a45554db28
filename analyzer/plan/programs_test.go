package plan

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMatchSection(t *testing.T) {
	t.Parallel()
	tests := []struct{ section, libbpf, cilium string }{
		{"xdp", "xdp", "xdp"},
		{"xdp_main", "", "xdp"}, // libbpf 1.0 stopped comparing prefixes
		{"xdp/devmap", "xdp/devmap", "xdp/devmap"},
		{"xdp.frags/x", "", "xdp.frags"},
		{"kprobe/do_exit", "kprobe", "kprobe"},
		{"kprobe", "kprobe", "kprobe"},
		{"kprobes/x", "", ""},
		{"tc/ingress", "tc/ingress", "tc/ingress"},
		{"tc/ingress/x", "", "tc/ingress"},
		{"tp_btf.s/sys_enter", "tp_btf.s", ""}, // not in cilium/ebpf v0.22.0
		{"fentry.multi/x", "fentry.multi", ""},
		{"fentry/", "fentry", "fentry"},
		{"sk_skb1", "", "sk_skb"},
		{"dummy_tracepoint", "", ""},
		{"", "", ""},
	}
	name := func(def *SectionDef) string {
		if def == nil {
			return ""
		}
		return def.Name
	}
	for _, tt := range tests {
		t.Run(tt.section, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.libbpf, name(Libbpf.matchSection(tt.section)))
			assert.Equal(t, tt.cilium, name(Cilium.matchSection(tt.section)))
		})
	}
}

// Every row of a table must be reachable: its own name, with a target where the
// row takes one, matches it first.
func TestSectionTables(t *testing.T) {
	t.Parallel()
	assert.Len(t, libbpfSections, 116)
	assert.Len(t, ciliumSections, 105)
	assert.Len(t, ayaSections, 63)
	for _, l := range []*Loader{Libbpf, Cilium, Aya} {
		for i := range l.Sections {
			def := &l.Sections[i]
			assert.Same(t, def, l.matchSection(def.Name), "%s of %s", def.Name, l.Name)
			if def.Slash {
				assert.Same(t, def, l.matchSection(def.Name+"/x"), "%s/x of %s", def.Name, l.Name)
			}
			assert.Contains(t, progTypes, def.ProgType)
			if def.AttachType != "" {
				assert.Contains(t, attachTypes, def.AttachType)
			}
		}
	}
}

func TestNearestSection(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "xdp", Libbpf.nearestSection("xdp_main"))
	assert.Equal(t, "xdp.frags", Libbpf.nearestSection("xdp.frags_main"))
	assert.Empty(t, Libbpf.nearestSection("dummy"))
}

// program returns an object of one program in a section.
func program(section string, attrs *bpfobj.ProgramAttrs) *bpfobj.Object {
	f := &bpfobj.Function{Name: "prog", SectionName: section, Insns: []bpfobj.Insn{{Op: 0x95}}}
	f.Program = &bpfobj.Program{Function: f, Optional: len(section) > 0 && section[0] == '?', Explicit: attrs}
	return &bpfobj.Object{
		FromSpec: attrs != nil, Sections: []bpfobj.Section{{}}, Symbols: []bpfobj.Symbol{{}},
		Functions: []*bpfobj.Function{f}, Programs: []*bpfobj.Program{f.Program},
	}
}

func TestPlanPrograms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, section string
		attrs         *bpfobj.ProgramAttrs
		loader        *Loader
		progType      string
		attachType    string
		attachTo      string
		autoload      bool
		why           string
	}{
		{"section", "fentry/foo", nil, Libbpf, "BPF_PROG_TYPE_TRACING", "BPF_TRACE_FENTRY", "foo", true, ""},
		{"optional section", "?fentry/foo", nil, Libbpf, "BPF_PROG_TYPE_TRACING", "BPF_TRACE_FENTRY", "foo", false, WhyOptional},
		{"optional section of cilium", "?fentry/foo", nil, Cilium, "BPF_PROG_TYPE_TRACING", "BPF_TRACE_FENTRY", "foo", true, ""},
		{"unknown section", "foo", nil, Libbpf, "", "", "", true, ""},
		{"unknown section of cilium", "foo", nil, Cilium, "", "", "", false, WhyUnknown},
		{"struct_ops extra", "struct_ops/foo", nil, Libbpf, "BPF_PROG_TYPE_STRUCT_OPS", "", "", true, ""},
		{
			"spec", "fentry/foo", &bpfobj.ProgramAttrs{Type: 26, AttachType: 25, AttachTo: "bar"}, Cilium,
			"BPF_PROG_TYPE_TRACING", "BPF_TRACE_FEXIT", "bar", true, "",
		},
		{"spec without a type", "foo", &bpfobj.ProgramAttrs{}, Cilium, "", "", "", false, WhyUnknown},
		{"spec of the future", "foo", &bpfobj.ProgramAttrs{Type: 4000, AttachType: 4000}, Cilium, "", "", "", false, WhyUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := Make(program(tt.section, tt.attrs), nil, tt.loader, Options{})
			require.Len(t, p.Programs, 1)
			pp := &p.Programs[0]
			assert.Equal(t, tt.progType, pp.ProgType)
			assert.Equal(t, tt.attachType, pp.AttachType)
			assert.Equal(t, tt.attachTo, pp.AttachTo)
			assert.Equal(t, tt.autoload, pp.Autoload)
			assert.Equal(t, tt.why, pp.Why)
			assert.Equal(t, SupportUnknown, pp.TypeSupport, "there is no kernel")
		})
	}
}

func TestPlanFlags(t *testing.T) {
	t.Parallel()
	p := Make(program("", &bpfobj.ProgramAttrs{Type: 6, Flags: 1<<4 | 1<<5}), nil, Cilium, Options{})
	assert.True(t, p.Programs[0].Sleepable)
	assert.True(t, p.Programs[0].XDPFrags)
	p = Make(program("xdp.frags", nil), nil, Libbpf, Options{})
	assert.False(t, p.Programs[0].Sleepable)
	assert.True(t, p.Programs[0].XDPFrags)
}
