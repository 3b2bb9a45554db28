package btfdiff

import (
	"github.com/btflint/btflint/analyzer/kernel"
)

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
	// Unchecked says what could not be compared and why, a line each. That a
	// kind has no changes tells nothing if it is in a line here.
	Unchecked []Unchecked
}

// Unchecked is something that could not be compared.
type Unchecked struct {
	// Kind is what it concerns; All is set if it concerns every kind that is
	// read off types, and Kind means nothing then.
	Kind Kind
	All  bool
	Text string // "kfuncs: 6.1 has no bpf_kfunc tags", without a period
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
	Kind   Kind
	Name   string // in C spelling, without "struct" and the like
	Change ChangeType
	Grade  Grade // the greatest of Details
	// Details are what changed, in the order of the members, parameters or
	// enumerators of the new kernel, what the old one alone has first.
	// An added or removed thing has none, unless there is something to say of it.
	Details []Detail
	// OldModule and NewModule are the modules that hold the thing, "" for
	// vmlinux and where it does not exist.
	OldModule, NewModule string
}

// Detail is one thing that changed.
type Detail struct {
	Grade Grade
	What  What
	// Subject is the member, parameter, enumerator, entry or tag: its name, for a
	// member the path through named anonymous types ("u.x"), "#2" for
	// the second parameter if it has no name, "return" for what a function
	// returns; "" for the thing itself. Of a renamed one it is the old name.
	Subject string
	// Old and New are the two sides: what they hold depends on What, one that
	// has nothing to say is empty.
	Old, New Value
	// Layout numbers from 1 the types of one name, as far as a kernel has several
	// that differ; 0 is the only one.
	Layout int
}

// Compare compares two kernels by meaning: by names and layouts, not by type
// ids, by the order of types, or by how compilers spell integers.
//
// The result is deterministic. Comparing a kernel with itself finds nothing,
// and swapping the kernels swaps added and removed, and the sides of every
// detail, whose grades depend on the direction.
//
// The error wraps [kernel.ErrNoTypes] if a kernel has no types or if they
// cannot be read to their end, and [ErrTooComplex]. Other parts of a kernel that
// are unknown or unreadable are in [Diff.Unchecked].
func Compare(old, new *kernel.Kernel, opts Options) (*Diff, error) {
	return nil, nil
}
