package plan

import (
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Libbpf is libbpf 1.8.
var Libbpf = &Loader{
	Name: "libbpf", Version: "1.8",
	Sections: libbpfSections, OptionalOff: true, ObjectWideExterns: true, ObjectWideMaps: true,
	FlavoredKfuncs: true, FlavoredStructOps: true, WeakIncompatibleKfuncAbsent: true,
	Object: ObjectPolicy{WholeBTF: true, VersionSize: true, RelocOffsets: true, RelocTargets: true},
	StructOps: StructOpsPolicy{
		Sections:          []string{".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link"},
		OptionalFirstOnly: true, StrictRelocs: true, NamedTypes: true, PointerSlots: true, Autoload: true,
	},
	Words: Words{
		SwitchOff:    "bpf_program__set_autoload(skel->progs.%[1]s, false) or SEC(\"?%[2]s\")",
		SwitchMapOff: "bpf_map__set_autocreate(skel->maps.%[1]s, false)",
		SwitchOpsOff: "bpf_map__set_autocreate(skel->maps.%[1]s, false) or SEC(\"?.struct_ops.link\")",
		ClearMember:  "skel->struct_ops.%[1]s->%[2]s = NULL",
		ClearData:    "skel->struct_ops.%[1]s->%[2]s = 0",
		SetTarget:    "bpf_program__set_attach_target(prog, fd, NAME)",
		SetAttribute: "bpf_map__set_%[2]s(skel->maps.%[1]s, N)",
		SetInner:     "bpf_map__set_inner_map_fd(skel->maps.%[1]s, fd)",
	},
	Attach:    AttachPolicy{Modules: true},
	Maps:      MapPolicy{FillsEntries: true, PinnedFilled: true, RoundRingbuf: true, Arena: true, JumpTables: true, Definition: libbpfDefinition},
	Functions: FunctionPolicy{HiddenStatic: true, OptionalBTF: true, ContextTags: true, ExceptionCallbacks: true},
	Open:      checkLibbpfELF,
	Externs: ExternPolicy{
		Strict: true, LLVMSuffix: true, TypedSymbols: true, WeakNeedsBTF: true, UnameVersion: true,
		ConfigToEnd: true, WeakVirtual: true,
		Virtual: []VirtualExtern{
			{Name: "LINUX_KERNEL_VERSION", Fit: libbpfVersionFit, Version: true},
			{Name: "LINUX_HAS_BPF_COOKIE", Fit: libbpfFlagFit},
			{Name: "LINUX_HAS_SYSCALL_WRAPPER", Fit: libbpfFlagFit},
		},
		KconfigType: libbpfKconfigType, KconfigValue: libbpfKconfigValue,
	},
	CORE:          libbpfCORE,
	EssentialName: libbpfEssentialName, TypesCompatible: libbpfTypesCompatible,
	older: libbpfVersions,
}

// libbpfEssentialName cuts the last "X___Y" whose neighbours are no
// underscores (libbpf.c, bpf_core_essential_name_len).
func libbpfEssentialName(name string) string {
	for i := len(name) - 5; i >= 0; i-- {
		if name[i] != '_' && name[i+1:i+4] == "___" && name[i+4] != '_' {
			return name[:i+1]
		}
	}
	return name
}

// libbpfTypesCompatible compares types as libbpf does for kfunc prototypes and
// ksym variables (relo_core.c, __bpf_core_types_are_compat).
func libbpfTypesCompatible(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string {
	p := &typePair{local: local, target: target, localID: lid, ID: tid, fit: libbpfFit}
	return p.mismatch()
}

// libbpfFit follows pointers and elements in step. A prototype nested in the
// types is compared with its arguments first.
func libbpfFit(p *typePair, lid, tid btfgraph.ID, level int) bool {
	for range libbpfCompatDepth {
		if p.steps++; p.steps > compatBudget {
			return false
		}
		lid = btfgraph.SkipModsAndTypedefs(p.local, lid)
		tid = btfgraph.SkipModsAndTypedefs(p.target, tid)
		if !sameKind(p.local.Kind(lid), p.target.Kind(tid)) {
			return false
		}
		switch p.local.Kind(lid) {
		case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64, btfgraph.KindFwd:
			return true
		case btfgraph.KindInt:
			return p.local.Int(lid).Offset == 0 && p.target.Int(tid).Offset == 0
		case btfgraph.KindPtr, btfgraph.KindArray:
			lid, tid = p.local.Ref(lid), p.target.Ref(tid)
		case btfgraph.KindFuncProto:
			if p.local.Vlen(lid) != p.target.Vlen(tid) {
				return false
			}
			for i := range p.local.Vlen(lid) {
				if level <= 0 || !libbpfFit(p, p.local.Param(lid, i).Type, p.target.Param(tid, i).Type, level-1) {
					return false
				}
			}
			lid, tid = p.local.Ref(lid), p.target.Ref(tid)
		default:
			return false
		}
	}
	return false
}

// kcfgType is what libbpf makes of a type in .kconfig (libbpf.c, enum kcfg_type).
type kcfgType uint8

const (
	kcfgUnknown kcfgType = iota
	kcfgChar
	kcfgBool
	kcfgInt
	kcfgTristate
	kcfgCharArray
)

// kcfgTypeOf follows libbpf.c, find_kcfg_type.
func kcfgTypeOf(g btfgraph.Graph, id btfgraph.ID) kcfgType {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	switch g.Kind(id) {
	case btfgraph.KindInt:
		size := g.Size(id)
		switch {
		case g.Int(id).Encoding&btfgraph.IntBool != 0 && size == 1:
			return kcfgBool
		case g.Int(id).Encoding&btfgraph.IntBool != 0:
			return kcfgUnknown
		case size == 1:
			return kcfgChar
		case size == 2 || size == 4 || size == 8:
			return kcfgInt
		}
	case btfgraph.KindEnum, btfgraph.KindEnum64:
		if g.Name(id) == "libbpf_tristate" && (g.Kind(id) == btfgraph.KindEnum64 || g.Size(id) == 4) {
			return kcfgTristate
		}
	case btfgraph.KindArray:
		if a := g.Array(id); a.Nelems != 0 && kcfgTypeOf(g, a.Elem) == kcfgChar {
			return kcfgCharArray
		}
	}
	return kcfgUnknown
}

// libbpfKconfigType follows libbpf.c, bpf_object__collect_externs.
func libbpfKconfigType(g btfgraph.Graph, id btfgraph.ID) string {
	if kcfgTypeOf(g, id) == kcfgUnknown {
		return quote(spell(g, id)) + " is no type for .kconfig"
	}
	return ""
}

// libbpfKconfigValue follows libbpf.c, bpf_object__process_kconfig_line.
func libbpfKconfigValue(g btfgraph.Graph, id btfgraph.ID, value string) (problem string, cut bool) {
	kind := kcfgTypeOf(g, id)
	switch value[:min(1, len(value))] {
	case "y", "n", "m":
		if kind == kcfgChar || kind == kcfgTristate || kind == kcfgBool && value[0] != 'm' {
			return "", false
		}
		return doesNotFit(g, id, value[:1]), false
	case `"`:
		if kind != kcfgCharArray {
			return doesNotFit(g, id, value), false
		}
		if len(value) < 2 || !strings.HasSuffix(value, `"`) {
			return "value " + value + " has no closing quote", false
		}
		size, _ := btfgraph.SizeOf(g, id)
		return "", uint64(len(value)-2) >= size
	}
	n, ok := parseUnsigned(value)
	if !ok {
		return "value " + quote(value) + " is no number", false
	}
	if kind != kcfgInt && kind != kcfgChar || !libbpfInRange(g, id, n) {
		return doesNotFit(g, id, value), false
	}
	return "", false
}

// parseUnsigned reads a number as strtoull does with base 0: a sign negates.
func parseUnsigned(text string) (uint64, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if strings.ContainsAny(digits, "_oO") || strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0B") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 0, 64)
	if err != nil {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// libbpfInRange follows libbpf.c, is_kcfg_value_in_range.
func libbpfInRange(g btfgraph.Graph, id btfgraph.ID, n uint64) bool {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	bits := g.Size(id) * 8
	if bits >= 64 {
		return true
	}
	if g.Int(id).Encoding&btfgraph.IntSigned != 0 {
		return n+1<<(bits-1) < 1<<bits
	}
	return n>>bits == 0
}

// libbpfFlagFit tells whether a type holds 0 and 1 (libbpf.c, set_kcfg_value_num).
func libbpfFlagFit(g btfgraph.Graph, id btfgraph.ID) string {
	switch kcfgTypeOf(g, id) {
	case kcfgInt, kcfgChar, kcfgBool:
		return ""
	default:
		return quote(spell(g, id)) + " holds no number"
	}
}

// libbpfVersionFit tells whether a type holds a version, which is larger than
// 16 bits (the same function).
func libbpfVersionFit(g btfgraph.Graph, id btfgraph.ID) string {
	if problem := libbpfFlagFit(g, id); problem != "" {
		return problem
	}
	if kcfgTypeOf(g, id) != kcfgInt || g.Size(btfgraph.SkipModsAndTypedefs(g, id)) < 4 {
		return quote(spell(g, id)) + " is too small for a version of 32 bits"
	}
	return ""
}

// libbpfDefinition is libbpf's complaint about a definition (libbpf.c,
// parse_btf_map_def); legacy maps are no longer read at all.
func libbpfDefinition(_ *Plan, m *bpfobj.Map) string {
	switch {
	case m.Kind == bpfobj.MapLegacy && m.SectionName == "maps":
		return `legacy definition in section "maps"`
	case m.DefErr != nil:
		return m.DefErr.Error()
	}
	return ""
}
