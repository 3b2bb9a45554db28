/* SPDX-License-Identifier: Apache-2.0 */
/* What a toy kernel needs: a C file that declares the types, functions and
 * per-CPU variables which the BTF of a small kernel shall hold.
 *
 * clang puts a type into BTF if something refers to it: pass it through
 * KEEP(name, type). Functions are put there by their definition.
 */
#ifndef KERNEL_H
#define KERNEL_H

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef _Bool bool;
typedef struct { int counter; } atomic_t;
typedef struct { atomic_t refs; } refcount_t;

/* A function of the kernel; what it does is of no interest. Parameters that
 * are not used are not worth a warning.
 */
#pragma clang diagnostic ignored "-Wunused-parameter"
#define FUNC(ret, name, ...) ret name(__VA_ARGS__) { return (ret)0; }
#define VOID_FUNC(name, ...) void name(__VA_ARGS__) {}
/* A function that the kernel registers as a kfunc and tags as one. */
#define KFUNC(ret, name, ...) __attribute__((btf_decl_tag("bpf_kfunc"))) FUNC(ret, name, __VA_ARGS__)
#define VOID_KFUNC(name, ...) __attribute__((btf_decl_tag("bpf_kfunc"))) VOID_FUNC(name, __VA_ARGS__)

/* Where programs attach: tracepoints, LSM hooks, iterators. */
#define TRACEPOINT(name, ...) \
	typedef void (*btf_trace_##name)(void *, ##__VA_ARGS__); KEEP(tp_##name, btf_trace_##name)
#define LSM_HOOK(name, ...) FUNC(int, bpf_lsm_##name, __VA_ARGS__)
#define ITER(name, ...) FUNC(int, bpf_iter_##name, __VA_ARGS__)

/* A per-CPU variable, in the section that vmlinux BTF lists. */
#define PER_CPU(type, name) __attribute__((section(".data..percpu"))) type name = {}

/* The value type of a struct_ops map, in the form since 6.9. */
#define STRUCT_OPS(type) \
	struct bpf_struct_ops_##type { \
		struct bpf_struct_ops_common_value common; \
		struct type data __attribute__((aligned(64))); \
	}; \
	KEEP(value_##type, struct bpf_struct_ops_##type)

#define KEEP(name, ...) void keep_##name(__VA_ARGS__ *keep) {}

/* The enums that tell what a kernel knows. */
#define ENUMS() \
	struct enums { enum bpf_prog_type p; enum bpf_map_type m; enum bpf_attach_type a; enum bpf_func_id h; }; \
	KEEP(enums, struct enums)
#define P(name, value) BPF_PROG_TYPE_##name = value
#define M(name, value) BPF_MAP_TYPE_##name = value
#define H(name, value) BPF_FUNC_##name = value
/* A program type that is compiled in: its two members of bpf_ctx_convert. */
#define CTX(type, ctx, kern) ctx BPF_PROG_TYPE_##type##_prog; kern BPF_PROG_TYPE_##type##_kern

/* Types that are the same in every toy kernel. */
struct __sk_buff { u32 len; };
struct xdp_md { u32 data; };
struct pt_regs { unsigned long ip; };
struct sk_buff { unsigned int len; void *head; };
struct sock { int sk_state; };
struct cgroup { int level; };
struct rq { unsigned int nr_running; u64 clock; };

#endif
