// Package xlated loads programs with cilium/ebpf on the running kernel, reads
// back what the kernel made of their instructions, and compares the values of
// CO-RE relocations with those of the plan.
//
// The kernel changes a program that it has verified: it removes what no path
// reaches, rewrites accesses to the context and calls of helpers, and inserts
// instructions (kernel/bpf/verifier.c, convert_ctx_accesses, do_misc_fixups,
// opt_remove_dead_code). Therefore the functions are aligned, instruction by
// instruction, by the registers and line records that they have in common;
// values weigh little in that. What has no partner cannot be compared.
package xlated

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// Result counts the relocations of the programs that were loaded, once for each
// program that links them.
type Result struct {
	// Loaded and Refused are numbers of programs with relocations.
	Loaded, Refused int
	// Equal are the values that the kernel's instructions have.
	Equal int
	// Dead are relocations whose instructions the kernel removed and the plan
	// says that no path reaches, Poisoned those of them that are poisoned.
	Dead, Poisoned int
	// Maybe are removed ones of which the plan says that something unknown decides.
	Maybe int
	// Context are accesses to contexts and sockets, which the kernel rewrites.
	Context int
	// Rewritten are others without a partner, Local ids of local types, which
	// cilium/ebpf numbers anew, and Large those of functions that are too large to be aligned.
	Rewritten, Local, Large int
	// Mismatches are sentences about what differs.
	Mismatches []string
}

// Add adds the numbers of another result.
func (r *Result) Add(o Result) {
	r.Loaded += o.Loaded
	r.Refused += o.Refused
	r.Equal += o.Equal
	r.Dead += o.Dead
	r.Poisoned += o.Poisoned
	r.Maybe += o.Maybe
	r.Context += o.Context
	r.Rewritten += o.Rewritten
	r.Local += o.Local
	r.Large += o.Large
	r.Mismatches = append(r.Mismatches, o.Mismatches...)
}

// Compared is the number of relocations that were compared or are gone as planned.
func (r *Result) Compared() int { return r.Equal + r.Dead + len(r.Mismatches) }

// Comparer loads objects on the running kernel.
type Comparer struct {
	Kernel *kernel.Kernel
	// Wrong is added to every planned value. The default is 0; any other
	// number must make the comparison fail.
	Wrong uint64

	cache *btf.Cache
}

// Compare loads each program of an ELF file alone. Programs without relocations
// are not loaded. It needs root.
func (c *Comparer) Compare(path string) (Result, error) {
	var r Result
	obj, err := bpfobj.ReadFile(path)
	if err != nil {
		return r, err
	}
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return r, err
	}
	if c.cache == nil {
		c.cache = btf.NewCache()
	}
	p := plan.Make(obj, c.Kernel, plan.Cilium, plan.Options{Rodata: plan.Rodata{File: true}})
	for i, prog := range obj.Programs {
		functions := prog.Reachable()
		if spec.Programs[prog.Name] == nil || !slices.ContainsFunc(functions, func(f *bpfobj.Function) bool { return len(f.CORE) > 0 }) {
			continue
		}
		insns, err := c.load(spec, prog.Name)
		if err != nil {
			r.Refused++
			continue
		}
		r.Loaded++
		translated := read(insns, prog.Name)
		for _, f := range functions {
			c.function(&r, p, i, f, translated[f.Name])
		}
	}
	return r, nil
}

// load loads one program and returns its translated instructions.
func (c *Comparer) load(spec *ebpf.CollectionSpec, name string) (asm.Instructions, error) {
	spec = spec.Copy()
	prog := spec.Programs[name]
	used := map[string]bool{}
	for _, ins := range prog.Instructions {
		used[ins.Reference()] = true
	}
	for m := range spec.Maps {
		if !used[m] {
			delete(spec.Maps, m)
			continue
		}
		spec.Maps[m].Pinning = ebpf.PinNone
	}
	spec.Programs = map[string]*ebpf.ProgramSpec{name: prog}
	spec.Variables = nil
	coll, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{Cache: c.cache})
	if err != nil {
		return nil, err
	}
	defer coll.Close()
	loaded := coll.Programs[name]
	if loaded == nil {
		return nil, errors.New("the loader leaves it out")
	}
	info, err := loaded.Info()
	if err != nil {
		return nil, err
	}
	return info.Instructions()
}

// read turns translated instructions into units by function.
func read(insns asm.Instructions, main string) map[string][]unit {
	list := make([]unit, 0, len(insns))
	starts := map[int]string{}
	for i, ins := range insns {
		u := unit{op: uint8(ins.OpCode), dst: uint8(ins.Dst), src: uint8(ins.Src), off: ins.Offset, imm: ins.Constant}
		if src, ok := ins.Source().(*btf.Line); ok {
			u.line = line{src.FileName(), src.Line(), int(src.LineNumber())}
		}
		if f := btf.FuncMetadata(&ins); f != nil {
			starts[i] = f.Name
		}
		list = append(list, u)
	}
	starts[0] = main // also without BTF
	return functionsOf(list, starts)
}

