// loaders: libbpf cilium
// The first text of the section is the license that counts.
__attribute__((section("license"), used)) char first_text[] = "GPL-2.0";
#include "rule.h"

// example
SEC("lsm/file_open")
int hook(void *ctx)
{
	return 0; // want `error: program "hook" has license "GPL-2.0", and LSM programs need one compatible with the GPL`
}
// end example
// want[cilium] section license: `error: section "license" holds more than one text`

SEC("xdp")
int clean(void *ctx)
{
	return 2;
}
