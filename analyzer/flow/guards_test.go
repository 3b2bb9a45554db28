package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/flow"
)

// guardExpectations says for each program of testdata/flow/guards.h whether
// the verifier gets to its call of guarded: if the answer to the guard's
// question is no, yes, not known.
var guardExpectations = map[string]string{
	"field_exists":           "dead reachable unknown",
	"field_missing":          "reachable dead unknown",
	"nested_field_exists":    "dead reachable unknown",
	"type_exists":            "dead reachable unknown",
	"type_missing":           "reachable dead unknown",
	"enumerator_exists":      "dead reachable unknown",
	"type_matches":           "dead reachable unknown",
	"field_size":             "dead reachable unknown",
	"type_size":              "dead reachable unknown",
	"enumerator_value":       "dead reachable unknown",
	"kfunc_exists":           "dead reachable unknown",
	"kfunc_missing":          "reachable unknown unknown", // 5.10 does not know that the address is not null
	"kfunc_called":           "dead reachable unknown",
	"ksym_exists":            "dead reachable unknown",
	"kconfig_bool":           "dead reachable unknown",
	"kconfig_bool_off":       "reachable dead unknown",
	"kconfig_number":         "dead reachable unknown",
	"kernel_version":         "dead reachable unknown",
	"kernel_version_range":   "dead reachable unknown",
	"rodata_bool":            "dead reachable unknown",
	"rodata_int":             "dead reachable unknown",
	"rodata_wide":            "dead reachable unknown",
	"rodata_member":          "dead reachable unknown",
	"rodata_element":         "dead reachable unknown",
	"data_bool":              "reachable reachable reachable",
	"both":                   "dead reachable unknown",
	"either":                 "dead reachable unknown",
	"nested":                 "dead reachable unknown",
	"nested_inputs":          "dead reachable unknown",
	"inverted_twice":         "dead reachable unknown",
	"early_return":           "dead reachable unknown",
	"contradiction":          "dead dead dead",
	"bits":                   "dead reachable unknown",
	"product":                "dead reachable unknown",
	"chosen":                 "dead reachable unknown",
	"chosen_by_input":        "dead reachable unknown",
	"switched":               "dead reachable unknown",
	"switched_input":         "dead reachable unknown",
	"went_to":                "dead reachable unknown",
	"merged":                 "dead reachable unknown",
	"merged_apart":           "dead reachable unknown",
	"after_guard":            "reachable reachable reachable",
	"after_both_ways":        "reachable reachable reachable",
	"in_both_ways":           "reachable reachable reachable",
	"same_rodata_twice":      "dead dead dead",
	"static_result":          "dead reachable unknown",
	"static_argument":        "dead reachable unknown",
	"static_argument_of_two": "dead reachable unknown",
	"static_callee":          "dead reachable unknown",
	"static_out_argument":    "dead reachable unknown",
	"global_result":          "reachable reachable reachable", // values do not flow out of global functions
	"global_argument":        "reachable reachable reachable", // nor into them
	"global_callee":          "dead reachable unknown",
	"global_called_if":       "dead reachable unknown",
	"in_loop":                "dead reachable unknown",
	"after_loop":             "dead reachable unknown",
	"after_long_loop":        "dead reachable unknown",
	"loop_count":             "dead reachable unknown",
	"spilled":                "dead reachable unknown",
	"spilled_registers":      "dead reachable unknown",
	"spilled_array":          "dead reachable unknown",
	"buffer_beside":          "dead reachable unknown",
	"read_when_there":        "dead reachable unknown",
	"poisoned_before":        "reachable dead unknown",
	"callback":               "dead reachable unknown",
	"callback_called_if":     "dead reachable unknown",
	"after_lookup":           "dead reachable unknown",
	"filter":                 "reachable reachable reachable",
	"filter_always":          "reachable reachable reachable",
	"filter_two":             "reachable reachable reachable",
	"filter_both_ways":       "reachable reachable unknown", // that both ways ask for the same is not seen
	"filter_excluded":        "reachable reachable reachable",
	"filter_spilled":         "reachable reachable reachable",
	"filter_text":            "reachable reachable reachable",
	"filter_words":           "reachable reachable reachable",
	"filter_least":           "reachable reachable reachable",
	"filter_elapsed":         "reachable reachable reachable",
	"filter_more":            "reachable reachable unknown", // no number is more than the highest
	"filter_bits":            "reachable reachable reachable",
	"filter_bit":             "dead reachable unknown",
}

