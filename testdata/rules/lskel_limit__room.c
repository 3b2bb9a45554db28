// loaders: lskel
#include "rule.h"

SEC("tc") int clean(void *ctx) { return 0; }