// function compares the relocations of one function of a program.
func (c *Comparer) function(r *Result, p *plan.Plan, prog int, f *bpfobj.Function, translated []unit) {
	if len(f.CORE) == 0 {
		return
	}
	submitted := unitsOf(p.Object, f)
	bySlot := make(map[int]int, len(submitted))
	for i := range submitted {
		bySlot[submitted[i].slot] = i
	}
	for _, rec := range f.CORE {
		if i, ok := bySlot[p.CORE[rec].Record.Insn]; ok {
			patch(&submitted[i], p.COREIn(rec, prog, true), c.Wrong)
		}
	}
	partner := align(submitted, translated)
	for _, rec := range f.CORE {
		b := p.COREIn(rec, prog, true)
		i, ok := bySlot[b.Record.Insn]
		switch {
		case !ok:
			r.Mismatches = append(r.Mismatches, c.complain(p, prog, b, "no instruction starts there"))
		case partner == nil:
			r.Large++
		case b.Kind == plan.CORELocalTypeID:
			r.Local++
		case submitted[i].memory() && b.Status == plan.COREPatched && slices.Contains(contexts, b.Root()):
			r.Context++
		case partner[i] < 0:
			c.removed(r, p, prog, b)
		case b.Status != plan.COREPatched:
			r.Mismatches = append(r.Mismatches, c.complain(p, prog, b, "the kernel has accepted it"))
		case len(p.ReachIn(prog, f, b.Record.Insn).Dead.Programs) > 0:
			r.Mismatches = append(r.Mismatches, c.complain(p, prog, b, "the kernel has kept it, and the plan says that no path reaches it"))
		case !submitted[i].carries(&translated[partner[i]]):
			r.Mismatches = append(r.Mismatches, c.complain(p, prog, b, fmt.Sprintf("the kernel has %+v", translated[partner[i]])))
		default:
			r.Equal++
		}
	}
}

// contexts are the structs whose members programs see elsewhere than the kernel
// has them (verifier.c, convert_ctx_accesses).
var contexts = []string{
	"__sk_buff", "bpf_nf_ctx", "bpf_perf_event_data", "bpf_sk_lookup", "bpf_sock", "bpf_sock_addr", "bpf_sock_ops",
	"bpf_sockopt", "bpf_sysctl", "bpf_tcp_sock", "bpf_xdp_sock", "sk_msg_md", "sk_reuseport_md", "xdp_md",
}

// removed counts a relocation whose instruction the kernel does not have.
func (c *Comparer) removed(r *Result, p *plan.Plan, prog int, b *plan.COREBinding) {
	reach := p.ReachIn(prog, b.Record.Func, b.Record.Insn)
	poisoned := b.Status == plan.COREPoisoned
	switch {
	case len(reach.Dead.Programs) > 0:
		r.Dead++
		if poisoned {
			r.Poisoned++
		}
	case len(reach.Possible.Programs) > 0:
		r.Maybe++
	case b.Status != plan.COREPatched:
		r.Mismatches = append(r.Mismatches, c.complain(p, prog, b, "the kernel has accepted the program"))
	default:
		r.Rewritten++
	}
}

// patch puts the planned value into an instruction.
func patch(u *unit, b *plan.COREBinding, wrong uint64) {
	if b.Status != plan.COREPatched {
		u.op, u.dst, u.src, u.off, u.imm = 0, 0xf, 0xf, 0, 0 // like nothing that the kernel runs
		return
	}
	value := b.Value + wrong
	switch {
	case u.memory():
		u.off = int16(value)
		if b.Size != b.OriginalSize {
			u.op = u.op&^sizeMask | map[uint64]uint8{1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}[b.Size]
		}
	case u.op == bpfobj.LdImm64:
		u.imm = int64(value)
	default:
		u.imm = int64(int32(value & math.MaxUint32))
	}
}

// carries reports whether a translated instruction has the value of a patched one.
func (u *unit) carries(t *unit) bool {
	if u.memory() {
		return u.off == t.off && u.op&sizeMask == t.op&sizeMask
	}
	return u.imm == t.imm
}

func (c *Comparer) complain(p *plan.Plan, prog int, b *plan.COREBinding, what string) string {
	loc := p.Object.Locate(b.Record.Func, b.Record.Insn)
	return fmt.Sprintf("%s: program %q: function %q, instruction %d (%s:%d): %s %s is planned to be %s %d: %s",
		p.Object.Name, p.Object.Programs[prog].Name, b.Record.Func.Name, b.Record.Insn, loc.Source.File, loc.Source.Line,
		b.Kind, b.Path(), b.Status, b.Value+c.Wrong, what)
}
