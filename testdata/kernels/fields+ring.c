// A module with a private struct that vmlinux has another of, and one that vmlinux has not.
#include "kernel.h"

struct ring { int size, of_the_module; };
KEEP(ring, struct ring)
struct module_only { int a; };
KEEP(module_only, struct module_only)
