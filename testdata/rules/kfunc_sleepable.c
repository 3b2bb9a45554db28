// kernels: contexts
#include "rule.h"

extern int bpf_copy_from_user_str(void *dst, __u32 size, const void *src, __u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void *ptr, __u32 count) __ksym;

// example
SEC("lsm/file_open")
int atomic(void *ctx)
{
	char text[8];
	return bpf_copy_from_user_str(text, sizeof(text), ctx, 0); // want `error: kfunc "bpf_copy_from_user_str" is refused to programs that must not sleep`
}
// end example

// Up to 6.12 at least it slept.
SEC("tc")
int arena(void *ctx)
{
	bpf_arena_free_pages(ctx, ctx, 1); // want `warning: kfunc "bpf_arena_free_pages" may be refused to programs that must not sleep`
	return 0;
}

static int in_callback(void *ctx)
{
	char text[8];
	return bpf_copy_from_user_str(text, sizeof(text), NULL, 0);
}

SEC("tc")
int clean_callback(void *ctx)
{
	return bpf_loop(1, in_callback, ctx, 0);
}

SEC("lsm.s/file_open")
int clean(void *ctx)
{
	char text[8];
	bpf_arena_free_pages(ctx, ctx, 1);
	return bpf_copy_from_user_str(text, sizeof(text), ctx, 0);
}
