// loaders: libbpf cilium
#include "rule.h"

struct rq { unsigned int nr_running; };
extern const struct rq runqueues __ksym;

// example
SEC("tc")
int typed_ksym(void *ctx)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0); // want[cilium] `error: ksym "runqueues" is of type "const struct rq", and cilium takes only "void"`

	return rq != NULL;
}
// end example

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