// answers to a guard's question.
const (
	no = iota
	yes
	notKnown
)

// pick chooses by the answer.
func pick[T any](answer int, list ...T) T { return list[answer] }

// guardFacts are the facts with which every guard's question has that answer.
func guardFacts(o *bpfobj.Object, answer int) flow.Facts {
	// The questions of CO-RE relocations, by kind (enum bpf_core_relo_kind).
	values := map[uint32][2]uint64{1: {4, 8}, 2: {0, 1}, 8: {0, 1}, 9: {0, 8}, 10: {0, 1}, 11: {2, 3}, 12: {0, 1}}
	relos := map[flow.Site]flow.Patch{}
	for i := range o.CORE {
		r := &o.CORE[i]
		if v, ok := values[r.Kind]; ok && r.Func != nil {
			relos[flow.Site{Func: r.Func, Insn: r.Insn}] = pick(answer,
				flow.Patch{Kind: flow.PatchConstant, Value: v[0]}, flow.Patch{Kind: flow.PatchConstant, Value: v[1]},
				flow.Patch{Kind: flow.PatchUnknown, Depends: "the kernel", Identity: fmt.Sprint(r.Kind, r.Type, r.Access)})
		}
	}
	externs := map[flow.Site]flow.Patch{}
	for _, e := range o.Externs {
		if !e.Weak || e.Kind == bpfobj.ExternKconfig {
			continue
		}
		for _, ref := range e.Refs {
			if !ref.Call {
				externs[flow.Site{Func: ref.Func, Insn: ref.Insn}] = pick(answer,
					flow.Patch{Kind: flow.PatchConstant}, flow.Patch{Kind: flow.PatchAddress},
					flow.Patch{Kind: flow.PatchUnknown, Depends: "the kernel", Identity: e})
			}
		}
	}
	return flow.Facts{
		Types: o.Types, Globals: flow.GlobalsCalled,
		Patch: func(s flow.Site) flow.Patch {
			if p, ok := relos[s]; ok {
				return p
			}
			return externs[s]
		},
		Memory: func(p flow.Place) flow.Memory {
			switch {
			case answer == notKnown && (p.Extern != nil || p.Map.Kind == bpfobj.MapRodata):
				return flow.Memory{Kind: flow.MemoryFixed, Depends: "user space"}
			case p.Extern == nil && p.Map.Kind != bpfobj.MapRodata:
				return flow.Memory{}
			case p.Extern != nil && p.Extern.Name == "LINUX_KERNEL_VERSION":
				return flow.Memory{Kind: flow.MemoryKnown, Value: pick(answer, uint64(0x050a00), 0x060100)}
			case p.Extern != nil && p.Extern.Name == "CONFIG_HZ":
				return flow.Memory{Kind: flow.MemoryKnown, Value: pick(answer, uint64(250), 1000)}
			}
			return flow.Memory{Kind: flow.MemoryKnown, Value: uint64(answer)}
		},
	}
}

// guardedAnswer is the answer for the calls of guarded in a program: that of
// the one that is reached first.
func guardedAnswer(p *bpfobj.Program, r *flow.Result) flow.Answer {
	best := flow.Answer{Reach: flow.Dead}
	rank := map[flow.Reach]int{flow.Dead: 0, flow.Unknown: 1, flow.Reachable: 2}
	for _, f := range p.Reachable() {
		for i := range f.Refs {
			if e := f.Refs[i].Extern; e != nil && e.Name == "guarded" {
				if a := r.At(flow.Site{Func: f, Insn: f.Refs[i].Insn}); rank[a.Reach] > rank[best.Reach] {
					best = a
				}
			}
		}
	}
	return best
}

func TestGuards(t *testing.T) {
	t.Parallel()
	objects, err := filepath.Glob("../../testdata/flow/guards_*.o")
	require.NoError(t, err)
	require.Len(t, objects, 6)
	for _, path := range objects {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".o"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			o, err := bpfobj.Read(path, data)
			require.NoError(t, err)
			require.Len(t, o.Programs, len(guardExpectations))
			for _, p := range o.Programs {
				var got []string
				for answer := no; answer <= notKnown; answer++ {
					a := guardedAnswer(p, flow.Analyze(p.Function, guardFacts(o, answer), flow.Budget{}))
					got = append(got, a.Reach.String())
				}
				assert.Equal(t, guardExpectations[p.Name], strings.Join(got, " "), p.Name)
			}
		})
	}
}
