package rules_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestCOREHints checks that the way out is spelled with the names at hand.
func TestCOREHints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rule, file, kernel string
		loader                   *plan.Loader
		program                  string
		severity                 analyzer.Severity
		hint                     string // contains
	}{
		{"renamed", "core-field-missing", "core_field_missing", "fields", plan.Libbpf, "renamed", analyzer.Error,
			"with struct record___x { unsigned int __state; } *x = (void *)p; read BPF_CORE_READ(x, __state) unless bpf_core_field_exists(p->state)"},
		{"moved inside", "core-field-missing", "core_field_missing", "fields", plan.Cilium, "moved_inside", analyzer.Error,
			"struct record___x { struct { int cpu; } info; } *x = (void *)p; read BPF_CORE_READ(x, info.cpu) unless bpf_core_field_exists(p->cpu)"},
		{"moved behind", "core-field-missing", "core_field_missing", "fields", plan.Libbpf, "moved_behind", analyzer.Error,
			"struct record___x { struct behind___x { int deep; } *ptr; } *x = (void *)p; read BPF_CORE_READ(x, ptr, deep) unless bpf_core_field_exists(p->deep)"},
		{"nowhere", "core-field-missing", "core_field_missing", "fields", plan.Libbpf, "many_records", analyzer.Error,
			"read it as bpf_core_field_exists(p->gone) ? BPF_CORE_READ(p, gone) : 0"},
		{"variable", "core-field-missing", "core_field_missing", "fields", plan.Libbpf, "user_space_decides", analyzer.Warning,
			`variable "debug" decides, give its value with --rodata debug=VALUE; else read it as`},
		{"guard", "core-field-missing", "core_field_missing", "fields", plan.Libbpf, "asked_first", analyzer.Note, "nothing to do"},
		{"guard outside", "core-field-missing", "core_field_missing__global", "fields", plan.Libbpf, "reads_gone", analyzer.Error,
			"the kernel verifies global functions alone: make reads_gone static, or put the guard inside it"},
		{"vote", "core-field-missing", "core_field_missing__vote", "fields", plan.Cilium, "field_of_each", analyzer.Error,
			"through a flavor of its own (struct twin___2), for which cilium chooses anew"},
		{"pointer for struct", "core-field-incompatible", "core_field_incompatible", "fields", plan.Libbpf, "struct_became_pointer", analyzer.Error,
			`member "place" is "struct point *", in the object "struct point"; with struct record___x { struct point *place; } *x = (void *)p; read BPF_CORE_READ(x, place)`},
		{"unknown modules", "core-type-missing", "core_type_missing", "unknown modules", plan.Libbpf, "reads_missing", analyzer.Warning,
			"use it only if bpf_core_type_exists(struct late); to be sure, give the kernel's modules"},
		{"longer name", "core-type-missing", "core_type_missing", "fields", plan.Libbpf, "longer_name", analyzer.Error,
			"use struct measured where bpf_core_type_exists(struct measured_total) is 0"},
		{"struct of the tool", "core-type-missing", "core_type_missing", "fields", plan.Libbpf, "of_the_tool", analyzer.Error,
			"if it is your own struct, take it out of preserve_access_index; else use it only if bpf_core_type_exists(struct gadget_private_value)"},
		{"other kind", "core-type-missing", "core_type_missing", "fields", plan.Libbpf, "other_kind_is_read", analyzer.Error, "declare a flavor of that kind"},
		{"enumerator", "core-enumerator-missing", "core_enumerator_missing", "fields", plan.Libbpf, "missing", analyzer.Error,
			"bpf_core_enum_value_exists(enum speed, NOWHERE)"},
		{"behind a refusal", "core-enumerator-missing", "core_enumerator_missing", "fields", plan.Libbpf, "behind_missing", analyzer.Note,
			"the program ends before it gets here; once that is mended, use it only if"},
		{"other architecture", "core-other-arch", "core_other_arch", "arm64", plan.Libbpf, "parameters", analyzer.Error, "-D__TARGET_ARCH_arm64"},
		{"anonymous type", "core-record-malformed", "core_record_malformed", "fields", plan.Libbpf, "no_name", analyzer.Error, "give the type a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := toyKernel(t, strings.Replace(tt.kernel, "unknown modules", "fields", 1))
			if tt.kernel == "unknown modules" {
				k.Modules = nil
			}
			found := false
			for _, f := range findingsOf(t, tt.rule, tt.file, k, tt.loader) {
				if f.Location.Program == tt.program && f.Severity == tt.severity {
					found = true
					assert.Contains(t, f.Hint, tt.hint)
				}
			}
			assert.True(t, found)
		})
	}
}

// TestCOREScopes checks what is taken down.
func TestCOREScopes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rule, file string
		loader           *plan.Loader
		program          string // of the finding's location
		object           bool
		programs         []string
	}{
		{"poison", "core-field-missing", "core_field_missing", plan.Libbpf, "renamed", false, []string{"renamed"}},
		{"callers", "core-field-missing", "core_field_missing__global", plan.Libbpf, "reads_gone", false, []string{"calls_global"}},
		{"refused in a program", "core-access-unsupported", "core_access_unsupported", plan.Libbpf, "too_far", false, []string{"too_far"}},
		{"refused in .text", "core-access-unsupported", "core_access_unsupported", plan.Libbpf, "unused", true, nil},
		{"refused by cilium", "core-ambiguous", "core_ambiguous", plan.Cilium, "guarded", false, []string{"guarded"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := false
			for _, f := range findingsOf(t, tt.rule, tt.file, toyKernel(t, "fields"), tt.loader) {
				if f.Location.Program == tt.program {
					found = true
					assert.Equal(t, tt.object, f.Scope.Object)
					assert.Equal(t, tt.programs, f.Scope.Programs)
				}
			}
			assert.True(t, found)
		})
	}
}

// TestCOREWithoutBTF relocates on a kernel that is known to be built without
// BTF: libbpf gives the object up, cilium/ebpf the programs with records.
func TestCOREWithoutBTF(t *testing.T) {
	t.Parallel()
	config, err := kernel.NewConfig([]byte("CONFIG_BPF=y\n# CONFIG_DEBUG_INFO_BTF is not set\n"))
	require.NoError(t, err)
	k := &kernel.Kernel{Name: "bare", Config: config}
	for _, l := range plan.Loaders {
		findings := findingsOf(t, "core-type-missing", "core_other_arch", k, l)
		require.Len(t, findings, 1, l.Name)
		assert.Equal(t, "3 CO-RE relocations need the types of bare, which is built without BTF", findings[0].Message)
		assert.Equal(t, analyzer.Error, findings[0].Severity)
		assert.Equal(t, l == plan.Libbpf, findings[0].Scope.Object)
	}
	findings := findingsOf(t, "core-type-missing", "core_other_arch", k, plan.Cilium)
	assert.Equal(t, []string{"parameters", "also_concerned"}, findings[0].Scope.Programs)
	assert.Empty(t, findingsOf(t, "core-type-missing", "core_other_arch", &kernel.Kernel{Name: "untold"}, plan.Libbpf))
}
