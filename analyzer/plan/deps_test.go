package plan_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/plan"
)

// depLine is a dependency on a line: "optional kfunc f ___flavor as by program at 1,2 +3".
func depLine(d *plan.Dep) string {
	var b strings.Builder
	if d.Optional {
		b.WriteString("optional ")
	}
	b.WriteString(d.Kind.String() + " ")
	if d.Module != "" {
		b.WriteString(d.Module + ":")
	}
	b.WriteString(d.Name)
	for _, f := range d.Flavors {
		b.WriteString(" ___" + f)
	}
	for _, as := range d.As {
		b.WriteString(" " + as)
	}
	if len(d.Programs) > 0 {
		b.WriteString(" by " + strings.Join(d.Programs, ","))
	}
	var lines []string
	for _, l := range d.Uses {
		if l.Source.Line > 0 {
			lines = append(lines, strconv.Itoa(l.Source.Line))
		}
	}
	if len(lines) > 0 {
		b.WriteString(" at " + strings.Join(lines, ","))
	}
	if more := d.UseCount - len(d.Uses); more > 0 {
		b.WriteString(" +" + strconv.Itoa(more))
	}
	return b.String()
}

func depLines(deps []plan.Dep) []string {
	var lines []string
	for i := range deps {
		lines = append(lines, depLine(&deps[i]))
	}
	return lines
}

func objectDeps(t *testing.T, obj *bpfobj.Object, l *plan.Loader) []plan.Dep {
	t.Helper()
	deps, err := plan.Make(obj, nil, l, plan.Options{}).Deps()
	require.NoError(t, err)
	return deps
}

func TestDepsOfObjects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		object string
		loader *plan.Loader
		want   []string
	}{
		{"objects/core.o", plan.Libbpf, []string{
			"struct cred type_size by reads_fields,reads_pointer at 31,41",
			"struct task_struct by reads_fields,reads_pointer at 22,30,32,41",
			"enum colour by reads_fields at 32",
			"field cred.uid byte_off by reads_pointer at 41",
			"field task_struct.comm byte_off by reads_fields at 32",
			"field task_struct.cred byte_off by reads_pointer at 41",
			"field task_struct.pid byte_off field_exists by reads_fields at 22,30",
			"enumerator GREEN enumval_value by reads_fields at 32",
			"raw tracepoint sched_switch raw_tp by reads_fields,reads_pointer at 28,39",
			"helper bpf_get_current_task by reads_fields at 28",
			"helper bpf_get_current_task_btf by reads_pointer at 39",
			"helper bpf_probe_read_kernel by reads_fields at 22,32",
			"program type BPF_PROG_TYPE_RAW_TRACEPOINT by reads_fields,reads_pointer at 28,39",
		}},
		{"objects/externs.o", plan.Libbpf, []string{
			"raw tracepoint sched_switch raw_tp by calls,reads at 19,28",
			"kfunc strong_kfunc by calls at 19",
			"optional kfunc weak_kfunc by calls at 20,21",
			"ksym typed_ksym by reads at 28",
			"optional ksym weak_ksym by reads at 30",
			"typeless ksym typeless_ksym by reads at 32",
			"helper bpf_get_current_task_btf by calls at 19",
			"map type BPF_MAP_TYPE_ARRAY by reads",
			"program type BPF_PROG_TYPE_RAW_TRACEPOINT by calls,reads at 19,28",
			"config option CONFIG_HZ by reads at 28",
			"config option CONFIG_NAME by reads at 28",
			"optional config option CONFIG_WEAK by reads at 32",
		}},
		{"objects/struct_ops.o", plan.Libbpf, []string{
			"struct_ops type toy_ops by exit_first,exit_optional,init",
			"optional struct_ops member toy_ops.data", // of a map of "?.struct_ops.link" alone
			"struct_ops member toy_ops.exit by exit_first,exit_optional at 27,33",
			"struct_ops member toy_ops.flags",
			"struct_ops member toy_ops.init by init at 21",
			"struct_ops member toy_ops.inner by init at 21",
			"struct_ops member toy_ops.name",
			"struct_ops member toy_ops.width",
			"map type BPF_MAP_TYPE_STRUCT_OPS",
			"program type BPF_PROG_TYPE_STRUCT_OPS by exit_first,exit_optional,init at 21,27,33",
		}},
		{"objects/maps.o", plan.Cilium, []string{
			"helper bpf_map_lookup_elem by uses at 73,82",
			"helper bpf_tail_call by uses at 79",
			"helper bpf_trace_printk by uses at 78",
			"map type BPF_MAP_TYPE_ARRAY by uses",
			"map type BPF_MAP_TYPE_BLOOM_FILTER",
			"map type BPF_MAP_TYPE_HASH by uses",
			"map type BPF_MAP_TYPE_HASH_OF_MAPS by uses",
			"map type BPF_MAP_TYPE_PROG_ARRAY by uses",
			"program type BPF_PROG_TYPE_SCHED_CLS by tail,uses at 66,70",
		}},
		{"objects/subprogs.o", plan.Libbpf, []string{
			"helper bpf_get_smp_processor_id by calls,optional at 7,17",
			"helper bpf_loop by calls at 42",
			"optional program type BPF_PROG_TYPE_SCHED_CLS by optional at 49", // "?tc"
			"program type BPF_PROG_TYPE_SOCKET_FILTER by calls,leaf at 34,40",
		}},
		{"objects/externs.o", plan.Aya, []string{ // refuses them all, but what the object asks for is the same
			"raw tracepoint sched_switch raw_tp by calls,reads at 19,28",
			"kfunc strong_kfunc by calls at 19",
			"optional kfunc weak_kfunc by calls at 20,21",
			"ksym typed_ksym by reads at 28",
			"optional ksym weak_ksym by reads at 30",
			"typeless ksym typeless_ksym by reads at 32",
			"helper bpf_get_current_task_btf by calls at 19",
			"program type BPF_PROG_TYPE_RAW_TRACEPOINT by calls,reads at 19,28",
			"config option CONFIG_HZ by reads at 28",
			"config option CONFIG_NAME by reads at 28",
			"optional config option CONFIG_WEAK by reads at 32",
		}},
		{"objects/undefined.o", plan.Libbpf, []string{ // a function of another object is no kernel's
			"program type BPF_PROG_TYPE_SOCKET_FILTER by calls_undefined at 11",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.object+" with "+tt.loader.Name, func(t *testing.T) {
			t.Parallel()
			obj, err := bpfobj.ReadFile(filepath.Join("../../testdata", tt.object))
			require.NoError(t, err)
			assert.Equal(t, tt.want, depLines(objectDeps(t, obj, tt.loader)))
		})
	}
}

