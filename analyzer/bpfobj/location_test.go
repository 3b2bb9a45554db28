package bpfobj_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

func TestReadCORE(t *testing.T) {
	t.Parallel()
	o := load(t, "core.o")
	type view struct {
		function    string
		insn        int
		typ, access string
		kind        uint32
	}
	var got []view
	for _, r := range o.CORE {
		got = append(got, view{r.Func.Name, r.Insn, o.Types.Name(r.Type), r.Access, r.Kind})
		assert.Equal(t, r.Func.Section, r.Section)
		assert.Equal(t, r.Func.Offset+uint64(r.Insn)*8, r.Offset)
	}
	assert.Equal(t, []view{
		{"reads_fields", 1, "task_struct", "0:0", 2},
		{"reads_fields", 3, "cred", "0", 9},
		{"reads_fields", 5, "task_struct", "0:2:2", 0},
		{"reads_fields", 19, "colour", "1", 11},
		{"reads_pointer", 1, "task_struct", "0:1", 0},
		{"reads_pointer", 2, "cred", "0:0", 0},
		{"in_text", 1, "task_struct", "0:0", 0},
	}, got)
	assert.Equal(t, []int{4, 5}, function(t, o, "reads_pointer").CORE)
	assert.Equal(t, []int{6}, function(t, o, "in_text").CORE)
}

func TestLocate(t *testing.T) {
	t.Parallel()
	o := load(t, "core.o")
	tests := []struct {
		name, function string
		insn           int
		want           bpfobj.Source
	}{
		{"own record", "reads_pointer", 1, bpfobj.Source{
			Line: 41, Column: 15, Text: "\treturn task->cred->uid;", Origin: bpfobj.OriginOwn,
		}},
		{"record of the next instruction", "reads_fields", 3, bpfobj.Source{
			Line: 31, Column: 3, Text: "\t\treturn bpf_core_type_size(struct cred);", Origin: bpfobj.OriginNext,
		}},
		{"record after several instructions", "in_text", 1, bpfobj.Source{
			Line: 22, Column: 9, Text: "\treturn BPF_CORE_READ(task, pid);", Origin: bpfobj.OriginNext,
		}},
		{"call without a record", "in_text", 6, bpfobj.Source{
			Line: 22, Column: 9, Text: "\treturn BPF_CORE_READ(task, pid);", Origin: bpfobj.OriginPrevious,
		}},
		{"column unknown", "in_text", 0, bpfobj.Source{
			Line: 20, Text: "static __noinline int in_text(struct task_struct *task)", Origin: bpfobj.OriginOwn,
		}},
		{"beyond the function", "in_text", 9, bpfobj.Source{}},
		{"before the function", "in_text", -1, bpfobj.Source{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := function(t, o, tt.function)
			loc := o.Locate(f, tt.insn)
			if tt.want.Line != 0 {
				tt.want.File = "./testdata/objects/core.c"
			}
			assert.Equal(t, tt.want, loc.Source)
			assert.Equal(t, tt.function, loc.Program)
			assert.Equal(t, f.SectionName, loc.Section)
			assert.Equal(t, tt.insn, loc.Insn)
			assert.Equal(t, o.Name, loc.Object)
		})
	}
}

func TestLocateSection(t *testing.T) {
	t.Parallel()
	o := load(t, "core.o")
	f := function(t, o, "reads_pointer")
	assert.Equal(t, o.Locate(f, 1), o.LocateSection(f.Section, f.Offset+8))
	license := o.Section("license")
	require.NotNil(t, license)
	assert.Equal(t, bpfobj.Location{Object: o.Name, Section: "license", Insn: -1, Offset: 2}, o.LocateSection(license.Index, 2))
	assert.Equal(t, bpfobj.Location{Object: o.Name, Insn: -1, Offset: 2}, o.LocateSection(len(o.Sections), 2))
	loc := o.LocateFunction(f)
	assert.Equal(t, 39, loc.Source.Line)
	assert.Equal(t, -1, loc.Insn)
}

func TestOriginString(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"", "own", "next", "previous"}, []string{
		bpfobj.OriginNone.String(), bpfobj.OriginOwn.String(), bpfobj.OriginNext.String(), bpfobj.OriginPrevious.String(),
	})
}
