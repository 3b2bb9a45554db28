package usedby

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

func TestIsAbout(t *testing.T) {
	t.Parallel()
	at := bpfobj.Location{Section: "kprobe/x", Program: "p", Insn: -1}
	data := bpfobj.Location{Section: ".maps", Insn: -1, Offset: 8}
	tests := []struct {
		name    string
		rule    string
		symbol  string
		at      bpfobj.Location
		dep     plan.Dep
		isAbout bool
	}{
		{"field", "core-field-missing", "struct task_struct.se.vruntime", at, plan.Dep{Kind: plan.DepField, Name: "task_struct.se.vruntime"}, true},
		{"field of a flavor", "core-field-missing", "struct task_struct___old.state", at, plan.Dep{Kind: plan.DepField, Name: "task_struct.state"}, true},
		{"element of an array", "core-field-missing", "struct t.a[2].b[0][1]", at, plan.Dep{Kind: plan.DepField, Name: "t.a.b"}, true},
		{"another field", "core-field-missing", "struct task_struct.pid", at, plan.Dep{Kind: plan.DepField, Name: "task_struct.state"}, false},
		{"type of a field", "core-type-missing", "struct task_struct", at, plan.Dep{Kind: plan.DepField, Name: "task_struct.state"}, false},
		{"type that a field starts from", "core-type-missing", "struct pcpu_hot___local", at,
			plan.Dep{Kind: plan.DepField, Name: "pcpu_hot.preempt_count", Parent: "pcpu_hot", Uses: []bpfobj.Location{at}}, true},
		{"type that a field starts from, elsewhere", "core-type-missing", "struct pcpu_hot___local", data,
			plan.Dep{Kind: plan.DepField, Name: "pcpu_hot.preempt_count", Parent: "pcpu_hot", Uses: []bpfobj.Location{at}}, false},
		{"one of many uses", "attach-type-unsupported", "program p", at,
			plan.Dep{Kind: plan.DepAttachType, Programs: []string{"o", "p"}, UseCount: 9, Uses: []bpfobj.Location{data}}, true},
		{"type", "core-type-missing", "struct task_struct___new", at, plan.Dep{Kind: plan.DepStruct, Name: "task_struct"}, true},
		{"enumerator", "core-enumerator-missing", "enum colour.RED___2", at, plan.Dep{Kind: plan.DepEnumerator, Name: "RED", Parent: "colour"}, true},
		{"kfunc", "kfunc-missing", "kfunc bpf_x___v2", at, plan.Dep{Kind: plan.DepKfunc, Name: "bpf_x"}, true},
		{"ksym of the kfunc's name", "ksym-missing", "ksym bpf_x", at, plan.Dep{Kind: plan.DepKfunc, Name: "bpf_x"}, false},
		{"typeless ksym", "ksym-missing", "ksym init_task", at, plan.Dep{Kind: plan.DepTypelessKsym, Name: "init_task"}, true},
		{"option", "kconfig-unset", "kconfig CONFIG_HZ", at, plan.Dep{Kind: plan.DepConfigOption, Name: "CONFIG_HZ"}, true},
		{"helper", "helper-unknown", "helper bpf_loop", at, plan.Dep{Kind: plan.DepHelper, Name: "bpf_loop"}, true},
		{"attach target", "attach-target-missing", "program p", at, plan.Dep{Kind: plan.DepFunction, Uses: []bpfobj.Location{at}}, true},
		{"attach target of another program", "attach-target-missing", "program q", bpfobj.Location{Section: "kprobe/x", Program: "q"}, plan.Dep{Kind: plan.DepFunction, Uses: []bpfobj.Location{at}}, false},
		{"attach type", "attach-type-unsupported", "program p", at, plan.Dep{Kind: plan.DepAttachType, Uses: []bpfobj.Location{at}}, true},
		{"program type", "prog-type-unsupported", "program p", at, plan.Dep{Kind: plan.DepFunction, Uses: []bpfobj.Location{at}}, false},
		{"map type", "map-type-unsupported", "map events", data, plan.Dep{Kind: plan.DepMapType, Uses: []bpfobj.Location{data}}, true},
		{"map elsewhere", "map-type-unsupported", "map other", bpfobj.Location{Section: ".maps", Offset: 16}, plan.Dep{Kind: plan.DepMapType, Uses: []bpfobj.Location{data}}, false},
		{"rule of the object alone", "license-refused", "section license", at, plan.Dep{Kind: plan.DepFunction, Uses: []bpfobj.Location{at}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := analyzer.Finding{Rule: tt.rule, Location: tt.at}
			f.Location.Symbol = tt.symbol
			assert.Equal(t, tt.isAbout, isAbout(&f, &tt.dep))
		})
	}
}