// depTypes are local types as compilers write them.
func depTypes() (*btftest.Builder, map[string]btfgraph.ID) {
	b := new(btftest.Builder)
	i32 := b.Int("int", 4, btfgraph.IntSigned)
	ids := map[string]btfgraph.ID{"int": i32}
	entity := b.Struct("entity___v2", 8, btftest.Member{Name: "load", Type: i32}, btftest.Member{
		Type: b.Union("", 4, btftest.Member{Name: "run", Type: i32}), BitOffset: 32,
	})
	anon := b.Struct("", 4, btftest.Member{Name: "x", Type: i32})
	task := []btftest.Member{
		{Name: "comm", Type: b.Array(i32, i32, 4)},
		{Name: "se", Type: b.Typedef("entity_t", entity), BitOffset: 128},
		{Name: "list", Type: b.Array(entity, i32, 2), BitOffset: 192},
		{Name: "in", Type: anon, BitOffset: 320},
		{Name: strings.Repeat("n", 5000), Type: i32, BitOffset: 352},
	}
	ids["task"] = b.Struct("task", 48, task...)
	ids["task___old"] = b.Struct("task___old", 48, task...)
	ids["task___new"] = b.Struct("task___new", 48, task...)
	ids["value"] = b.Union("value", 4, btftest.Member{Name: "x", Type: i32})
	ids["pair_t"] = b.Typedef("pair_t", anon)
	ids["fwd"] = b.Fwd("fwd", false)
	ids["ufwd"] = b.Fwd("ufwd", true)
	ids["colour"] = b.Enum("colour", btftest.Value{Name: "RED", Value: 1}, btftest.Value{Name: "RED___old", Value: 2})
	ids["big"] = b.Enum64("big___x", btftest.Value{Name: "HUGE", Value: 1 << 40})
	ids["anon"] = anon
	ids["___x"] = b.Struct("___x", 4)
	return b, ids
}

