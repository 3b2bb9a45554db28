// kernels: recent
// loaders: aya
// Of several externs the first is named.
#include "rule.h"

extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

SEC("raw_tp/sched_switch")
int weak_or_not(void *ctx)
{
	if (!bpf_ksym_exists(bpf_rcu_read_lock)) // want `error: kfunc "bpf_rcu_read_lock" is in ".ksyms", and aya resolves no externs`
		return 0;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return 0;
}
