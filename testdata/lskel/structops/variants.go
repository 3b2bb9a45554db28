package structops

// Variant is a skeleton that is checked in.
type Variant struct {
	Name   string
	Edit   Edit
	Layout Layout
}

// Variants are what the series writes and, one field at a time, what kernels
// refuse.
var Variants = []Variant{
	{Name: "struct_ops"},
	{Name: "struct_ops_key_type", Edit: Edit{KeyType: 1}, Layout: Literals},
	{Name: "struct_ops_value_type", Edit: Edit{ValueType: 1}},
	{Name: "struct_ops_no_btf_fd", Edit: Edit{NoBTFFD: true}, Layout: Literals},
	{Name: "struct_ops_no_type", Edit: Edit{NoTypeID: true}},
	{Name: "struct_ops_size", Edit: Edit{MoreBytes: 64}, Layout: Literals},
	{Name: "struct_ops_other_type", Edit: Edit{TypeOffset: 1}},
	{Name: "struct_ops_attach", Edit: Edit{AttachOther: 1}},
	{Name: "struct_ops_member", Edit: Edit{Member: 1000}},
}