func TestDepsOfRecords(t *testing.T) {
	t.Parallel()
	type rec struct {
		typ, access string
		kind        plan.COREKind
	}
	tests := []struct {
		name    string
		records []rec
		want    []string // without the program, its type and tracepoint
		steps   []string // of the last
	}{
		{"field", []rec{{"value", "0:0", plan.COREByteOff}, {"value", "0:0", plan.COREByteSize}},
			[]string{"union value", "field value.x byte_off byte_sz"}, nil},
		{"array index", []rec{{"task", "0:0:3", plan.COREByteOff}, {"task", "0:0", plan.COREByteOff}},
			[]string{"struct task", "field task.comm byte_off"}, nil},
		{"embedded type", []rec{{"task", "0:1:0", plan.COREByteOff}},
			[]string{"struct task", "field task.se.load byte_off"}, []string{"entity.load", "task.se"}},
		{"anonymous member", []rec{{"task", "0:1:1:0", plan.COREByteOff}},
			[]string{"struct task", "field task.se.run byte_off"}, []string{"entity.run", "task.se"}},
		{"element of an embedded array", []rec{{"task", "0:2:1:0", plan.COREByteOff}},
			[]string{"struct task", "field task.list.load byte_off"}, []string{"entity.load", "task.list"}},
		{"anonymous type", []rec{{"task", "0:3:0", plan.COREByteOff}},
			[]string{"struct task", "field task.in.x byte_off"}, nil},
		{"typedef", []rec{{"pair_t", "0:0", plan.CORESigned}},
			[]string{"type pair_t", "field pair_t.x signed"}, nil},
		{"flavors", []rec{{"task___old", "0:0", plan.COREByteOff}, {"task___new", "0:0", plan.COREFieldExists}, {"task", "0:0", plan.COREByteOff}},
			[]string{"struct task ___new ___old", "field task.comm ___new ___old byte_off field_exists"}, nil},
		{"nothing but a flavor", []rec{{"___x", "0", plan.CORETypeSize}}, []string{"struct ___x type_size"}, nil},
		{"test", []rec{{"task", "0:0", plan.COREFieldExists}},
			[]string{"optional struct task", "optional field task.comm field_exists"}, nil},
		{"test of one field, use of another", []rec{{"task", "0:0", plan.COREFieldExists}, {"task", "0:1", plan.COREByteOff}},
			[]string{"struct task", "optional field task.comm field_exists", "field task.se byte_off"}, nil},
		{"element of an array of the type", []rec{{"task", "2", plan.COREByteOff}},
			[]string{"struct task byte_off"}, nil},
		{"types", []rec{{"task", "0", plan.CORETypeExists}, {"pair_t", "0", plan.CORETypeSize}, {"int", "0", plan.CORETargetTypeID}, {"value", "0", plan.CORETypeMatches}},
			[]string{"optional struct task type_exists", "optional union value type_matches", "type int target_type_id", "type pair_t type_size"}, nil},
		{"forward declarations", []rec{{"fwd", "0", plan.CORETypeExists}, {"ufwd", "0", plan.CORETypeExists}},
			[]string{"optional struct fwd type_exists", "optional union ufwd type_exists"}, nil},
		{"enumerators", []rec{{"colour", "0", plan.COREEnumvalValue}, {"colour", "1", plan.COREEnumvalExists}, {"big", "0", plan.COREEnumvalExists}},
			[]string{"optional enum big ___x", "enum colour", "optional enumerator HUGE ___x enumval_exists", "enumerator RED ___old enumval_exists enumval_value"}, nil},
		{"id in the object", []rec{{"task", "0", plan.CORELocalTypeID}}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, ids := depTypes()
			var records []bpfobj.CORERecord
			for _, r := range tt.records {
				records = append(records, bpfobj.CORERecord{Type: ids[r.typ], Access: r.access, Kind: uint32(r.kind)})
			}
			obj := coreObject(t, b, make([]bpfobj.Insn, 8), records...)
			deps := objectDeps(t, obj, plan.Libbpf)
			assert.Equal(t, depLines(deps), depLines(objectDeps(t, obj, plan.Lskel)))
			deps = slices.DeleteFunc(deps, func(d plan.Dep) bool { return d.Kind == plan.DepProgramType || d.Kind == plan.DepRawTracepoint })
			for i := range deps {
				assert.Equal(t, []string{"prog"}, deps[i].Programs)
			}
			var got []string
			for _, line := range depLines(deps) {
				got = append(got, strings.TrimSuffix(line, " by prog"))
			}
			assert.Equal(t, tt.want, got)
			if len(deps) > 0 {
				assert.Equal(t, tt.steps, deps[len(deps)-1].Steps)
			}
		})
	}
}

