// targets: bpfel bpfeb
/* The programs whose CO-RE records are relocated against the targets beside
 * this file. A program is named after what it asks; outcomes.txt has the
 * answers.
 */
#include "rule.h"

#define PROG(name) SEC("raw_tp/" #name) int name(void *ctx)
#define READ(type, field) PROG(type##_##field) { struct type *s = ctx; return s->field; }
#define INFO(field, what) __builtin_preserve_field_info(field, what)
enum { OFFSET, SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT };
#define ALL(field) (INFO(field, OFFSET) + INFO(field, SIZE) + INFO(field, EXISTS) + INFO(field, SIGNED) + \
		    INFO(field, LSHIFT) + INFO(field, RSHIFT))
#define TYPE(t) (__builtin_preserve_type_info(*(t *)0, 0) + __builtin_preserve_type_info(*(t *)0, 1) + \
		 __builtin_preserve_type_info(*(t *)0, 2) + __builtin_btf_type_id(*(t *)0, 1))

/* Members that move, nest, lose their name, come twice. */
struct point { int x, y; } __core;
struct nest {
	int a;
	struct { int in_anon; union { int deep; long deeper; }; };
	struct point p;
	struct point *ptr;
} __core;
READ(nest, a)
PROG(nest_members) { struct nest *s = ctx; return s->in_anon + s->deep + s->deeper + s->p.y; }
PROG(nest_pointer) { struct nest *s = ctx; return s->ptr->x; }
PROG(nest_exists) { struct nest *s = ctx; return INFO(s->p.x, EXISTS) + INFO(s->deep, EXISTS) + INFO(s->a, EXISTS); }
PROG(nest_index) { struct nest *s = ctx; return s[2].a; }

/* The flavor is the program's own affair; its fields need not be all. */
struct flavored___v2 { int old, new; } __core;
PROG(flavor_fields) { struct flavored___v2 *s = ctx; return s->old + s->new; }
struct split___a { int one; } __core;
struct split___b { int two, both; } __core;
PROG(flavor_split) { struct split___a *a = ctx; struct split___b *b = ctx; return a->one + b->two + b->both; }

/* Candidates that differ: each alone, one after the other, in a subprogram. */
struct twin { int common, only_first, only_second; } __core;
READ(twin, common)
READ(twin, only_first)
READ(twin, only_second)
PROG(twin_narrowed) { struct twin *s = ctx; return s->only_second + s->common; }
PROG(twin_both) { struct twin *s = ctx; return INFO(s->only_first, EXISTS) + s->only_second + s->common; }
static __noinline int twin_sub(struct twin *s) { return INFO(s->common, OFFSET) + INFO(s->only_second, EXISTS); }
PROG(twin_calls_first) { struct twin *s = ctx; return INFO(s->only_first, OFFSET) + INFO(s->only_first, EXISTS) + twin_sub(s); }
PROG(twin_calls_second) { struct twin *s = ctx; return INFO(s->only_second, OFFSET) + INFO(s->only_second, EXISTS) + twin_sub(s); }

/* Arrays: element types, bounds, flexible ones, several dimensions. */
struct arrays {
	int plain[4];
	char grid[2][3];
	struct point points[2];
	struct point (*by_ptr)[2];
	int flex[];
} __core;
PROG(arrays_elements) { struct arrays *s = ctx; return s->plain[3] + s->grid[1][2] + s->points[1].y; }
PROG(arrays_flex) { struct arrays *s = ctx; return s->flex[5]; }
PROG(arrays_info) { struct arrays *s = ctx; return INFO(s->plain, SIZE) + INFO(s->plain[1], SIZE) + INFO(s->grid[1], SIZE) + INFO(s->points[1], EXISTS); }
PROG(arrays_signed) { struct arrays *s = ctx; return INFO(s->plain[1], SIGNED); }

