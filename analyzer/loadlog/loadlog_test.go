package loadlog_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/loadlog"
)

// symptomsOf are the symptoms of what was recorded as the reason of a failed load,
// by the class of the record, which is made from the whole log.
var symptomsOf = map[string][]string{
	"attach_target_missing":           {"attach-target-missing"},
	"attach_target_rejected":          {"attach-not-sleepable", "sleepable-type", "struct-ops-type"},
	"attach_type_unsupported":         {"program-refused"},
	"attr_rejected_no_log":            {"program-refused"},
	"btf_rejected":                    {"btf-refused"},
	"core_relo_poisoned":              {"core-poisoned", "core-field-unresolved", "core-enumerator-unresolved", "core-type-unresolved"},
	"elf_unsupported_by_loader":       {"elf-unsupported", "extern-undeclared", "map-definition"},
	"global_func_arg":                 {"global-function", "pointer-arithmetic", "argument-type"},
	"helper_not_allowed":              {"helper-not-allowed", "sleepable-helper"},
	"helper_unknown":                  {"helper-unknown"},
	"insn_unsupported":                {"instruction-unsupported"},
	"kernel_version_unparsable":       {"kconfig-version"},
	"kfunc_incompatible":              {"kfunc-prototype"},
	"kfunc_missing":                   {"kfunc-poisoned", "kfunc-unresolved"},
	"kfunc_not_allowed_for_prog_type": {"kfunc-not-allowed"},
	"ksym_var_missing":                {"ksym-unresolved"},
	"loader_relocation":               {"reference-unsatisfied", "map-extra"},
	"map_create_rejected":             {"map-refused"},
	"map_prog_incompatible":           {"map-in-program"},
	"map_ringbuf_size":                {"map-ringbuf-size"},
	"map_too_large":                   {"map-too-large"},
	"map_type_unsupported":            {"map-refused", "map-ringbuf-size", "jump-table"},
	"map_value_btf_unsupported":       {"map-refused"},
	"missing_prog_type":               {"section-unknown"},
	"needs_userspace_setup":           {"map-entries", "map-inner", "attach-target-unset"},
	"prog_flags_unsupported":          {"program-refused"},
	"prog_type_unsupported":           {"program-refused"},
	"pseudo_func_unsupported":         {"callback-unsupported"},
	"struct_ops_rejected_by_kernel":   {"struct-ops-license", "attach-refused"},
	"struct_ops_type_missing":         {"struct-ops-type"},
	"struct_ops_unreferenced":         {"struct-ops-unreferenced"},
	"verifier_semantic": {
		"scalar-dereferenced", "pointer-arithmetic", "uninitialised", "stack-access", "stack-size", "argument-type", "program-refused",
	},
}

