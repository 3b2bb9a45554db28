package usedby

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// announce tells the kernels which types paths of fields start from.
func announce(objects []report.ObjectDeps, kernels []*kernel.Kernel) {
	var names []string
	for i := range objects {
		for k := range objects[i].Deps {
			if d := &objects[i].Deps[k]; d.Kind == plan.DepField || d.Kind == plan.DepEnumerator {
				names = append(names, d.Parent)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, k := range kernels {
		if k.Types != nil {
			k.Types.Prefetch(names...)
		}
	}
}

// add notes what subjects a dependency is about; raw are the tracepoints whose
// records the object reads by relocations.
func (s *Set) add(object string, d *plan.Dep, raw map[string]bool, kernels []*kernel.Kernel) {
	w := want{object: object, dep: d, scope: anything, limit: btfdiff.GradeBreaks}
	if onlyAsked(d.As) {
		w.scope, w.limit = existence, btfdiff.GradeRelocatable
	}
	put := func(kind btfdiff.Kind, name string) {
		sub := subject{kind, name}
		s.wants[sub] = append(s.wants[sub], w)
	}
	switch d.Kind {
	case plan.DepStruct, plan.DepUnion, plan.DepEnum, plan.DepType:
		w.scope = typeScope(d.As)
		put(ownKind(d.Kind), d.Name)
		if d.Kind == plan.DepType {
			put(btfdiff.KindInt, d.Name)
		}
	case plan.DepField:
		s.addField(w, kernels)
	case plan.DepEnumerator:
		if len(kernels) > 1 && !hasEnumerator(kernels[0], d.Parent, d.Name) {
			w.limit = btfdiff.GradeAddition
		}
		w.part = d.Name
		put(btfdiff.KindEnum, d.Parent)
	case plan.DepFunction:
		if strings.ContainsAny(d.Name, "*?") {
			s.patterns = append(s.patterns, w)
			return
		}
		put(btfdiff.KindFunc, d.Name)
	case plan.DepSyscall:
		for _, prefix := range syscallPrefixes(kernels) {
			put(btfdiff.KindFunc, prefix+d.Name)
		}
	case plan.DepTracepoint:
		event := d.Name[strings.IndexByte(d.Name, '/')+1:]
		if raw[rawEvent+event] { // the fields are dependencies of their own
			w.scope = existence
		}
		put(btfdiff.KindTracepoint, event)
	case plan.DepKfunc:
		put(btfdiff.KindKfunc, d.Name)
		put(btfdiff.KindFunc, d.Name) // where kfuncs cannot be told
	case plan.DepTypelessKsym:
		w.scope = existence
		put(btfdiff.KindVar, d.Name)
		put(btfdiff.KindFunc, d.Name)
	case plan.DepStructOpsMember:
		w.part = strings.TrimPrefix(d.Name, d.Parent+".")
		put(btfdiff.KindStructOps, d.Parent)
	case plan.DepStructOpsType:
		w.scope = existence
		put(btfdiff.KindStructOps, d.Name)
	case plan.DepVirtualKconfig: // the loader's own
	default:
		put(ownKind(d.Kind), d.Name)
	}
}

// rawEvent starts the names of the records of tracepoints.
const rawEvent = "trace_event_raw_"

// recordsRead are the types of records of tracepoints of which the object reads
// fields by relocations.
func recordsRead(deps []plan.Dep) map[string]bool {
	read := make(map[string]bool)
	for i := range deps {
		if deps[i].Kind == plan.DepField && strings.HasPrefix(deps[i].Parent, rawEvent) {
			read[deps[i].Parent] = true
		}
	}
	return read
}

// ownKind is the kind of the changes of a dependency that is one thing with a
// name of its own.
func ownKind(k plan.DepKind) btfdiff.Kind {
	switch k {
	case plan.DepStruct:
		return btfdiff.KindStruct
	case plan.DepUnion:
		return btfdiff.KindUnion
	case plan.DepEnum:
		return btfdiff.KindEnum
	case plan.DepType:
		return btfdiff.KindTypedef
	case plan.DepLSMHook:
		return btfdiff.KindLSMHook
	case plan.DepIterator:
		return btfdiff.KindIterator
	case plan.DepRawTracepoint:
		return btfdiff.KindTracepoint
	case plan.DepKsym:
		return btfdiff.KindVar
	case plan.DepHelper:
		return btfdiff.KindHelper
	case plan.DepMapType:
		return btfdiff.KindMapType
	case plan.DepProgramType:
		return btfdiff.KindProgType
	case plan.DepAttachType:
		return btfdiff.KindAttachType
	default:
		return btfdiff.KindConfig
	}
}

// typeScope is what of a type matters by the relocations that ask for it.
func typeScope(as []string) scope {
	s := existence
	for _, kind := range as {
		switch kind {
		case plan.CORETypeSize.String():
			s = max(s, size)
		case plan.CORETypeMatches.String():
			s = anything
		}
	}
	return s
}

// onlyAsked reports whether a type, field or enumerator is only asked whether it
// exists or matches, which the loader answers on every kernel.
func onlyAsked(as []string) bool {
	for _, kind := range as {
		switch kind {
		case plan.COREFieldExists.String(), plan.COREEnumvalExists.String(), plan.CORETypeExists.String(), plan.CORETypeMatches.String():
		default:
			return false
		}
	}
	return len(as) > 0
}

// addField notes the members that a path of fields leads through, in each of
// the kernels that has it.
func (s *Set) addField(w want, kernels []*kernel.Kernel) {
	seen := make(map[place]bool)
	for i, k := range kernels {
		if i > 0 && len(seen) == 0 {
			w.limit = btfdiff.GradeAddition
		}
		for _, p := range fieldPlaces(k, w.dep) {
			kind, ok := placeKind(p.kind)
			if !ok || seen[p] {
				continue
			}
			seen[p] = true
			w.part = p.part
			sub := subject{kind, p.name}
			s.wants[sub] = append(s.wants[sub], w)
		}
	}
}

// hasEnumerator reports whether an enum of that name has the enumerator.
func hasEnumerator(k *kernel.Kernel, enum, name string) bool {
	if k.Types == nil {
		return false
	}
	for id := range k.Types.ByName(btfgraph.KindVoid, enum) {
		if kind := k.Types.Kind(id); kind != btfgraph.KindEnum && kind != btfgraph.KindEnum64 {
			continue
		}
		for i := range k.Types.Vlen(id) {
			if k.Types.Enumerator(id, i).Name == name {
				return true
			}
		}
	}
	return false
}

// fieldPlaces are the members that a path of fields leads through in a kernel,
// from each type of its root's name; nil if it leads nowhere.
func fieldPlaces(k *kernel.Kernel, d *plan.Dep) []place {
	if k.Types == nil {
		return nil
	}
	var all []place
	for id := range k.Types.ByName(btfgraph.KindVoid, d.Parent) {
		if _, ok := placeKind(k.Types.Kind(id)); !ok {
			continue
		}
		if places, found := walk(k.Types, id, strings.TrimPrefix(d.Name, d.Parent+".")); found {
			all = append(all, places...)
		}
	}
	return all
}

// placeKind is the kind of the changes of a type with members.
func placeKind(k btfgraph.Kind) (btfdiff.Kind, bool) {
	switch k {
	case btfgraph.KindStruct:
		return btfdiff.KindStruct, true
	case btfgraph.KindUnion:
		return btfdiff.KindUnion, true
	case btfgraph.KindTypedef:
		return btfdiff.KindTypedef, true
	}
	return 0, false
}

// syscallPrefixes start the names of the functions of system calls on the
// architectures of the kernels, on all of them if one is unknown (libbpf
// libbpf.c, arch_specific_syscall_pfx).
func syscallPrefixes(kernels []*kernel.Kernel) []string {
	byArch := []struct{ arch, prefix string }{
		{"amd64", "__x64_sys_"}, {"arm64", "__arm64_sys_"}, {"s390x", "__s390x_sys_"}, {"riscv64", "__riscv_sys_"},
		{"arm", "__arm_sys_"}, {"386", "__ia32_sys_"}, {"mips64le", "__mips_sys_"}, {"ppc64le", "__powerpc_sys_"},
		{"", "sys_"}, // kernels without wrappers
	}
	var prefixes []string
	for _, row := range byArch {
		if row.arch == "" || slices.ContainsFunc(kernels, func(k *kernel.Kernel) bool { return k.Arch == "" || k.Arch == row.arch }) {
			prefixes = append(prefixes, row.prefix)
		}
	}
	return prefixes
}

// Glob reports whether a name matches a pattern, in which "*" stands for any
// characters and "?" for one.
func Glob(pattern, name string) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
