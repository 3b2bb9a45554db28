// targets: bpfel bpfeb
/* The types of local.c as they are. */
#include "kernel.h"

struct point { int x, y; };
struct nest { int a; struct { int in_anon; union { int deep; long deeper; }; }; struct point p; struct point *ptr; };
struct flavored { int old, new; };
struct split { int one, two, both; };
struct twin { int common, only_first, only_second; };
struct arrays { int plain[4]; char grid[2][3]; struct point points[2]; struct point (*by_ptr)[2]; int flex[]; };
enum mood { GOOD, BAD = 7 };
struct prims { char c; int i; enum mood e; void *p; int (*f)(int); double d; const volatile int cv; bool b; };
struct widths { unsigned char u8; unsigned short u16; unsigned int u32; unsigned long u64; int s32; unsigned int odd; void *ptr; };
struct bits { unsigned int low : 3, mid : 7; int sig : 5; unsigned char byte : 4; unsigned long wide : 33; int plain; };
struct whole { int a; struct point *p; };
union either { int a; long b; };
typedef struct { int n; } anon_td;
typedef int int_td;
typedef int (*fn_td)(struct point *, long);
typedef void *void_td;
typedef float float_td;
typedef int array_td[4];
enum colour { RED = 1, GREEN = 2, BLUE = 3 };
enum big { SMALL = 1, HUGE = 0x1234567890ULL };
enum negative { MINUS = -3, ZERO = 0 };
enum unsig { TOP = 0xf0000000u };
struct far { int near; char gap[40]; int end; };

KEEP(structs, struct { struct nest n; struct flavored f; struct split s; struct twin t; struct prims p; struct widths w;
	struct bits b; struct whole wh; union either e; struct far fa; struct arrays a; })
KEEP(types, struct { anon_td a; int_td i; fn_td f; void_td v; float_td fl; array_td ar; enum colour c; enum big b;
	enum negative n; enum unsig u; })
