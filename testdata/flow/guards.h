/* Guarded code in every form that programs use: the question is asked of the
 * target kernel, of the configuration or of read-only data, and guarded() is
 * called only if the answer is yes. analyzer/flow/guards_test.go says for each
 * program whether the verifier gets to that call. Built with several
 * optimisation levels and instruction sets by the C files beside it.
 */
struct target {
	int there;
	int maybe;
	struct {
		int deep;
	} inner;
} __core;

struct optional {
	int x;
} __core;

enum features {
	FEATURE = 3,
};

extern void guarded(void) __ksym;
extern void always(void) __ksym;
extern int bpf_maybe(int) __weak __ksym;
extern const int some_ksym __weak __ksym;
extern void *input(void) __ksym;
extern int number(void) __ksym;
extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_FEATURE __kconfig __weak;
extern unsigned long CONFIG_HZ __kconfig __weak;

const volatile bool enabled = false;
const volatile int level = 0;
const volatile unsigned long long wide = 0;
const volatile struct {
	char pad[3];
	char on;
	short table[4];
} settings = {};
const volatile char command[16] = {};
int counter;

#define PROG(name) SEC("raw_tp") int name(unsigned long long *ctx)
#define FIELD bpf_core_field_exists(((struct target *)0)->maybe)
#define TYPE bpf_core_type_exists(struct optional)
#define ENUMERATOR bpf_core_enum_value_exists(enum features, FEATURE)
#define MATCHES __builtin_preserve_type_info(*(struct optional *)0, 2)
#define opaque(x) asm volatile("" : "+r"(x))

PROG(field_exists) { if (FIELD) guarded(); return 0; }
PROG(field_missing) { if (!FIELD) guarded(); return 0; }
PROG(nested_field_exists) { if (bpf_core_field_exists(((struct target *)0)->inner.deep)) guarded(); return 0; }
PROG(type_exists) { if (TYPE) guarded(); return 0; }
PROG(type_missing) { if (TYPE) return 0; guarded(); return 0; }
PROG(enumerator_exists) { if (ENUMERATOR) guarded(); return 0; }
PROG(type_matches) { if (MATCHES) guarded(); return 0; }
PROG(field_size) { if (bpf_core_field_size(((struct target *)0)->maybe) == 8) guarded(); return 0; }
PROG(type_size) { if (bpf_core_type_size(struct optional) > 4) guarded(); return 0; }
PROG(enumerator_value) { if (bpf_core_enum_value(enum features, FEATURE) == 3) guarded(); return 0; }
PROG(kfunc_exists) { if (bpf_ksym_exists(bpf_maybe)) guarded(); return 0; }
PROG(kfunc_missing) { if (!bpf_ksym_exists(bpf_maybe)) guarded(); return 0; }
PROG(kfunc_called) { if (bpf_ksym_exists(bpf_maybe)) { if (bpf_maybe(1)) guarded(); } return 0; }
PROG(ksym_exists) { if (&some_ksym) guarded(); return 0; }
PROG(kconfig_bool) { if (CONFIG_FEATURE) guarded(); return 0; }
PROG(kconfig_bool_off) { if (!CONFIG_FEATURE) guarded(); return 0; }
PROG(kconfig_number) { if (CONFIG_HZ == 1000) guarded(); return 0; }
PROG(kernel_version) { if (LINUX_KERNEL_VERSION >= 0x060000) guarded(); return 0; }
PROG(kernel_version_range) { if (LINUX_KERNEL_VERSION >= 0x060000 && LINUX_KERNEL_VERSION < 0x060200) guarded(); return 0; }
PROG(rodata_bool) { if (enabled) guarded(); return 0; }
PROG(rodata_int) { if (level > 0) guarded(); return 0; }
PROG(rodata_wide) { if (wide & 1) guarded(); return 0; }
PROG(rodata_member) { if (settings.on) guarded(); return 0; }
PROG(rodata_element) { if (settings.table[2] == 1) guarded(); return 0; }
PROG(data_bool) { if (counter) guarded(); return 0; }