// The first cause of a recorded log is the recorded reason. The logs are what
// libbpf 1.8 and cilium/ebpf 0.22 printed on kernels from 5.10 to 7.3, without
// lines of source.
func TestReadRecorded(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../testdata/loadlog/*.log")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 60)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(path)
			require.NoError(t, err)
			defer f.Close()
			d, err := loadlog.Read(f)
			require.NoError(t, err)
			require.NotEmpty(t, d.Causes)
			class, rest, _ := strings.Cut(filepath.Base(path), "-")
			loader, _, _ := strings.Cut(rest, "-")
			assert.Contains(t, symptomsOf[class], d.Causes[0].Symptom.Name)
			if d.Causes[0].Loader != "" { // one line of the kernel's does not tell
				assert.Equal(t, loader, string(d.Causes[0].Loader))
			}
		})
	}
}

// The end of cilium/ebpf's own line names it for all lines of the log.
func TestReadLoader(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"attach_target_rejected-cilium-1", "core_relo_poisoned-cilium-1", "helper_unknown-cilium-1"} {
		f, err := os.Open(filepath.Join("../../testdata/loadlog", name+".log"))
		require.NoError(t, err)
		d, err := loadlog.Read(f)
		f.Close()
		require.NoError(t, err)
		require.Len(t, d.Causes, 1)
		assert.Equal(t, loadlog.Cilium, d.Causes[0].Loader, name)
	}
}

// A line after which kernels go on is the last one where one did not.
func TestReadHarmlessEnd(t *testing.T) {
	t.Parallel()
	const line = "arg#0 reference type('UNKNOWN ') size cannot be determined: -22"
	d, err := loadlog.Read(strings.NewReader("Validating sub() func#1...\n" + line + "\nprogram main: load program: invalid argument: " + line + " (2 line(s) omitted)\n"))
	require.NoError(t, err)
	assert.Empty(t, d.Causes)
	assert.Contains(t, d.Last, line)

	d, err = loadlog.Read(strings.NewReader(line + "\nprocessed 8 insns\n"))
	require.NoError(t, err)
	assert.Empty(t, d.Last, "nothing says that it was refused")
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, log string
		object    string
		want      []string // symptom, program or map, place
		means     string   // part of the first cause's
	}{
		{
			"trace of libbpf", `libbpf: loading object 'tool' from buffer
libbpf: prog 'on_exit': BPF program load failed: -EINVAL
libbpf: prog 'on_exit': -- BEGIN PROG LOAD LOG --
0: R1=ctx() R10=fp0
; x = BPF_CORE_READ(task, mm); @ tool.bpf.c:46
3: <invalid CO-RE relocation>
failed to resolve CO-RE relocation <byte_off> [7] struct task_struct.mm (0:2 @ offset 8)
processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
libbpf: prog 'on_exit': failed to load: -EINVAL
libbpf: failed to load object 'tool'
`, "tool",
			[]string{"core-field-unresolved on_exit tool.bpf.c:46"}, "the kernel has no struct task_struct.mm that fits", // and no core-poisoned: the trace is skipped
		},
		{
			"debug log of libbpf", `libbpf: prog 'bad': BPF program load failed: Invalid argument
libbpf: prog 'bad': -- BEGIN PROG LOAD LOG --
Live regs before insn:
      0: .12345.... (79) r1 = *(u64 *)(r1 +0)
      1: .12345.... (85) call unknown#195896080
      2: .......... (95) exit
0: R1=ctx() R10=fp0
; last = o->state; @ tool.bpf.c:15
1: <invalid CO-RE relocation>
failed to resolve CO-RE relocation <byte_off> [6] struct task_struct___old.state (0:0 @ offset 0)
-- END PROG LOAD LOG --
libbpf: prog 'bad': failed to load: -22
`, "",
			[]string{"core-field-unresolved bad tool.bpf.c:15"}, "the kernel has no struct task_struct___old.state that fits", // the list of live registers is no trace
		},
		{
			"kfunc that cilium/ebpf does not find", "loading: program bad: fixing up kfuncs: kfunc \"bpf_foo\": not supported\n", "",
			[]string{"kfunc-unresolved bad "}, "have no kfunc bpf_foo",
		},
		{
			"no such file", "libbpf: elf: failed to open x/tool.o: No such file or directory\nError: failed to open object file\n", "",
			[]string{"object-absent  "}, "there is no file x/tool.o",
		},
		{
			"no such file, errno by name", "libbpf: elf: failed to open tool.o: -ENOENT\n", "",
			[]string{"object-absent  "}, "there is no file tool.o",
		},
		{
			"error chain of cilium/ebpf", "field OnExit: program on_exit: load program: bad CO-RE relocation: invalid func unknown#195896080 (12 line(s) omitted)\n", "",
			[]string{"core-poisoned on_exit "}, "a CO-RE relocation did not resolve",
		},
		{
			"wrapped by the application", "2026/01/02 loading: map flows: map create: invalid argument (ring map size 8 not a multiple of page size 4096)\n", "",
			[]string{"map-ringbuf-size flows "}, "max_entries of flows is 8",
		},
		{
			"refused BTF that is optional", `libbpf: BTF loading error: -EINVAL
[12] STRUCT bad size=8 vlen=1 Invalid name
libbpf: Error loading .BTF into kernel: -EINVAL. BTF is optional, ignoring.
libbpf: map 'counts': failed to create: -EINVAL
`, "",
			[]string{"map-refused counts "}, "the kernel did not create counts (-EINVAL)",
		},
		{
			"no word from the kernel", "libbpf: prog 'a': BPF program load failed: -EINVAL\nlibbpf: prog 'a': failed to load: -EINVAL\n", "",
			[]string{"program-refused a "}, "the kernel refused a program (-EINVAL)",
		},
		{
			"one refusal in several lines", `libbpf: prog 'on': -- BEGIN PROG LOAD LOG --
; foo((const void *)skb); @ tool.bpf.c:20
0: (85) call pc+1
R1 type=ctx expected=fp
Caller passes invalid args into func#1 ('foo')
processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
libbpf: prog 'on': failed to load: -EINVAL
`, "", []string{"argument-type on tool.bpf.c:20"}, "",
		},
		{
			"the verifier went on", `Global function sub() doesn't return scalar. Only those are supported.
0: (b7) r1 = 42
1: (85) call bpf_get_netns_cookie#122
program of this type cannot use helper bpf_get_netns_cookie#122
program main: load program: invalid argument: program of this type cannot use helper bpf_get_netns_cookie#122 (5 line(s) omitted)
`, "", []string{"helper-not-allowed  "}, "",
		},
		{
			"an instruction without a name", "Global function sub() doesn't return scalar. Only those are supported.\n0: BUG_db\nBPF_ATOMIC uses invalid atomic opcode 110\n", "",
			[]string{"instruction-unsupported  "}, "",
		},
		{
			"the loader's words for the log", `5: (61) r4 = *(u32 *)(r6 +0)
invalid access to packet, off=0 size=4, R6(id=1,off=0,r=0)
R6 offset is outside of the packet
program main: load program: permission denied: invalid access to packet, off=0 size=4, R6(id=1,off=0,r=0): R6 offset is outside of the packet (33 line(s) omitted)
`, "", []string{"packet-bounds  "}, "",
		},
		{
			"an inner map", "libbpf: map 'outer': failed to create inner map: -EINVAL\nlibbpf: map 'outer': failed to create: -EINVAL\nlibbpf: map 'other': failed to create: -EINVAL\n", "",
			[]string{"map-inner outer ", "map-refused other "}, "",
		},
		{
			"two programs", "program a: load program: invalid argument: invalid func unknown#163 (1 line(s) omitted)\nprogram b: load program: invalid argument: invalid func unknown#163 (1 line(s) omitted)\n", "",
			[]string{"helper-unknown a ", "helper-unknown b "}, "no helper number 163",
		},
		{
			"errno in digits that begins as that of permissions", `libbpf: prog 'a': BPF program load failed: Permission denied
libbpf: prog 'a': -- BEGIN PROG LOAD LOG --
0: R1=ctx() R10=fp0
; prev->flags = 1; @ tool.bpf.c:9
2: (63) *(u32 *)(r1 +44) = r2
only read is supported
verification time 198 usec
stack depth 0
processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
libbpf: prog 'a': failed to load: -13
libbpf: failed to load object 'tool.bpf.o'
`, "tool.bpf.o",
			[]string{"read-only a tool.bpf.c:9"}, "memory is written",
		},
		{
			"errno of permissions in digits", "libbpf: prog 'a': failed to load: -1\n", "",
			[]string{"not-permitted a "}, "the kernel refuses the process",
		},
		{
			"option, after what libbpf says about another thing", "libbpf: prog 'a': relo #0: patched insn #1\nlibbpf: extern 'CONFIG_BPF_X' (strong): not resolved\n", "",
			[]string{"kconfig-unset  "}, "the kernel's configuration does not set CONFIG_BPF_X",
		},
		{
			"section that bpftool does not know", "libbpf: prog 'a': unrecognized ELF section name 'foo/bar'\nlibbpf: failed to guess program type from ELF section 'foo/bar'\n", "",
			[]string{"section-unknown  "}, "no program section foo/bar",
		},
		{"nothing", "hello\n", "", nil, ""},
		{"empty", "", "", nil, ""},
		{"no newline at the end", "libbpf: extern (func ksym) 'bpf_x': not found in kernel or module BTFs", "", []string{"kfunc-unresolved  "}, "no kfunc bpf_x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := loadlog.Read(strings.NewReader(tt.log))
			require.NoError(t, err)
			var got []string
			for _, c := range d.Causes {
				got = append(got, c.Symptom.Name+" "+c.Program+c.Map+" "+c.Place)
			}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.object, d.Object)
			if tt.means != "" {
				assert.Contains(t, d.Causes[0].Means, tt.means)
			}
		})
	}
}

// The kernel's own line comes with the source line and the instruction above it.
func TestReadPlace(t *testing.T) {
	t.Parallel()
	d, err := loadlog.Read(strings.NewReader(`; if (bpf_seq_file(ctx)) @ tool.bpf.c:12
7: (85) call unknown#163
invalid func unknown#163
processed 8 insns
`))
	require.NoError(t, err)
	require.Len(t, d.Causes, 1)
	c := d.Causes[0]
	assert.Equal(t, 7, c.Insn)
	assert.Equal(t, "tool.bpf.c:12", c.Place)
	assert.Equal(t, "if (bpf_seq_file(ctx))", c.Code)
	assert.Equal(t, 3, c.Line)
	assert.Equal(t, []string{"helper-unknown"}, c.Symptom.Rules)
}

// Kernels from 7.3 on end the log with a report in sections.
func TestReadSections(t *testing.T) {
	t.Parallel()
	d, err := loadlog.Read(strings.NewReader(`7: (85) call bpf_get_retval#186
program of this type cannot use helper bpf_get_retval#186

Verification failed: Policy: Operation is not allowed

Reason:
  The helper bpf_get_retval#186 is not allowed:
  this program type does not allow the helper.

At:
  tool.bpf.c:12:3

Suggestion:
  Use another helper.
processed 8 insns
`))
	require.NoError(t, err)
	assert.Equal(t, &loadlog.Sections{
		Category: "Policy", Problem: "Operation is not allowed",
		Reason:     "The helper bpf_get_retval#186 is not allowed: this program type does not allow the helper.",
		Suggestion: "Use another helper.",
	}, d.Sections)
	require.Len(t, d.Causes, 1)
	assert.Equal(t, "helper-not-allowed", d.Causes[0].Symptom.Name)
}

// What is not recognised is shown, and is no cause.
func TestReadLast(t *testing.T) {
	t.Parallel()
	d, err := loadlog.Read(strings.NewReader(`libbpf: prog 'a': BPF program load failed: -EACCES
libbpf: prog 'a': -- BEGIN PROG LOAD LOG --
3: (95) exit
something that no kernel says today
verification time 81 usec
stack depth 8+0
processed 4 insns
libbpf: prog 'a': failed to load: -EACCES
`))
	require.NoError(t, err)
	assert.Equal(t, "something that no kernel says today", d.Last)
	require.Len(t, d.Causes, 1)
	assert.Equal(t, loadlog.Vague, d.Causes[0].Symptom.Weight)
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	_, err := loadlog.Read(iotest.ErrReader(errors.New("broken pipe")))
	require.ErrorContains(t, err, "broken pipe")
	_, err = loadlog.Read(zeroes{})
	require.ErrorIs(t, err, loadlog.ErrTooLong)
}

// zeroes is a file without an end and without lines.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// sample fills the placeholders of a line with words.
func sample(line string) string {
	var b strings.Builder
	for {
		literal, rest, found := strings.Cut(line, "{")
		b.WriteString(literal)
		if !found {
			return b.String()
		}
		_, line, _ = strings.Cut(rest, "}")
		b.WriteString("word")
	}
}

// Every form of every symptom is recognised as what it is, and leaves no
// placeholder open.
func TestSymptoms(t *testing.T) {
	t.Parallel()
	type id struct {
		name   string
		source loadlog.Source
	}
	seen := map[id]bool{}
	for _, s := range loadlog.Symptoms() {
		assert.False(t, seen[id{s.Name, s.Source}], "%s of %s twice", s.Name, s.Source)
		seen[id{s.Name, s.Source}] = true
		for _, line := range s.Lines {
			d, err := loadlog.Read(strings.NewReader(sample(line) + "\n"))
			require.NoError(t, err)
			found := slices.Concat(d.Causes, d.Harmless)
			if !assert.Len(t, found, 1, line) {
				continue
			}
			assert.Equal(t, s.Name, found[0].Symptom.Name, line)
			assert.NotContains(t, found[0].Means+found[0].Fix, "{", line)
		}
		assert.False(t, strings.HasSuffix(s.Means, ".") || strings.HasSuffix(s.Fix, "."), s.Name)
	}
}

// TestReadMany has more lines that tell something than are kept, between one that
// comes first and the last one.
func TestReadMany(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	log.WriteString("libbpf: extern 'CONFIG_FIRST' (strong): not resolved\n")
	for i := range 100_000 {
		fmt.Fprintf(&log, "libbpf: extern 'CONFIG_%d' (strong): not resolved\narg#%d type is not a struct\n", i, i)
	}
	log.WriteString("libbpf: extern 'CONFIG_LAST' (strong): not resolved\n")
	d, err := loadlog.Read(strings.NewReader(log.String()))
	require.NoError(t, err)
	assert.Contains(t, d.Causes[0].Means, "CONFIG_FIRST")
	assert.Contains(t, d.Causes[len(d.Causes)-1].Means, "CONFIG_LAST")
	assert.LessOrEqual(t, len(d.Causes), 1024)
	assert.LessOrEqual(t, len(d.Harmless), 1024)
}

func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("../../testdata/loadlog/*.log")
	require.NoError(f, err)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, log string) {
		d, err := loadlog.Read(strings.NewReader(log))
		if err != nil {
			require.Nil(t, d)
			return
		}
		lines := strings.Count(log, "\n") + 1
		for _, c := range slices.Concat(d.Causes, d.Harmless) {
			require.NotNil(t, c.Symptom)
			require.LessOrEqual(t, c.Line, lines)
			require.NotEmpty(t, c.Text)
		}
		again, err := loadlog.Read(strings.NewReader(log))
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}
