package plan_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// toyStructs are structs, one a line: the name, then members "name:type", where
// a type is an integer of toyInts, a struct, "*" and a type, or a type and "[2]".
// A struct that has no line is only declared.
type toyStructs struct {
	names []string // of types, by id-1
	lines [][]string
}

var toyInts = []string{"int", "u32", "long", "u64", "short"}

func parseToy(text string) *toyStructs {
	s := &toyStructs{names: slices.Clone(toyInts)}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			s.names, s.lines = append(s.names, words[0]), append(s.lines, words)
		}
	}
	for _, words := range s.lines {
		for _, m := range words[1:] {
			_, typ, _ := strings.Cut(m, ":")
			s.id(typ)
		}
	}
	return s
}

// id is that of a type, which is added if need be, and what it is made of.
func (s *toyStructs) id(typ string) btfgraph.ID {
	if i := slices.Index(s.names, typ); i >= 0 {
		return btfgraph.ID(i + 1)
	}
	if of := strings.TrimSuffix(strings.TrimPrefix(typ, "*"), "[2]"); of != typ {
		s.id(of)
	}
	s.names = append(s.names, typ)
	return btfgraph.ID(len(s.names))
}

func (s *toyStructs) build(b *btftest.Builder) {
	for i, name := range s.names {
		switch n := i - len(toyInts); {
		case n < 0:
			b.Int(name, []uint32{4, 4, 8, 8, 2}[i], 0)
		case n < len(s.lines):
			var members []btftest.Member
			for k, m := range s.lines[n][1:] {
				name, typ, _ := strings.Cut(m, ":")
				members = append(members, btftest.Member{Name: name, Type: s.id(typ), BitOffset: uint32(64 * k)})
			}
			b.Struct(name, uint32(8*len(members)), members...)
		case strings.HasPrefix(name, "*"):
			b.Ptr(s.id(name[1:]))
		case strings.HasSuffix(name, "[2]"):
			b.Array(s.id(strings.TrimSuffix(name, "[2]")), 1, 2)
		default:
			b.Fwd(name, false)
		}
	}
}

// access is the path "a.b[0]" of a struct as an access string.
func (s *toyStructs) access(t *testing.T, root, path string) string {
	t.Helper()
	access, typ := "0", root
	for _, step := range strings.Split(strings.ReplaceAll(path, "[", ".["), ".") {
		if step == "[0]" {
			access, typ = access+":0", strings.TrimSuffix(typ, "[2]")
			continue
		}
		line := slices.IndexFunc(s.lines, func(words []string) bool { return words[0] == typ })
		require.GreaterOrEqual(t, line, 0, typ)
		i := slices.IndexFunc(s.lines[line][1:], func(m string) bool { return strings.HasPrefix(m, step+":") })
		require.GreaterOrEqual(t, i, 0, step)
		access += ":" + strconv.Itoa(i)
		_, typ, _ = strings.Cut(s.lines[line][i+1], ":")
	}
	return access
}

