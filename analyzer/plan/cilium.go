package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Cilium is cilium/ebpf v0.22.0.
var Cilium = &Loader{
	Name: "cilium", Version: "0.22.0",
	Sections: ciliumSections, PrefixSections: true, SkipUnknownSections: true, DuplicateIsError: true, ByteOrderPerProgram: true, LosesNames: true,
	Object: ObjectPolicy{SymbolsInSection: true, DataVariables: true, PlainBss: true, RelocWide: true, LosesExt: true},
	StructOps: StructOpsPolicy{
		Sections: []string{".struct_ops.link"}, Refused: []string{".struct_ops"},
		DataByName: true, ByName: true, NestedZero: true, EnumsEqual: true, UpdateAtLoad: true,
	},
	Words: Words{
		SwitchOff:    "delete(spec.Programs, \"%[1]s\")",
		SwitchMapOff: "delete(spec.Maps, \"%[1]s\")",
		SwitchOpsOff: "delete(spec.Maps, \"%[1]s\") and its programs",
		ClearMember:  "delete(spec.Programs, \"%[3]s\")",
		ClearData:    "zero the bytes of %[2]s in spec.Maps[\"%[1]s\"].Contents",
		SetTarget:    "set AttachTarget and AttachTo of the ProgramSpec",
		SetAttribute: "the MapSpec of %[1]s",
	},
	Attach: AttachPolicy{NoLookup: []string{"BPF_LSM_CGROUP", "BPF_TRACE_FSESSION"}},
	Maps:   MapPolicy{FixSizes: true, PinPath: true, StrictCreate: true, FillsEntries: true, LegacyTail: true, SkipIdleData: true, Definition: ciliumDefinition},
	Open:   checkCiliumELF,
	Externs: ExternPolicy{
		VoidOnly: true, NoWeakKconfig: true, SameAddressAmbiguous: true, HiddenRefused: true, AddressIsID: true, FDPerCall: true,
		Virtual: []VirtualExtern{
			{Name: "LINUX_KERNEL_VERSION", Fit: ciliumVersionFit, Version: true},
			{Name: "LINUX_HAS_SYSCALL_WRAPPER", Fit: ciliumIntFit},
		},
		KconfigType: ciliumKconfigType, KconfigValue: ciliumKconfigValue,
	},
	CORE:          ciliumCORE,
	EssentialName: ciliumEssentialName, TypesCompatible: ciliumTypesCompatible,
	older: ciliumVersions,
}

// ciliumEssentialName cuts at the last "___" that does not start the name,
// whatever stands around it (btf/types.go, newEssentialName).
func ciliumEssentialName(name string) string {
	if i := strings.LastIndex(name, "___"); i > 0 {
		return name[:i]
	}
	return name
}

// ciliumTypesCompatible compares types as cilium/ebpf does for kfunc
// prototypes (btf/core.go, coreAreTypesCompatible).
func ciliumTypesCompatible(local btfgraph.Graph, lid btfgraph.ID, target btfgraph.Graph, tid btfgraph.ID) string {
	p := &typePair{local: local, target: target, localID: lid, ID: tid, fit: ciliumFit,
		visited: make(map[[2]btfgraph.ID]bool), returnTypeHead: true}
	return p.mismatch()
}

// ciliumFit recurses into pointees, elements, array indexes, return types and
// arguments. A pair that was met before fits.
func ciliumFit(p *typePair, lid, tid btfgraph.ID, level int) bool {
	lid, lok := ciliumUnderlying(p.local, lid)
	tid, tok := ciliumUnderlying(p.target, tid)
	if !lok || !tok || !sameKind(p.local.Kind(lid), p.target.Kind(tid)) {
		return false
	}
	if p.visited[[2]btfgraph.ID{lid, tid}] {
		return true
	}
	if p.steps++; p.steps > compatBudget {
		return false
	}
	p.visited[[2]btfgraph.ID{lid, tid}] = true
	switch p.local.Kind(lid) {
	case btfgraph.KindVoid, btfgraph.KindStruct, btfgraph.KindUnion, btfgraph.KindEnum, btfgraph.KindEnum64,
		btfgraph.KindFwd, btfgraph.KindInt:
		return true
	case btfgraph.KindPtr:
		return ciliumFit(p, p.local.Ref(lid), p.target.Ref(tid), level)
	case btfgraph.KindArray:
		l, t := p.local.Array(lid), p.target.Array(tid)
		return ciliumFit(p, l.Index, t.Index, level) && ciliumFit(p, l.Elem, t.Elem, level)
	case btfgraph.KindFuncProto:
		if !ciliumFit(p, p.local.Ref(lid), p.target.Ref(tid), level) || p.local.Vlen(lid) != p.target.Vlen(tid) {
			return false
		}
		for i := range p.local.Vlen(lid) {
			if !ciliumFit(p, p.local.Param(lid, i).Type, p.target.Param(tid, i).Type, level) {
				return false
			}
		}
		return true
	default:
		return false // FLOAT is "unsupported type"
	}
}

