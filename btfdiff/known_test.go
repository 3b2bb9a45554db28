package btfdiff_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/btfdiff"
)

// openKernel opens a BTF file below testdata, without modules.
func openKernel(t testing.TB, file string) *kernel.Kernel {
	t.Helper()
	k, err := kernel.Open(kernel.Spec{Name: file, Types: "../testdata/" + file, Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

// compare compares everything.
func compare(t testing.TB, old, now *kernel.Kernel) *btfdiff.Diff {
	t.Helper()
	d, err := btfdiff.Compare(old, now, btfdiff.Options{})
	require.NoError(t, err)
	return d
}

// find is the change of that kind and name, nil if there is none.
func find(d *btfdiff.Diff, kind btfdiff.Kind, name string) *btfdiff.Change {
	for i := range d.Changes {
		if ch := &d.Changes[i]; ch.Kind == kind && ch.Name == name {
			return ch
		}
	}
	return nil
}

// lines spells details with their grades.
func lines(ch *btfdiff.Change) []string {
	var list []string
	for i := range ch.Details {
		list = append(list, ch.Details[i].Grade.String()+" "+ch.Details[i].Text())
	}
	return list
}

// TestKnownChanges finds changes of the kernel that broke programs, or did not,
// in types cut out of Debian's kernels by testdata/btfdiff/cut.
func TestKnownChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string // commit, release
		old, new string
		kind     btfdiff.Kind
		thing    string
		change   btfdiff.ChangeType
		grade    btfdiff.Grade
		details  []string
	}{
		{"state became __state: 2f064a59a11f, 5.14", "5.10", "6.1",
			btfdiff.KindStruct, "task_struct", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "state" renamed to "__state"`,
				`breaks "state" type: unsigned int, was volatile long int`,
				`relocatable "thread_info" size: 24 bytes, was 16 bytes`,
			}},
		{"bi_disk became bi_bdev: 309dca309fc3, 5.12", "5.10", "6.1",
			btfdiff.KindStruct, "bio", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "bi_disk" removed: struct gendisk *, offset 8 bytes`,
				`addition "bi_bdev" added: struct block_device *, offset 8 bytes`,
			}},
		{"rq_disk removed: f3fa33acca9f, 5.17", "5.10", "6.1",
			btfdiff.KindStruct, "request", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "rq_disk" removed: struct gendisk *, offset 160 bytes`,
				`breaks "part" type: struct block_device *, was struct hd_struct *`,
			}},
		{"fault_handler removed: ec6aba3d2be1, 5.14", "5.10", "6.1",
			btfdiff.KindStruct, "kprobe", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "fault_handler" removed: kprobe_fault_handler_t, offset 80 bytes`,
				`relocatable "opcode" moved: offset 80 bytes, was offset 88 bytes`,
			}},
		{"flow members in an anonymous struct: 6e94dbc7a4e4, 5.13", "5.10", "6.1",
			btfdiff.KindStruct, "tty_struct", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "flow_stopped" removed: long unsigned int, offset 460 bytes 1 bit`,
				`addition "flow" added: struct {...}, offset 440 bytes`,
			}},
		{"prev_state appended: fa2c3254d7cf and 9c2136be0878, 5.18", "5.10", "6.1",
			btfdiff.KindTracepoint, "sched_switch", btfdiff.Changed, btfdiff.GradeAddition, []string{
				`addition "#4" added: unsigned int`,
			}},
		{"char unsigned: 3bc753c06dd0, 6.2", "6.1", "6.12",
			btfdiff.KindInt, "char", btfdiff.Changed, btfdiff.GradeSemantic, []string{
				`semantic sign: unsigned, was signed`,
			}},
		{"i_ctime became __i_ctime, then two integers: 13bc24457850, 6.6, and 3aa63a569c64, 6.11", "6.1", "6.12",
			btfdiff.KindStruct, "inode", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "i_ctime" removed: struct timespec64, offset 120 bytes`,
				`addition "i_ctime_sec" added: time64_t, offset 104 bytes`,
				`addition "i_ctime_nsec" added: u32, offset 120 bytes`,
			}},
		{"one perf context: bd2756811766, 6.2", "6.1", "6.12",
			btfdiff.KindStruct, "task_struct", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "perf_event_ctxp" type: struct perf_event_context *, was struct perf_event_context *[2]`,
			}},
		{"rss_stat of percpu_counter: f1a7941243c1, 6.2", "6.1", "6.12",
			btfdiff.KindStruct, "mm_struct", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "rss_stat" type: struct percpu_counter[4], was struct mm_rss_stat`,
			}},
		{"ioprio in the record: aa6ff4eb7c10, 6.11", "6.1", "6.12",
			btfdiff.KindTracepoint, "block_rq", btfdiff.Changed, btfdiff.GradeRelocatable, []string{
				`addition "__entry.ioprio" added: short unsigned int, offset 32 bytes`,
				`relocatable "__entry.rwbs" moved: offset 34 bytes, was offset 32 bytes`,
			}},
		{"idmap of hooks: 39f60c1ccee7, 6.3", "6.1", "6.12",
			btfdiff.KindLSMHook, "inode_setxattr", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "mnt_userns" removed: struct user_namespace *`,
				`semantic "idmap" added: struct mnt_idmap *`,
			}},
		{"arena maps: 317460317a02, 6.9", "6.1", "6.12",
			btfdiff.KindMapType, "BPF_MAP_TYPE_ARENA", btfdiff.Added, btfdiff.GradeAddition, nil},
		{"enum of driver types: 52443558adcd, 6.15", "6.12", "7.3",
			btfdiff.KindStruct, "tty_driver", btfdiff.Changed, btfdiff.GradeBreaks, []string{
				`breaks "type" type: enum tty_driver_type, was short int`,
			}},
		{"kfunc without implicit argument: b97931a25a4b, 7.0", "6.12", "7.3",
			btfdiff.KindKfunc, "bpf_wq_set_callback", btfdiff.Added, btfdiff.GradeAddition, []string{
				`addition implicit arguments: int bpf_wq_set_callback(struct bpf_wq *wq, int (*callback_fn)(void *, int *, void *), ` +
					`unsigned int flags), was int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*callback_fn)(void *, int *, void *), ` +
					`unsigned int flags, void *aux__ign)`,
			}},
		{"its _impl is no kfunc any more: b97931a25a4b, 7.0", "6.12", "7.3",
			btfdiff.KindKfunc, "bpf_wq_set_callback_impl", btfdiff.Removed, btfdiff.GradeBreaks, []string{
				`breaks tag removed: bpf_kfunc`,
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := compare(t, openKernel(t, "btfdiff/"+tt.old+".btf"), openKernel(t, "btfdiff/"+tt.new+".btf"))
			ch := find(d, tt.kind, tt.thing)
			require.NotNil(t, ch)
			assert.Equal(t, tt.change, ch.Change)
			assert.Equal(t, tt.grade, ch.Grade)
			got := lines(ch)
			for _, want := range tt.details {
				assert.Contains(t, got, want)
			}
		})
	}
}

// TestKfuncsThatStay checks that an _impl kfunc which stays beside the one
// that replaces it has no change (7.1: bpf_obj_new_impl).
func TestKfuncsThatStay(t *testing.T) {
	t.Parallel()
	d := compare(t, openKernel(t, "btfdiff/6.12.btf"), openKernel(t, "btfdiff/7.3.btf"))
	assert.Nil(t, find(d, btfdiff.KindKfunc, "bpf_obj_new_impl"))
	require.NotNil(t, find(d, btfdiff.KindKfunc, "bpf_obj_new"))
}
