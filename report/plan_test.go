package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

const planSchema = "../docs/plan-schema.json"

// target is a kernel of testdata/kernels and a loader.
type target struct {
	spec   string
	loader *plan.Loader
}

// plansOf are the plans of an object below testdata.
func plansOf(t testing.TB, object string, targets ...target) []*plan.Plan {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", object))
	require.NoError(t, err)
	obj, err := bpfobj.Read(object, data)
	if strings.HasSuffix(object, ".lskel.h") {
		var s *lskel.Skeleton
		s, err = lskel.Read(object, data)
		require.NoError(t, err)
		obj, err = s.Object()
	}
	require.NoError(t, err)
	var plans []*plan.Plan
	for _, tt := range targets {
		spec, err := kernel.ParseSpec(strings.ReplaceAll(tt.spec, "@", "../testdata/kernels/"))
		require.NoError(t, err)
		k, err := kernel.Open(spec)
		require.NoError(t, err)
		t.Cleanup(func() { _ = k.Close() })
		plans = append(plans, plan.Make(obj, k, tt.loader, plan.Options{}))
	}
	return plans
}

// planned writes plans.
func planned(t testing.TB, format string, p *report.Plans, opts report.Options) string {
	t.Helper()
	var b bytes.Buffer
	opts.Version = "1.2.3"
	require.NoError(t, report.WritePlans(&b, format, p, opts))
	return b.String()
}

const (
	modern = "modern=@modern.o,modules=@modern.modules,symbols=@modern.symbols,config=@modern.config"
	old    = "old=@old.o,modules=none,symbols=@old.symbols,config=@old.config"
)

func TestGoldenPlans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, object string
		targets      []target
		plans        report.Plans
		opts         report.Options
	}{
		{name: "externs", object: "objects/externs.o", targets: []target{{modern, plan.Libbpf}, {"old=@old.o", plan.Cilium}}},
		{name: "struct-ops", object: "rules/struct_ops_member_missing.o", targets: []target{{"ops=@ops.o,modules=none", plan.Libbpf}, {"ops_old=@ops_old.o", plan.Cilium}}},
		{name: "core", object: "realload/objects/running.o", targets: []target{{modern, plan.Cilium}}},
		{name: "core-one", object: "core/local.o", targets: []target{{"many=../testdata/core/many.o", plan.Libbpf}}, plans: report.Plans{Program: "twin_calls_second", Verbose: true}},
		{name: "lskel", object: "core/local.o", targets: []target{{"moved=../testdata/core/moved.o,modules=none", plan.Lskel}}, plans: report.Plans{Program: "nest_members"}},
		{name: "core-resized", object: "core/local.o", targets: []target{{"moved=../testdata/core/moved.o,modules=none", plan.Libbpf}}, plans: report.Plans{Program: "widths_u16"}},
		{name: "guards", object: "flow/guards_o2_v3.o", targets: []target{{modern, plan.Libbpf}}, plans: report.Plans{Program: "both"}},
		{name: "instructions", object: "rules/instruction_unsupported.o", targets: []target{{"v3=@insns_v3.o", plan.Libbpf}, {"untold=@insns_untold.o", plan.Cilium}}},
		{name: "maps", object: "rules/map_attributes.o", targets: []target{{old, plan.Libbpf}}, opts: report.Options{Color: true}},
		{name: "skeleton", object: "lskel/struct_ops_size.lskel.h", targets: []target{{"ops=@ops.o,modules=none", plan.Lskel}}},
		{name: "skeleton-options", object: "lskel/bpftool-7.1/kconfig.lskel.h", targets: []target{{"modern=@modern.o,modules=none,config=../testdata/kernels/modern.config", plan.Lskel}}},
		{name: "refused", object: "rules/reference_unsupported__static.o", targets: []target{{modern, plan.Cilium}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.plans.Plans = plansOf(t, tt.object, tt.targets...)
			got := planned(t, "text", &tt.plans, tt.opts)
			golden(t, "plan-"+tt.name+".text", got)
			assert.Equal(t, got, planned(t, "text", &tt.plans, tt.opts), "the same plans give the same bytes")
			for _, line := range strings.Split(got, "\n") {
				assert.Equal(t, strings.TrimRight(line, " "), line, "no trailing spaces")
			}
			document := planned(t, "json", &tt.plans, tt.opts)
			golden(t, "plan-"+tt.name+".json", document)
			validate(t, planSchema, document)
		})
	}
}

