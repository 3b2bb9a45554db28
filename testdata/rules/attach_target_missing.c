// kernels: recent ancient
// loaders: libbpf cilium
#include "rule.h"

// example
SEC("fentry/do_unlink_at")
int function(void *ctx)
{
	return 0; // want `error: function "do_unlink_at" not found in (recent|ancient)`
}

SEC("tp_btf/sched_swich")
int tracepoint(void *ctx)
{
	return 0; // want `error: tracepoint "sched_swich" not found in (recent|ancient)$`
}
// end example

SEC("raw_tp/sched_swich")
int raw_tracepoint(void *ctx)
{
	return 0; // want `warning: tracepoint "sched_swich" not found in .*; it loads, but does not attach`
}

SEC("lsm/file_shut")
int hook(void *ctx)
{
	return 0; // want `error: LSM hook "file_shut" not found`
}

SEC("iter/tasks")
int iterator(void *ctx)
{
	return 0; // want `error: iterator "tasks" not found`
}

SEC("iter/num_new")
int no_iterator(void *ctx)
{
	return 0; // want[recent] `error: function "bpf_iter_num_new" of recent is no iterator` want[ancient] `error: iterator "num_new" not found`
}

SEC("fexit/ext4:do_unlinkat")
int in_module(void *ctx)
{
	return 0; // want[libbpf] `error: function "do_unlinkat" not found in module "ext4" of` want[cilium] `error: function "ext4:do_unlinkat" not found in .*`
}

SEC("fexit/do_unlinkat")
int clean(void *ctx)
{
	return 0;
}

SEC("iter/task")
int clean_iterator(void *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int clean_hook(void *ctx)
{
	return 0;
}
