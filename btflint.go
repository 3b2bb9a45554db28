// Package btflint is the load-time gate: it runs btflint's checks on the very
// CollectionSpec that is about to be loaded, right in front of the real load,
// and refuses with the source line, the cause and the way out instead of
// cilium/ebpf's `fixing up kfuncs: kfunc "scx_bpf_now": not supported`.
// The types and bounds that the verifier tracks are not simulated.
//
//	objs := bpfObjects{}
//	err := btflint.LoadAndAssign(spec, &objs, nil) // instead of spec.LoadAndAssign(&objs, nil)
//
// or in front of any other loader:
//
//	if err := btflint.Check(ctx, spec); err != nil { ... }
//
// A check never changes the spec, makes no bpf() call and keeps no state. It
// judges the spec as handed over, after the caller deleted programs, set
// variables or resized maps; never the file.
//
// Only a finding that means a certain refusal blocks. The environment variable
// BTFLINT overrides the mode without a rebuild: enforce, warn or off.
package btflint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/cilium/ebpf"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/rules"
)

// ErrCannotCheck says that no check could be made, for want of kernel BTF or
// because the object cannot be read. It is not a verdict.
var ErrCannotCheck = errors.New("cannot check")

// Mode is what a [Validator] does with a certain refusal.
type Mode string

// Modes. The zero value of Mode is ModeEnforce.
const (
	ModeEnforce Mode = "enforce" // refuse
	ModeWarn    Mode = "warn"    // log it and let the load go on
	ModeOff     Mode = "off"     // do not check
)

// ModeVariable is the environment variable that overrides [Validator.Mode].
const ModeVariable = "BTFLINT"

// Validator checks specs before they are loaded. The zero value checks against
// the running kernel and is ready to use; a Validator is safe for concurrent
// use if its fields are not changed.
type Validator struct {
	// Kernel is the target. The default is the running kernel. A program
	// that checks many specs opens it once with [kernel.Running].
	Kernel *kernel.Kernel
	// Mode is what to do with a certain refusal. The default is ModeEnforce.
	Mode Mode
	// Loader is the loader that [Validator.ValidateBeforeLoad] assumes, as a
	// path does not tell. The default is libbpf.
	Loader *plan.Loader
	// Strict refuses what cannot be checked. The default is to log it and go on.
	Strict bool
	// Logger receives refusals in ModeWarn and what could not be checked.
	// The default is [slog.Default].
	Logger *slog.Logger
}

// Check reports whether the running kernel certainly refuses the spec when
// cilium/ebpf loads it as a whole: an [*Error] if a finding says so, else nil.
// That it could not be checked is logged and lets the load go on; a
// [Validator] with Strict set returns it instead.
func Check(ctx context.Context, spec *ebpf.CollectionSpec) error {
	return (&Validator{}).Check(ctx, spec, nil)
}

// LoadAndAssign is spec.LoadAndAssign(to, opts) with the check in front of it.
// Only the programs and maps that to names are checked, as only they are loaded.
func LoadAndAssign(spec *ebpf.CollectionSpec, to any, opts *ebpf.CollectionOptions) error {
	return (&Validator{}).LoadAndAssign(context.Background(), spec, to, opts)
}

// NewCollection is ebpf.NewCollection with the check in front of it.
func NewCollection(spec *ebpf.CollectionSpec) (*ebpf.Collection, error) {
	return NewCollectionWithOptions(spec, ebpf.CollectionOptions{})
}

// NewCollectionWithOptions is ebpf.NewCollectionWithOptions with the check in front of it.
func NewCollectionWithOptions(spec *ebpf.CollectionSpec, opts ebpf.CollectionOptions) (*ebpf.Collection, error) {
	if err := (&Validator{}).Check(context.Background(), spec, &opts); err != nil {
		return nil, err
	}
	return ebpf.NewCollectionWithOptions(spec, opts)
}

// LoadAndAssign is spec.LoadAndAssign(to, opts) with the check in front of it.
func (v *Validator) LoadAndAssign(ctx context.Context, spec *ebpf.CollectionSpec, to any, opts *ebpf.CollectionOptions) error {
	if err := v.Check(ctx, reduce(spec, to), opts); err != nil {
		return err
	}
	return spec.LoadAndAssign(to, opts)
}

// Check reports whether the kernel certainly refuses the spec when cilium/ebpf
// loads it as a whole with opts, which may be nil: a map that opts replace is
// not created and cannot be refused, and CO-RE relocations are matched with the
// types that opts give. It returns nil, an [*Error], or, if
// v.Strict is set, an error wrapping [ErrCannotCheck]. A cancelled ctx is
// reported as ctx.Err.
func (v *Validator) Check(ctx context.Context, spec *ebpf.CollectionSpec, opts *ebpf.CollectionOptions) error {
	return v.gate(ctx, func() (*analyzer.Report, error) { return v.report(ctx, "", replace(spec, opts), opts) })
}

