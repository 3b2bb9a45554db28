/* A struct_ops map whose values the gate judges as they are set. On toy kernel
 * "ops" the members "gone" and "gone_hook" do not exist.
 */
#include "rule.h"

struct hook_limits { __u32 soft; __u32 hard; };

struct hook_ops {
	int (*run)(int cpu);
	int (*stop)(void);
	int (*gone_hook)(void);
	__u32 count;
	__u32 gone;
	struct hook_limits limits;
	void *data;
};

SEC("struct_ops")
int run(void *ctx)
{
	return 0;
}

SEC("struct_ops")
int stop(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct hook_ops hooks = {
	.run = (void *)run,
	.stop = (void *)stop,
	.gone = 1,
};
