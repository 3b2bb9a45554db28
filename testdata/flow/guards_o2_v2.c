// cflags: -O2 -mcpu=v2 -Wno-unused-function
#include "rule.h"
#include <../flow/guards.h>