PROG(both) { if (FIELD && TYPE) guarded(); return 0; }
PROG(either) { if (FIELD || ENUMERATOR) guarded(); return 0; }
PROG(nested) { if (FIELD) { if (number() > 5) { if (TYPE) guarded(); } } return 0; }
PROG(nested_inputs) { if (number() > 5) { if (ctx[1] == 7) { if (FIELD) guarded(); } } return 0; }
PROG(inverted_twice) { if (!!FIELD == 0) return 0; guarded(); return 0; }
PROG(early_return) { if (!FIELD) return 1; if (number() == 3) guarded(); return 0; }
PROG(contradiction) { if (FIELD) { if (!FIELD) guarded(); } return 0; }
PROG(bits) { int b = FIELD | TYPE << 1 | ENUMERATOR << 2; if (b & 2) guarded(); return 0; }
PROG(product) { int b = FIELD * 5; opaque(b); if (b == 5) guarded(); return 0; }
PROG(chosen) { int n = FIELD ? 10 : 20; opaque(n); if (n == 10) guarded(); return 0; }
PROG(chosen_by_input) { int n = number() ? FIELD : TYPE; opaque(n); if (n) guarded(); return 0; }
PROG(switched) {
	int n = FIELD + TYPE;
	opaque(n);
	switch (n) {
	case 2: guarded(); return 1;
	case 1: return 2;
	case 0: return 3;
	}
	return 0;
}
PROG(switched_input) {
	switch (number()) {
	case 1: return 7;
	case 2: return 9;
	case 5: if (FIELD) guarded(); return 1;
	case 9: return 4;
	case 11: return 5;
	}
	return 0;
}
PROG(went_to) { if (number()) goto out; if (!FIELD) goto out; guarded(); out: return 0; }
PROG(merged) {
	int n = 0;
	if (number()) { n = FIELD; counter++; } else { n = FIELD; counter--; }
	opaque(n);
	if (n) guarded();
	return 0;
}
PROG(merged_apart) {
	int n;
	if (number()) n = FIELD; else n = 0;
	counter++;
	opaque(n);
	if (n) guarded();
	return 0;
}
PROG(after_guard) { if (enabled) counter++; guarded(); return 0; }
PROG(after_both_ways) { if (enabled) { counter++; if (number()) return 0; } else counter--; if (number() == 2) guarded(); return 0; }
PROG(in_both_ways) { if (FIELD) guarded(); else guarded(); return 0; }
PROG(same_rodata_twice) { if (enabled) { counter++; opaque(ctx); if (!enabled) guarded(); } return 0; }

static __noinline int has_field(void) { int n = FIELD; opaque(n); return n; }
static __noinline int pass(int n) { opaque(n); return n; }
static __noinline void call_if(int n) { if (n) guarded(); opaque(n); }
static __noinline int store(int *to, int n) { *to = n; opaque(n); return n; }
__noinline int global_answer(void) { int n = FIELD; opaque(n); return n; }
__noinline int global_call(int n) { if (n) guarded(); return 0; }
__noinline int global_guarded(void) { if (FIELD) guarded(); return 0; }
__noinline int global_plain(void) { guarded(); return 0; }

PROG(static_result) { if (has_field()) guarded(); return 0; }
PROG(static_argument) { if (pass(FIELD)) guarded(); return 0; }
PROG(static_argument_of_two) { counter = pass(number()); if (pass(FIELD)) guarded(); return 0; }
PROG(static_callee) { call_if(FIELD); return 0; }
PROG(static_out_argument) { int n = 0; store(&n, FIELD); if (n) guarded(); return 0; }
PROG(global_result) { if (global_answer()) guarded(); return 0; }
PROG(global_argument) { global_call(FIELD); return 0; }
PROG(global_callee) { global_guarded(); return 0; }
PROG(global_called_if) { if (FIELD) global_plain(); return 0; }

