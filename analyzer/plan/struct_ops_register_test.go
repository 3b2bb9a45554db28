package plan_test

import (
	"testing"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// registration makes the plan of a rule test's object on a toy kernel.
func registration(t *testing.T, object, toy, release string) []plan.RegistrationProblem {
	t.Helper()
	o, err := bpfobj.ReadFile("../../testdata/rules/" + object + ".o")
	require.NoError(t, err)
	k, err := kernel.Open(kernel.Spec{Types: "../../testdata/kernels/" + toy + ".o", Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	k.Release = release
	return plan.Make(o, k, plan.Libbpf, plan.Options{}).RegistrationProblems()
}

// TestRegistrationLate tells what the update of a map refuses from what only
// registration does: the kernel's functions tell.
func TestRegistrationLate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, object, toy string
		late              bool
	}{
		{"callbacks that a function of the kernel validates", "struct_ops_required_member__error", "schedulers", false},
		{"callbacks in a kernel without that function", "struct_ops_required_member__error", "contexts", true},
		{"callbacks that registration looks at", "struct_ops_required_member__late", "schedulers", true},
		{"names", "struct_ops_name", "contexts", false},
		{"members that do not go together", "struct_ops_value_range__cid", "schedulers", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			problems := registration(t, tt.object, tt.toy, "")
			require.NotEmpty(t, problems)
			for _, r := range problems {
				if r.Fault != plan.RegisterLink {
					assert.Equal(t, tt.late, r.Late, "%+v", r)
				}
			}
		})
	}
}

// TestRegistrationVersions judges flags that TCP has got between two versions.
func TestRegistrationVersions(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]string{"": "version", "6.12.9": "version", "6.18.2": "none", "7.2.0": "none"} {
		got := "none"
		for _, r := range registration(t, "struct_ops_value_range", "contexts", release) {
			if r.Fault == plan.RegisterRange && r.Depends != "" {
				got = r.Depends
			}
		}
		assert.Equal(t, want, got, release)
	}
}
