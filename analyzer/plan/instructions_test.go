package plan_test

import (
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// Every form is spelled so that llvm-mc 19 -mcpu=v4 takes it for the instruction,
// those apart that came with clang 20 and later: load_acquire, store_release, gotox.
func TestInstructionSpelling(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want string
		form plan.InstructionForm
		insn bpfobj.Insn
	}{
		{"if w1 s> 3 goto -26", plan.FormJump32, bpfobj.Insn{Op: 0x66, Dst: 1, Off: -26, Imm: 3}},
		{"if w1 & w2 goto +27", plan.FormJump32, bpfobj.Insn{Op: 0x4e, Dst: 1, Src: 2, Off: 27}},
		{"if w1 s<= -2 goto +1", plan.FormJump32, bpfobj.Insn{Op: 0xd6, Dst: 1, Off: 1, Imm: -2}},
		{"r1 = *(s8 *)(r2 + 4)", plan.FormLoadSigned, bpfobj.Insn{Op: 0x91, Dst: 1, Src: 2, Off: 4}},
		{"r1 = *(s16 *)(r2 - 4)", plan.FormLoadSigned, bpfobj.Insn{Op: 0x89, Dst: 1, Src: 2, Off: -4}},
		{"r1 = *(s32 *)(r2 + 0)", plan.FormLoadSigned, bpfobj.Insn{Op: 0x81, Dst: 1, Src: 2}},
		{"r1 = (s32)r2", plan.FormMoveSigned, bpfobj.Insn{Op: 0xbf, Dst: 1, Src: 2, Off: 32}},
		{"w1 = (s16)w2", plan.FormMoveSigned, bpfobj.Insn{Op: 0xbc, Dst: 1, Src: 2, Off: 16}},
		{"r1 = bswap16 r1", plan.FormSwap, bpfobj.Insn{Op: 0xd7, Dst: 1, Imm: 16}},
		{"r1 s/= r2", plan.FormDivideSigned, bpfobj.Insn{Op: 0x3f, Dst: 1, Src: 2, Off: 1}},
		{"r1 s%= 3", plan.FormDivideSigned, bpfobj.Insn{Op: 0x97, Dst: 1, Off: 1, Imm: 3}},
		{"w1 s/= -3", plan.FormDivideSigned, bpfobj.Insn{Op: 0x34, Dst: 1, Off: 1, Imm: -3}},
		{"gotol -13", plan.FormJumpLong, bpfobj.Insn{Op: 0x06, Imm: -13}},
		{"may_goto +5", plan.FormMayGoto, bpfobj.Insn{Op: 0xe5, Off: 5}},
		{"r1 = addr_space_cast(r2, 0, 1)", plan.FormAddrSpaceCast, bpfobj.Insn{Op: 0xbf, Dst: 1, Src: 2, Off: 1, Imm: 1}},
		{"r1 = addr_space_cast(r2, 1, 0)", plan.FormAddrSpaceCast, bpfobj.Insn{Op: 0xbf, Dst: 1, Src: 2, Off: 1, Imm: 1 << 16}},
		{"r1 = atomic_fetch_add((u64 *)(r2 + 0), r1)", plan.FormAtomic, bpfobj.Insn{Op: 0xdb, Dst: 2, Src: 1, Imm: 0x01}},
		{"w1 = atomic_fetch_xor((u32 *)(r2 - 8), w1)", plan.FormAtomic, bpfobj.Insn{Op: 0xc3, Dst: 2, Src: 1, Off: -8, Imm: 0xa1}},
		{"lock *(u64 *)(r2 + 0) |= r1", plan.FormAtomic, bpfobj.Insn{Op: 0xdb, Dst: 2, Src: 1, Imm: 0x40}},
		{"lock *(u32 *)(r2 + 0) &= w1", plan.FormAtomic, bpfobj.Insn{Op: 0xc3, Dst: 2, Src: 1, Imm: 0x50}},
		{"r1 = xchg_64(r2 + 8, r1)", plan.FormAtomic, bpfobj.Insn{Op: 0xdb, Dst: 2, Src: 1, Off: 8, Imm: 0xe1}},
		{"w1 = xchg32_32(r2 + 8, w1)", plan.FormAtomic, bpfobj.Insn{Op: 0xc3, Dst: 2, Src: 1, Off: 8, Imm: 0xe1}},
		{"r0 = cmpxchg_64(r2 + 0, r0, r1)", plan.FormAtomic, bpfobj.Insn{Op: 0xdb, Dst: 2, Src: 1, Imm: 0xf1}},
		{"w0 = cmpxchg32_32(r2 + 0, w0, w1)", plan.FormAtomic, bpfobj.Insn{Op: 0xc3, Dst: 2, Src: 1, Imm: 0xf1}},
		{"atomic operation 0x7700", plan.FormAtomic, bpfobj.Insn{Op: 0xdb, Imm: 0x7700}}, // of nobody yet
		{"w3 = load_acquire((u16 *)(r1 - 2))", plan.FormLoadAcquire, bpfobj.Insn{Op: 0xcb, Dst: 3, Src: 1, Off: -2, Imm: 0x100}},
		{"store_release((u64 *)(r1 + 8), r2)", plan.FormStoreRelease, bpfobj.Insn{Op: 0xdb, Dst: 1, Src: 2, Off: 8, Imm: 0x110}},
		{"gotox r4", plan.FormGotoX, bpfobj.Insn{Op: 0x0d, Dst: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			use := plan.InstructionUse{Form: tt.form, Func: &bpfobj.Function{Insns: []bpfobj.Insn{tt.insn}}}
			assert.Equal(t, tt.want, use.Spelling())
		})
	}
}

