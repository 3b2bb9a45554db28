// loaders: libbpf cilium
// The first text of the section is the license that counts.
__attribute__((section("license"), used)) char first_text[] = "GPL-2.0";
#include "rule.h"

// example
SEC("lsm/file_open")
int hook(void *ctx)
{
	return 0; // want `error: license "GPL-2.0" of program "hook" is not compatible with the GPL, BPF_PROG_TYPE_LSM needs one that is`
}
// end example
// want[cilium] section license: `error: section "license" holds more than one text`

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