// ciliumUnderlying skips qualifiers and typedefs, false if there are more than
// cilium/ebpf follows (btf/types.go, UnderlyingType).
func ciliumUnderlying(g btfgraph.Graph, id btfgraph.ID) (btfgraph.ID, bool) {
	for range ciliumResolveDepth + 1 {
		switch g.Kind(id) {
		case btfgraph.KindConst, btfgraph.KindVolatile, btfgraph.KindRestrict, btfgraph.KindTypeTag, btfgraph.KindTypedef:
			id = g.Ref(id)
		default:
			return id, true
		}
	}
	return btfgraph.Void, false
}

// ciliumKconfigType follows cilium/ebpf btf/btf.go, fixupDatasecLayout.
func ciliumKconfigType(g btfgraph.Graph, id btfgraph.ID) string {
	if _, ok := btfgraph.SizeOf(g, id); !ok {
		return quote(spell(g, id)) + " has no size"
	}
	return ""
}

// ciliumIntFit tells whether a type is an integer itself, no typedef of one
// (cilium/ebpf collection.go, resolveKconfig).
func ciliumIntFit(g btfgraph.Graph, id btfgraph.ID) string {
	if g.Kind(id) != btfgraph.KindInt {
		return quote(spell(g, id)) + " is not an integer type itself, such as int"
	}
	if size := g.Size(id); size > 8 {
		return fmt.Sprintf("%s has %d bytes, at most 8 are taken", quote(spell(g, id)), size)
	}
	return ""
}

// ciliumVersionFit wants 4 bytes besides (the same function).
func ciliumVersionFit(g btfgraph.Graph, id btfgraph.ID) string {
	if g.Kind(id) != btfgraph.KindInt || g.Size(id) != 4 {
		return quote(spell(g, id)) + " is not a 32-bit integer type itself, such as int"
	}
	return ""
}

// ciliumKconfigValue follows cilium/ebpf internal/kconfig/kconfig.go, PutValue.
func ciliumKconfigValue(g btfgraph.Graph, id btfgraph.ID, value string) (problem string, cut bool) {
	typ, _ := ciliumUnderlying(g, id)
	kind, enc, size := g.Kind(typ), g.Int(typ).Encoding, g.Size(typ)
	switch {
	case value == "y" || value == "n" || value == "m":
		boolean := kind == btfgraph.KindInt && enc == btfgraph.IntBool && size == 1 && value != "m"
		tristate := (kind == btfgraph.KindEnum || kind == btfgraph.KindEnum64) && g.Name(typ) == "libbpf_tristate" && size == 4
		if !boolean && !tristate {
			return doesNotFit(g, id, value), false
		}
		return "", false
	case strings.HasPrefix(value, `"`):
		a := g.Array(typ)
		elem, _ := ciliumUnderlying(g, a.Elem)
		if kind != btfgraph.KindArray || g.Kind(elem) != btfgraph.KindInt || g.Size(elem) != 1 || g.Int(elem).Encoding == btfgraph.IntBool {
			return doesNotFit(g, id, value), false
		}
		if !strings.HasSuffix(value, `"`) {
			return "value " + value + " has no closing quote", false
		}
		return "", uint64(len(strings.Trim(value, `"`))) >= uint64(a.Nelems)
	}
	if kind != btfgraph.KindInt || !ciliumInRange(enc, size, value) {
		return doesNotFit(g, id, value), false
	}
	return "", false
}

// ciliumInRange follows the same file, putValueNumber and PutInteger.
func ciliumInRange(enc btfgraph.IntEncoding, size uint32, value string) bool {
	if size != 1 && size != 2 && size != 4 && size != 8 {
		return false
	}
	if enc == btfgraph.IntSigned {
		_, err := strconv.ParseInt(value, 0, int(size)*8)
		return err == nil
	}
	limit := uint64(math.MaxUint64)
	if enc == btfgraph.IntBool {
		limit = 1
	}
	n, err := strconv.ParseUint(value, 0, int(size)*8)
	return err == nil && n <= limit
}
