// A kernel whose types differ from what CO-RE tests declare: members renamed, moved, retyped, resized; types of one name.
#include "kernel.h"

struct point { int x, y; };
struct behind { int deep; };
struct record {
	unsigned int __state;
	struct { int cpu; } info;
	struct behind *ptr;
	char tag[4];
	struct point *place;
	unsigned short count;
	int code;
	unsigned long total;
	unsigned int sign;
	char letter;
	unsigned int late : 5;
	unsigned long page;
};
struct flags { unsigned int low : 3, mode : 5; unsigned int plain, narrow : 4; };
KEEP(flags, struct flags)
KEEP(record, struct record)
KEEP(behind, struct behind)

struct far { char pad[40000]; unsigned int away; };
KEEP(far, struct far)
struct __attribute__((packed)) packed { unsigned char a; unsigned long wide : 60; };
KEEP(packed, struct packed)
struct nest { struct { struct { struct { int leaf; } c; } b; } a; };
KEEP(nest, struct nest)

enum speed { SPEED_SLOW = 1, SPEED_FAST = 2 };
enum other { ELSEWHERE = 7 };
struct enums { enum speed s; enum other o; };
KEEP(enums, struct enums)

union changed { int a; };
KEEP(changed, union changed)
struct pointee { int a; };
typedef struct pointee *handle_t;
KEEP(handle, handle_t)

struct twin { int one, common; };
struct twin___b { long pad; int common, two; };
KEEP(twins, struct { struct twin a; struct twin___b b; })
struct ring { int size; };
KEEP(ring, struct ring)

typedef int (*f0)(int);
#define DOUBLE(to, from) typedef int (*to)(from, from);
DOUBLE(f1, f0) DOUBLE(f2, f1) DOUBLE(f3, f2) DOUBLE(f4, f3) DOUBLE(f5, f4) DOUBLE(f6, f5) DOUBLE(f7, f6) DOUBLE(f8, f7)
DOUBLE(f9, f8) DOUBLE(f10, f9) DOUBLE(f11, f10) DOUBLE(f12, f11) DOUBLE(f13, f12) DOUBLE(f14, f13) DOUBLE(f15, f14)
DOUBLE(f16, f15) DOUBLE(f17, f16) DOUBLE(f18, f17) DOUBLE(f19, f18) DOUBLE(f20, f19) DOUBLE(f21, f20) DOUBLE(f22, f21)
KEEP(endless, f22)
FUNC(int, do_unlinkat, int dfd, struct record *name)
struct measured { unsigned long total; };
KEEP(measured, struct measured)
