/* Externs that cilium/ebpf 0.22 opens: it knows neither ksym variables
 * of another type than plain void nor weak .kconfig values. */
#include "rule.h"

extern int strong_kfunc(int a) __ksym;
extern int weak_kfunc(int a) __ksym __weak;
extern void strong_ksym __ksym;
extern void weak_ksym __ksym __weak;
extern int CONFIG_HZ __kconfig;
extern char CONFIG_NAME[16] __kconfig;

SEC("raw_tp/sched_switch")
int calls(void *ctx)
{
	int sum = strong_kfunc(0);

	if (bpf_ksym_exists(weak_kfunc))
		sum += weak_kfunc(1);
	if (&weak_ksym)
		sum += (long)&strong_ksym;
	return sum + CONFIG_HZ + CONFIG_NAME[0];
}
