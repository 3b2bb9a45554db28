package bpfobj

import (
	"debug/elf"
	"reflect"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/asm"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// What cilium/ebpf keeps to itself is read here and nowhere else: the binding
// of an extern and the place of a .kconfig value from an instruction's
// metadata, and the parts of a CO-RE relocation from its String. Both readers are strict: a layout that is not
// the one of v0.22 reads as unknown.

// ebpfPath is the package whose metadata keys are looked for.
const ebpfPath = "github.com/cilium/ebpf"

// weakExtern reports whether the extern that an instruction refers to is
// weak; known is false if the metadata does not tell (cilium/ebpf
// elf_reader.go, kfuncMeta and ksymMeta).
func weakExtern(ins *asm.Instruction) (weak, known bool) {
	for _, key := range []string{"kfuncMetaKey", "ksymMetaKey"} {
		b, ok := metaField[elf.SymBind](ins, key, "Binding")
		if !ok {
			continue
		}
		bind := elf.SymBind(b.Int())
		return bind == elf.STB_WEAK, bind == elf.STB_WEAK || bind == elf.STB_GLOBAL
	}
	return false, false
}

// kconfigOffset is the offset in .kconfig that an instruction loads from;
// false if it loads something else (cilium/ebpf elf_reader.go, kconfigMeta).
func kconfigOffset(ins *asm.Instruction) (uint32, bool) {
	off, ok := metaField[uint32](ins, "kconfigMetaKey", "Offset")
	if !ok {
		return 0, false
	}
	return uint32(off.Uint()), true
}

// metaField is a field of type T of the struct that an instruction's metadata
// points to under a key type of cilium/ebpf (asm/metadata.go).
func metaField[T any](ins *asm.Instruction, key, field string) (reflect.Value, bool) {
	none := reflect.Value{}
	elem := reflect.ValueOf(&ins.Metadata).Elem().FieldByName("head")
	for elem.Kind() == reflect.Pointer && !elem.IsNil() && elem.Elem().Kind() == reflect.Struct {
		k, v := elem.Elem().FieldByName("key"), elem.Elem().FieldByName("value")
		elem = elem.Elem().FieldByName("next")
		if k.Kind() != reflect.Interface || v.Kind() != reflect.Interface || k.IsNil() || v.IsNil() {
			return none, false
		}
		if t := k.Elem().Type(); t.PkgPath() != ebpfPath || t.Name() != key {
			continue
		}
		meta := v.Elem()
		if meta.Kind() != reflect.Pointer || meta.IsNil() || meta.Elem().Kind() != reflect.Struct {
			return none, false
		}
		f := meta.Elem().FieldByName(field)
		return f, f.IsValid() && f.Type() == reflect.TypeFor[T]()
	}
	return none, false
}

// coreKinds are the names of CO-RE relocation kinds by number (libbpf
// relo_core.c, core_relo_kind_str).
var coreKinds = [...]string{
	"byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64",
	"local_type_id", "target_type_id", "type_exists", "type_size",
	"enumval_exists", "enumval_value", "type_matches",
}

// parseCORE reads what btf.CORERelocation.String writes:
//
//	CORERelocation(byte_off, Struct:"task_struct"[0:1:2], local_id=42)
//
// The id counts only if that type has the name, which is not so if the
// spec's Types were replaced.
func parseCORE(s string, g btfgraph.Graph) (CORERecord, bool) {
	s, ok1 := strings.CutPrefix(s, "CORERelocation(")
	s, ok2 := strings.CutSuffix(s, ")")
	name, s, ok3 := strings.Cut(s, ", ")
	if !ok1 || !ok2 || !ok3 {
		return CORERecord{}, false
	}
	kind := -1
	for i, k := range coreKinds {
		if k == name {
			kind = i
		}
	}
	at := strings.LastIndex(s, "], local_id=")
	if kind < 0 || at < 0 {
		return CORERecord{}, false
	}
	id, err := strconv.ParseUint(s[at+len("], local_id="):], 10, 32)
	open := strings.LastIndexByte(s[:at], '[')
	if err != nil || open < 0 {
		return CORERecord{}, false
	}
	rec := CORERecord{Type: btfgraph.ID(id), Access: s[open+1 : at], Kind: uint32(kind)}
	if strings.Trim(rec.Access, "0123456789:") != "" || !namedLike(g, rec.Type, s[:open]) {
		return CORERecord{}, false
	}
	return rec, true
}

// namedLike reports whether the type is what typ, like Struct:"task_struct",
// names: cilium/ebpf prints the type without modifiers, of some kinds of
// relocations without typedefs too.
func namedLike(g btfgraph.Graph, id btfgraph.ID, typ string) bool {
	if g == nil {
		return false
	}
	_, quoted, named := strings.Cut(typ, ":")
	name := ""
	if named {
		var err error
		if name, err = strconv.Unquote(quoted); err != nil {
			return false
		}
	}
	return g.Name(btfgraph.SkipMods(g, id)) == name || g.Name(btfgraph.SkipModsAndTypedefs(g, id)) == name
}