/* One member of each sort; every read is its own program. */
enum mood { GOOD, BAD = 7 };
struct prims { char c; int i; enum mood e; void *p; int (*f)(int); double d; const volatile int cv; bool b; } __core;
READ(prims, c)
READ(prims, i)
READ(prims, e)
READ(prims, b)
READ(prims, cv)
PROG(prims_p) { struct prims *s = ctx; return s->p != 0; }
PROG(prims_f) { struct prims *s = ctx; return s->f != 0; }
PROG(prims_d) { struct prims *s = ctx; return INFO(s->d, OFFSET) + INFO(s->d, SIZE); }
PROG(prims_signed) { struct prims *s = ctx; return INFO(s->c, SIGNED) + INFO(s->i, SIGNED) + INFO(s->e, SIGNED) + INFO(s->b, SIGNED); }

/* Widths of loads and stores. */
struct widths { unsigned char u8; unsigned short u16; unsigned int u32; unsigned long u64; int s32; unsigned int odd; void *ptr; } __core;
READ(widths, u8)
READ(widths, u16)
READ(widths, u32)
READ(widths, u64)
READ(widths, s32)
READ(widths, odd)
PROG(widths_store) { struct widths *s = ctx; s->u32 = 1; s->u16 = (long)ctx; return 0; }
PROG(widths_size) { struct widths *s = ctx; return INFO(s->u32, SIZE) + INFO(s->s32, SIZE); }
PROG(widths_ptr) { struct widths *s = ctx; return s->ptr != 0; }

/* Bitfields. */
struct bits { unsigned int low : 3, mid : 7; int sig : 5; unsigned char byte : 4; unsigned long wide : 33; int plain; } __core;
PROG(bits_low) { struct bits *s = ctx; return ALL(s->low); }
PROG(bits_mid) { struct bits *s = ctx; return ALL(s->mid); }
PROG(bits_sig) { struct bits *s = ctx; return ALL(s->sig); }
PROG(bits_byte) { struct bits *s = ctx; return ALL(s->byte); }
PROG(bits_wide) { struct bits *s = ctx; return ALL(s->wide); }
PROG(bits_plain) { struct bits *s = ctx; return ALL(s->plain); }

/* Types and ids. */
struct whole { int a; struct point *p; };
union either { int a; long b; };
typedef struct { int n; } anon_td;
typedef int int_td;
typedef int (*fn_td)(struct point *, long);
typedef void *void_td;
typedef float float_td;
typedef int array_td[4];
enum colour { RED = 1, GREEN = 2, BLUE___v1 = 3 };
struct absent { int a; };
PROG(type_struct) { return TYPE(struct whole); }
PROG(type_union) { return TYPE(union either); }
PROG(type_anon) { return TYPE(anon_td); }
PROG(type_int) { return TYPE(int_td); }
PROG(type_func) { return TYPE(fn_td); }
PROG(type_void) { return TYPE(void_td); }
PROG(type_float) { return TYPE(float_td); }
PROG(type_array) { return TYPE(array_td); }
PROG(type_enum) { return TYPE(enum colour); }
PROG(type_absent) { return TYPE(struct absent); }
PROG(type_local_id) { return __builtin_btf_type_id(*(struct whole *)0, 0); }
READ(whole, a)

/* Enumerators. */
#define VALUE(e, v) (bpf_core_enum_value_exists(e, v) + bpf_core_enum_value(e, v))
enum big { SMALL = 1, HUGE = 0x1234567890ULL };
enum negative { MINUS = -3, ZERO = 0 };
enum unsig { TOP = 0xf0000000u };
PROG(enum_values) { return VALUE(enum colour, RED) + VALUE(enum colour, GREEN); }
PROG(enum_flavor) { return VALUE(enum colour, BLUE___v1); }
PROG(enum_big) { return VALUE(enum big, SMALL) + (VALUE(enum big, HUGE) >> 1); }
PROG(enum_negative) { return VALUE(enum negative, MINUS); }
PROG(enum_unsigned) { return VALUE(enum unsig, TOP) >> 3; }

/* Beyond what an instruction holds. */
struct far { int near; char gap[40]; int end; } __core;
READ(far, end)
PROG(far_info) { struct far *s = ctx; return INFO(s->end, OFFSET); }
