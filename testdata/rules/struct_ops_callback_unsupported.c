// kernels: ops ops_old
#include "rule.h"

struct sock; struct sk_buff;
struct tcp_congestion_ops { __u32 (*ssthresh)(struct sock *sk); int (*get_info)(struct sock *sk); };
struct bpf_dummy_ops { int (*test_1)(int *state); int (*test_sleepable)(int *state); int (*newer)(int *state); };
struct Qdisc_ops { int (*enqueue)(struct sk_buff *skb); struct sk_buff *(*peek)(void); };

SEC("struct_ops")
int clean(void *ctx)
{
	return 0;
}

// example
SEC("struct_ops")
int get_info(void *ctx)
{
	return 0; // want `error: member "get_info" of struct "tcp_congestion_ops" takes no program in ops`
}

SEC(".struct_ops")
struct tcp_congestion_ops tcp = { .ssthresh = (void *)clean, .get_info = (void *)get_info };
// end example

SEC("struct_ops.s")
int sleepy(void *ctx)
{
	return 0; // want[ops] `error: member "test_1" of struct "bpf_dummy_ops" takes no sleepable program in ops`
}

SEC("struct_ops.s")
int sleepable(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct bpf_dummy_ops dummy = { .test_1 = (void *)sleepy, .test_sleepable = (void *)sleepable };

SEC("struct_ops.s")
int newer(void *ctx)
{
	return 0; // want[ops] `warning: member "newer" of struct "bpf_dummy_ops" may take no sleepable program in ops`
}

SEC(".struct_ops")
struct bpf_dummy_ops newer_dummy = { .newer = (void *)newer };

SEC("struct_ops")
int enqueue(void *ctx)
{
	return 0;
}

SEC("struct_ops")
int peek(void *ctx)
{
	return 0; // want[ops] `error: member "peek" of struct "Qdisc_ops" takes no program in ops`
}

SEC(".struct_ops")
struct Qdisc_ops qdisc = { .enqueue = (void *)enqueue, .peek = (void *)peek };