// traces is what a kernel's BTF holds of its verifier, 5.10 and 4.19 in one
// unless more is added.
type traces struct {
	helper       string   // one more of bpf_func_id
	attach, maps string   // one more of bpf_attach_type and of bpf_map_type
	params       []string // of check_mem_access and is_branch_taken
	members      []string // of bpf_insn_aux_data and bpf_verifier_state
	anonymous    []string // more members, each in an anonymous union of an anonymous struct
	funcs, enums []string
	without      string // a function that is missing
	unnamed      bool   // parameters have no names
}

func (tr traces) kernel(t *testing.T) *kernel.Kernel {
	b := new(btftest.Builder)
	i := b.Int("int", 4, btfgraph.IntSigned)
	enum := func(name string, values ...btftest.Value) {
		b.Enum(name, slices.DeleteFunc(values, func(v btftest.Value) bool { return v.Name == "" })...)
	}
	enum("bpf_func_id", btftest.Value{Name: "BPF_FUNC_map_lookup_elem", Value: 1}, btftest.Value{Name: tr.helper, Value: 170})
	enum("bpf_attach_type", btftest.Value{Name: "BPF_XDP", Value: 37}, btftest.Value{Name: tr.attach, Value: 50})
	enum("bpf_map_type", btftest.Value{Name: "BPF_MAP_TYPE_HASH", Value: 1}, btftest.Value{Name: tr.maps, Value: 40})
	enum("bpf_prog_type", btftest.Value{Name: "BPF_PROG_TYPE_SCHED_CLS", Value: 3})
	for _, name := range tr.enums {
		b.Enum(name, btftest.Value{Name: name + "_VALUE"})
	}
	params := []btftest.Param{{Name: "env", Type: i}}
	for _, name := range tr.params {
		params = append(params, btftest.Param{Name: name, Type: i})
	}
	if tr.unnamed {
		params[0].Name = ""
	}
	proto := b.FuncProto(i, params...)
	for _, name := range append([]string{"bpf_check", "bpf_opcode_in_insntable", "check_xadd", "check_mem_access", "is_branch_taken"}, tr.funcs...) {
		if name != tr.without {
			b.Func(name, proto, btfgraph.LinkageStatic)
		}
	}
	members := []btftest.Member{{Name: "first", Type: i}}
	for n, name := range tr.members {
		members = append(members, btftest.Member{Name: name, Type: i, BitOffset: uint32(32 * (n + 1))})
	}
	for _, name := range tr.anonymous {
		union := b.Union("", 4, btftest.Member{Name: name, Type: i}, btftest.Member{Name: "padding", Type: i})
		inner := b.Struct("", 8, btftest.Member{Name: "second", Type: i}, btftest.Member{Type: union, BitOffset: 32})
		members = append(members, btftest.Member{Type: inner, BitOffset: uint32(32 * len(members))})
	}
	for _, name := range []string{"bpf_insn_aux_data", "bpf_verifier_state"} {
		b.Struct(name, uint32(4*(len(members)+len(tr.anonymous))), members...)
	}
	return &kernel.Kernel{Name: "k", Types: b.Graph(t)}
}

