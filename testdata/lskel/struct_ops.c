// A struct_ops map and its programs. No released bpftool makes a light skeleton of it.
#include "rule.h"

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/ssthresh")
__u32 ssthresh(__u64 *ctx) { return 5; }

SEC("struct_ops/init")
void init(__u64 *ctx) {}

SEC("struct_ops/release")
void release(__u64 *ctx) {}

SEC(".struct_ops.link")
struct tcp_congestion_ops light = {
	.ssthresh = (void *)ssthresh, .init = (void *)init, .release = (void *)release, .name = "btflint_light",
};
