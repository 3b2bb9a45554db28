// cflags: -O1 -mcpu=v4 -Wno-unused-function
#include "rule.h"
#include <../flow/guards.h>
