package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// addExterns adds kfuncs, ksyms and the variables of .kconfig. The error names
// the undefined symbols of which nothing tells what they are.
func (s *depSet) addExterns() error {
	unread, first := 0, ""
	for _, e := range s.p.Object.Externs {
		if e.Symbol == 0 && !s.p.Object.FromSpec {
			continue // an entry of BTF that no symbol asks for
		}
		key, ok := s.externKey(e)
		if !ok {
			if e.ID == btfgraph.Void {
				if unread++; first == "" {
					first = e.Name
				}
			}
			continue // something of another object
		}
		d := s.add(key)
		if d == nil {
			return nil
		}
		if _, flavor := s.flavor(e.Name); key.name != e.Name && flavor != "" {
			d.Flavors = s.insert(d.Flavors, flavor)
		}
		if s.p.Loader.ObjectWideExterns && !e.Weak {
			d.Optional = false
		}
		for _, r := range e.Refs {
			s.useInsn(d, r.Func, r.Insn, e.Weak)
		}
	}
	if unread > 0 {
		return fmt.Errorf("%s without BTF, first %q", countOf(unread, "undefined symbol"), first)
	}
	return nil
}

// externKey is the dependency that an extern is, false if it is none.
func (s *depSet) externKey(e *bpfobj.Extern) (depKey, bool) {
	key := depKey{name: e.Name}
	switch e.Kind {
	case bpfobj.ExternFunc:
		key.kind = DepKfunc
		if s.p.Loader.FlavoredKfuncs {
			key.name, _ = s.flavor(e.Name)
		}
	case bpfobj.ExternVar:
		key.kind = DepKsym
		if e.Typeless() {
			key.kind = DepTypelessKsym
		}
	case bpfobj.ExternKconfig:
		key.kind = DepVirtualKconfig
		if strings.HasPrefix(e.Name, "CONFIG_") {
			key.kind = DepConfigOption
		}
	default:
		return key, false
	}
	return key, len(e.Name) <= maxDepName
}

// addStructOps adds the types of struct_ops maps, and the members that they set.
func (s *depSet) addStructOps() {
	for i := range s.p.StructOps {
		b := &s.p.StructOps[i]
		m := b.Map
		name, flavor := m.TypeName, ""
		if s.p.Loader.FlavoredStructOps {
			name, flavor = s.flavor(name)
		}
		if name == "" || len(name) > maxDepName/2 || b.Status == StructOpsMalformed || s.budget < 0 {
			continue
		}
		t := s.add(depKey{kind: DepStructOpsType, name: name})
		if t == nil {
			return
		}
		if flavor != "" {
			t.Flavors = s.insert(t.Flavors, flavor)
		}
		for k := range m.Members {
			member := &m.Members[k]
			if member.Program == nil && !member.NonZero || member.Name == "" || len(member.Name) > maxDepName/2 {
				continue // the kernel's member need not be there
			}
			d := s.add(depKey{kind: DepStructOpsMember, name: name + "." + member.Name, parent: name})
			if d == nil {
				return
			}
			if flavor != "" {
				d.Flavors = s.insert(d.Flavors, flavor)
			}
			s.useMember(d, b, member)
			if member.Program != nil {
				t.funcs = append(t.funcs, member.Program)
			}
		}
		loc := s.p.Object.LocateSection(m.Section, m.Offset)
		s.useStructOps(t, b, loc)
		s.useStructOps(s.add(depKey{kind: DepMapType, name: mapTypePrefix + mapTypes[mapStructOps]}), b, loc)
	}
}

// useMember notes a member that a map sets: a callback is where its program is.
func (s *depSet) useMember(d *depEntry, b *StructOpsBinding, member *bpfobj.StructOpsMember) {
	if member.Program == nil {
		s.useStructOps(d, b, s.p.Object.LocateSection(b.Map.Section, b.Map.Offset+uint64(member.BitOffset/8)))
		return
	}
	s.use(d, member.Program, s.p.Object.LocateFunction(member.Program), true)
	d.Optional = d.Optional && !b.Autocreate
}

// useStructOps notes a use by a struct_ops map.
func (s *depSet) useStructOps(d *depEntry, b *StructOpsBinding, loc bpfobj.Location) {
	if d == nil {
		return
	}
	s.use(d, nil, loc, true)
	d.Optional = d.Optional && !b.Autocreate
}

