// targets: bpfel bpfeb
/* Compatible changes: other offsets, widths, values, nesting, flavors. */
#include "kernel.h"

struct point { long before; int y; union { int x; long also; }; };
struct nest {
	struct { struct { int deep; }; long deeper; };
	union { struct { long pad; int a; }; };
	const struct point *ptr;
	volatile struct point p;
	int in_anon;
};
struct flavored { int zero, new; };
struct flavored___old { long pad; int old, new___not; };
struct split___one { int pad, one; };
struct split { int pad, two; struct { int both; }; };
struct twin { int only_first, common; };
struct twin___2 { long pad[2]; int common, only_second; };
typedef int my_int;
struct arrays { long pad; my_int plain[5]; char grid[4][5]; struct point points[3]; void *by_ptr; int flex[]; };
enum mood { OK = 1, GOOD = 2, BAD = 3 };
typedef enum mood mood_t;
struct prims { int pad; signed char c; unsigned int i; mood_t e; char *p; void *f; double d; int cv; bool b; };
struct widths { unsigned int u8; unsigned char u16; unsigned long u32; unsigned int u64; long s32; struct { unsigned char b[3]; } odd; long ptr; };
struct bits { int plain : 9; unsigned int pad : 6, low : 11; long sig; unsigned int mid : 20; unsigned short byte : 9; unsigned int wide; };
struct whole { long extra; struct point *p; int a; };
union either { long b; int a; char c; };
typedef struct { long n, m; } anon_td;
typedef long int_td;
typedef long (*fn_td)(struct point *, int);
typedef const void *void_td;
typedef double float_td;
typedef long array_td[9];
enum colour { GREEN = 20, RED = 10, BLUE = 30 };
enum big { SMALL = 0x100000000ULL, HUGE = 5 };
enum negative { ZERO = 0, MINUS = -30000 };
enum unsig { BOTTOM, TOP = 0x80000001u };
struct far { int near; char gap[40000]; int end; };

KEEP(structs, struct { struct nest n; struct flavored f; struct flavored___old fo; struct split___one so; struct split s;
	struct twin t; struct twin___2 t2; struct prims p; struct widths w; struct bits b; struct whole wh; union either e;
	struct far fa; struct arrays a; })
KEEP(types, struct { anon_td a; int_td i; fn_td f; void_td v; float_td fl; array_td ar; enum colour c; enum big b;
	enum negative n; enum unsig u; })
