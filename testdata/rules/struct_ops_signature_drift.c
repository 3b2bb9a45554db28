// kernels: ops
#include "rule.h"

struct sock; struct request;

// example
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	int (*get_info)(struct sock *sk, __u32 ext); // one parameter in the kernel
	void *(*init)(struct sock *sk);              // void in the kernel
	void (*release)(struct request *req);        // struct sock * in the kernel
};

SEC("struct_ops")
int get_info(void *ctx)
{
	return 0; // want `warning: callback "get_info" of struct "tcp_congestion_ops" has 2 parameters, 1 in ops`
}

SEC("struct_ops")
int init(void *ctx)
{
	return 0; // want `warning: callback "init" of struct "tcp_congestion_ops" has a pointer as return value, no value in ops`
}

SEC("struct_ops")
int release(void *ctx)
{
	return 0; // want `warning: callback "release" of struct "tcp_congestion_ops" has "struct request \*" as parameter 1, "struct sock \*" in ops`
}

SEC("struct_ops")
int ssthresh(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops tcp = {
	.ssthresh = (void *)ssthresh, .get_info = (void *)get_info, .init = (void *)init, .release = (void *)release,
};
// end example

// A number for a pointer, and pointers that may be anything.
struct Qdisc_ops { int (*enqueue)(long skb); void *(*dequeue)(void); };

SEC("struct_ops")
int enqueue(void *ctx)
{
	return 0; // want `warning: callback "enqueue" of struct "Qdisc_ops" has a number as parameter 1, "struct sk_buff \*" in ops`
}

SEC("struct_ops")
int dequeue(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct Qdisc_ops qdisc = { .enqueue = (void *)enqueue, .dequeue = (void *)dequeue };

// Numbers of another size or sign.
struct bpf_dummy_ops { int (*test_1)(int *state); __u64 (*test_2)(int *state); __u32 (*newer)(int *state); };

SEC("struct_ops")
int test_2(void *ctx)
{
	return 0; // want `warning: callback "test_2" of struct "bpf_dummy_ops" has a number of 8 bytes as return value, 4 in ops`
}

SEC("struct_ops")
int newer(void *ctx)
{
	return 0; // want `note: callback "newer" of struct "bpf_dummy_ops" has an unsigned number as return value, a signed number in ops`
}

SEC("struct_ops")
int test_1(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct bpf_dummy_ops dummy = { .test_1 = (void *)test_1, .test_2 = (void *)test_2, .newer = (void *)newer };
