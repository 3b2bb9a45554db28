#include "rule.h"

// example
SEC("tc")
int handle_tcp_connect_v4(void *ctx)
{
	return 0; // want `note: 2 programs are called "handle_tcp_conn" in the kernel`
}

SEC("tc")
int handle_tcp_connect_v6(void *ctx)
{
	return 0;
}
// end example

SEC("tc")
int v4_handle_tcp_connect(void *ctx)
{
	return 0;
}
