/* struct_ops maps with every sort of member that a shadow type has to mirror. */
#include "rule.h"

typedef _Bool flag_t;
typedef const volatile __u16 port_t;
typedef int (*hook_t)(int cpu);
typedef enum { COLOR_RED, COLOR_GREEN = 7 } color_t;
typedef enum { DEPTH_LOW = -3, DEPTH_HIGH = 2147483647 } depth_t;
enum mode { MODE_OFF, MODE_ON };
enum tiny { TINY_A, TINY_B } __attribute__((packed));
enum wide { WIDE_A, WIDE_B = 0x100000000ULL };
union either { __u32 word; __u8 bytes[4]; };
struct inner { __u32 a; __u64 b; };

/* Numbers of all sizes, behind modifiers and typedefs, with gaps. */
struct number_ops {
	flag_t on;
	port_t port;
	signed char tiny;
	unsigned char byte;
	short s;
	int i;
	long l;
	long long ll;
	unsigned long ul;
	const volatile __u64 cv;
	char letter;
	double real;
	float small;
	char last;
};

SEC("struct_ops/hook")
int number_hook(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct number_ops numbers = { .port = 13, .cv = 1 };

/* Members that shadow types do not show. */
struct opaque_ops {
	hook_t hook;
	void *data;
	char name[16];
	struct inner inner;
	union either either;
	struct { int x; } anonymous;
	struct { int y; };
	int table[3];
	hook_t hooks[2];
	hook_t *indirect;
	char flexible[0];
	__u32 behind;
	__u8 odd[3];
};

SEC(".struct_ops.link")
struct opaque_ops opaque = { .hook = (void *)number_hook, .name = "opaque" };

/* Enums: by name, anonymous, of other sizes, twice. */
struct enum_ops {
	hook_t hook;
	enum mode mode;
	color_t color;
	depth_t depth;
	enum tiny tiny;
	enum { SMALL_A, SMALL_B } __attribute__((packed)) small;
	enum wide wide;
	enum { HUGE_A = -1, HUGE_B = 0x100000000LL } huge;
	color_t again;
};

SEC(".struct_ops.link")
struct enum_ops enums = { .mode = MODE_ON };

struct enum_again_ops {
	color_t color;
	int plain;
};

SEC(".struct_ops.link")
struct enum_again_ops enums_again = { .plain = 1 };

/* Bitfields, alone and between others. */
struct bit_ops {
	hook_t hook;
	__u32 low : 3;
	__u32 high : 7;
	__u32 whole;
	__u8 flag : 1;
	__u16 after;
	__u64 far : 40;
};

SEC(".struct_ops.link")
struct bit_ops bits = { .whole = 1 };

/* Members where no compiler would put them by itself. */
struct packed_ops {
	char c;
	__u32 word;
	hook_t hook;
	__u8 end;
} __attribute__((packed));

SEC(".struct_ops.link")
struct packed_ops packed = { .word = 1 };

struct aligned_ops {
	hook_t hook;
	__u32 word;
} __attribute__((aligned(64)));

SEC(".struct_ops.link")
struct aligned_ops aligned = { .word = 1 };

/* Names: keywords of C++, Go and Rust, and those that generators make up. */
struct name_ops {
	int (*new)(void);
	int class;
	int type;
	int range;
	int self;
	int a_b;
	int aB;
	int spec;
	int __padding_9;
	char gap;
	int behind_gap;
	int __unsupported_12;
	char bytes[4];
	int _;
};

SEC(".struct_ops.link")
struct name_ops names = { .type = 1 };

/* A flavor, and a struct without anything to show. */
struct number_ops___v2 {
	__u32 port;
};

SEC(".struct_ops.link")
struct number_ops___v2 flavored = { .port = 13 };

struct bare_ops {
	struct inner inner;
};

SEC(".struct_ops.link")
struct bare_ops bare = {};
