// cflags: -O2 -mcpu=v4 -Wno-unused-function
#include "rule.h"
#include <../flow/guards.h>
