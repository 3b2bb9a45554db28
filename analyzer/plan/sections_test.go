package plan_test

import (
	"slices"
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
)

// complaints are what a plan without a kernel refuses and finds odd, of the
// codes of this file's rules.
func complaints(o *bpfobj.Object, l *plan.Loader) (refused, odd []string) {
	p := plan.Make(o, nil, l, plan.Options{})
	known := []plan.Code{
		plan.RefuseVersion, plan.RefuseRelocTable, plan.RefuseDatasecMissing, plan.RefuseDatasecName, plan.RefuseVariable,
		plan.RefuseExternVariable, plan.RefuseStructOpsSection, plan.RefuseStructOpsVariable, plan.RefuseStructOpsReloc,
	}
	list := func(refusals []plan.Refusal) []string {
		out := []string{}
		for _, r := range refusals {
			if slices.Contains(known, r.Code) {
				out = append(out, r.Subject+" "+r.Detail)
			}
		}
		return out
	}
	return list(p.Refusals), list(p.Oddities)
}

// structOpsObject has maps "a", "b" and "c" of 16 bytes each in
// .struct_ops.link, which refer to the programs "run_a", "run_b" and "stop".
const structOpsObject = "struct_ops_program_reuse__mixed.o"

// TestMisplaced edits symbols, sections and relocations of a sound object with
// struct_ops maps.
func TestMisplaced(t *testing.T) {
	t.Parallel()
	const rel = ".rel.struct_ops.link"
	tests := []struct {
		name           string
		edit           func(m *image)
		libbpf, cilium []string // refusals
		oddLibbpf      []string
	}{
		{name: "sound object", edit: func(*image) {}},
		{
			name: "symbol beyond its section",
			edit: func(m *image) { put64(m.symbol("c")[8:], 40) },
			libbpf: []string{
				`variable "c" at offset 40 bytes ends beyond the 48 bytes of section ".struct_ops.link"`,
			},
			cilium: []string{`variable "c" at offset 40 bytes ends beyond the 48 bytes of section ".struct_ops.link"`},
		},
		{
			name:      "symbol in another section",
			edit:      func(m *image) { put16(m.symbol("c")[6:], uint16(m.section("license"))) },
			cilium:    []string{`variable "c" of section ".struct_ops.link" has no symbol there`},
			oddLibbpf: []string{`variable "c" of section ".struct_ops.link" has its symbol in section "license"`},
		},
		{
			name:      "symbol of another size",
			edit:      func(m *image) { put64(m.symbol("b")[16:], 24) },
			oddLibbpf: []string{`variable "b" has 16 bytes in BTF, 24 in the symbol table`},
		},
		{
			name:   "localised symbol", // objcopy --localize-symbol
			edit:   func(m *image) { m.symbol("b")[4] &= 0x0f },
			libbpf: []string{`variable "b" of section ".struct_ops.link" has no global symbol`},
		},
		{
			name: "overlapping variables",
			edit: func(m *image) { put64(m.symbol("b")[8:], 8) },
			libbpf: []string{
				`variable "b" overlaps "a" in section ".struct_ops.link"`,
				`relocation at offset 24 bytes of section ".struct_ops.link" lies in no variable`,
			},
		},
		{
			name: "DATASEC of another name",
			edit: func(m *image) { m.rename(".struct_ops.link", ".struct_ops.lynk") },
			libbpf: []string{
				`DATASEC ".struct_ops.lynk" has no size, and there is no section of that name`,
				`section ".struct_ops.link" has no DATASEC in the object's BTF`,
			},
			cilium: []string{`section ".struct_ops.link" has no DATASEC in the object's BTF`},
		},
		{
			name:   "malformed BTF",
			edit:   func(m *image) { put16(m.contents(".BTF"), 0) },
			libbpf: []string{`section ".struct_ops.link" needs BTF, and the object's is malformed: section ".BTF": `},
			cilium: []string{`section ".struct_ops.link" needs BTF, and the object's is malformed: section ".BTF": `},
		},
		{
			name:   "relocation behind the variables",
			edit:   func(m *image) { put64(m.reloc(rel, 0), 64) },
			libbpf: []string{`relocation at offset 64 bytes of section ".struct_ops.link" lies in no variable`},
		},
		{
			name:   "relocation inside a member",
			edit:   func(m *image) { put64(m.reloc(rel, 0), 4) },
			libbpf: []string{`offset 4 bytes of variable "a" is the start of no member, yet it is set to "run_a"`},
		},
		{
			name:   "relocation against a missing symbol",
			edit:   func(m *image) { put32(m.reloc(rel, 0)[12:], 999) },
			libbpf: []string{`relocation at offset 0 bytes of section ".struct_ops.link" refers to symbol 999 of `},
			cilium: []string{`relocation at offset 0 bytes of section ".struct_ops.link" refers to symbol 999 of `},
		},
		{
			name:   "relocation against an absolute symbol",
			edit:   func(m *image) { put16(m.symbol("run_a")[6:], 0xfff1) },
			libbpf: []string{`member "run" of variable "a" refers to "run_a" in section SHN_ABS`},
			cilium: []string{`member "run" of variable "a" refers to "run_a" in section SHN_ABS`},
		},
		{
			name:   "relocation against a common symbol",
			edit:   func(m *image) { put16(m.symbol("run_a")[6:], 0xfff2) },
			libbpf: []string{`member "run" of variable "a" refers to "run_a" in section SHN_COMMON`},
			cilium: []string{`member "run" of variable "a" refers to "run_a" in section SHN_COMMON`},
		},
		{
			name:   "relocation against an undefined symbol",
			edit:   func(m *image) { put16(m.symbol("run_a")[6:], 0) },
			libbpf: []string{`member "run" of variable "a" is set to "run_a", which is no function`},
			cilium: []string{`member "run" of variable "a" is set to "run_a", which is no program`},
		},
		{
			name: "odd target",
			edit: func(m *image) {
				put64(m.symbol("run_a")[8:], 4)
				m.symbol("run_a")[4] = 0x11 // a global variable in the middle of an instruction
			},
			libbpf: []string{`member "run" of variable "a" refers to "run_a" at the odd offset of 4 bytes`},
			cilium: []string{`member "run" of variable "a" is set to "run_a", which is no program`},
		},
		{
			name:   "relocations of another entry size",
			edit:   func(m *image) { put64(m.header(rel)[56:], 8) },
			libbpf: []string{`section ".struct_ops.link" has malformed relocations: `},
			cilium: []string{`section ".struct_ops.link" has malformed relocations: `},
		},
		{
			name:   "relocations of a larger entry size",
			edit:   func(m *image) { put64(m.header(rel)[56:], 24) },
			libbpf: []string{`section ".struct_ops.link" has malformed relocations: `},
		},
		{
			name: "relocations for section 0",
			edit: func(m *image) { put32(m.header(rel)[44:], 0) },
		},
		{
			name:   "relocations for a missing section",
			edit:   func(m *image) { put32(m.header(rel)[44:], 999) },
			libbpf: []string{`section ".rel.struct_ops.link" has malformed relocations: `},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newImage(t, structOpsObject)
			tt.edit(m)
			o := m.object()
			refused, odd := complaints(o, plan.Libbpf)
			assertPrefixes(t, tt.libbpf, refused)
			assertPrefixes(t, tt.oddLibbpf, odd)
			refused, _ = complaints(o, plan.Cilium)
			assertPrefixes(t, tt.cilium, refused)
		})
	}
}

