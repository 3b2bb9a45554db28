/* Uses of what changes between before.c and after.c, and of what does not. */
#include "rule.h"

struct sched_entity {
	__u64 vruntime;
} __core;

struct task_struct {
	long state;
	int pid;
	struct sched_entity se;
	char comm[16];
	int in_union;
} __core;

/* As it is called on the newer kernel. */
struct task_struct___new {
	unsigned int __state;
	long in_after;
} __core;

struct bio {
	void *bi_disk;
	unsigned int bi_size;
} __core;

struct only_before {
	int gone;
} __core;

typedef struct {
	int counter;
} __core ticket_t;

enum colour {
	RED = 1,
	BLUE = 3,
};

struct trace_event_raw_sched_switch {
	char prev_comm[16];
} __core;

struct toy_ops {
	int (*init)(int a);
	void (*exit)(void);
	int flags;
};

extern int bpf_old_impl(int a, void *meta) __ksym;
extern int bpf_new(int a) __ksym __weak;
extern int bpf_same(int a) __ksym;

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("raw_tp/sched_switch")
int reads_state(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, state);
}

SEC("raw_tp/sched_switch")
int guarded(void *ctx)
{
	struct task_struct___new *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state) + BPF_CORE_READ(task, in_after);
	return 0;
}

SEC("kprobe/vfs_link")
int moves(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, se.vruntime) + BPF_CORE_READ(task, pid) + BPF_CORE_READ(task, in_union) +
	       BPF_CORE_READ(task, comm[1]);
}

SEC("?tp_btf/sched_switch")
int asks(void *ctx)
{
	struct bio *bio = (void *)bpf_get_current_task_btf();
	ticket_t *ticket = (void *)bio;

	return bpf_core_field_exists(bio->bi_disk) + BPF_CORE_READ(bio, bi_size) + bpf_core_type_size(struct only_before) +
	       bpf_core_enum_value(enum colour, RED) + bpf_core_enum_value(enum colour, BLUE) + BPF_CORE_READ(ticket, counter);
}

SEC("tp/sched/sched_switch")
int entry(void *ctx)
{
	struct trace_event_raw_sched_switch *event = ctx;

	return BPF_CORE_READ(event, prev_comm[0]);
}

SEC("kprobe.multi/tcp_*")
int matches(void *ctx)
{
	return bpf_same(bpf_old_impl(1, NULL));
}

SEC("ksyscall/nanosleep")
int sleeps(void *ctx)
{
	return bpf_ksym_exists(bpf_new) ? bpf_new(1) : 0;
}

SEC("struct_ops/init")
int init(void *ctx)
{
	return 0;
}

SEC("struct_ops/exit")
int exit_toy(void *ctx)
{
	bpf_map_lookup_elem(&events, ctx);
	return 0;
}

SEC(".struct_ops")
struct toy_ops toy = {
	.init = (void *)init,
	.exit = (void *)exit_toy,
	.flags = 1,
};
