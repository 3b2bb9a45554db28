/* A congestion control algorithm that kernels from 5.15 load. */
#include "rule.h"

struct sock;
struct rate_sample;
struct ack_sample;
union tcp_cc_info;
struct module;
struct list_head { struct list_head *next, *prev; };

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*set_state)(struct sock *sk, __u8 new_state);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
	struct module *owner;
	struct list_head list;
	__u32 key;
	__u32 flags;
	void (*init)(struct sock *sk);
} __attribute__((aligned(64)));

SEC("struct_ops")
__u32 ssthresh(void *ctx)
{
	return 2;
}

SEC("struct_ops")
__u32 ssthresh_high(void *ctx)
{
	return 16;
}

SEC("struct_ops")
void cong_avoid(void *ctx)
{
}

SEC("struct_ops")
__u32 undo_cwnd(void *ctx)
{
	return 2;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops my_ops = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "btflint_test",
};
