// A kernel for arm64.
#define pt_regs unused_pt_regs
#include "kernel.h"
#undef pt_regs

struct user_pt_regs { u64 regs[31]; u64 sp, pc, pstate; };
struct pt_regs {
	union { struct user_pt_regs user_regs; struct { u64 regs[31]; u64 sp, pc, pstate; }; };
	u64 orig_x0; s32 syscallno;
};
KEEP(regs, struct pt_regs)
FUNC(int, do_unlinkat, int dfd, void *name)
