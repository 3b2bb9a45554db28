// A module of toy kernel modern: kfuncs, a struct_ops type and a per-CPU variable of its own.
#include "kernel.h"

struct nf_conn { u32 timeout; };
struct nf_conn_ops { int (*lookup)(struct nf_conn *ct); u32 flags; };
struct bpf_struct_ops_common_value { refcount_t refcnt; int state; };

KFUNC(struct nf_conn *, bpf_ct_lookup, u32 zone)
VOID_KFUNC(bpf_ct_release, struct nf_conn *ct)
FUNC(int, nf_ct_untagged, struct nf_conn *ct)
STRUCT_OPS(nf_conn_ops)
PER_CPU(struct nf_conn, nf_ct_template);