// TestDepsUnread is about what cannot be read: it is counted, and the rest is
// listed.
func TestDepsUnread(t *testing.T) {
	t.Parallel()
	b, ids := depTypes()
	records := []bpfobj.CORERecord{
		{Type: ids["task"], Access: "0:0:3:5"}, // into an int
		{Type: ids["task"], Access: ":"},
		{Type: ids["task"], Access: "0:9"},
		{Type: ids["task"], Access: "0:4"}, // a name of 5000 bytes
		{Type: ids["anon"], Access: "0:0"},
		{Type: 1 << 30, Access: "0:0"},
		{Type: ids["task"], Access: "0:0", Kind: 13},
		{Type: ids["colour"], Access: "7", Kind: uint32(plan.COREEnumvalValue)},
		{Type: ids["fwd"], Access: "0:0"},
		{Type: ids["task"], Access: "0:0"},
	}
	obj := coreObject(t, b, make([]bpfobj.Insn, len(records)), records...)
	obj.TypesErr = errors.New("malformed in part")
	obj.Externs = []*bpfobj.Extern{{Name: "mystery", Symbol: 1}}
	deps, err := plan.Make(obj, nil, plan.Libbpf, plan.Options{}).Deps()
	assert.EqualError(t, err, "malformed in part\n"+
		"9 of 10 CO-RE records cannot be read, first that at offset 0 bytes of section \"\": access into int \"int\"\n"+
		"1 undefined symbol without BTF, first \"mystery\"")
	assert.Equal(t, []string{
		"struct task by prog", "field task.comm byte_off by prog",
		"raw tracepoint x raw_tp by prog", "program type BPF_PROG_TYPE_RAW_TRACEPOINT by prog",
	}, depLines(deps))
}

func TestDepsOfSections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		section string
		loader  *plan.Loader
		want    string // "" for no attach target
	}{
		{"kprobe/do_unlinkat", plan.Libbpf, "function do_unlinkat kprobe by prog"},
		{"kprobe/do_unlinkat+0x10", plan.Libbpf, "function do_unlinkat kprobe by prog"},
		{"?kretprobe/do_unlinkat", plan.Libbpf, "optional function do_unlinkat kretprobe by prog"},
		{"?kretprobe/do_unlinkat", plan.Cilium, "function do_unlinkat kretprobe by prog"}, // loads it all the same
		{"kprobe.multi/tcp_*", plan.Libbpf, "function tcp_* kprobe.multi by prog"},
		{"ksyscall/openat", plan.Libbpf, "syscall openat ksyscall by prog"},
		{"uprobe//bin/sh:main", plan.Libbpf, ""},
		{"usdt/x:y:z", plan.Libbpf, ""},
		{"kprobe", plan.Libbpf, ""},
		{"fentry.s/nf:nf_hook", plan.Libbpf, "function nf:nf_hook fentry by prog"},
		{"fentry/nf:nf_hook", plan.Cilium, "function nf:nf_hook fentry by prog"}, // one name, see the module
		{"fexit.multi/tcp_*", plan.Libbpf, "function tcp_* fexit.multi by prog"},
		{"fmod_ret/x", plan.Libbpf, "function x fmod_ret by prog"},
		{"freplace/main", plan.Libbpf, ""},
		{"lsm.s/file_open", plan.Libbpf, "lsm hook file_open lsm by prog"},
		{"lsm_cgroup/socket_bind", plan.Libbpf, "lsm hook socket_bind lsm_cgroup by prog"},
		{"iter/task", plan.Libbpf, "iterator task iter by prog"},
		{"tp/sched/sched_switch", plan.Libbpf, "tracepoint sched/sched_switch tp by prog"},
		{"raw_tp.w/x", plan.Libbpf, "raw tracepoint x raw_tp.w by prog"},
		{"tp_btf/sched_switch", plan.Libbpf, "raw tracepoint sched_switch tp_btf by prog"},
		{"xdp", plan.Libbpf, ""},
		{"no/such", plan.Libbpf, ""},
	}
	for _, tt := range tests {
		t.Run(tt.section+" with "+tt.loader.Name, func(t *testing.T) {
			t.Parallel()
			obj := coreObject(t, new(btftest.Builder), make([]bpfobj.Insn, 1))
			obj.Functions[0].SectionName = tt.section
			obj.Programs[0].Optional = strings.HasPrefix(tt.section, "?")
			deps := objectDeps(t, obj, tt.loader)
			deps = slices.DeleteFunc(deps, func(d plan.Dep) bool { return d.Kind > plan.DepRawTracepoint })
			if tt.want == "" {
				assert.Empty(t, deps)
				return
			}
			require.Len(t, deps, 1)
			assert.Equal(t, tt.want, depLine(&deps[0]))
			if strings.HasPrefix(tt.section, "fentry") {
				assert.Equal(t, tt.loader.Attach.Modules, deps[0].Module == "nf")
			}
		})
	}
}

