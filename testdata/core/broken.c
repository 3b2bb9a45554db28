// targets: bpfel bpfeb
/* Incompatible changes: other kinds, missing members, smaller arrays. */
#include "kernel.h"

union point { int x, y; };
struct nest { struct { long a; }; int deep[2]; int p; struct nest *ptr; union { char *deeper; }; };
union flavored { int old, new; };
struct split;
typedef struct { int common, only_first, only_second; } twin;
struct arrays { int plain[3]; char grid[6]; union point *points[2]; int flex[0]; long tail; };
enum other_mood { GOOD, BAD = 7 };
struct prims { int *c; char i[4]; enum other_mood e; long p; struct { int x; } f; float d[2]; union point *cv; union { int i; } b; };
struct widths { int u8; unsigned short u16[2]; int u32; unsigned long *u64; unsigned int s32; unsigned __int128 odd; void *ptr[2]; };
struct bits { unsigned char low[2]; unsigned int mid; struct { int x; } sig; unsigned long wide : 40; unsigned long pad : 20, byte : 8; };
union whole { int a; };
struct either { int a; long b; };
typedef union { int n; } anon_td;
typedef struct nest int_td;
typedef int (*fn_td)(struct nest *, long, int);
typedef struct nest *void_td;
typedef int float_td;
typedef int *array_td[4];
struct colour { int RED; };
enum big { SMALLER = 1 };
enum negative { ZERO = 0 };
typedef enum { TOP = 1 } unsig;
struct far { int near; char end[4]; };

KEEP(structs, struct { struct nest n; union flavored f; struct split *s; twin t; struct prims p; struct widths w;
	struct bits b; union whole wh; struct either e; struct far fa; struct arrays a; })
KEEP(types, struct { anon_td a; int_td i; fn_td f; void_td v; float_td fl; array_td ar; struct colour c; enum big b;
	enum negative n; unsig u; })
