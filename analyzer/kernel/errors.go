package kernel

import "errors"

// ErrNoTypes says that a kernel has no BTF or that it cannot be read.
var ErrNoTypes = errors.New("no kernel BTF")

// Part names a part of a kernel in the words of the JSON contract.
type Part string

// Parts of a kernel.
const (
	PartTypes   Part = "types"
	PartModules Part = "modules"
	PartSymbols Part = "symbols"
	PartConfig  Part = "config"
)

// PartError says why a part of a kernel cannot be read. One of [PartTypes] is
// an [ErrNoTypes].
type PartError struct {
	Part Part
	Path string // the file; the name of a module that comes from none
	Err  error
}

// Error names the part, the path and the cause.
func (e *PartError) Error() string {
	return string(e.Part) + " " + quote(e.Path) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *PartError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrNoTypes] and the error concerns the types.
func (e *PartError) Is(target error) bool { return target == ErrNoTypes && e.Part == PartTypes }

// asPart is the error of a part as it is, or err as one of that part.
func asPart(part Part, path string, err error) *PartError {
	if pe := (*PartError)(nil); errors.As(err, &pe) {
		return pe
	}
	return &PartError{Part: part, Path: path, Err: err}
}

// Errors reports the parts that cannot be read: those that [Open] could not,
// which are unknown, then those that proved unreadable when they were first
// needed, vmlinux BTF, the modules by name, symbols, config. The latter answer
// as if they were empty, so that what was concluded from their silence is worth
// nothing: ask after the last question, and see [Kernel.Readable]. Modules,
// symbols and config that nobody asked are not read for it.
func (k *Kernel) Errors() []*PartError {
	errs := append([]*PartError(nil), k.failures...)
	if err := k.typesError(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, k.moduleErrors()...)
	if err := k.Symbols.failed(); err != nil {
		errs = append(errs, asPart(PartSymbols, "", err))
	}
	if err := k.Config.failed(); err != nil {
		errs = append(errs, asPart(PartConfig, "", err))
	}
	return errs
}

// typesError says why the types cannot be read to their end, nil if they can.
func (k *Kernel) typesError() *PartError {
	g, ok := k.Types.(interface{ Err() error })
	if !ok {
		return nil
	}
	if err := g.Err(); err != nil {
		return asPart(PartTypes, k.path, err)
	}
	return nil
}

// Readable is the kernel in which the parts are unknown that proved unreadable
// so far: k itself if there are none. Modules are one part, and nothing is
// known of them without the types. It stands on the files of k: close k.
func (k *Kernel) Readable() *Kernel {
	r := &Kernel{
		Name: k.Name, Release: k.Release, Version: k.Version, Arch: k.Arch, ByteOrder: k.ByteOrder,
		Types: k.Types, Modules: k.Modules, Symbols: k.Symbols, Config: k.Config,
		Running: k.Running, Notes: k.Notes, path: k.path, failures: k.Errors(),
	}
	if len(r.failures) == len(k.failures) {
		return k
	}
	if k.typesError() != nil {
		r.Types, r.Modules = nil, nil
	}
	if len(k.moduleErrors()) > 0 {
		r.Modules = nil
	}
	if k.Symbols.failed() != nil {
		r.Symbols = nil
	}
	if k.Config.failed() != nil {
		r.Config = nil
	}
	return r
}

// Unknown lists the parts that are unknown, in the words of the JSON contract,
// in the order types, modules, symbols, config: those that nobody gave, and
// those that proved unreadable.
func (k *Kernel) Unknown() []string {
	var parts []string
	add := func(part Part, unknown bool) {
		if unknown {
			parts = append(parts, string(part))
		}
	}
	add(PartTypes, k.Types == nil)
	add(PartModules, k.Modules == nil || len(k.moduleErrors()) > 0)
	add(PartSymbols, k.Symbols == nil || k.Symbols.failed() != nil)
	add(PartConfig, k.Config == nil || k.Config.failed() != nil)
	return parts
}