// TestNearestRenames follows fields of real kernels. The comments name the
// commits; the structs have what is needed to go the right or the wrong way.
func TestNearestRenames(t *testing.T) {
	t.Parallel()
	type near = plan.Suggestion
	tests := []struct {
		name, field, from, to string
		want                  near // the likeliest; none if it has no name
	}{
		{"underscores", "task_struct.state", // 2f064a59a11f, 5.14
			"task_struct thread_info:int state:long stack:*int\nfutex_data state:int",
			"task_struct thread_info:int __state:u32 saved_state:u32 stack:*int futex:futex_data\nfutex_data state:u32",
			near{How: plan.Renamed, Name: "task_struct.__state", Type: "u32"}},
		{"wrapped lock", "rq.lock", // 5cb9eaa3d274, 5.14
			"rq lock:spin nr_running:u32\nspin raw:int", "rq __lock:spin nr_running:u32\nspin raw:int",
			near{How: plan.Renamed, Name: "rq.__lock", Type: "struct spin"}},
		{"pointer of RCU", "kernfs_node.parent", // 633488947ef6, 6.15
			"kernfs_node count:int parent:*kernfs_node name:*int", "kernfs_node count:int __parent:*kernfs_node name:*int",
			near{How: plan.Renamed, Name: "kernfs_node.__parent", Type: "struct kernfs_node *"}},
		{"whole struct of a path", "inode.i_ctime.tv_sec", // 13bc24457850, 6.6
			"inode i_mtime:ts i_ctime:ts i_lock:int\nts tv_sec:long tv_nsec:long", "inode i_mtime:ts __i_ctime:ts i_lock:int\nts tv_sec:long tv_nsec:long",
			near{How: plan.Renamed, Name: "inode.__i_ctime.tv_sec", Type: "long"}},
		{"struct split up", "inode.i_mtime.tv_sec", // 3aa63a569c64, 6.11
			"inode i_atime:ts i_mtime:ts i_ctime:ts i_lock:int\nts tv_sec:long tv_nsec:long",
			"inode i_atime_sec:long i_mtime_sec:long i_ctime_sec:long i_atime_nsec:u32 i_mtime_nsec:u32 i_ctime_nsec:u32 i_lock:int",
			near{How: plan.Renamed, Name: "inode.i_mtime_sec", Type: "long"}},
		{"struct put together", "inode.i_ctime_nsec", // 3aa63a569c64, backwards
			"inode i_atime_sec:long i_ctime_sec:long i_ctime_nsec:u32 i_lock:int", "inode i_atime:ts i_ctime:ts i_lock:int\nts tv_sec:long tv_nsec:long",
			near{How: plan.MovedInside, Name: "inode.i_ctime.tv_nsec", Type: "long"}},
		{"parts of a struct", "inode.i_mtime", // 3aa63a569c64, the struct itself
			"inode i_rdev:int i_mtime:ts i_lock:int\nts tv_sec:long tv_nsec:long", "inode i_rdev:int i_mtime_sec:long i_mtime_nsec:u32 i_lock:int",
			near{How: plan.Renamed, Name: "inode.i_mtime_sec", Type: "long", Loose: true}},
		{"only member", "cred.cap_effective.cap[0]", // f122a08b197d, 6.3
			"cred uid:int cap_effective:kernel_cap_struct\nkernel_cap_struct cap:u32[2]", "cred uid:int cap_effective:kernel_cap_t\nkernel_cap_t val:u64",
			near{How: plan.Renamed, Name: "cred.cap_effective.val", Type: "u64"}},
		{"neighbours renamed too", "cfs_rq.nr_running", // 736c55a02c47, 6.15
			"cfs_rq load:long nr_running:u32 h_nr_running:u32 idle_h_nr_running:u32 curr:*int rq:*rq",
			"cfs_rq load:long nr_queued:u32 h_nr_queued:u32 h_nr_idle:u32 curr:*int rq:*rq\nrq nr_running:u32 cfs:cfs_rq",
			near{How: plan.Renamed, Name: "cfs_rq.nr_queued", Type: "u32"}},
		{"words in another order", "cfs_rq.idle_h_nr_running", // 6.15
			"cfs_rq load:long h_nr_running:u32 idle_h_nr_running:u32 curr:*int", "cfs_rq load:long h_nr_queued:u32 h_nr_idle:u32 curr:*int",
			near{How: plan.Renamed, Name: "cfs_rq.h_nr_idle", Type: "u32"}},
		{"number of the owner", "cfs_rq.nr_running", // without a successor
			"cfs_rq load:long nr_running:u32 rq:*rq", "cfs_rq load:long rq:*rq\nrq nr_running:u32 cfs:cfs_rq", near{}},
		{"behind a pointer", "request.rq_disk", // f3fa33acca9f, 5.17
			"request q:*request_queue tag:int rq_disk:*gendisk start:long", "request q:*request_queue tag:int start:long\n" +
				"request_queue last_merge:*request disk:*gendisk\ngendisk major:int",
			near{How: plan.MovedBehind, Name: "request.q->disk", Type: "struct gendisk *", Behind: "struct request_queue", Loose: true}},
		{"disk of anybody", "request_queue.disk", // d152c682f03c, backwards
			"request_queue last_merge:*request disk:*gendisk", "request_queue last_merge:*request\nrequest q:*request_queue rq_disk:*gendisk\ngendisk major:int",
			near{}},
		{"prefix of another struct", "bio.bi_disk", // 309dca309fc3, 5.12
			"bio bi_next:*bio bi_disk:*gendisk bi_opf:u32", "bio bi_next:*bio bi_bdev:*block_device bi_opf:u32\n" +
				"block_device bd_dev:u32 bd_disk:*gendisk\ngendisk major:int",
			near{How: plan.MovedBehind, Name: "bio.bi_bdev->bd_disk", Type: "struct gendisk *", Behind: "struct block_device", Loose: true}},
		{"struct became a pointer", "gendisk.part0.nr_sects", // 0d02129e76ed, 5.11
			"gendisk major:int part0:hd_struct\nhd_struct start_sect:u64 nr_sects:u64", "gendisk major:int part0:*block_device\n" +
				"block_device bd_start_sect:u64 bd_nr_sectors:u64 bd_disk:*gendisk",
			near{How: plan.MovedBehind, Name: "gendisk.part0->bd_nr_sectors", Type: "u64", Behind: "struct block_device", Loose: true}},
		{"record of its own", "bpf_map.spin_lock_off", // db559117828d, 6.2
			"bpf_map ops:*int id:u32 spin_lock_off:int memcg:*int", "bpf_map ops:*int id:u32 record:*btf_record memcg:*int\nbtf_record cnt:u32 spin_lock_off:int",
			near{How: plan.MovedBehind, Name: "bpf_map.record->spin_lock_off", Type: "int", Behind: "struct btf_record"}},
		{"another socket's timer", "inet_connection_sock.icsk_retransmit_timer", // between 6.12 and 7.2
			"inet_connection_sock icsk_inet:inet_sock icsk_timeout:long icsk_retransmit_timer:timer icsk_delack_timer:timer\ninet_sock sk:sock\nsock sk_rcvbuf:int\ntimer expires:long",
			"inet_connection_sock icsk_inet:inet_sock icsk_keepalive_timer:timer icsk_delack_timer:timer\ninet_sock sk:sock\n" +
				"sock sk_rcvbuf:int tcp_retransmit_timer:timer\ntimer expires:long",
			near{How: plan.MovedInside, Name: "inet_connection_sock.icsk_inet.sk.tcp_retransmit_timer", Type: "struct timer"}},
		{"thread_info", "task_struct.cpu", // bcf9033e5449, 5.16
			"task_struct thread_info:thread_info usage:int cpu:u32\nthread_info flags:long", "task_struct thread_info:thread_info usage:int\nthread_info flags:long cpu:u32",
			near{How: plan.MovedInside, Name: "task_struct.thread_info.cpu", Type: "u32"}},
		{"flavour and direction", "iov_iter.type", // 8cd54c1c8480, 5.14
			"iov_iter type:u32 iov_offset:long", "iov_iter iter_type:u32 data_source:int iov_offset:long",
			near{How: plan.Renamed, Name: "iov_iter.iter_type", Type: "u32"}},
		{"notifiers", "kvm.mmu_notifier_seq", // 20ec3ebd707c, 6.0
			"kvm lock:int mmu_notifier_seq:long mmu_notifier_count:long manual:int", "kvm lock:int mmu_invalidate_seq:long mmu_invalidate_in_progress:long manual:int",
			near{How: plan.Renamed, Name: "kvm.mmu_invalidate_seq", Type: "long"}},
		{"private members", "address_space.private_list", // 600f111ef51d, 6.8
			"address_space flags:long private_list:list private_data:*int\nlist next:*list", "address_space flags:long i_private_list:list i_private_data:*int\nlist next:*list",
			near{How: plan.Renamed, Name: "address_space.i_private_list", Type: "struct list"}},
		{"member that was there", "sock.lock", // no rename: both had it
			"sock owner:owner lock:int\nowner lock:int", "sock owner:owner\nowner lock:int", near{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from, to := parseToy(tt.from), parseToy(tt.to)
			var local, target btftest.Builder
			from.build(&local)
			to.build(&target)
			root, path, _ := strings.Cut(tt.field, ".")
			obj := coreObject(t, &local, []bpfobj.Insn{{Op: opMov}, {Op: opExit}},
				bpfobj.CORERecord{Type: from.id(root), Access: from.access(t, root, path)})
			p := plan.Make(obj, &kernel.Kernel{Types: target.Graph(t)}, plan.Libbpf, plan.Options{})
			require.Equal(t, tt.field, p.CORE[0].Path())
			near := p.Nearest(&p.CORE[0])
			if tt.want.Name == "" {
				assert.Empty(t, near)
				return
			}
			require.NotEmpty(t, near)
			assert.Equal(t, tt.want, near[0])
		})
	}
}

