/* For the tests of the load-time gate: one program that any kernel loads, one
 * that none does, and one that falls back.
 */
#include "rule.h"

extern int btflint_missing_kfunc(int value) __ksym;
extern int btflint_missing_weak_kfunc(int value) __ksym __weak;

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("socket")
int sound(void *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += 1;
	return 0;
}

SEC("syscall")
int refused(void *ctx)
{
	return btflint_missing_kfunc(1);
}

SEC("syscall")
int guarded(void *ctx)
{
	if (bpf_ksym_exists(btflint_missing_weak_kfunc))
		return btflint_missing_weak_kfunc(1);
	return 0;
}