// addHelpers adds the helpers that the code calls, linked or not.
func (s *depSet) addHelpers() {
	for _, f := range s.p.Object.Functions {
		for i := 0; i < len(f.Insns) && s.budget >= 0; i++ {
			insn := f.Insns[i]
			if insn.Op == bpfobj.LdImm64 {
				i++
				continue
			}
			if !insn.IsHelperCall() || refAt(f, i) != nil {
				continue
			}
			name := strconv.Itoa(int(insn.Imm))
			if known := nameOf(helpers[:], uint32(insn.Imm)); known != "" && insn.Imm != 0 {
				name = "bpf_" + known
			}
			s.useInsn(s.add(depKey{kind: DepHelper, name: name}), f, i, false)
		}
	}
}

const mapTypePrefix = "BPF_MAP_TYPE_"

// addMaps adds the types of the maps that the loader creates, and of those in
// them. Both loaders create every map of an object that is loaded as it is.
func (s *depSet) addMaps() {
	for i := range s.p.Maps {
		for mp := &s.p.Maps[i]; mp != nil && mp.Created; mp = mp.Inner {
			name := mp.TypeName
			switch {
			case mp.Def.Type == 0:
				continue // malformed
			case name == "":
				name = strconv.FormatUint(uint64(mp.Def.Type), 10)
			}
			d := s.add(depKey{kind: DepMapType, name: name})
			if d == nil {
				return
			}
			d.Optional = false
			s.use(d, nil, s.p.Object.LocateSection(mp.Map.Section, mp.Map.Offset), true)
			d.funcs = append(d.funcs, mp.Map.Refs...)
		}
	}
}

// addPrograms adds the types of programs and what they attach to.
func (s *depSet) addPrograms() {
	for i := range s.p.Programs {
		pp := &s.p.Programs[i]
		f := pp.Program.Function
		loc := s.p.Object.LocateFunction(f)
		if pp.ProgType != "" {
			s.use(s.add(depKey{kind: DepProgramType, name: pp.ProgType}), f, loc, false)
		}
		if pp.AttachType != "" {
			s.use(s.add(depKey{kind: DepAttachType, name: pp.AttachType}), f, loc, false)
		}
		key, as, ok := s.attachKey(pp)
		if !ok || key.name == "" || len(key.name) > maxDepName || len(key.module) > maxDepName {
			continue
		}
		d := s.add(key)
		s.use(d, f, loc, false)
		if d != nil && as != "" {
			d.As = s.insert(d.As, as)
		}
	}
}

// attachKey is what a program attaches to, and the row of the section table
// that says how; false if that is nothing of the kernel's that has a name.
func (s *depSet) attachKey(pp *ProgramPlan) (key depKey, as string, ok bool) {
	def := pp.Def
	if def == nil {
		def = s.p.Loader.matchSection(s.p.Loader.sectionName(pp.Program))
	}
	if def != nil && "BPF_PROG_TYPE_"+def.ProgType == pp.ProgType {
		as = strings.TrimSuffix(def.Name, ".s")
	}
	key.name = pp.AttachTo
	switch pp.ProgType {
	case "BPF_PROG_TYPE_KPROBE":
		key, ok = kprobeKey(as, pp.AttachTo)
	case "BPF_PROG_TYPE_TRACEPOINT":
		key.kind, ok = DepTracepoint, true
	case "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE":
		key.kind, ok = DepRawTracepoint, true
	case "BPF_PROG_TYPE_TRACING", "BPF_PROG_TYPE_LSM":
		if attrs := pp.Program.Explicit; attrs != nil && attrs.AttachTarget {
			return key, as, false // another program
		}
		if module, target, found := strings.Cut(key.name, ":"); found && s.p.Loader.Attach.Modules {
			key.module, key.name = module, target
		}
		key.kind, ok = tracingKind(pp.AttachType), true
	}
	return key, as, ok
}

// tracingKind is the kind of the attach target of a tracing or LSM program.
func tracingKind(attachType string) DepKind {
	switch attachType {
	case "BPF_TRACE_RAW_TP":
		return DepRawTracepoint
	case "BPF_LSM_MAC", "BPF_LSM_CGROUP":
		return DepLSMHook
	case "BPF_TRACE_ITER":
		return DepIterator
	}
	return DepFunction
}

// kprobeKey is the target of a program of type KPROBE by the row that its
// section matches. Probes of user space have none (libbpf.c, attach_kprobe,
// attach_kprobe_multi, attach_ksyscall).
func kprobeKey(row, target string) (depKey, bool) {
	switch row {
	case "kprobe", "kretprobe":
		name, _, _ := strings.Cut(target, "+") // an offset follows
		return depKey{kind: DepFunction, name: name}, true
	case "kprobe.multi", "kretprobe.multi", "kprobe.session":
		return depKey{kind: DepFunction, name: target}, true
	case "ksyscall", "kretsyscall":
		return depKey{kind: DepSyscall, name: target}, true
	}
	return depKey{}, false
}