// TestPlansOfCorpus writes the plans of every object of the rule tests: no
// panic, and what the schema asks for.
func TestPlansOfCorpus(t *testing.T) {
	t.Parallel()
	objects, err := filepath.Glob("../testdata/rules/*.o")
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	schema, err := jsonschema.NewCompiler().Compile(planSchema)
	require.NoError(t, err)
	for _, path := range objects {
		name, err := filepath.Rel("../testdata", path)
		require.NoError(t, err)
		plans := plansOf(t, name, target{modern, plan.Libbpf}, target{"old=@old.o", plan.Cilium})
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(planned(t, "json", &report.Plans{Plans: plans}, report.Options{})))
		require.NoError(t, err, name)
		assert.NoError(t, schema.Validate(v), name)
		assert.Contains(t, planned(t, "text", &report.Plans{Plans: plans}, report.Options{}), name)
	}
}

// TestPlanSchemaHasTeeth breaks a valid plan in ways that the schema must see.
func TestPlanSchemaHasTeeth(t *testing.T) {
	t.Parallel()
	good := planned(t, "json", &report.Plans{Plans: plansOf(t, "core/local.o", target{"many=../testdata/core/many.o", plan.Libbpf})}, report.Options{})
	schema, err := jsonschema.NewCompiler().Compile(planSchema)
	require.NoError(t, err)
	for _, edit := range [][2]string{
		{`"status":"poisoned"`, `"status":"bad"`}, {`"externs": []`, `"externs": null`}, {`"version": 1`, `"version": 2`},
		{`"value":null`, `"value":"0x1"`}, {`"candidates":`, `"tried":`}, {`"outcome":"reachable"`, `"outcome":"yes"`},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		require.NotEqual(t, good, bad, edit[0])
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		require.NoError(t, err)
		assert.Error(t, schema.Validate(v), edit[1])
	}
}

// TestPlanJSONShape: one plan is the document, several are an array of such.
func TestPlanJSONShape(t *testing.T) {
	t.Parallel()
	plans := plansOf(t, "objects/maps.o", target{modern, plan.Libbpf}, target{modern, plan.Cilium})
	var several struct{ Plans []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(planned(t, "json", &report.Plans{Plans: plans}, report.Options{})), &several))
	require.Len(t, several.Plans, 2)
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(planned(t, "json", &report.Plans{Plans: plans[1:]}, report.Options{})), &one))
	assert.Equal(t, several.Plans[1], one)
	assert.Equal(t, "cilium", one["loader"].(map[string]any)["name"])
}

// TestPlanOfHostileNames: what a terminal would obey is escaped.
func TestPlanOfHostileNames(t *testing.T) {
	t.Parallel()
	fn := &bpfobj.Function{Name: hostile, Section: 1, SectionName: hostile}
	prog := &bpfobj.Program{Function: fn}
	fn.Program = prog
	obj := &bpfobj.Object{
		Name: hostile, License: hostile, Functions: []*bpfobj.Function{fn}, Programs: []*bpfobj.Program{prog},
		Sections: []bpfobj.Section{{}, {Index: 1, Name: hostile, Size: 8}},
		Maps:     []*bpfobj.Map{{Name: hostile, SectionName: hostile}},
		Externs:  []*bpfobj.Extern{{Name: hostile, Symbol: 1, Weak: true}},
	}
	p := report.Plans{Plans: []*plan.Plan{plan.Make(obj, nil, plan.Libbpf, plan.Options{})}}
	for _, format := range report.PlanFormats() {
		got := planned(t, format, &p, report.Options{})
		assert.NotContains(t, got, "\x1b", format)
		assert.NotContains(t, got, "\nx.c:1:1", format)
		assert.NotContains(t, got, "\u202e", format)
	}
	validate(t, planSchema, planned(t, "json", &p, report.Options{}))
	assert.Error(t, report.WritePlans(&bytes.Buffer{}, "sarif", &p, report.Options{}))
}
