// Sections that came with a version of a loader, or went with one.
#include "rule.h"

#define SECTION(name, section) SEC(section) int name(void *ctx) { return 0; }

SECTION(always, "kprobe/do_unlinkat")
SECTION(sleepable_ops, "struct_ops.s")
SECTION(uprobe_multi, "uprobe.multi/x")
SECTION(netkit, "netkit/peer")
SECTION(sk_skb, "sk_skb/verdict")
SECTION(kprobe_session, "kprobe.session/x")
SECTION(uprobe_session, "uprobe.session/x")
SECTION(fsession, "fsession/do_unlinkat")
SECTION(tp_sleepable, "tp.s/syscalls/sys_enter_getpid")
SECTION(as_seccomp, "seccomp")
SECTION(xdp_devmap, "xdp_devmap/x")
SECTION(iter, "iter/task")
SECTION(dissector, "flow_dissector")
SEC("fentry/vmlinux:do_unlinkat") int module_target(void *ctx) { return 0; }
