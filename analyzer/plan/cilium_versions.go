package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// ciliumVersions are the minor versions of cilium/ebpf before v0.22.0, as far
// back as candidates for CO-RE come from all modules (v0.19.0, commit
// 9958a4f5). The differences are those between the tags of
// github.com/cilium/ebpf.
var ciliumVersions = []olderVersion{
	// v0.21.0: elf_sections.go; internal/kconfig/kconfig.go, putValueString
	// (commit 0d98757c).
	{"0.21", func(l *Loader) {
		l.Sections = without(l.Sections, "fsession", "fsession.s")
		l.Externs.KconfigValue = ciliumOldKconfigValue
	}},
	// v0.20.0: elf_sections.go; elf_reader.go, whose init has sections of its
	// own (commits f956ccb2 and 18ff98d7), whose getProgType gives XDP programs
	// no attach type (83897f7e), which reads no struct_ops maps (19b41639),
	// refuses calls of weak functions (7631a1fa) and cuts functions at labels
	// (43c960eb).
	{"0.20", func(l *Loader) {
		l.Sections = slices.Concat(ciliumOldSections, unattached(without(l.Sections, "uprobe.session", "uprobe.session.s"), "xdp"))
		l.StructOps.Sections, l.StructOps.Refused = nil, nil
		l.Object.OldReader = true
	}},
	// v0.19.0: elf_reader.go, mapSpecFromBTF (commit 4ead5d01).
	{"0.19", func(l *Loader) { l.Maps.UnknownFields = []string{"map_extra"} }},
}

// ciliumOldSections come before the others until v0.20.0 (elf_reader.go, init).
var ciliumOldSections = []SectionDef{
	{Name: "xdp.frags/", ProgType: "XDP", AttachType: "BPF_XDP", XDPFrags: true},
	{Name: "xdp.frags_devmap/", ProgType: "XDP", AttachType: "BPF_XDP_DEVMAP", XDPFrags: true},
	{Name: "xdp_devmap/", ProgType: "XDP", AttachType: "BPF_XDP_DEVMAP"},
	{Name: "xdp.frags_cpumap/", ProgType: "XDP", AttachType: "BPF_XDP_CPUMAP", XDPFrags: true},
	{Name: "xdp_cpumap/", ProgType: "XDP", AttachType: "BPF_XDP_CPUMAP"},
	{Name: "seccomp", ProgType: "SOCKET_FILTER"},
}

// checkLabels finds functions that the loader cuts in two at a label that is not
// named as those of LLVM (v0.20.0, elf_reader.go, assignSymbols and
// splitSymbols): the first part does not end, or jumps out of itself.
func (c *ciliumELF) checkLabels() {
	cut := make(map[*bpfobj.Function]bool)
	for i := range c.p.Object.Symbols {
		sym := &c.p.Object.Symbols[i]
		if sym.Type != sttNotype || sym.Binding != bpfobj.BindLocal || sym.Name == "" || strings.HasPrefix(sym.Name, "LBB") || c.kind(sym.Section) != elfProgram {
			continue
		}
		f := c.p.ownerOf(sym.Section, sym.Value)
		if f == nil || f.Offset == sym.Value || cut[f] {
			continue
		}
		cut[f] = true
		c.p.refuse(Refusal{
			Code: RefuseProgram, Stage: StageLoad, Scope: c.p.ScopeOfFunctions(f), Func: f, Insn: int(sym.Value-f.Offset) / insnBytes,
			Symbol: "func " + f.Name, Detail: fmt.Sprintf("is cut in two at its label %q by {loader}", sym.Name),
		})
	}
}

// ciliumOldKconfigValue takes a string for any array of integers of one byte, or
// of type bool.
func ciliumOldKconfigValue(g btfgraph.Graph, id btfgraph.ID, value string) (problem string, cut bool) {
	typ, _ := ciliumUnderlying(g, id)
	if g.Kind(typ) != btfgraph.KindArray || !strings.HasPrefix(value, `"`) || !strings.HasSuffix(value, `"`) {
		return ciliumKconfigValue(g, id, value)
	}
	elem, _ := ciliumUnderlying(g, g.Array(typ).Elem)
	if g.Kind(elem) != btfgraph.KindInt || g.Size(elem) != 1 && g.Int(elem).Encoding != btfgraph.IntBool {
		return doesNotFit(g, id, value), false
	}
	return "", uint64(len(strings.Trim(value, `"`))) >= uint64(g.Array(typ).Nelems)
}
