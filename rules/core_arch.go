package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

var coreOtherArch = &analyzer.Rule{
	Name: "core-other-arch", Severity: analyzer.Error, Needs: analyzer.NeedsTypes, Since: "0.1.0",
	Doc: analyzer.Doc{
		Title: "The object is built for another architecture than the kernel",
		Why: "BPF code runs on every architecture; the registers that `PT_REGS_PARM1` and its kin read do not exist on every one. They are chosen when the program is " +
			"compiled, by `__TARGET_ARCH_xxx`: `di` of x86, `regs[0]` of arm64, `gprs` of s390. On another architecture none of these fields is found. One " +
			"finding says so for all of them.",
		Fix:   "Build one object for each architecture, with its `-D__TARGET_ARCH_xxx` and its vmlinux.h.",
		Wrong: "clang -target bpf -D__TARGET_ARCH_x86 ... /* for an arm64 kernel */",
		Right: "clang -target bpf -D__TARGET_ARCH_arm64 ...",
		References: []string{
			"libbpf 1.8, bpf_tracing.h, PT_REGS_PARM1 and __PT_PARM1_REG",
			"Linux, arch/*/include/asm/ptrace.h, struct pt_regs",
		},
	},
	Run: runCoreOtherArch,
}

func runCoreOtherArch(p *analyzer.Pass) error {
	m := registerMix(p)
	if m == nil {
		return nil
	}
	var all *coreUse
	for _, u := range coreUses(p, func(b *plan.COREBinding) string {
		if b.Status == plan.COREPoisoned && m.covers(b) {
			return b.Path()
		}
		return ""
	}) {
		if all == nil {
			all = u
			continue
		}
		all.join(u)
	}
	if all == nil {
		return nil
	}
	all.reach.Possible = minus(all.reach.Possible, all.reach.Certain)
	f := missing(subjectOf(all.binding) + " not found in " + analyzer.KernelPlaceholder)
	if all.records > 1 {
		f.Message = fmt.Sprintf("%s and %d more registers not found in %s", subjectOf(all.binding), all.records-1, analyzer.KernelPlaceholder)
	}
	f.Message += ": it is " + m.kernel + ", the object built for " + m.object
	f.Hint = "build it for the kernel's architecture: -D__TARGET_ARCH_" + m.kernel + ", with the vmlinux.h of that"
	all.report(p, f)
	return nil
}

// join adds the records of another function.
func (u *coreUse) join(o *coreUse) {
	u.records += o.records
	if !o.binding.ModulesUnknown && u.binding.ModulesUnknown {
		u.binding = o.binding // no module has the registers of another architecture
	}
	if u.reach.Guard.Func == nil || u.reach.Possible.Empty() && !o.reach.Possible.Empty() {
		u.reach.Guard, u.reach.Depends = o.reach.Guard, o.reach.Depends
	}
	for k := range u.first {
		if u.first[k] == nil {
			u.first[k] = o.first[k]
		}
	}
	u.reach.Certain = joined(u.reach.Certain, o.reach.Certain)
	u.reach.Possible = joined(u.reach.Possible, o.reach.Possible)
	u.reach.Dead = joined(u.reach.Dead, o.reach.Dead)
}

// registers are members of the structs of registers that tell architectures
// apart, by the name that __TARGET_ARCH_ has for these (arch/*/include/asm/ptrace.h
// and arch/*/include/uapi/asm/ptrace.h).
var registers = [...]struct{ arch, goarch, members string }{
	{"x86", "amd64", " ip di si dx cx ax bx bp orig_ax rip rdi rsi rdx rcx rax rbx rbp orig_rax r8 r9 r10 r11 r12 r13 r14 r15 "},
	{"arm64", "arm64", " pstate user_regs orig_x0 syscallno "},
	{"s390", "s390x", " psw gprs orig_gpr2 "},
	{"arm", "arm", " uregs "},
	{"mips", "mips64", " cp0_epc cp0_status cp0_badvaddr "},
	{"powerpc", "ppc64", " gpr nip msr orig_gpr3 ctr xer "},
	{"sparc", "sparc64", " u_regs tstate tnpc "},
	{"riscv", "riscv64", " a0 a1 a2 a3 a4 a5 a6 a7 s0 s1 ra epc orig_a0 "},
	{"loongarch", "loong64", " csr_era csr_badv csr_prmd "},
	{"arc", "arc", " scratch callee "},
}

// registerStructs are the types by which programs read registers.
var registerStructs = [...]string{"pt_regs", "user_pt_regs", "user_regs_struct", "bpf_user_pt_regs_t"}

// archMix are the architectures of an object and of a kernel that differ.
type archMix struct{ object, kernel string }

// covers reports whether a relocation of a register is the affair of
// core-other-arch.
func (m *archMix) covers(b *plan.COREBinding) bool { return m != nil && ofRegisters(b) }

func ofRegisters(b *plan.COREBinding) bool {
	if !b.Kind.FieldBased() {
		return false
	}
	root, _, _ := strings.Cut(b.Root(), btfgraph.FlavorSep)
	return slices.Contains(registerStructs[:], root)
}

// registerMix says for which architectures the object and the kernel are if
// they differ, told by the registers that the object does not find; nil if they
// do not, or nobody knows.
func registerMix(p *analyzer.Pass) *archMix {
	m := archMix{}
	for _, i := range p.Plan.NotableCORE() {
		if b := &p.Plan.CORE[i]; b.Status == plan.COREPoisoned && ofRegisters(b) {
			if m.object = archOf(p.Plan.Object.Types, b.Record.Type); m.object != "" {
				break
			}
		}
	}
	if m.object == "" {
		return nil
	}
	for _, id := range btfgraph.AppendNamed(nil, p.Plan.Kernel.Types, btfgraph.KindStruct, registerStructs[0]) {
		if m.kernel = archOf(p.Plan.Kernel.Types, id); m.kernel != "" {
			break
		}
	}
	for _, r := range registers {
		if m.kernel == "" && p.Plan.Kernel.Arch != "" && strings.HasPrefix(p.Plan.Kernel.Arch, r.goarch) {
			m.kernel = r.arch
		}
	}
	if m.kernel == "" || m.kernel == m.object {
		return nil
	}
	return &archMix{m.object, m.kernel} // the other one stays on the stack
}

// archOf is the architecture whose registers a struct has, "" if it has those
// of none or of several.
func archOf(g btfgraph.Graph, id btfgraph.ID) string {
	names := memberNames(g, id, nil, 3)
	found := ""
	for _, r := range registers {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(r.members, " "+name+" ") }) {
			continue
		}
		if found != "" {
			return ""
		}
		found = r.arch
	}
	return found
}

// maxRegisters bounds the members that are looked at.
const maxRegisters = 256

// memberNames appends the names of a struct's members, those of anonymous
// members too.
func memberNames(g btfgraph.Graph, id btfgraph.ID, names []string, depth int) []string {
	id = btfgraph.SkipModsAndTypedefs(g, id)
	if k := g.Kind(id); k != btfgraph.KindStruct && k != btfgraph.KindUnion || depth == 0 {
		return names
	}
	for i := range min(g.Vlen(id), maxRegisters) {
		if m := g.Member(id, i); m.Name != "" {
			names = append(names, m.Name)
		} else {
			names = memberNames(g, m.Type, names, depth-1)
		}
	}
	return names
}