// TestDepsOptional is about what makes a dependency optional beside its own
// declaration: who links the code.
func TestDepsOptional(t *testing.T) {
	t.Parallel()
	helper := []bpfobj.Insn{{Op: 0x85, Imm: 1}, {Op: 0x85, Imm: 9999}, {Op: 0x85, Imm: 0}}
	on := &bpfobj.Function{Name: "on", SectionName: "xdp", Insns: make([]bpfobj.Insn, 1)}
	off := &bpfobj.Function{Name: "off", SectionName: "?xdp", Insns: make([]bpfobj.Insn, 1)}
	shared := &bpfobj.Function{Name: "shared", SectionName: ".text", Insns: helper[:1]}
	rare := &bpfobj.Function{Name: "rare", SectionName: ".text", Insns: helper[1:2]}
	unlinked := &bpfobj.Function{Name: "unlinked", SectionName: ".text", Insns: helper[2:]}
	on.Refs = []bpfobj.Ref{{Kind: bpfobj.RefCall, Func: shared}}
	off.Refs = []bpfobj.Ref{{Kind: bpfobj.RefCall, Func: shared}, {Kind: bpfobj.RefCall, Func: rare}}
	on.Program = &bpfobj.Program{Function: on}
	off.Program = &bpfobj.Program{Function: off, Optional: true}
	obj := &bpfobj.Object{
		Functions: []*bpfobj.Function{shared, rare, unlinked, on, off},
		Programs:  []*bpfobj.Program{on.Program, off.Program},
	}
	assert.Equal(t, []string{
		"optional helper 0",
		"optional helper 9999 by off",
		"helper bpf_map_lookup_elem by off,on",
		"program type BPF_PROG_TYPE_XDP by off,on",
		"attach type BPF_XDP by off,on",
	}, depLines(objectDeps(t, obj, plan.Libbpf)))
}

// TestDepsUses bounds what is listed and counts the rest.
func TestDepsUses(t *testing.T) {
	t.Parallel()
	b, ids := depTypes()
	records := make([]bpfobj.CORERecord, 2*plan.MaxDepUses)
	for i := range records {
		records[i] = bpfobj.CORERecord{Type: ids["task"], Access: "0:0", Kind: uint32(plan.COREByteOff)}
	}
	d := objectDeps(t, coreObject(t, b, make([]bpfobj.Insn, len(records)), records...), plan.Libbpf)[0]
	assert.Equal(t, "struct task by prog +"+strconv.Itoa(plan.MaxDepUses), depLine(&d))
	for i, use := range d.Uses {
		assert.Equal(t, i, use.Insn)
	}
}

// FuzzDeps lists the dependencies of anything that can be read: no panic, in
// order, the same each time.
func FuzzDeps(f *testing.F) {
	addObjects(f, "objects/*.o", "core/*.o")
	f.Fuzz(func(t *testing.T, data []byte) {
		obj, err := bpfobj.Read("x.o", data)
		if err != nil {
			return
		}
		for _, l := range plan.Loaders {
			deps, err := plan.Make(obj, nil, l, plan.Options{}).Deps()
			again, errAgain := plan.Make(obj, nil, l, plan.Options{}).Deps()
			assert.Equal(t, deps, again)
			assert.Equal(t, err == nil, errAgain == nil)
			assert.True(t, slices.IsSortedFunc(deps, func(a, b plan.Dep) int { return int(a.Kind) - int(b.Kind) }))
			for i := range deps {
				assert.NotEmpty(t, deps[i].Name)
				assert.LessOrEqual(t, len(deps[i].Uses), min(deps[i].UseCount, plan.MaxDepUses))
			}
		}
	})
}
