// kernels: contexts
#include "rule.h"

struct sock; struct pair { __u64 a; __u64 b; };
struct tcp_congestion_ops {
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked); void (*cong_control)(struct sock *sk, __u32 ack, int flag, void *rs);
	void (*pair)(struct pair pair, int last, int more);
};
int seen;

// example
SEC("fentry/do_unlinkat")
int entry(__u64 *ctx)
{
	seen = ctx[0];
	return ctx[2]; // want `error: argument 3 of function "do_unlinkat" is read, and it has 2 arguments in contexts`
}
// end example

SEC("fexit/do_unlinkat")
int past_return(__u64 *ctx)
{
	seen = ctx[2];
	return ctx[3]; // want `error: argument 4 of function "do_unlinkat" is read, and it has 2 arguments in contexts`
}

SEC("fexit/no_arguments")
int no_return(__u64 *ctx)
{
	return ctx[0]; // want `error: the return value of function "no_arguments" is read, and it returns nothing in contexts`
}

SEC("fentry/no_arguments")
int saved(__u64 *ctx)
{
	if (bpf_ktime_get_ns() & 1)
		return 0;
	return ctx[0]; // want `error: argument 1 of function "no_arguments" is read, and it has no arguments in contexts`
}

const volatile int more; // user space sets it

SEC("tp_btf/sched_switch")
int depends(__u64 *ctx)
{
	if (more)
		seen = ctx[4]; // want `warning: argument 5 of tracepoint "sched_switch" is read, and it has 4 arguments in contexts; refused if reached`
	return ctx[3];
}

SEC("raw_tp/sched_switch")
int raw(__u64 *ctx)
{
	return ctx[4]; // want `error: argument 5 of tracepoint "sched_switch" is read, and it has 4 arguments in contexts`
}

SEC("lsm/file_open")
int hook(__u64 *ctx)
{
	seen = ctx[1];
	return ctx[2]; // want `error: argument 3 of LSM hook "file_open" is read, and it has 1 argument in contexts`
}

SEC("struct_ops")
void cong_control(__u64 *ctx)
{
	seen = ctx[3]; // want `error: argument 4 of callback "tcp_congestion_ops.cong_control" is read, and it has 3 arguments in contexts`
}

SEC("struct_ops")
void cong_avoid(__u64 *ctx)
{
	seen = ctx[2];
}

SEC("struct_ops")
void pair(__u64 *ctx)
{
	seen = ctx[2]; // the third word is the second argument
	seen = ctx[3]; // want `error: argument 3 of callback "tcp_congestion_ops.pair" is read, and it has 2 arguments in contexts`
}

SEC(".struct_ops.link")
struct tcp_congestion_ops ops = { .cong_avoid = (void *)cong_avoid, .cong_control = (void *)cong_control, .pair = (void *)pair };

// Another pointer than the context.
SEC("fentry/do_unlinkat")
int clean(__u64 *ctx)
{
	__u64 *other = bpf_get_current_task_btf();
	return other[9] + ctx[1];
}

SEC("xdp")
int other_type(__u64 *ctx)
{
	return ((__u32 *)ctx)[9] & 1;
}
