// kernels: contexts
// loaders: libbpf cilium
#include "rule.h"

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk); void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*cong_control)(struct sock *sk, __u32 ack, int flag); __u32 (*undo_cwnd)(struct sock *sk); char name[16];
};

SEC("struct_ops")
int ssthresh(void *ctx)
{
	return 2;
}

SEC("struct_ops")
int undo_cwnd(void *ctx)
{
	return 2;
}

SEC("struct_ops")
void control(void *ctx)
{
}

SEC(".struct_ops.link")
struct tcp_congestion_ops clean = {
	.ssthresh = (void *)ssthresh, .undo_cwnd = (void *)undo_cwnd, .cong_control = (void *)control, .name = "clean",
};

// The programs of the other map could be placed here; with cilium/ebpf they are.
SEC(".struct_ops.link")
struct tcp_congestion_ops bare = { .ssthresh = (void *)ssthresh, .name = "bare" };
// want[libbpf] struct_ops map bare: `warning: struct_ops map "bare" has no callback "undo_cwnd", which struct "tcp_congestion_ops" needs` `warning: struct_ops map "bare" has no callback "cong_avoid" or "cong_control"`
