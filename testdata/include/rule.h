/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule test needs of BPF C: types, sections, map attributes, a few
 * helpers. Not vmlinux.h and not libbpf's headers, on purpose: the objects stay
 * small and the project stays free of foreign code.
 */
#ifndef RULE_H
#define RULE_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

#define SEC(name) __attribute__((section(name), used))
#define __ksym __attribute__((section(".ksyms")))
#define __kconfig __attribute__((section(".kconfig")))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __noinline __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))
#define __tag(text) __attribute__((btf_decl_tag(text)))
#define __arg(text) __attribute__((btf_decl_tag("arg:" text)))
/* On a struct: every access to it becomes a CO-RE relocation. */
#define __core __attribute__((preserve_access_index))

/* Attributes of a map in .maps. */
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]

enum {
	MAP_HASH = 1, MAP_ARRAY = 2, MAP_PROG_ARRAY = 3, MAP_PERF_EVENT_ARRAY = 4, MAP_PERCPU_HASH = 5,
	MAP_PERCPU_ARRAY = 6, MAP_STACK_TRACE = 7, MAP_LRU_HASH = 9, MAP_LPM_TRIE = 11, MAP_ARRAY_OF_MAPS = 12,
	MAP_HASH_OF_MAPS = 13, MAP_SK_STORAGE = 24, MAP_STRUCT_OPS = 26, MAP_RINGBUF = 27, MAP_TASK_STORAGE = 29,
	MAP_BLOOM_FILTER = 30, MAP_USER_RINGBUF = 31, MAP_CGRP_STORAGE = 32, MAP_ARENA = 33,
};

/* Helpers, by the number that the kernel gives them (enum bpf_func_id). */
#define HELPER(id, ret, name, ...) static ret (* const name)(__VA_ARGS__) __attribute__((unused)) = (void *)id

HELPER(1, void *, bpf_map_lookup_elem, void *map, const void *key);
HELPER(2, long, bpf_map_update_elem, void *map, const void *key, const void *value, __u64 flags);
HELPER(3, long, bpf_map_delete_elem, void *map, const void *key);
HELPER(5, __u64, bpf_ktime_get_ns, void);
HELPER(6, long, bpf_trace_printk, const char *fmt, __u32 fmt_size, ...);
HELPER(8, __u32, bpf_get_smp_processor_id, void);
HELPER(12, long, bpf_tail_call, void *ctx, void *prog_array_map, __u32 index);
HELPER(14, __u64, bpf_get_current_pid_tgid, void);
HELPER(35, __u64, bpf_get_current_task, void);
HELPER(112, long, bpf_probe_read_user, void *dst, __u32 size, const void *unsafe_ptr);
HELPER(113, long, bpf_probe_read_kernel, void *dst, __u32 size, const void *unsafe_ptr);
HELPER(131, void *, bpf_ringbuf_reserve, void *ringbuf, __u64 size, __u64 flags);
HELPER(132, void, bpf_ringbuf_submit, void *data, __u64 flags);
HELPER(153, void *, bpf_per_cpu_ptr, const void *percpu_ptr, __u32 cpu);
HELPER(154, void *, bpf_this_cpu_ptr, const void *percpu_ptr);
HELPER(158, void *, bpf_get_current_task_btf, void);
HELPER(164, long, bpf_for_each_map_elem, void *map, void *callback_fn, void *callback_ctx, __u64 flags);
HELPER(173, __u64, bpf_get_func_ip, void *ctx);
HELPER(181, long, bpf_loop, __u32 nr_loops, void *callback_fn, void *callback_ctx, __u64 flags);
HELPER(210, void *, bpf_cgrp_storage_get, void *map, void *cgroup, void *value, __u64 flags);

/* A weak symbol that the kernel lacks has the address 0. */
#define bpf_ksym_exists(sym) (!!(sym))

/* Questions to the target kernel's BTF, answered by CO-RE relocations. */
#define bpf_core_field_exists(field) __builtin_preserve_field_info(field, 2)
#define bpf_core_field_size(field) __builtin_preserve_field_info(field, 1)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define bpf_core_type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define bpf_core_enum_value_exists(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define bpf_core_enum_value(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)

/* One CO-RE field read of kernel memory. */
#define BPF_CORE_READ(src, field) ({                                                        \
	typeof((src)->field) __value;                                                       \
	bpf_probe_read_kernel(&__value, sizeof(__value),                                    \
			      (const void *)__builtin_preserve_access_index(&(src)->field)); \
	__value;                                                                            \
})

char LICENSE[] SEC("license") = "GPL";

#endif
