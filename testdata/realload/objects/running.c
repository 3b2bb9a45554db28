/* Programs that load on any kernel with BTF from 5.11 on, with relocations of all
 * sorts in code that is reached, and poison in code that is not.
 */
#include "rule.h"

struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long task_size; } __core;
struct nsproxy { int unlike; } __core;
struct task_struct {
	int pid, tgid;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct list_head tasks;
	unsigned long start_time;
	char comm[16];
	unsigned int in_execve : 1;
	int sure_to_be_missing;
} __core;
struct task_struct___flavored { int tgid; } __core;
struct no_such_type { int a; } __core;
enum bpf_func_id { BPF_FUNC_map_lookup_elem = 77, BPF_FUNC_sure_to_be_missing };
enum bpf_map_type___local { BPF_MAP_TYPE_RINGBUF___local = 3 };

#define CURRENT ((struct task_struct *)bpf_get_current_task())
#define PROG(name) SEC("raw_tp/sys_enter") int name(void *ctx)
#define INFO(field, what) __builtin_preserve_field_info(field, what)
enum { OFFSET, SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT };

PROG(offsets)
{
	struct task_struct *t = CURRENT;
	struct task_struct *leader = BPF_CORE_READ(t, group_leader);

	return BPF_CORE_READ(t, pid) + BPF_CORE_READ(leader, tgid) + BPF_CORE_READ(t, start_time) + (long)BPF_CORE_READ(t, tasks.prev);
}

PROG(accesses)
{
	struct task_struct *t = bpf_get_current_task_btf();

	return t->pid + t->tgid + t->group_leader->pid + t->comm[3] + (t->mm ? t->mm->task_size : 0);
}

PROG(facts)
{
	struct task_struct *t = ctx;

	return INFO(t->pid, OFFSET) + INFO(t->comm, SIZE) + INFO(t->tasks, EXISTS) + INFO(t->pid, SIGNED) +
	       INFO(t->sure_to_be_missing, EXISTS) + INFO(t->in_execve, LSHIFT) + INFO(t->in_execve, RSHIFT) +
	       INFO(((struct task_struct___flavored *)ctx)->tgid, OFFSET);
}

PROG(types)
{
	return bpf_core_type_exists(struct task_struct) + bpf_core_type_exists(struct no_such_type) +
	       bpf_core_type_size(struct list_head) + bpf_core_type_size(struct task_struct) +
	       __builtin_btf_type_id(*(struct task_struct *)0, 1) + __builtin_btf_type_id(*(struct task_struct *)0, 0) +
	       __builtin_preserve_type_info(*(struct list_head *)0, 2) + __builtin_preserve_type_info(*(struct nsproxy *)0, 2);
}

PROG(enumerators)
{
	return bpf_core_enum_value(enum bpf_func_id, BPF_FUNC_map_lookup_elem) +
	       bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_sure_to_be_missing) +
	       bpf_core_enum_value(enum bpf_map_type___local, BPF_MAP_TYPE_RINGBUF___local);
}

PROG(guarded)
{
	struct task_struct *t = CURRENT;

	if (INFO(t->sure_to_be_missing, EXISTS))
		return BPF_CORE_READ(t, sure_to_be_missing);
	return BPF_CORE_READ(t, tgid);
}

static __noinline int offset_of_pid(struct task_struct *t)
{
	return INFO(t->pid, OFFSET) + (t ? BPF_CORE_READ(t, tgid) : 0);
}

__noinline int global(int n)
{
	return bpf_core_type_size(struct list_head) + n;
}

PROG(functions) { return offset_of_pid(CURRENT) + global(bpf_get_smp_processor_id()); }

/* Whether this loads is the application's affair. */
const volatile bool unknown;

PROG(doubtful)
{
	struct task_struct *t = CURRENT;

	if (unknown)
		return BPF_CORE_READ(t, sure_to_be_missing);
	return BPF_CORE_READ(t, pid);
}

/* The only one that does not load. */
PROG(poisoned) { return BPF_CORE_READ(CURRENT, sure_to_be_missing); }
