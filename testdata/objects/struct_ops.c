/* The four forms of a struct_ops section, and two maps in one section. */
#include "rule.h"

struct inner {
	int (*nested)(void);
};

struct toy_ops {
	int (*init)(void);
	void (*exit)(int code);
	unsigned int flags;
	unsigned int width : 3;
	char name[8];
	struct inner inner;
	void *data;
};

SEC("struct_ops/init")
int init(void *ctx)
{
	return 0;
}

SEC("struct_ops/exit")
int exit_first(void *ctx)
{
	return 1;
}

SEC("?struct_ops/exit")
int exit_optional(void *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct toy_ops plain = {
	.init = (void *)init,
	.flags = 7,
	.name = "plain",
};

SEC(".struct_ops.link")
struct toy_ops first = {
	.init = (void *)init,
	.exit = (void *)exit_first,
	.width = 2,
};

SEC(".struct_ops.link")
struct toy_ops second = {
	.inner = { .nested = (void *)init },
};

SEC("?.struct_ops")
struct toy_ops optional = {
	.exit = (void *)exit_optional,
};

SEC("?.struct_ops.link")
struct toy_ops optional_link = {
	.exit = (void *)exit_optional,
	.data = (void *)1,
};
