#include "rule.h"

extern const int jiffies __ksym __weak;

// Without a typeless variable, kallsyms is not read.
SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return &jiffies ? jiffies : 0;
}
