/* What a skeleton says of shadow_layout_drift.c as it was once. */
struct shadow_layout_drift {
	struct bpf_object *obj;
	struct {
		struct shadow_layout_drift__drifted__hook_ops {
			struct bpf_program *run;
			unsigned int count;
			unsigned int wide;
			char gone;
			char __padding_4[3];
			char __unsupported_4[16];
			char __padding_end[4];
		} *drifted;
		struct shadow_layout_drift__same__same_ops {
			struct bpf_program *run;
			enum mode mode;
			char __padding_2[1];
			unsigned short behind;
			char __padding_end[4];
		} *same;
		struct shadow_layout_drift__swapped__swapped_ops {
			unsigned long run;
			unsigned int count;
			char __padding_end[4];
		} *swapped;
		struct shadow_layout_drift__removed__hook_ops {
			struct bpf_program *run;
		} *removed;
	} struct_ops;
};
