package rules_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/analyzertest"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

// TestVersionsDiffer gives one object to versions of a loader. A rule complains
// about a program, "" for the whole object, with the versions named and with no
// other of that loader. What libbpf 1.1.2, 1.3.2, 1.5.1 and 1.8 and cilium/ebpf
// v0.19 to v0.22 do with objects like these was compared with loads on Linux 6.18.
func TestVersionsDiffer(t *testing.T) {
	t.Parallel()
	tests := []struct{ object, program, rule, loader, versions string }{
		{"sections", "always", "section-unknown", "libbpf", ""},
		{"sections", "sleepable_ops", "section-unknown", "libbpf", "1.1 1.0"},
		{"sections", "uprobe_multi", "section-unknown", "libbpf", "1.2 1.1 1.0"},
		{"sections", "netkit", "section-unknown", "libbpf", "1.2 1.1 1.0"},
		{"sections", "sk_skb", "section-unknown", "libbpf", "1.3 1.2 1.1 1.0"},
		{"sections", "kprobe_session", "section-unknown", "libbpf", "1.4 1.3 1.2 1.1 1.0"},
		{"sections", "uprobe_session", "section-unknown", "libbpf", "1.5 1.4 1.3 1.2 1.1 1.0"},
		{"sections", "fsession", "section-unknown", "libbpf", "1.6 1.5 1.4 1.3 1.2 1.1 1.0"},
		{"sections", "tp_sleepable", "section-unknown", "libbpf", "1.7 1.6 1.5 1.4 1.3 1.2 1.1 1.0"},
		{"sections", "module_target", "attach-target-missing", "libbpf", "1.4 1.3 1.2 1.1 1.0"},
		{"sections", "fsession", "section-unknown", "cilium", "0.21 0.20 0.19"},
		{"sections", "uprobe_session", "section-unknown", "cilium", "0.20 0.19"},
		{"sections", "as_seccomp", "section-unknown", "cilium", "0.22 0.21"},
		{"sections", "xdp_devmap", "section-unknown", "cilium", ""},
		{"sections", "iter", "section-unknown", "aya", "0.13"},
		{"sections", "dissector", "section-unknown", "aya", "0.13"},
		{"externs", "flavor", "kfunc-missing", "libbpf", "1.2 1.1 1.0"},
		{"externs", "flavor", "kfunc-missing", "cilium", "0.22 0.21 0.20 0.19"},
		{"externs", "other_prototype", "kfunc-incompatible", "libbpf", "1.2 1.1 1.0"},
		{"externs", "", "elf-unsupported", "cilium", "0.20 0.19"},
		{"externs", "labelled", "program-malformed", "cilium", "0.20 0.19"},
		{"struct_ops", "", "struct-ops-member-missing", "libbpf", "1.3 1.2"},
		{"struct_ops", "run", "struct-ops-program-unreferenced", "libbpf", "1.1 1.0"},
		{"struct_ops", "run", "struct-ops-program-unreferenced", "cilium", "0.20 0.19"},
		{"flavored_ops", "", "struct-ops-type-missing", "libbpf", "1.3 1.2 1.1 1.0"},
		{"maps", "", "map-definition", "cilium", "0.19"},
		{"maps", "bss", "reference-unsupported", "libbpf", "1.0"},
		{"maps", "", "map-attributes", "aya", ""},
		{"inner", "", "map-definition", "aya", "0.13"},
		{"inner", "", "map-attributes", "aya", "0.13"},
	}
	kernels := map[string]string{"sections": "recent", "externs": "modern", "maps": "recent", "inner": "recent"}
	for _, tt := range tests {
		t.Run(strings.Join([]string{tt.object, tt.program, tt.rule, tt.loader}, " "), func(t *testing.T) {
			t.Parallel()
			obj, err := bpfobj.ReadFile(filepath.Join(analyzertest.Dir(t), "versions", tt.object+".o"))
			require.NoError(t, err)
			k := toyKernel(t, "ops")
			if name, ok := kernels[tt.object]; ok {
				k = toyKernel(t, name)
			}
			newest := plan.LoaderByName(tt.loader)
			var got []string
			for _, version := range newest.Versions() {
				report, err := analyzer.Run(t.Context(), analyzer.Input{
					Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Loaders: []*plan.Loader{newest.At(version)}, Rules: rules.All(),
				})
				require.NoError(t, err)
				require.Empty(t, report.Errors)
				if complains(report, tt.rule, tt.program) {
					got = append(got, version)
				}
			}
			assert.Equal(t, tt.versions, strings.Join(got, " "))
		})
	}
}

// complains reports whether a rule has a finding above a note about a program,
// or about the object.
func complains(report *analyzer.Report, rule, program string) bool {
	return slices.ContainsFunc(report.Findings, func(f analyzer.Finding) bool {
		return f.Rule == rule && f.Severity > analyzer.Note &&
			(program == "" || f.Location.Program == program || slices.Contains(f.Scope.Programs, program))
	})
}
