package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// TestHints checks that hints name what was meant, and speak of the loader at hand.
func TestHints(t *testing.T) {
	t.Parallel()
	const question = `did you mean "`
	tests := []struct {
		name, rule, file, kernel string
		loader                   *plan.Loader
		message                  string // of the finding starts so
		hint                     string // starts so
	}{
		{"swapped letters", "section-unknown", "section_unknown", "modern", plan.Libbpf, `section "xpd"`, question + `xdp"?`},
		{"upper case", "section-unknown", "section_unknown", "modern", plan.Cilium, `program "upper_case"`, question + `xdp"?`},
		{"one letter more", "section-unknown", "section_unknown", "modern", plan.Libbpf, `section "kprobes/do_unlinkat"`, question + `kprobe/do_unlinkat"?`},
		{"another loader's section", "section-unknown", "section_unknown", "modern", plan.Cilium, `program "sleeps"`, `the nearest section that the loader knows is "tp"`},
		{"no such section", "section-unknown", "section_unknown", "modern", plan.Libbpf, `section "dummy"`, "use a section"},
		{"function for libbpf", "attach-target-missing", "attach_target_missing", "recent", plan.Libbpf, `function "do_unlink_at"`, `switch it off there: bpf_program__set_autoload(skel->progs.function, false) or SEC("?fentry/do_unlink_at")`},
		{"kfunc behind a variable", "kfunc-missing", "kfunc_missing", "modern", plan.Libbpf, `kfunc "bpf_weak_gone" not found in modern; refused if called`, `variable "enabled" decides, give its value with --rodata enabled=VALUE; else call it only if bpf_ksym_exists`},
		{"unguarded kfunc", "kfunc-missing", "kfunc_missing", "modern", plan.Libbpf, `kfunc "bpf_weak_gone" not found in modern`, "call it only if bpf_ksym_exists"},
		{"helper behind a variable", "helper-unknown", "helper_unknown", "ancient", plan.Libbpf, `helper "bpf_get_func_ip" not found in ancient; refused`, `variable "enabled" decides, give its value with --rodata enabled=VALUE; else guard the call`},
		{"callback for libbpf", "struct-ops-member-missing", "struct_ops_member_missing", "ops", plan.Libbpf, `member "pause"`, "skel->struct_ops.hooks->pause = NULL before the load"},
		{"callback for cilium", "struct-ops-member-missing", "struct_ops_member_missing", "ops", plan.Cilium, `member "pause"`, `delete(spec.Programs, "pause") before the load`},
		{"member for libbpf 1.3", "struct-ops-member-missing", "struct_ops_member_missing", "ops", plan.LoaderByName("libbpf@1.3"), `member "resume"`, `declare struct "hook_ops" without it`},
		{"unreferenced program for libbpf", "struct-ops-program-unreferenced", "struct_ops_program_unreferenced", "ops", plan.Libbpf, `struct_ops program "forgotten"`, "set a member of a struct_ops variable to it, or leave it out: bpf_program__set_autoload(skel->progs.forgotten, false)"},
		{"unreferenced program for cilium", "struct-ops-program-unreferenced", "struct_ops_program_unreferenced", "ops", plan.Cilium, `struct_ops program "forgotten"`, `set a member of a struct_ops variable to it, or leave it out: delete(spec.Programs, "forgotten")`},
		{"struct_ops section for libbpf 1.1", "struct-ops-section", "struct_ops_callback_unsupported__lost", "ops", plan.LoaderByName("libbpf@1.1"), `section ".struct_ops.link" is dropped`, `use SEC(".struct_ops")`},
		{"struct_ops section for aya", "struct-ops-section", "struct_ops_callback_unsupported__lost", "ops", plan.Aya, `section ".struct_ops.link" is dropped`, "load it with libbpf or cilium/ebpf"},
		{"link for libbpf", "struct-ops-map-unsupported", "struct_ops_map_unsupported", "ops_old", plan.Libbpf, `struct_ops map`, `BPF_F_LINK came with 6.4; SEC(".struct_ops") works without`},
		{"link for cilium", "struct-ops-map-unsupported", "struct_ops_map_unsupported", "ops_old", plan.Cilium, `struct_ops map`, "BPF_F_LINK came with 6.4; struct_ops maps without it are unknown to cilium"},
		{"other half of bpf2go", "endianness", "endianness_bpfeb", "modern", plan.Libbpf, "object is big endian", "check endianness_bpfel.o, which bpf2go makes beside it"},
		{"misspelt member", "struct-ops-member-missing", "struct_ops_member_missing", "ops", plan.Libbpf, `member "contt"`, question + `count"? if not, skel->struct_ops.misspelt->contt = 0`},
		{"atomic operation", "instruction-unsupported", "instruction_unsupported", "insns_v3", plan.Libbpf, `instruction "r0 = atomic_fetch_or`, "only additions whose result is not used are older: __atomic_fetch_add(p, v, __ATOMIC_RELAXED)"}, // clang 20 takes __sync_fetch_and_add for one with a result
		{"typed ksym", "elf-unsupported", "elf_unsupported", "modern", plan.Cilium, `ksym "runqueues"`, "declare it extern void runqueues __ksym, not const void either"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var hints []string
			for _, f := range findingsOf(t, tt.rule, tt.file, toyKernel(t, tt.kernel), tt.loader) {
				if strings.HasPrefix(f.Message, tt.message) && f.Severity != analyzer.Note {
					hints = append(hints, f.Hint)
				}
			}
			assert.True(t, slices.ContainsFunc(hints, func(h string) bool { return strings.HasPrefix(h, tt.hint) }), "%q in %q", tt.hint, hints)
		})
	}
}
