#include "rule.h"

struct nf_conn { __u32 timeout; };
struct rq { unsigned int nr_running; };

// example
extern const struct nf_conn nf_ct_template __ksym;

SEC("raw_tp/sched_switch")
int typed(void *ctx)
{
	return bpf_this_cpu_ptr(&nf_ct_template) == NULL; // want `warning: ksym "nf_ct_template" needs module "conntrack" of modern to be loaded`
}
// end example

extern const void nf_ct_untagged __ksym __weak;

SEC("raw_tp/sched_switch")
int typeless(void *ctx)
{
	return &nf_ct_untagged != NULL; // want `note: ksym "nf_ct_untagged" needs module "conntrack" of modern to be loaded`
}

extern const struct rq runqueues __ksym;

SEC("raw_tp/sched_switch")
int clean(void *ctx)
{
	return bpf_this_cpu_ptr(&runqueues) == NULL;
}
