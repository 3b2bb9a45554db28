package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cilium/ebpf/btf"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// commonNames are the types that nearly every check asks for: one walk over
// the BTF finds them all.
var commonNames = [...]string{"bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_func_id", ctxConvert}

// Open opens the kernel that spec names. Files are mapped, and beyond their
// first bytes read when they are first needed: see [Kernel.Errors] for what
// shows only then. The caller closes the kernel.
//
// The error is a [*PartError] of the types and an [ErrNoTypes]. Another part
// that cannot be read is unknown, and among [Kernel.Errors]. A System.map that
// is Debian's stub, and hidden addresses, are no errors but [Kernel.Notes].
func Open(spec Spec) (*Kernel, error) {
	k := &Kernel{Name: spec.Name}
	if err := k.open(spec); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

func (k *Kernel) open(spec Spec) error {
	path, dir := spec.Types, ""
	switch {
	case isRunning(path):
		path, dir = filepath.Join(sysBTF, "vmlinux"), sysBTF
		k.setRunning()
	case isDir(path):
		path, dir = filepath.Join(path, "vmlinux"), path
	}
	base, err := k.openTypes(path)
	if err != nil {
		return err
	}
	k.fail(PartModules, spec.Modules, k.openModules(spec.Modules, dir, base))
	k.fail(PartSymbols, spec.Symbols, k.openSymbols(spec.Symbols))
	k.fail(PartConfig, spec.Config, k.openConfig(spec.Config))
	if k.Name == "" {
		k.Name = k.Release
	}
	if k.Name == "" {
		k.Name = filepath.Base(spec.Types)
	}
	return nil
}

// fail notes why a part cannot be read, if err says so.
func (k *Kernel) fail(part Part, path string, err error) {
	if err != nil {
		k.failures = append(k.failures, asPart(part, path, err))
	}
}

// openTypes opens vmlinux BTF.
func (k *Kernel) openTypes(path string) (*btfgraph.Raw, error) {
	img, err := k.src.image(path)
	if err != nil {
		return nil, partError(PartTypes, path, err)
	}
	base, err := btfgraph.Open(img.types, nil)
	if err != nil {
		return nil, partError(PartTypes, path, err)
	}
	base.Prefetch(commonNames[:]...)
	k.Types, k.path, k.ByteOrder = base, path, base.Header().Order
	if k.Arch == "" {
		k.Arch = img.arch
	}
	return base, nil
}

// openModules lists the modules in the directory that was given, else in dir,
// which holds those beside the types; "" if there is none.
func (k *Kernel) openModules(given, dir string, base *btfgraph.Raw) error {
	switch given {
	case noModules:
		k.Modules = make(map[string]btfgraph.Graph)
		return nil
	case "":
		if dir == "" {
			return nil
		}
	default:
		if dir = given; !isDir(dir) {
			return partError(PartModules, dir, errors.New("not a directory"))
		}
	}
	var err error
	k.Modules, err = k.src.modules(dir, base)
	return err
}

// openSymbols prepares the symbols of that file, else those of the running kernel.
func (k *Kernel) openSymbols(path string) error {
	if path == "" {
		if k.Running {
			k.runningSymbols()
		}
		return nil
	}
	head, whole, open, err := k.src.text(path, headSize)
	if err == nil {
		err = checkSymbols(head, whole)
	}
	if errors.Is(err, ErrStub) {
		k.note("symbols %q: Debian's stub, the real System.map is in the debug package", path)
		return nil
	}
	if err != nil {
		return partError(PartSymbols, path, err)
	}
	k.Symbols = lazySymbols(path, open)
	// Addresses are hidden either all or not at all, so that the first page
	// tells; only if it is suspect the rest is read.
	if !hasAddress(head) && !k.Symbols.HasAddresses() {
		k.note("symbols %q: all addresses are zero (kptr_restrict), only names count", path)
	}
	return nil
}

// openConfig prepares the configuration in that file, else that of the running kernel.
func (k *Kernel) openConfig(path string) error {
	if path == "" {
		if k.Running {
			k.runningConfig()
		}
		return nil
	}
	head, whole, open, err := k.src.text(path, configHead)
	if err == nil {
		err = checkConfig(head, whole)
	}
	if err != nil {
		return partError(PartConfig, path, err)
	}
	k.Config = lazyConfig(path, open)
	if k.Arch == "" {
		k.Arch = configArch(head, k.ByteOrder == binary.LittleEndian)
	}
	return nil
}

func (k *Kernel) note(format string, args ...any) {
	k.Notes = append(k.Notes, fmt.Sprintf(format, args...))
}

// FromSpec is the kernel whose BTF a caller of cilium/ebpf has loaded already,
// with that of its modules by name; nil modules are unknown, an empty map is a
// kernel without modules. Symbols and config are unknown. The specs are not
// modified and not used any more after the call. See [btfgraph.FromSpec] for
// what a Spec does not tell.
//
// The error wraps [ErrNoTypes].
func FromSpec(name string, types *btf.Spec, modules map[string]*btf.Spec) (*Kernel, error) {
	base, err := btfgraph.FromSpec(types)
	if err != nil {
		return nil, fmt.Errorf("types: %w: %w", ErrNoTypes, err)
	}
	k := &Kernel{Name: name, Types: base}
	if modules == nil {
		return k, nil
	}
	k.Modules = make(map[string]btfgraph.Graph, len(modules))
	for name, spec := range modules {
		spec := spec.Copy()
		k.Modules[name] = &module{base: base, open: func() (btfgraph.Graph, error) {
			g, err := btfgraph.FromSplitSpec(spec, base)
			if err != nil {
				return nil, fmt.Errorf("module %q: %w", name, err)
			}
			return g, nil
		}}
	}
	return k, nil
}
