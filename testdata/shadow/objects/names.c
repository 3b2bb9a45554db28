/* struct_ops maps whose names, or those of their members, are hard to keep apart. */
#include "rule.h"

struct keyword_ops {
	int (*class)(void);
	int class_;
	int this_;
	int this;
	int this__;
	int constexpr;
	int nullptr;
};

SEC(".struct_ops.link")
struct keyword_ops keywords = { .this = 1 };

/* Tests give these maps other names of the same length. */
struct same_ops {
	int (*run)(void);
	__u32 value;
};

SEC(".struct_ops.link")
struct same_ops map_aa = { .value = 1 };

SEC(".struct_ops.link")
struct same_ops map_bb = { .value = 2 };

/* Types of maps "b" and "a__b" have names that end alike. */
SEC(".struct_ops.link")
struct same_ops b = { .value = 3 };

SEC(".struct_ops.link")
struct same_ops a__b = { .value = 4 };
