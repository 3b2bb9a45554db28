// targets: bpfel bpfeb
/* Every kind of extern, each of them used. */
#include "rule.h"

struct task_struct;

extern void strong_kfunc(struct task_struct *task) __ksym;
extern int weak_kfunc(int a) __ksym __weak;
extern const int typed_ksym __ksym;
extern const int weak_ksym __ksym __weak;
extern const void typeless_ksym __ksym;
extern int CONFIG_HZ __kconfig;
extern char CONFIG_NAME[16] __kconfig;
extern bool CONFIG_WEAK __kconfig __weak;

SEC("raw_tp/sched_switch")
int calls(void *ctx)
{
	strong_kfunc((void *)bpf_get_current_task_btf());
	if (bpf_ksym_exists(weak_kfunc))
		return weak_kfunc(1);
	return 0;
}

SEC("raw_tp/sched_switch")
int reads(void *ctx)
{
	long sum = typed_ksym + CONFIG_HZ + CONFIG_NAME[0];

	if (&weak_ksym)
		sum += weak_ksym;
	if (CONFIG_WEAK)
		sum += (long)&typeless_ksym;
	return sum;
}