PROG(in_loop) {
	for (int i = 0; i < 50; i++) {
		if (number() == i) return 1;
		if (FIELD) guarded();
	}
	return 0;
}
PROG(after_loop) {
	int n = FIELD;
	opaque(n);
	for (int i = 0; i < 100; i++) {
		opaque(i);
		counter += number();
	}
	if (n) guarded();
	return 0;
}
PROG(after_long_loop) {
	int n = FIELD;
	opaque(n);
	for (int i = 0; i < 5000; i++) {
		opaque(i);
		if (number() == 4) counter++;
	}
	if (n) guarded();
	return 0;
}
PROG(loop_count) {
	int end = FIELD ? 3 : 0;
	opaque(end);
	for (int i = 0; i < end; i++) { opaque(i); guarded(); }
	return 0;
}
PROG(spilled) {
	volatile long n = FIELD;
	counter += number();
	if (n) guarded();
	return 0;
}
PROG(spilled_registers) {
	long n = FIELD, a = number(), b = number(), c = number(), d = number(), e = number(), f = number();
	opaque(n);
	counter += number() + a;
	counter += number() * b;
	counter += number() * c + d;
	counter += number() * e + f + a + b + c + d;
	if (n) guarded();
	return 0;
}
PROG(spilled_array) {
	volatile long flags[4] = {FIELD, TYPE, ENUMERATOR, MATCHES};
	counter += number();
	if (flags[2]) guarded();
	return 0;
}
PROG(buffer_beside) {
	volatile long n = FIELD;
	long buffer = 0;
	bpf_probe_read_kernel(&buffer, sizeof(buffer), input());
	if (buffer == 9) counter++;
	if (n) guarded();
	return 0;
}
PROG(read_when_there) {
	struct target *t = input();
	int v = 0;
	if (!t) return 0;
	if (bpf_core_field_exists(t->maybe)) {
		v = BPF_CORE_READ(t, there);
		if (v == 77) guarded();
	}
	return v;
}
PROG(poisoned_before) { if (!TYPE) guarded(); always(); return 0; }

static long each(void *map, void *key, void *value, void *data) { guarded(); return 0; }
static long round(unsigned int i, void *data) { if (FIELD) guarded(); return 0; }
struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} map SEC(".maps");
PROG(callback) { bpf_loop(number(), round, NULL, 0); return 0; }
PROG(callback_called_if) { if (FIELD) bpf_for_each_map_elem(&map, each, NULL, 0); return 0; }
PROG(after_lookup) { int k = 1; int *v = bpf_map_lookup_elem(&map, &k); if (!v) return 0; if (*v == 3 && FIELD) guarded(); return 0; }

/* What looks at one process only: every process may be the one, so whatever is in
 * read-only data the verifier gets past the filter.
 */
#define PID ((int)(bpf_get_current_pid_tgid() >> 32))

PROG(filter) { if (level && level != PID) return 0; guarded(); return 0; }
PROG(filter_always) { if (level != PID) return 0; guarded(); return 0; }
PROG(filter_two) {
	unsigned long long id = bpf_get_current_pid_tgid();
	int group = id >> 32, thread = id;
	if (level && level != group) return 0;
	if (wide && (int)wide != thread) return 0;
	guarded();
	return 0;
}
PROG(filter_both_ways) { if (enabled) { if (level != PID) return 0; } else if (level == PID) return 0; guarded(); return 0; }
PROG(filter_excluded) { int pid = PID; if (pid == level || pid == settings.table[2] || pid == 0) return 0; guarded(); return 0; }
PROG(filter_spilled) {
	volatile long pid = PID;
	counter += number();
	if (level && pid != level) return 0;
	guarded();
	return 0;
}
PROG(filter_text) {
	char comm[16];
	bpf_probe_read_kernel(comm, sizeof(comm), input());
	for (int i = 0; i < 16 && command[i]; i++)
		if (command[i] != comm[i]) return 0;
	guarded();
	return 0;
}
PROG(filter_words) {
	unsigned long long comm[2];
	bpf_probe_read_kernel(comm, sizeof(comm), input());
	const volatile unsigned long long *want = (const volatile void *)command;
	if (((want[0] ^ comm[0]) | (want[1] ^ comm[1])) != 0) return 0;
	guarded();
	return 0;
}
PROG(filter_least) { if (number() < level) return 0; guarded(); return 0; }
PROG(filter_elapsed) { unsigned long long start = *(unsigned long long *)input(), end = ctx[0]; if (end - start < wide) return 0; guarded(); return 0; }
PROG(filter_more) { if ((unsigned int)number() > (unsigned int)level) guarded(); return 0; }
PROG(filter_bits) { if (level && !(number() & level)) return 0; guarded(); return 0; }
PROG(filter_bit) { if (number() & level) guarded(); return 0; }