// Report is everything that a check of the spec finds, warnings and notes
// included, whatever the mode. name stands for the object in it. The error is
// [kernel.ErrNoTypes] if the kernel has no BTF.
func (v *Validator) Report(ctx context.Context, name string, spec *ebpf.CollectionSpec) (*analyzer.Report, error) {
	return v.report(ctx, name, spec, nil)
}

// report is Report for a load with opts, which may be nil.
func (v *Validator) report(ctx context.Context, name string, spec *ebpf.CollectionSpec, opts *ebpf.CollectionOptions) (*analyzer.Report, error) {
	obj, err := bpfobj.FromSpec(name, spec)
	if err != nil {
		return nil, err
	}
	planned, err := relocationTargets(opts)
	if err != nil {
		return nil, err
	}
	return v.run(ctx, obj, plan.Cilium, planned)
}

// relocationTargets are the types that opts match CO-RE relocations with.
func relocationTargets(opts *ebpf.CollectionOptions) (plan.Options, error) {
	var planned plan.Options
	if opts == nil {
		return planned, nil
	}
	if types := opts.Programs.KernelTypes; types != nil {
		g, err := btfgraph.FromSpec(types)
		if err != nil {
			return planned, fmt.Errorf("kernel types of the options: %w", err)
		}
		planned.CORETypes = g
	}
	for _, types := range opts.Programs.ExtraRelocationTargets {
		g, err := btfgraph.FromSpec(types)
		if err != nil {
			return planned, fmt.Errorf("extra relocation targets of the options: %w", err)
		}
		planned.ExtraCORETypes = append(planned.ExtraCORETypes, g)
	}
	return planned, nil
}

// ValidateBeforeLoad checks the object file at path as v.Loader would load it.
// It is the hook of managers that know only a path. Errors are those of
// [Validator.Check].
func (v *Validator) ValidateBeforeLoad(ctx context.Context, path string) error {
	return v.gate(ctx, func() (*analyzer.Report, error) {
		obj, err := bpfobj.ReadFile(path)
		if err != nil {
			return nil, err
		}
		l := v.Loader
		if l == nil {
			l = plan.Libbpf
		}
		return v.run(ctx, obj, l, plan.Options{})
	})
}

// run checks the object against the kernel that v names.
func (v *Validator) run(ctx context.Context, obj *bpfobj.Object, l *plan.Loader, planned plan.Options) (*analyzer.Report, error) {
	k := v.Kernel
	if k == nil {
		var err error
		if k, err = kernel.Running(); err != nil {
			return nil, err
		}
		defer k.Close()
	}
	if k.Types == nil {
		return nil, kernel.ErrNoTypes
	}
	return analyzer.Run(ctx, analyzer.Input{
		Objects: []*bpfobj.Object{obj},
		Kernels: []*kernel.Kernel{k},
		Loaders: []*plan.Loader{l},
		Rules:   rules.All(),
		Options: analyzer.Options{Plan: planned},
	})
}

// gate applies the mode to the outcome of a check.
func (v *Validator) gate(ctx context.Context, check func() (*analyzer.Report, error)) error {
	mode := v.mode(ctx)
	if mode == ModeOff {
		return nil
	}
	report, err := check()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return v.cannotCheck(ctx, err)
	}
	refusal := newError(report)
	if refusal == nil {
		for _, e := range report.Errors {
			if err := v.cannotCheck(ctx, errors.New(e.Message)); err != nil {
				return err
			}
		}
		return nil
	}
	if mode == ModeWarn {
		v.logger().WarnContext(ctx, refusal.Error(), "gate", "btflint")
		return nil
	}
	return refusal
}

// cannotCheck lets the load go on, unless v is strict.
func (v *Validator) cannotCheck(ctx context.Context, cause error) error {
	err := fmt.Errorf("btflint: %w: %w", ErrCannotCheck, cause)
	if v.Strict {
		return err
	}
	v.logger().WarnContext(ctx, err.Error(), "gate", "btflint")
	return nil
}

func (v *Validator) logger() *slog.Logger {
	if v.Logger != nil {
		return v.Logger
	}
	return slog.Default()
}

// mode is the environment's word, else the caller's. A word that is none is
// logged and counts for nothing: a slip of an operator stops no load, and
// switches no check off.
func (v *Validator) mode(ctx context.Context) Mode {
	for _, mode := range [...]Mode{Mode(os.Getenv(ModeVariable)), v.Mode} {
		switch mode {
		case "":
		case ModeEnforce, ModeWarn, ModeOff:
			return mode
		default:
			v.logger().WarnContext(ctx, fmt.Sprintf("btflint: mode %q is none of enforce, warn, off", mode), "gate", "btflint")
		}
	}
	return ModeEnforce
}
