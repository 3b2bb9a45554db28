// kernels: old recent
// loaders: libbpf cilium
#include "rule.h"

#define PROGRAMS(name) \
	struct { __uint(type, MAP_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } name SEC(".maps")

// example
PROGRAMS(steps);

SEC("xdp")
int in(void *ctx)
{
	bpf_tail_call(ctx, &steps, 0);
	return 2;
}

SEC("tc")
int out(void *ctx)
{
	bpf_tail_call(ctx, &steps, 1); // want `error: program "out" cannot use map "steps" of program "in" in (old|recent): the types are SCHED_CLS and XDP`
	return 0;
}
// end example

struct { __uint(type, 14); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } devices SEC(".maps"); /* DEVMAP */
HELPER(51, long, bpf_redirect_map, void *map, __u64 key, __u64 flags);

SEC("xdp")
int whole(void *ctx)
{
	return bpf_redirect_map(&devices, 0, 0);
}

SEC("xdp.frags")
int parts(void *ctx)
{
	return bpf_redirect_map(&devices, 0, 0); // want[recent] `error: program "parts" cannot use map "devices" of program "whole" in recent: BPF_F_XDP_HAS_FRAGS of one only`
}

PROGRAMS(probes);
const volatile int on;

SEC("kprobe/do_unlinkat")
int one(void *ctx)
{
	bpf_tail_call(ctx, &probes, 0);
	return 0;
}

static __noinline int branch(void *ctx)
{
	if (on) /* never reached, and counts all the same */
		bpf_tail_call(ctx, &probes, 1);
	return 0;
}

SEC("kprobe.multi/do_unlinkat")
int many(void *ctx)
{
	return branch(ctx); // want[recent] `error: program "many" cannot use map "probes" of program "one" in recent: the attach types are TRACE_KPROBE_MULTI and none`
}

PROGRAMS(own);

SEC("xdp")
int clean(void *ctx)
{
	bpf_tail_call(ctx, &own, 0);
	return 2;
}

SEC("xdp")
int clean_too(void *ctx)
{
	bpf_tail_call(ctx, &own, 1);
	return 2;
}

SEC("?tc")
int switched_off(void *ctx)
{
	bpf_tail_call(ctx, &own, 1); // want[cilium] `error: program "switched_off" cannot use map "own"`
	return 0;
}

SEC("tc")
int placed(void *ctx)
{
	return 0; // want `error: program "placed" cannot be an entry of map "filled" of program "tail" in (old|recent)`
}

struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int (void *));
} filled SEC(".maps") = { .values = { [0] = (void *)&placed } };

SEC("xdp")
int tail(void *ctx)
{
	bpf_tail_call(ctx, &filled, 0);
	return 2;
}

PROGRAMS(sleepers);

SEC("fentry/do_unlinkat")
int awake(void *ctx)
{
	bpf_tail_call(ctx, &sleepers, 0);
	return 0;
}

SEC("fentry.s/do_unlinkat")
int asleep(void *ctx)
{
	bpf_tail_call(ctx, &sleepers, 1); // want[recent] `error: program "asleep" cannot use map "sleepers" .* one may sleep, the other must not`
	return 0;
}

PROGRAMS(hooks);

SEC("fentry/do_unlinkat")
int unlink(void *ctx)
{
	bpf_tail_call(ctx, &hooks, 0);
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int getpgid(void *ctx)
{
	bpf_tail_call(ctx, &hooks, 1); // want[recent] `error: program "getpgid" cannot use map "hooks" of program "unlink" in recent`
	return 0;
}
