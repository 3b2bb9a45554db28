package rules_test

import (
	"path/filepath"
	"slices"
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

// TestLoadersDiffer gives one object to three loaders. A verdict is loads,
// undecided, or the rule that tells why it fails. What does not hang on the toy
// kernel was compared with the loaders themselves, on Linux 6.18: libbpf 1.1 of
// bpftool 7.1, cilium/ebpf v0.22.0, aya 0.14.0.
func TestLoadersDiffer(t *testing.T) {
	t.Parallel()
	const loads, undecided = analyzer.Loads, analyzer.Undecided
	tests := []struct{ object, libbpf, cilium, aya string }{
		{"aya/sound", loads, loads, loads},
		{"aya/plain", "map-definition", loads, loads},
		{"aya/names", "map-definition", loads, loads},
		{"aya/names_fentry", "map-definition", "attach-target-missing", "btf-refused"},
		{"aya/subprogs", loads, undecided, undecided},
		{"aya/license", loads, loads, "license-refused"},
		{"aya/lsm", "license-refused", "license-refused", loads},
		{"aya/half_typed", loads, loads, "map-attributes"},
		{"aya/empty_data", loads, loads, "elf-unsupported"},
		{"aya/places", "reference-unsupported", "reference-unsupported", "reference-unsupported"},
		{"aya/static_maps", "map-definition", "elf-unsupported", loads},
		{"aya/btf_maps", loads, loads, loads},
		{"aya/btf_maps_grid", loads, loads, "map-attributes"},
		{"aya/extern", "extern-undeclared", "extern-undeclared", "extern-undeclared"},
		{"aya/map_name", "map-definition", loads, "map-attributes"},
		{"aya/text", loads, "reference-unsupported", "program-malformed"},
		{"aya/text_sections", "section-unknown", loads, loads},
		{"rules/section_unknown", "section-unknown", loads, "section-unknown"},
		{"rules/section_optional", loads, loads, "section-unknown"},
		{"rules/program_malformed", "program-malformed", loads, loads},
		{"rules/btf_refused", loads, "btf-refused", "section-unknown"},
		{"rules/kfunc_missing", "kfunc-missing", "kfunc-missing", "elf-unsupported"},
		{"rules/attach_target_missing", "attach-target-missing", "attach-target-missing", undecided},
		{"rules/version_section_size", "version-section-size", "version-section-size", "version-section-size"},
	}
	loaders := []*plan.Loader{plan.Libbpf, plan.Cilium, plan.Aya}
	k := toyKernel(t, "recent")
	for _, tt := range tests {
		t.Run(tt.object, func(t *testing.T) {
			t.Parallel()
			obj, err := bpfobj.ReadFile(filepath.Join(analyzertest.Dir(t), filepath.FromSlash(tt.object)+".o"))
			require.NoError(t, err)
			report, err := analyzer.Run(t.Context(), analyzer.Input{
				Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k}, Loaders: loaders, Rules: rules.All(),
			})
			require.NoError(t, err)
			require.Empty(t, report.Errors)
			for i, want := range [...]string{tt.libbpf, tt.cilium, tt.aya} {
				verdict, causes := objectVerdict(report, loaders[i].Name)
				if want == loads || want == undecided {
					assert.Equal(t, want, verdict, "%s: %q", loaders[i].Name, causes)
					continue
				}
				assert.Equal(t, analyzer.Fails, verdict, loaders[i].Name)
				assert.Contains(t, causes, want, loaders[i].Name)
			}
		})
	}
}

// objectVerdict is the verdict on the object as it is, and the rules of the
// errors behind it.
func objectVerdict(report *analyzer.Report, loader string) (verdict string, causes []string) {
	for _, v := range report.Verdicts {
		if v.Program != "" || v.Loader != loader {
			continue
		}
		for _, i := range v.Findings {
			if f := &report.Findings[i]; f.Severity == analyzer.Error && !slices.Contains(causes, f.Rule) {
				causes = append(causes, f.Rule)
			}
		}
		return v.Verdict, causes
	}
	return "", nil
}
