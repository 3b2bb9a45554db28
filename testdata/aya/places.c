// cflags: -Wno-unused-function
// Variables in sections of one's own: by the beginning of its name aya 0.14.0 takes
// one of them for a data section, other loaders take neither.
#include "rule.h"

int own SEC("mine") = 1;
int known SEC(".data_of_mine") = 2;

SEC("socket")
int reads(void *ctx)
{
	return own + known;
}
