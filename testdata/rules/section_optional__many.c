// loaders: cilium
#include "rule.h"

#define OPTIONAL(name, body) SEC("?xdp") int name(void *ctx) { body; }

OPTIONAL(first, return 2) // want `warning: 5 optional programs are loaded by cilium all the same`
OPTIONAL(second, return 2)
OPTIONAL(third, return 2)
OPTIONAL(fourth, return 2)
OPTIONAL(fifth, return 2)