// TestRecordWithoutRelocations looks at a tracepoint whose record an object reads
// as a struct of its own: what moved in it is not relocated.
func TestRecordWithoutRelocations(t *testing.T) {
	t.Parallel()
	moved := btfdiff.Detail{Grade: btfdiff.GradeRelocatable, What: btfdiff.WhatMoved, Subject: "__entry.protocol"}
	end := btfdiff.Detail{Grade: btfdiff.GradeRelocatable, What: btfdiff.WhatMoved, Subject: "__entry.__data"}
	arg := btfdiff.Detail{Grade: btfdiff.GradeBreaks, What: btfdiff.WhatRemoved, Subject: "skb"}
	event := plan.Dep{Kind: plan.DepTracepoint, Name: "skb/kfree_skb"}
	field := plan.Dep{Kind: plan.DepField, Name: "trace_event_raw_kfree_skb.protocol", Parent: "trace_event_raw_kfree_skb"}
	tests := []struct {
		name    string
		deps    []plan.Dep
		details []btfdiff.Detail
		want    []btfdiff.Grade // of the details, nil: no change
	}{
		{"member moved", []plan.Dep{event}, []btfdiff.Detail{moved, end}, []btfdiff.Grade{btfdiff.GradeSemantic, btfdiff.GradeRelocatable}},
		{"end moved", []plan.Dep{event}, []btfdiff.Detail{end}, []btfdiff.Grade{btfdiff.GradeRelocatable}},
		{"argument of the function", []plan.Dep{event}, []btfdiff.Detail{arg}, nil},
		{"record with relocations", []plan.Dep{event, field}, []btfdiff.Detail{moved}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &btfdiff.Diff{Changes: []btfdiff.Change{{Kind: btfdiff.KindTracepoint, Name: "kfree_skb", Change: btfdiff.Changed, Details: tt.details}}}
			changes := New([]report.ObjectDeps{{Name: "x.o", Deps: tt.deps}}).Restrict(d)
			var grades []btfdiff.Grade
			for i := range changes {
				for _, detail := range changes[i].Details {
					grades = append(grades, detail.Grade)
				}
			}
			assert.Equal(t, tt.want, grades)
		})
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"a", "a"}, {"a", "a.b"}, {"a.b.c", "a.b"}} {
		assert.True(t, covers(pair[0], pair[1]), pair)
	}
	for _, pair := range [][2]string{{"a", "ab"}, {"a.b", "a.c"}, {"", "a"}, {"", ""}} {
		assert.False(t, covers(pair[0], pair[1]), pair)
	}
}

func TestSyscallPrefixes(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"__x64_sys_", "sys_"}, syscallPrefixes([]*kernel.Kernel{{Arch: "amd64"}, {Arch: "amd64"}}))
	assert.Contains(t, syscallPrefixes([]*kernel.Kernel{{Arch: "arm64"}, {}}), "__riscv_sys_")
}

// nested is BTF of structs without names, of which each holds the one before
// twice: 2 to the power of n members.
func nested(t testing.TB, n int) *btfgraph.Raw {
	t.Helper()
	var b btftest.Builder
	last := b.Int("int", 4, btfgraph.IntSigned)
	for range n {
		last = b.Add("", btftest.Info(btfgraph.KindStruct, 2, false), 4, 0, uint32(last), 0, 0, uint32(last), 0)
	}
	b.Add("outer", btftest.Info(btfgraph.KindStruct, 1, false), 4, 0, uint32(last), 0)
	g, err := btfgraph.Open(b.Bytes(binary.LittleEndian), nil)
	require.NoError(t, err)
	return g
}

func TestWalkIsBounded(t *testing.T) {
	t.Parallel()
	g := nested(t, maxNesting-2)
	_, found := walk(g, btfgraph.First(g, btfgraph.KindStruct, "outer"), "nowhere")
	assert.False(t, found)
}

// FuzzWalk follows paths through any BTF.
func FuzzWalk(f *testing.F) {
	var b btftest.Builder
	b.Int("int", 4, btfgraph.IntSigned)
	b.Add("s", btftest.Info(btfgraph.KindStruct, 1, false), 4, b.String("a"), 1, 0)
	f.Add(b.Bytes(binary.LittleEndian), "a")
	f.Add(b.Bytes(binary.BigEndian), "a.b")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		if len(path) > 64 {
			return
		}
		g, err := btfgraph.Open(data, nil)
		if err != nil {
			return
		}
		for id := range min(g.Len(), 64) {
			places, found := walk(g, btfgraph.ID(id), path)
			again, _ := walk(g, btfgraph.ID(id), path)
			assert.Equal(t, places, again)
			if found {
				assert.NotEmpty(t, places)
				assert.True(t, strings.HasSuffix("."+path, "."+places[len(places)-1].part))
			} else {
				assert.Empty(t, places)
			}
		}
	})
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	findings := []analyzer.Finding{
		{Severity: analyzer.Note, Kernels: []string{"new"}},
		{Severity: analyzer.Error, Kernels: []string{"new"}},
		{Severity: analyzer.Note, Kernels: []string{"old"}},
	}
	tests := []struct {
		name     string
		kind     plan.DepKind
		findings []int
		want     bool
	}{
		{"never reached", plan.DepField, []int{0}, true},
		{"reached elsewhere", plan.DepField, []int{0, 1}, false},
		{"nothing known", plan.DepField, nil, false},
		{"mended", plan.DepField, []int{2}, false},
		{"attach target", plan.DepFunction, []int{0}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := report.DiffUse{Dep: &plan.Dep{Kind: tt.kind}, Findings: tt.findings}
			assert.Equal(t, tt.want, guarded(&u, findings, "new"))
		})
	}
}

func TestOnlyAsked(t *testing.T) {
	t.Parallel()
	for _, as := range [][]string{{"field_exists"}, {"enumval_exists"}, {"type_exists", "type_matches"}} {
		assert.True(t, onlyAsked(as), as)
	}
	for _, as := range [][]string{nil, {"byte_off", "field_exists"}, {"type_exists", "type_size"}, {"kprobe"}} {
		assert.False(t, onlyAsked(as), as)
	}
}
