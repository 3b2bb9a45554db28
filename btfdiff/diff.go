// Package btfdiff tells what changed between the types of two kernels, and what
// each change does to BPF programs.
//
// A text difference of two dumps is 120,000 lines, because every id and most
// offsets differ. Compare goes by meaning: things of the same kind and name are
// the same thing, and only what programs can notice is a change.
//
// # Grades
//
// A program reads fields through CO-RE relocations, so that what counts is what
// libbpf makes of them (src/relo_core.c):
//
//   - A member that is gone or has another name breaks: relocations go by name
//     (bpf_core_match_member). One that is at another offset, or inside or
//     outside of anonymous structs and unions, is relocatable.
//   - A member of an incompatible type breaks (bpf_core_fields_are_compat): an
//     integer that became a pointer, a struct or an enum, an enum of another
//     name. So does an integer of another size: BPF_CORE_READ copies as many bytes
//     as the object's own type has. Typedefs, qualifiers and other spellings of the
//     same type are relocatable. A sign is semantic.
//   - A pointer to another struct breaks: the next relocation of a chain is made for
//     the struct that the object knows, and reads other memory. Between void * and
//     a typed pointer the change is semantic.
//   - A struct by value that became another one breaks, unless that one has all
//     its members: libbpf takes any struct for any other, and looks for the members.
//   - An array that shrinks breaks (bpf_core_parse_spec, index out of bounds), one that
//     grows is relocatable.
//   - A bitfield of another width, or of an integer of another size, is relocatable,
//     because BPF_CORE_READ_BITFIELD asks for them. A plain member that became a
//     bitfield breaks; a bitfield that became plain is relocatable.
//   - An enumerator that is gone breaks (bpf_enum_value_exists aside), another
//     value is semantic: bpf_core_enum_value absorbs it, a compiled-in number does not.
//   - Arguments are read by position and from whole registers: a parameter that is gone
//     or moved breaks, one of another width or sign is semantic, and so is another name,
//     which may be another role. One that is appended is semantic for
//     functions and LSM hooks, as fexit and LSM programs find what the function returned
//     behind the last argument; it breaks calls of kfuncs, whose prototypes libbpf
//     compares (bpf_core_types_are_compat), as does a parameter or a result of another
//     sort, such as void * that became a typed pointer; it is an addition where programs get
//     no return value: tracepoints, iterators, struct_ops.
//   - Of helpers, map types, program types and attach types programs hold the
//     number: another number breaks, another name for it is semantic.
//   - A configuration option that is off has no value, which fails the load if an
//     object declares it as a strong extern: it breaks. Another value is semantic.
//
// # What is compared
//
// Types of the same name are matched by their contents: kernels have several
// structs of some names. Anonymous types belong to the member or typedef that
// has them, and are compared there; anonymous enums have no owner, and their
// enumerators are one change. ENUM and ENUM64 are both enums.
//
// Definitions are compared by what they consist of, where named types count by
// name and, where they are held by value, by size and class. So a change is told
// once, where it was made, and not of everything that points there. Only
// definitions that differ are decoded.
//
// What a kernel's BTF does not tell is not compared, and [Diff.Unchecked] says
// so: the signs of enums and of char and the type tags of old encoders, the kfuncs of kernels whose
// BTF has no bpf_kfunc tags, and, unless both are known, modules and configuration.
package btfdiff

import (
	"errors"

	"github.com/btflint/btflint/analyzer/kernel"
)

// ErrTooComplex says that types are so intertwined, or their names so long, that
// comparing them would take time or memory out of proportion. No compiler writes
// such BTF.
var ErrTooComplex = errors.New("types too complex to be compared")

// Options says what to compare. The zero value compares everything.
type Options struct {
	// Kinds are the kinds to compare. The default is all of them.
	Kinds []Kind
	// Match tells which names to compare, so that nothing else is decoded. It is
	// called from several goroutines. The default is all names.
	Match func(Kind, string) bool
}

