package plan_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// ruleBinding is the outcome of the first record of a program with that
// subject, in the object of a rule test on toy kernel fields.
func ruleBinding(t *testing.T, l *plan.Loader, file, program, subject string) (*plan.Plan, *plan.COREBinding) {
	t.Helper()
	const testdata = "../../testdata"
	k, err := kernel.Open(kernel.Spec{
		Name: "fields", Types: filepath.Join(testdata, "kernels", "fields.o"), Modules: filepath.Join(testdata, "kernels", "fields.modules"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	obj, err := bpfobj.ReadFile(filepath.Join(testdata, "rules", file+".o"))
	require.NoError(t, err)
	p := plan.Make(obj, k, l, plan.Options{})
	for i := range p.CORE {
		if b := &p.CORE[i]; b.Record.Func != nil && b.Record.Func.Name == program && b.Subject() == subject && !b.Kind.Exists() {
			return p, b
		}
	}
	require.Fail(t, "no such record")
	return nil, nil
}

// TestCORECause sorts the reasons of outcomes.
func TestCORECause(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, program, subject string
		loader                       *plan.Loader
		want                         plan.CORECause
	}{
		{"fit", "core_field_missing", "clean", `field "record.tag[2]"`, plan.Libbpf, plan.CORECause{}},
		{"member", "core_field_missing", "renamed", `field "record.state"`, plan.Libbpf, plan.CORECause{Why: plan.CORENoMember, Name: "state"}},
		{"member for cilium", "core_field_missing", "renamed", `field "record.state"`, plan.Cilium, plan.CORECause{Why: plan.CORENoMember, Name: "state"}},
		{"vote", "core_field_missing__vote", "field_of_each", `field "twin.one"`, plan.Cilium, plan.CORECause{Why: plan.COREOutvoted}},
		{"member type", "core_field_incompatible", "whole_field", `field "record.ptr"`, plan.Libbpf,
			plan.CORECause{Why: plan.COREUnlike, Name: "ptr", Local: "struct behind", Target: "struct behind *"}},
		{"index", "core_field_incompatible", "array_too_short", `field "record.tag[6]"`, plan.Cilium, plan.CORECause{Why: plan.COREShort}},
		{"width", "core_field_changed", "signed_and_wider", `field "record.code"`, plan.Libbpf,
			plan.CORECause{Why: plan.COREResized, Name: "code", Local: "short", Target: "int"}},
		{"no type", "core_type_missing", "reads_missing", `field "late.a"`, plan.Libbpf, plan.CORECause{Why: plan.CORENoType}},
		{"kind", "core_type_missing", "other_kind_is_read", `field "changed.a"`, plan.Libbpf, plan.CORECause{Why: plan.COREOtherKind}},
		{"enumerator", "core_enumerator_missing", "missing", `enumerator "NOWHERE" of enum "speed"`, plan.Libbpf,
			plan.CORECause{Why: plan.CORENoEnumerator, Name: "NOWHERE"}},
		{"module", "core_type_id_module", "of_module", `struct "module_only"`, plan.Cilium, plan.CORECause{Why: plan.COREModuleID}},
		{"ambiguity", "core_ambiguous", "two_types", `field "twin.common"`, plan.Libbpf, plan.CORECause{Why: plan.COREAmbiguous}},
		{"offset", "core_access_unsupported", "too_far", `field "far.away"`, plan.Cilium, plan.CORECause{Why: plan.COREUnfit}},
		{"anonymous type", "core_record_malformed", "no_name", `field "anonymous struct.total"`, plan.Libbpf, plan.CORECause{Why: plan.COREMalformed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, b := ruleBinding(t, tt.loader, tt.file, tt.program, tt.subject)
			assert.Equal(t, tt.want, b.Cause())
			assert.Equal(t, tt.want.Why == plan.COREFits, b.Reason() == "", b.Reason())
		})
	}
}

// TestCOREMalformedRecords sorts refusals that no compiler provokes.
func TestCOREMalformedRecords(t *testing.T) {
	t.Parallel()
	var local, target btftest.Builder
	s := local.Struct("s", 4, btftest.Member{Name: "a", Type: local.Int("int", 4, btfgraph.IntSigned)})
	target.Struct("s", 4, btftest.Member{Name: "a", Type: target.Int("int", 4, btfgraph.IntSigned)})
	k := &kernel.Kernel{Name: "k", Types: target.Graph(t)}
	load := bpfobj.Insn{Op: opLoad32}
	tests := []struct {
		name   string
		insn   bpfobj.Insn
		record bpfobj.CORERecord
	}{
		{"access string", load, bpfobj.CORERecord{Type: s, Access: "0:x"}},
		{"member", load, bpfobj.CORERecord{Type: s, Access: "0:7"}},
		{"type id", load, bpfobj.CORERecord{Type: 99, Access: "0:0"}},
		{"kind", load, bpfobj.CORERecord{Type: s, Access: "0:0", Kind: 99}},
		{"instruction", bpfobj.Insn{Op: opCall}, bpfobj.CORERecord{Type: s, Access: "0:0"}},
		{"value", bpfobj.Insn{Op: opLoad32, Off: 8}, bpfobj.CORERecord{Type: s, Access: "0:0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			obj := coreObject(t, &local, []bpfobj.Insn{tt.insn, {Op: opExit}}, tt.record)
			for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
				p := plan.Make(obj, k, l, plan.Options{})
				if l == plan.Cilium && int(tt.record.Type) >= obj.Types.Len() {
					assert.Empty(t, p.CORE, "it goes without .BTF.ext")
					require.Len(t, p.Oddities, 1)
					assert.Equal(t, plan.RefuseBTF, p.Oddities[0].Code)
					continue
				}
				b := &p.CORE[0]
				assert.Equal(t, plan.CORERefused, b.Status, l.Name)
				assert.Equal(t, plan.COREMalformed, b.Cause().Why, "%s: %s", l.Name, b.Reason())
			}
		})
	}
}

// TestFieldsOf compares fields of an object with those of a kernel, for both
// loaders alike.
func TestFieldsOf(t *testing.T) {
	t.Parallel()
	// field is what a COREField says.
	type field struct {
		typ             string
		size, off, bits uint32
		signed          bool
	}
	of := func(f *plan.COREField) field {
		return field{f.Type(), f.SizeBytes, f.BitOffset, f.Bits, f.Encoding&btfgraph.IntSigned != 0}
	}
	tests := []struct {
		name, program, subject string
		local, target          field
	}{
		{"width", "narrower", `field "record.count"`, field{"unsigned int", 4, 0, 0, false}, field{"unsigned short", 2, 256, 0, false}},
		{"sign", "other_sign", `field "record.sign"`, field{"int", 4, 96, 0, true}, field{"unsigned int", 4, 384, 0, false}},
		{"bitfield", "other_bits", `field "flags.mode"`, field{"unsigned int", 4, 0, 5, false}, field{"unsigned int", 4, 3, 5, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range plan.Loaders {
				p, b := ruleBinding(t, l, "core_field_changed", tt.program, tt.subject)
				local, target, ok := p.FieldsOf(b)
				require.True(t, ok, l.Name)
				assert.True(t, local.Int && target.Int, l.Name)
				assert.Equal(t, tt.local, of(&local), l.Name)
				assert.Equal(t, tt.target, of(&target), l.Name)
			}
		})
	}
	p, b := ruleBinding(t, plan.Libbpf, "core_field_missing", "renamed", `field "record.state"`)
	_, _, ok := p.FieldsOf(b)
	assert.False(t, ok, "it matches nothing")
}

// TestShadowedBy finds modules that libbpf does not look into.
func TestShadowedBy(t *testing.T) {
	t.Parallel()
	shadow := func(l *plan.Loader, field string) string {
		k, err := kernel.Open(kernel.Spec{Types: "../../testdata/kernels/fields.o", Modules: "../../testdata/kernels/fields.modules"})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, k.Close()) })
		obj, err := bpfobj.ReadFile("../../testdata/rules/core_type_shadowed.o")
		require.NoError(t, err)
		p := plan.Make(obj, k, l, plan.Options{})
		for i := range p.CORE {
			if p.CORE[i].Path() == field {
				return p.ShadowedBy(&p.CORE[i])
			}
		}
		require.Fail(t, "no such record")
		return ""
	}
	assert.Equal(t, "ring", shadow(plan.Libbpf, "ring.of_the_module"))
	assert.Empty(t, shadow(plan.Libbpf, "ring.nowhere"))
	assert.Empty(t, shadow(plan.Cilium, "ring.of_the_module"), "it looks into both")
}
