// kernels: recent
// loaders: libbpf aya
// With aya the application names the target: the section is the author's word.
#include "rule.h"

SEC("fentry/do_unlink_at")
int misspelt(void *ctx)
{
	return 0; // want[libbpf] `error: function "do_unlink_at" not found in recent` want[aya] `warning: function "do_unlink_at" not found in recent`
}

SEC("fentry/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}
