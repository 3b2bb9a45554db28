// cflags: -O2 -mcpu=v3 -Wno-unused-function
#include "rule.h"
#include <../flow/guards.h>
