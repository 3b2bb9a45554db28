package plan

import (
	"math"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// VirtualExtern is an extern of .kconfig whose value the loader provides.
type VirtualExtern struct {
	Name string
	// Fit says why a type cannot hold the value, "" if it can.
	Fit func(g btfgraph.Graph, id btfgraph.ID) string
	// Version tells that the value is the kernel's version.
	Version bool
}

// resolveKconfig gives an extern of .kconfig its value (libbpf.c,
// bpf_object__resolve_externs; cilium/ebpf collection.go, resolveKconfig).
func (p *Plan) resolveKconfig(b *ExternBinding) {
	if !p.Loader.ObjectWideExterns {
		b.Scope = p.scopeOfKconfig()
	}
	if p.Loader.Externs.Strict && b.Extern.Symbol == 0 && !p.Object.FromSpec {
		// A variable that is defined in .kconfig: libbpf takes undefined symbols
		// for externs, nothing else (libbpf.c, bpf_object__collect_externs).
		b.Scope = Scope{}
		return
	}
	g, typ := p.Object.Types, p.Object.Types.Ref(b.Extern.ID)
	if v, ok := p.virtual(b.Extern); ok {
		b.Status, b.Virtual, b.Problem = ExternFound, true, v.Fit(g, typ)
		switch {
		case b.Problem != "":
			b.Status = ExternIncompatible
		case v.Version && p.Loader.Externs.UnameVersion:
			p.checkVersion(b)
		}
		return
	}
	if !strings.HasPrefix(b.Name, "CONFIG_") {
		b.Status, b.Virtual = ExternMissing, true
		return
	}
	if p.Kernel.Config == nil {
		b.Unknown = "config"
		return
	}
	value, ok := p.Kernel.Config.Lookup(b.Name)
	if !ok {
		b.Status = ExternMissing
		return
	}
	b.Status, b.Value = ExternFound, value
	b.Problem, b.Cut = p.Loader.Externs.KconfigValue(g, typ, value)
	if b.Problem != "" {
		b.Status = ExternIncompatible
	}
}

// virtual is the loader's own definition of an extern.
func (p *Plan) virtual(e *bpfobj.Extern) (VirtualExtern, bool) {
	for _, v := range p.Loader.Externs.Virtual {
		if v.Name == e.Name {
			return v, true
		}
	}
	if p.Loader.Externs.WeakVirtual && e.Weak && strings.HasPrefix(e.Name, "LINUX_") {
		return VirtualExtern{Name: e.Name, Fit: libbpfFlagFit}, true
	}
	return VirtualExtern{}, false
}

// scopeOfKconfig is the scope of an extern of .kconfig for a loader that fills
// the map in for each program that refers to it, with all its externs
// (cilium/ebpf linker.go, resolveKconfigReferences).
func (p *Plan) scopeOfKconfig() Scope {
	var funcs []*bpfobj.Function
	for _, e := range p.Object.Externs {
		if e.Kind != bpfobj.ExternKconfig {
			continue
		}
		for _, r := range e.Refs {
			funcs = append(funcs, r.Func)
		}
	}
	return p.ScopeOfFunctions(funcs...)
}

// checkVersion tells whether libbpf finds the kernel's version in uname
// (libbpf_probes.c, get_kernel_version): Debian has it in uname -v, which no
// file tells, the others in the release.
func (p *Plan) checkVersion(b *ExternBinding) {
	k := p.Kernel
	if k.Release == "" || hasThreeNumbers(k.Release) {
		return
	}
	_, debian, ok := strings.Cut(k.Version, "Debian ")
	if ok && hasThreeNumbers(debian) {
		return
	}
	b.Status, b.Problem = ExternIncompatible, "release "+quote(k.Release)+" does not start with three numbers"
	if k.Version == "" {
		b.Status, b.Unknown = ExternUndecided, "version"
	}
}

// hasThreeNumbers tells that text starts with what sscanf reads as "%u.%u.%u".
func hasThreeNumbers(text string) bool {
	for i := range 3 {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		if n == 0 {
			return false
		}
		text = text[n:]
		if i < 2 {
			if text == "" || text[0] != '.' {
				return false
			}
			text = text[1:]
		}
	}
	return true
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

// maxValue bounds the value of an option in a message, in bytes.
const maxValue = 24

// doesNotFit is the complaint about a value of the wrong class or size.
func doesNotFit(g btfgraph.Graph, id btfgraph.ID, value string) string {
	if len(value) > maxValue {
		value = value[:maxValue-3] + "..."
	}
	return "value " + value + " does not fit type " + quote(spell(g, id))
}

// quote puts double quotes around C text, which needs no escapes.
func quote(text string) string { return `"` + text + `"` }
