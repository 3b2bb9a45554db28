package plan

import "strconv"

// COREKind is the kind of a CO-RE relocation, numbered as enum
// bpf_core_relo_kind in include/uapi/linux/bpf.h.
type COREKind uint32

// The kinds of CO-RE relocations.
const (
	COREByteOff COREKind = iota
	COREByteSize
	COREFieldExists
	CORESigned
	CORELShift
	CORERShift
	CORELocalTypeID
	CORETargetTypeID
	CORETypeExists
	CORETypeSize
	COREEnumvalExists
	COREEnumvalValue
	CORETypeMatches
)

var coreKindNames = [...]string{
	"byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64",
	"local_type_id", "target_type_id", "type_exists", "type_size",
	"enumval_exists", "enumval_value", "type_matches",
}

// String is the kind in libbpf's words (relo_core.c, core_relo_kind_str).
func (k COREKind) String() string {
	if k.Known() {
		return coreKindNames[k]
	}
	return "kind " + strconv.FormatUint(uint64(k), 10)
}

// Known reports whether the kind is one of the thirteen.
func (k COREKind) Known() bool { return k <= CORETypeMatches }

// FieldBased reports a relocation of a field access.
func (k COREKind) FieldBased() bool { return k <= CORERShift }

// EnumvalBased reports a relocation of an enumerator.
func (k COREKind) EnumvalBased() bool { return k == COREEnumvalExists || k == COREEnumvalValue }

// TypeBased reports a relocation of a whole type.
func (k COREKind) TypeBased() bool { return k.Known() && !k.FieldBased() && !k.EnumvalBased() }

// Exists reports a relocation that asks a question: a missing type, field or
// enumerator is its answer 0, never a poison.
func (k COREKind) Exists() bool {
	return k == COREFieldExists || k == CORETypeExists || k == COREEnumvalExists || k == CORETypeMatches
}