// Diff is what changed between two kernels.
//
// It holds pieces of both: neither it nor anything obtained from it may be used
// after one of them is closed. It is immutable and safe for concurrent use.
type Diff struct {
	Old, New string // names of the kernels
	// Changes holds one entry per kind and name, by kind, then by name.
	Changes []Change
	// Unchecked says what could not be compared and why. That a kind has no
	// changes tells nothing if it is named here.
	Unchecked []Unchecked
}

// Unchecked is something that could not be compared.
type Unchecked struct {
	// Kind is the kind of things that could not be compared, if Whole is set;
	// else Text concerns a property of things that were compared otherwise.
	Kind  Kind
	Whole bool
	Text  string // "kfuncs: no bpf_kfunc tags in 6.1", one line
}

// ChangeType tells on which side a thing is.
type ChangeType uint8

// Types of a change.
const (
	Added   ChangeType = iota // only the new kernel has it
	Removed                   // only the old kernel has it
	Changed                   // both have it, and it differs
)

// String is the type in the words of the JSON contract.
func (c ChangeType) String() string {
	switch c {
	case Added:
		return "added"
	case Removed:
		return "removed"
	}
	return "changed"
}

// MarshalText implements [encoding.TextMarshaler] with [ChangeType.String].
func (c ChangeType) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Change is what happened to one thing.
type Change struct {
	Name   string // in C spelling, without "struct" and the like
	Kind   Kind
	Change ChangeType
	// Grade is the greatest of Details; [GradeAddition] of what was added, and
	// [GradeBreaks] of what was removed, whatever they say.
	Grade Grade
	// Details are what changed: the thing itself first, then what only the old
	// kernel has, then the members, parameters or enumerators of the new one in
	// their order. Most added or removed things have none.
	Details []Detail
	// Modules are the modules that hold the thing, nil if vmlinux does.
	Modules *Modules
}

// Modules are modules of both kernels, "" for vmlinux and where a thing does
// not exist.
type Modules struct{ Old, New string }

// Both are the modules of the old and the new kernel, both "" if m is nil.
func (m *Modules) Both() (old, new string) {
	if m == nil {
		return "", ""
	}
	return m.Old, m.New
}

// modules are the modules that hold a thing, nil for vmlinux.
func modules(old, new string) *Modules {
	if old == "" && new == "" {
		return nil
	}
	return &Modules{old, new}
}

// Detail is one thing that changed.
type Detail struct {
	Grade Grade
	What  What
	// Layout numbers from 1 the types of one name, if a kernel has several
	// that differ and are not in the other; 0 is the only one.
	Layout int32
	// Subject is the member, parameter, enumerator, entry or tag: its name, for a
	// member the path through members of anonymous types ("u.x"), "#2" for
	// the second parameter if it has no name, "return" for what a function
	// returns; "" for the thing itself. Of a renamed one it is the old name.
	Subject string
	// Old and New are the two sides: what they hold depends on What, one that
	// has nothing to say is empty.
	Old, New Value
}

// Compare compares two kernels by meaning: by names and layouts, not by type
// ids, by the order of types, or by how compilers spell integers. Both have to
// stay open, and neither is modified.
//
// The result is deterministic. Comparing a kernel with itself finds nothing,
// and swapping the kernels swaps added and removed, and the sides of every
// detail, whose grades depend on the direction.
//
// Modules are compared if those of both kernels are known: what vmlinux and they
// define under one name is one thing. Otherwise only vmlinux is.
//
// The error wraps [kernel.ErrNoTypes] if a kernel has no types or if they
// cannot be read to their end, or [ErrTooComplex]. Other parts of a kernel that
// are unknown or unreadable are in [Diff.Unchecked].
func Compare(old, new *kernel.Kernel, opts Options) (*Diff, error) {
	c, err := newComparison(old, new, opts)
	if err != nil {
		return nil, err
	}
	changes := c.changes()
	if c.left.Load() < 0 {
		return nil, ErrTooComplex
	}
	return &Diff{Old: old.Name, New: new.Name, Changes: changes, Unchecked: c.unchecked}, nil
}
