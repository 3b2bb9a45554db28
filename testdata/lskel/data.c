// Global variables: .data, .bss, .rodata, and sections with a suffix.
#include "rule.h"

int limit = 7;
long hits;
const volatile int wanted = 42;
int extra SEC(".data.extra") = 1;
const volatile char name[8] SEC(".rodata.names") = "light\"\\";

SEC("socket")
int counts(void *ctx)
{
	if (wanted == 42 && hits < limit)
		hits += extra;
	return name[0];
}
