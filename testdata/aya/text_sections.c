// Functions in sections of their own, as of -ffunction-sections: they lie at the
// same offset, by which aya 0.14.0 tells functions apart.
#include "rule.h"

__u64 sum;

__attribute__((section(".text.once"))) __noinline int once(int v)
{
	return v + sum;
}

__attribute__((section(".text.twice"))) __noinline int twice(int v)
{
	return 2 * v + sum;
}

SEC("socket")
int adds(void *ctx)
{
	return once(1) + twice(2);
}
