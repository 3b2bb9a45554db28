#include "rule.h"

struct xdp_md { __u32 data; };

// example
int forgotten(struct xdp_md *ctx)
{
	return 2; // want `warning: function "forgotten" takes struct xdp_md, and is never loaded: nobody calls it`
}
// end example

__noinline int called(struct xdp_md *ctx)
{
	return ctx->data;
}

__hidden int hidden(struct xdp_md *ctx)
{
	return 1;
}

int no_program(struct xdp_md *ctx, int x)
{
	return x;
}

SEC("xdp")
int clean(struct xdp_md *ctx)
{
	return called(ctx);
}
