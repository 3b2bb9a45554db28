/* Undefined symbols that no loader can resolve: without a section, and of a
 * section of its own. */
#include "rule.h"

extern int forward_declared(int a);
extern int elsewhere __attribute__((section(".data")));

SEC("socket")
int calls_undefined(void *ctx)
{
	return forward_declared(1) + elsewhere;
}
