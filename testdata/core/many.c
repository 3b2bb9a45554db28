/* Several candidates that agree, disagree or fit in part. */
#include "kernel.h"

struct point { int x, y; };
struct point___same { int x, y; };
struct nest { int a; struct point p; };
struct nest___late { long pad; int a; struct point p; };
struct flavored { int old; };
struct flavored___2 { int pad, new; };
struct flavored___3 { int old, new; };
struct split { int one, both; };
struct split___2 { int pad, two, both; };
struct twin { int common, only_first; };
struct twin___2 { int pad, common, only_second; };
struct arrays { int plain[4]; };
struct arrays___more { int plain[8]; char grid[2][3]; };
struct whole { int a; };
struct whole___2 { int a, b; };
union either { int a; };
struct either___s { int a; };
enum colour { RED = 1, GREEN = 2 };
enum colour___2 { GREEN___2 = 2, BLUE = 4 };
enum colour___3 { RED___3 = 9 };
struct far { int near; };
struct far___2 { int end; };

KEEP(structs, struct { struct point___same ps; struct nest n; struct nest___late nl; struct flavored f; struct flavored___2 f2;
	struct flavored___3 f3; struct split s; struct split___2 s2; struct twin t; struct twin___2 t2; struct arrays a;
	struct arrays___more am; struct whole w; struct whole___2 w2; union either e; struct either___s es; struct far fa; struct far___2 fa2; })
KEEP(enums, struct { enum colour c; enum colour___2 c2; enum colour___3 c3; })