// A trace of a form anywhere in the verifier means that the kernel may know it:
// distributions give a kernel what is newer.
func TestInstructionEvidence(t *testing.T) {
	t.Parallel()
	v4 := []plan.InstructionForm{plan.FormLoadSigned, plan.FormMoveSigned, plan.FormSwap, plan.FormDivideSigned, plan.FormJumpLong}
	long := []plan.InstructionForm{plan.FormJumpLong}
	acquire := []plan.InstructionForm{plan.FormLoadAcquire, plan.FormStoreRelease}
	tests := []struct {
		name   string
		traces traces
		known  []plan.InstructionForm // of those that the object has
		unsure []plan.InstructionForm // missing without proof
	}{
		{"nothing", traces{}, nil, nil},
		{"helper", traces{helper: "BPF_FUNC_check_mtu"}, []plan.InstructionForm{plan.FormAtomic, plan.FormJump32}, long},
		{"verifier's function for atomics", traces{funcs: []string{"check_atomic"}}, []plan.InstructionForm{plan.FormAtomic}, nil},
		{"no function for atomics", traces{without: "check_xadd"}, nil, []plan.InstructionForm{plan.FormAtomic}},
		{"parameter for 32-bit jumps", traces{params: []string{"is_jmp32"}}, []plan.InstructionForm{plan.FormJump32}, long}, // 6.1.71
		{"no function for branches", traces{without: "is_branch_taken"}, nil, []plan.InstructionForm{plan.FormJump32, plan.FormJumpLong}},
		{"attach type", traces{attach: "BPF_TCX_INGRESS"}, v4, acquire},
		{"another attach type", traces{attach: "BPF_TRACE_UPROBE_MULTI"}, v4, acquire},
		{"parameter for signed loads", traces{params: []string{"is_ldsx"}}, v4, acquire},
		{"function for signed loads", traces{funcs: []string{"coerce_reg_to_size_sx"}}, v4, acquire},
		{"no function for accesses", traces{without: "check_mem_access"}, nil, append(v4, acquire...)},
		{
			"parameters without names", traces{unnamed: true}, nil,
			append(append([]plan.InstructionForm{plan.FormJump32}, v4...), acquire...),
		},
		{"map type", traces{maps: "BPF_MAP_TYPE_ARENA"}, []plan.InstructionForm{plan.FormMayGoto, plan.FormAddrSpaceCast}, nil},
		{"enum of may_goto", traces{enums: []string{"bpf_cond_pseudo_jmp"}}, []plan.InstructionForm{plan.FormMayGoto}, nil},
		{"member for may_goto", traces{members: []string{"may_goto_depth"}}, []plan.InstructionForm{plan.FormMayGoto}, nil},
		{"enum of casts", traces{enums: []string{"bpf_addr_space_cast"}}, []plan.InstructionForm{plan.FormAddrSpaceCast}, nil},
		{"member for casts", traces{members: []string{"needs_zext"}}, []plan.InstructionForm{plan.FormAddrSpaceCast}, nil},
		{"member in a union with padding", traces{anonymous: []string{"kabi_1", "needs_zext"}}, []plan.InstructionForm{plan.FormAddrSpaceCast}, nil},
		{"member of the time", traces{members: []string{"live_regs_before"}}, acquire, nil},
		{"function of the time", traces{funcs: []string{"bpf_jit_supports_timed_may_goto"}}, acquire, nil},
		{"function for load-acquire", traces{funcs: []string{"check_atomic_load"}}, acquire, nil},
		{"JIT compiler with load-acquire", traces{funcs: []string{"emit_atomic_rmw"}}, acquire, nil},
		{"JIT compiler without load-acquire", traces{attach: "BPF_TCX_INGRESS", funcs: []string{"emit_atomic"}}, v4, nil},
		{"parameter that check_atomic lost", traces{
			attach: "BPF_TCX_INGRESS", funcs: []string{"check_atomic"}, params: []string{"insn_idx"},
		}, append(v4, plan.FormAtomic), nil},
		{"function that stable kernels got", traces{attach: "BPF_TCX_INGRESS", funcs: []string{"check_load_mem"}}, v4, acquire}, // 6.12.107
		{"map type of jump tables", traces{maps: "BPF_MAP_TYPE_INSN_ARRAY"}, append(acquire, plan.FormGotoX), nil},
	}
	path := "../../testdata/rules/instruction_unsupported.o"
	elf, err := bpfobj.ReadFile(path)
	require.NoError(t, err)
	collection, err := ebpf.LoadCollectionSpec(path)
	require.NoError(t, err)
	spec, err := bpfobj.FromSpec("spec", collection)
	require.NoError(t, err)
	jumps, err := bpfobj.ReadFile("../../testdata/rules/instruction_unsupported__jump32.o")
	require.NoError(t, err)
	all := append(append([]plan.InstructionForm{plan.FormAtomic, plan.FormMayGoto, plan.FormAddrSpaceCast, plan.FormGotoX}, v4...), acquire...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for obj, forms := range map[*bpfobj.Object][]plan.InstructionForm{
				elf: all, spec: all, jumps: {plan.FormJump32},
			} {
				var want, wantUnsure, missing, unsure []plan.InstructionForm
				for _, form := range forms {
					if !slices.Contains(tt.known, form) {
						want = append(want, form)
					}
					if slices.Contains(tt.unsure, form) {
						wantUnsure = append(wantUnsure, form)
					}
				}
				for _, use := range plan.Make(obj, tt.traces.kernel(t), plan.Libbpf, plan.Options{}).UnsupportedInstructions() {
					missing = append(missing, use.Form)
					if !use.Sure {
						unsure = append(unsure, use.Form)
					}
				}
				assert.ElementsMatch(t, want, missing)
				assert.ElementsMatch(t, wantUnsure, unsure)
			}
		})
	}
}

// Without a kernel, and without its types, nothing is known of instructions.
func TestInstructionsOfNoKernel(t *testing.T) {
	t.Parallel()
	obj, err := bpfobj.ReadFile("../../testdata/rules/instruction_unsupported.o")
	require.NoError(t, err)
	for _, k := range []*kernel.Kernel{nil, {Name: "no types"}} {
		assert.Empty(t, plan.Make(obj, k, plan.Libbpf, plan.Options{}).UnsupportedInstructions())
	}
}
