// loaders: libbpf lskel
#include "rule.h"

#define PROGRAM(n) SEC("?tc") int program_##n(void *ctx) { return 0; }
#define EIGHT(n) PROGRAM(n##0) PROGRAM(n##1) PROGRAM(n##2) PROGRAM(n##3) PROGRAM(n##4) PROGRAM(n##5) PROGRAM(n##6) PROGRAM(n##7)

// example
// want[lskel] object: `error: 33 programs and functions in one light skeleton, which has room for 32`
EIGHT(0)
EIGHT(1)
EIGHT(2)
EIGHT(3)
SEC("tc") int clean(void *ctx) { return 0; }
// end example
