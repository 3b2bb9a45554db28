#include "rule.h"

// example
SEC("tc")
int handle_tcp_connect_v4(void *ctx)
{
	return 0;
}

SEC("tc")
int handle_tcp_connect_v6(void *ctx)
{
	return 0; // want `note: programs "handle_tcp_connect_v4" and "handle_tcp_connect_v6" are both "handle_tcp_conn" in the kernel`
}
// end example

SEC("tc")
int v4_handle_tcp_connect(void *ctx)
{
	return 0;
}
