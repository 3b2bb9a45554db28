// Package plan computes what a loader would do with an object on a kernel,
// step by step, without doing it: the simulated load.
//
// The steps follow libbpf's own order (libbpf.c: bpf_object_open, then
// bpf_object_prepare, then the loads). For every extern, struct_ops member,
// CO-RE relocation, map and program a [Plan] records the outcome and its
// reason. Rules only read it. How loaders differ is data: see [Loader].
//
// A plan states facts; it holds no severity and no advice.
package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
)

// Plan is the simulated load of one object on one kernel by one loader. It is
// immutable once made.
type Plan struct {
	Object *bpfobj.Object
	// Kernel is nil in an object-only plan: only what needs no target is decided then.
	Kernel *kernel.Kernel
	Loader *Loader

	// Refusals are the conditions under which the loader or the kernel
	// refuses the object, or parts of it, for its form: malformed sections,
	// symbols, BTF, relocations. In the order in which the loader meets them.
	Refusals []Refusal
	// Oddities are conditions of the same sort that the loader does not
	// notice: the object loads and holds something else than the source says.
	Oddities  []Refusal
	Externs   []ExternBinding    // by index of Object.Externs
	StructOps []StructOpsBinding // by index of Object.StructOps
	CORE      []COREBinding      // by index of Object.CORE; empty: not computed
	Maps      []MapPlan          // by index of Object.Maps
	Programs  []ProgramPlan      // by index of Object.Programs
	Functions []FunctionPlan     // by index of Object.Functions
	// Helpers are the calls of helpers that the kernel does not know.
	Helpers []HelperUse
	// ExceptionCallbacks are the callbacks that programs want for exceptions.
	ExceptionCallbacks []ExceptionCallback
	// BTFProblems are the parts of the object's BTF that the kernel refuses.
	BTFProblems []BTFProblem
	// StructOpsPrograms are the programs of type STRUCT_OPS, in the order of Programs.
	StructOpsPrograms []StructOpsProgram

	opts Options
	// facts are shared by all plans of the object.
	facts *facts
}

// Options change what is assumed about the load. The zero value is the load of
// the object as it is, by root.
type Options struct{}

// Stage is the moment at which a problem shows.
type Stage uint8

// Stages of a load, in their order.
const (
	StageOpen   Stage = iota // the loader reads the object
	StageLoad                // BTF, maps and programs go to the kernel
	StageAttach              // the loaded program is attached, a struct_ops map registered
)

// String is the stage in the words of the JSON contract.
func (s Stage) String() string { return [...]string{"open", "load", "attach"}[min(int(s), 2)] }

// Refusal is one reason for which the form of an object is refused.
type Refusal struct {
	// Code tells refusals apart; rules select by it. See the Refuse constants.
	Code  Code
	Stage Stage
	Scope Scope
	// Subject names the thing in C spelling: `variable "foo"`, `section ".struct_ops"`.
	Subject string
	// Detail is the cause in one clause, with numbers and units.
	Detail string
	// Where the problem lies: at most one of Func (with Insn), Section.
	Func    *bpfobj.Function
	Insn    int // slot index within Func, -1 if the problem is not at an instruction
	Section int // section index, 0 if none
	Offset  uint64
}
