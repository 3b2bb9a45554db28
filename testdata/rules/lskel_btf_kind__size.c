// kernels: ops_old
// loaders: lskel
#include "rule.h"

enum declared;
enum declared *pointer; // want enum declared: `error: BTF has an enum of 0 bytes, as no kernel takes it`

SEC("tc")
int clean(void *ctx)
{
	return pointer != NULL;
}