// TestNearestMissingType asks for types that other kernels have.
func TestNearestMissingType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field, to string
		want            []string
		foreign         bool
	}{
		// d5869fdc189f, 5.18: block_rq_complete is a class of two events.
		{"tracepoint", "trace_event_raw_block_rq_complete.dev",
			"trace_event_raw_block_rq dev:u32\ntrace_event_raw_block_rq_completion dev:u32\ntrace_event_raw_sys_enter id:long",
			[]string{`struct "trace_event_raw_block_rq_completion"`, `struct "trace_event_raw_block_rq"`}, false},
		{"without the member", "trace_event_raw_block_rq_complete.dev", "trace_event_raw_block_rq_completion sector:long", nil, false},
		{"struct of a tool", "gadget_socket_value.dev", "gadget_info dev:u32\nsocket dev:u32", nil, true},
		{"one word", "event.dev", "task_struct pid:int", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root, path, _ := strings.Cut(tt.field, ".")
			from, to := parseToy(root+" ent:int "+path+":u32\nother_struct_gone "+path+":u32"), parseToy(tt.to)
			var local, target btftest.Builder
			from.build(&local)
			to.build(&target)
			obj := coreObject(t, &local, []bpfobj.Insn{{Op: opMov}, {Op: opMov}, {Op: opExit}},
				bpfobj.CORERecord{Type: from.id("other_struct_gone"), Access: "0:0"},
				bpfobj.CORERecord{Type: from.id(root), Access: from.access(t, root, path)})
			p := plan.Make(obj, &kernel.Kernel{Types: target.Graph(t)}, plan.Libbpf, plan.Options{})
			var names []string
			for _, s := range p.Nearest(&p.CORE[1]) {
				assert.Equal(t, plan.Renamed, s.How)
				names = append(names, s.Name)
			}
			assert.Equal(t, tt.want, names)
			assert.Equal(t, tt.foreign, p.Foreign(&p.CORE[1]))
			assert.Empty(t, p.Nearest(&p.CORE[0]))
		})
	}
}
