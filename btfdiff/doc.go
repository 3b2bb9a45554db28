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
//   - A bitfield of another width is relocatable, because BPF_CORE_READ_BITFIELD
//     asks for it. A plain member that became a bitfield breaks; a bitfield that
//     became plain is relocatable.
//   - An enumerator that is gone breaks (bpf_enum_value_exists aside), another
//     value is semantic: bpf_core_enum_value absorbs it, a compiled-in number does not.
//   - Arguments are read by position and from whole registers: a parameter that is gone
//     or moved breaks, one of another width or sign is semantic, and so is another name,
//     which may be another role. One that is appended is semantic for
//     functions and LSM hooks, as fexit and LSM programs find what the function returned
//     behind the last argument; it breaks calls of kfuncs, whose prototypes libbpf
//     compares (bpf_core_types_are_compat); it is an addition where programs get
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
// Definitions are compared by sums of 128 bits of what they consist of, where
// named types count by name and, where they are held by value, by size and class.
// So a change is told once, where it was made, and not of everything that points
// there. Only definitions whose sums differ are decoded.
//
// What a kernel's BTF does not tell is not compared, and [Diff.Unchecked] says
// so: the signs of enums and the type tags of old encoders, the kfuncs of kernels whose
// BTF has no bpf_kfunc tags, and, unless both are known, modules and configuration.
package btfdiff