// assertPrefixes compares lists of texts, of which only the starts are known.
func assertPrefixes(t *testing.T, want, got []string) {
	t.Helper()
	short := slices.Clone(got)
	for i := range min(len(want), len(short)) {
		short[i] = short[i][:min(len(want[i]), len(short[i]))]
	}
	assert.Equal(t, append([]string{}, want...), short)
}

// TestDataVariables edits an object with the data section ".data.own" and code
// that refers to it.
func TestDataVariables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		edit           func(m *image)
		libbpf, cilium []string
		oddLibbpf      []string
	}{
		{
			name:      "variable beyond its section",
			edit:      func(m *image) { put64(m.symbol("own")[8:], 16) },
			cilium:    []string{`variable "own" ends beyond the 4 bytes of section ".data.own"`},
			oddLibbpf: []string{`variable "own" at offset 16 bytes ends beyond the 4 bytes of section ".data.own"`},
		},
		{
			name:   "symbol of another size",
			edit:   func(m *image) { put64(m.symbol("own")[16:], 2) },
			cilium: []string{`variable "own" has 4 bytes in BTF, 2 in the symbol table`},
		},
		{
			name:   "localised symbol",
			edit:   func(m *image) { m.symbol("own")[4] &= 0x0f },
			libbpf: []string{`variable "own" of section ".data.own" has no global symbol`},
		},
		{
			name:   "relocation inside an instruction",
			edit:   func(m *image) { put64(m.reloc(".relxdp", 1), 28) },
			libbpf: []string{`relocation at offset 28 bytes of section "xdp" is no instruction of its `},
		},
		{
			name:   "relocation behind the code",
			edit:   func(m *image) { put64(m.reloc(".relxdp", 1), 4096) },
			libbpf: []string{`relocation at offset 4096 bytes of section "xdp" is no instruction of its `},
		},
		{
			name:   "relocation against a symbol of a missing section",
			edit:   func(m *image) { put16(m.symbol("own")[6:], 999) },
			libbpf: []string{`relocation at offset 32 bytes of section "xdp" refers to "own" in section 999 of `},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newImage(t, "extern_variable_undefined.o")
			tt.edit(m)
			o := m.object()
			refused, odd := complaints(o, plan.Libbpf)
			assertPrefixes(t, tt.libbpf, withoutExtern(refused))
			assertPrefixes(t, tt.oddLibbpf, odd)
			refused, _ = complaints(o, plan.Cilium)
			assertPrefixes(t, tt.cilium, withoutExtern(refused))
		})
	}
}

// withoutExtern leaves out what the object is made for.
func withoutExtern(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool {
		return s == `extern variable "shared" of section ".data.shared" is defined in no object`
	})
}
