package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// planBuilder turns a plan into a planDoc.
type planBuilder struct {
	*plan.Plan
	// only is the program that everything has to concern, "" for any, and
	// linked are the functions that it links, nil for any.
	only   string
	linked map[*bpfobj.Function]bool
}

// newPlanDoc collects what a plan holds, or what of it concerns one program.
func newPlanDoc(p *plan.Plan, only string) planDoc {
	b := planBuilder{Plan: p, only: only}
	if only != "" {
		b.linked = make(map[*bpfobj.Function]bool)
		if prog := p.Object.Program(only); prog != nil {
			for _, f := range prog.Reachable() {
				b.linked[f] = true
			}
		}
	}
	d := planDoc{
		Object: jsonObject{p.Object.Name, p.Object.SHA256()}, Loader: planTool{p.Loader.Name, p.Loader.Version},
		Kernel: jsonKernel{Unknown: []string{"types", "modules", "symbols", "config"}, Notes: []string{}},
	}
	if k := p.Kernel; k != nil {
		d.Kernel = jsonKernel{k.Name, k.Release, k.Arch, list(k.Unknown()), list(k.Remarks())}
	}
	d.CORE, d.Unplanned = b.core(), len(p.Object.CORE)
	if len(p.CORE) > 0 {
		d.Unplanned = 0
	}
	if only == "" {
		d.Sections = b.sections()
	}
	d.Programs, d.Externs, d.StructOps = b.programs(), b.externs(), b.structOps()
	d.Maps, d.Helpers, d.Instructions, d.Baked = b.maps(), b.helpers(), b.instructions(), b.baked()
	d.Refusals, d.Oddities = b.refused(p.Refusals), b.refused(p.Oddities)
	d.Refusals = append(d.Refusals, b.refusedBTF()...)
	return d
}

// links reports whether the function belongs to what is shown.
func (b *planBuilder) links(f *bpfobj.Function) bool { return b.linked == nil || b.linked[f] }

// concerns reports whether the scope belongs to what is shown.
func (b *planBuilder) concerns(s plan.Scope) bool { return b.only == "" || b.Hits(s, b.only) }

// sections are the sections that hold code, data and declarations.
func (b *planBuilder) sections() []planSection {
	programs, functions := make(map[int]int), make(map[int]int)
	for _, f := range b.Object.Functions {
		if f.Program != nil {
			programs[f.Section]++
		} else {
			functions[f.Section]++
		}
	}
	maps := make(map[int]int)
	for i := range b.Maps {
		if m := &b.Maps[i]; m.Created {
			maps[m.Map.Section]++
		}
	}
	ops := make(map[int]int)
	for i := range b.StructOps {
		if s := &b.StructOps[i]; s.Status != plan.StructOpsIgnored {
			ops[s.Map.Section]++
		}
	}
	var list []planSection
	for i := range b.Object.Sections {
		if i == 0 {
			continue // the null section
		}
		s := &b.Object.Sections[i]
		var uses []string
		add := func(n int, noun string) {
			if n > 0 {
				uses = append(uses, plural(n, noun))
			}
		}
		add(programs[i], "program")
		add(functions[i], "function")
		add(maps[i], "map")
		add(ops[i], "struct_ops map")
		switch {
		case s.Name == "license":
			uses = append(uses, "license "+`"`+b.Object.License+`"`)
		case s.Name == ".BTF" && b.Object.Types != nil:
			add(int(b.Object.Types.Len())-1, "type")
		case s.Name == ".BTF.ext":
			add(len(b.Object.CORE), "CO-RE relocation")
		}
		const alloc = 2 // SHF_ALLOC
		if len(uses) > 0 || s.Flags&alloc != 0 && s.Size > 0 {
			list = append(list, planSection{s.Name, s.Size, cmp.Or(strings.Join(uses, ", "), "not used")})
		}
	}
	return list
}

func (b *planBuilder) programs() []planProgram {
	var all []planProgram
	for i := range b.Programs {
		pp := &b.Programs[i]
		if b.only != "" && pp.Program.Name != b.only {
			continue
		}
		flags := []string{}
		if pp.Sleepable {
			flags = append(flags, "sleepable")
		}
		if pp.XDPFrags {
			flags = append(flags, "xdp_has_frags")
		}
		all = append(all, planProgram{
			Name: pp.Program.Name, Section: pp.Program.SectionName, Load: pp.Autoload, Why: pp.Why,
			Type: strings.TrimPrefix(pp.ProgType, "BPF_PROG_TYPE_"), TypeSupport: pp.TypeSupport.String(),
			AttachType: strings.TrimPrefix(pp.AttachType, "BPF_"), AttachSupport: pp.AttachSupport.String(),
			AttachTo: pp.AttachTo, Target: attachTarget(&pp.Target),
			License: pp.License, GPL: pp.GPL, Flags: flags, Problem: pp.FlagProblem,
		})
	}
	return all
}

func attachTarget(t *plan.AttachBinding) planTarget {
	target := planTarget{
		Status: t.Status.String(), Name: t.Name, Module: t.Module, ID: uint32(t.ID), AtAttach: t.AtAttach,
	}
	if t.Name != "" {
		target.Kind = t.Kind.String()
	}
	switch {
	case t.Status == plan.AttachNoSymbol && t.Renamed != "":
		target.Detail = "its symbol is " + t.Renamed
	case t.Status == plan.AttachMissing && t.ModulesUnknown:
		target.Detail = "modules are unknown"
	}
	return target
}

func (b *planBuilder) externs() []planExtern {
	var all []planExtern
	for i := range b.Externs {
		e := &b.Externs[i]
		if b.only != "" && !slices.Contains(e.Uses.Programs, b.only) {
			continue
		}
		pe := planExtern{
			Name: e.Extern.Name, Kind: b.ExternNoun(e.Extern), Weak: e.Extern.Weak, Typeless: e.Extern.Typeless(),
			Status: e.Status.String(), Lookup: e.Name, Module: e.Module, ID: uint32(e.ID), Addresses: list(e.Addresses),
			PerCPU: e.PerCPU, Virtual: e.Virtual, Value: e.Value, Reason: externReason(e), DependsOn: e.Unknown,
			Programs: list(e.Uses.Programs),
		}
		if n, ok := b.VirtualValue(e); ok {
			pe.Value = utoa(n)
		}
		if r := e.Reach; len(r.Certain.Programs)+len(r.Possible.Programs)+len(r.Dead.Programs) > 0 {
			reach := b.reach(r)
			if b.only != "" { // they may be those of another program
				reach.Guard, reach.DependsOn, reach.Ends = nil, "", false
			}
			pe.Reach = &reach
		}
		all = append(all, pe)
	}
	return all
}

// externReason says what is wrong with an extern, "" if nothing is.
func externReason(e *plan.ExternBinding) string {
	reason := cmp.Or(e.Detail, e.Mismatch, e.Problem, e.Unsupported)
	switch {
	case reason != "":
		return reason
	case e.NoBTF:
		return "the kernel is built without BTF"
	case e.Ambiguous:
		return "several symbols have the name"
	case e.Status == plan.ExternFound && e.Address == plan.AddressMissing:
		return "it has no address in kallsyms"
	case e.Flavored != "":
		return "the kernel has " + e.Flavored
	case e.Status == plan.ExternMissing && e.Twin != "":
		return "the kernel has " + e.Twin
	}
	return ""
}

func (b *planBuilder) structOps() []planStructOps {
	var all []planStructOps
	for i := range b.StructOps {
		s := &b.StructOps[i]
		if !b.concerns(b.ScopeOfStructOps(i)) {
			continue
		}
		ps := planStructOps{
			Name: s.Map.Name, Section: s.Map.SectionName, Create: s.Autocreate, Type: cmp.Or(s.TypeName, s.Map.TypeName),
			Status: s.Status.String(), Module: s.Module, ValueType: uint32(s.ValueType), KernelType: uint32(s.KernelType),
			DataOffset: s.DataOffset, Members: []planMember{},
		}
		switch {
		case s.Status == plan.StructOpsUnchecked:
			ps.DependsOn = "types"
		case s.Status == plan.StructOpsValueMissing && b.Kernel.Modules == nil:
			ps.DependsOn = "modules"
		}
		for k := range s.Members {
			ps.Members = append(ps.Members, b.member(s, &s.Members[k]))
		}
		all = append(all, ps)
	}
	return all
}

func (b *planBuilder) member(s *plan.StructOpsBinding, mb *plan.MemberBinding) planMember {
	m := planMember{
		Name: mb.Member.Name, Offset: uint64(mb.Member.BitOffset / 8), Bytes: mb.SizeBytes, KernelBytes: mb.KernelSizeBytes,
		Outcome: mb.Outcome.String(), Detail: mb.Verdict.String(), refused: mb.Outcome.Refused() || mb.Verdict == plan.MemberNoStub,
		nonZero: mb.Member.NonZero,
	}
	if mb.KernelMember >= 0 {
		offset := uint64(s.Types.Member(s.KernelType, mb.KernelMember).BitOffset / 8)
		m.KernelOffset = &offset
	}
	if mb.Member.Program != nil {
		m.Program = mb.Member.Program.Name
	}
	if m.Detail == "" && mb.Shifted {
		m.Detail = "its bytes are copied to another layout"
	}
	for _, d := range mb.Drifts {
		m.Detail = strings.TrimPrefix(m.Detail+"; "+d.Local+" in the object, "+d.Kernel+" in the kernel", "; ")
	}
	if mb.Other != nil {
		other := b.StructOps[mb.Other.Map].Map
		m.Detail = strings.TrimPrefix(m.Detail+"; see "+other.Name+"."+other.Members[mb.Other.Member].Name, "; ")
	}
	return m
}

func (b *planBuilder) maps() []planMap {
	var all []planMap
	for i := range b.Maps {
		m := &b.Maps[i]
		if b.only == "" || slices.ContainsFunc(m.Map.Refs, b.links) {
			all = append(all, newPlanMap(m))
		}
	}
	return all
}

func newPlanMap(m *plan.MapPlan) planMap {
	pm := planMap{
		Name: m.Map.Name, Section: m.Map.SectionName, Create: m.Created,
		Type: strings.TrimPrefix(m.TypeName, "BPF_MAP_TYPE_"), Support: m.Support.String(),
		KeyBytes: m.Def.KeySize, ValueBytes: m.Def.ValueSize, MaxEntries: m.Def.MaxEntries, Flags: m.Def.Flags, Problems: []string{},
	}
	if m.Malformed != "" {
		pm.Problems = append(pm.Problems, m.Malformed)
	}
	for _, p := range m.Problems {
		pm.Problems = append(pm.Problems, p.Attribute+" "+p.Detail)
	}
	if m.Inner != nil {
		inner := newPlanMap(m.Inner)
		pm.Inner = &inner
	}
	return pm
}

// kernelName is what findings call the kernel.
func (b *planBuilder) kernelName() string {
	if b.Kernel == nil {
		return "the kernel"
	}
	return b.Kernel.Name
}

// refused are refusals or oddities.
func (b *planBuilder) refused(refusals []plan.Refusal) []planRefusal {
	var all []planRefusal
	names := strings.NewReplacer("{loader}", b.Loader.Name, "{kernel}", b.kernelName())
	for i := range refusals {
		r := &refusals[i]
		if !b.concerns(r.Scope) && !b.concerns(r.Possible) && (r.Func == nil || !b.links(r.Func)) {
			continue
		}
		loc := b.Object.LocateSection(r.Section, r.Offset)
		if r.Func != nil {
			loc = b.Object.Locate(r.Func, r.Insn)
		}
		all = append(all, planRefusal{
			Code: string(r.Code), Stage: r.Stage.String(), Subject: r.Subject, Detail: names.Replace(r.Detail), Object: r.Scope.Object || r.Scope.Whole,
			Programs: list(r.Scope.Programs), Possible: list(r.Possible.Programs), Location: location(&loc),
		})
	}
	return all
}

// refusedBTF are the parts of the object's BTF, and of its tags, that the kernel
// does not take.
func (b *planBuilder) refusedBTF() []planRefusal {
	var all []planRefusal
	add := func(code, subject, detail string, f *bpfobj.Function, scope plan.Scope) {
		if !b.concerns(scope) && (f == nil || !b.links(f)) {
			return
		}
		loc := bpfobj.Location{Insn: -1}
		if f != nil {
			loc = b.Object.LocateFunction(f)
		}
		all = append(all, planRefusal{
			Code: code, Stage: plan.StageLoad.String(), Subject: subject, Detail: detail, Object: scope.Object || scope.Whole,
			Programs: list(scope.Programs), Possible: []string{}, Location: location(&loc),
		})
	}
	for i := range b.BTFProblems {
		p := &b.BTFProblems[i]
		add("btf", p.Subject, p.Detail, p.Func, p.Scope)
	}
	for i := range b.Functions {
		for _, problem := range b.Functions[i].Problems {
			f := b.Functions[i].Func
			add("global-function", `function "`+f.Name+`"`, problem.Detail, f, problem.Verified)
		}
	}
	for i := range b.ExceptionCallbacks {
		if c := &b.ExceptionCallbacks[i]; c.Problem != "" {
			add("exception-callback", `exception callback "`+c.Callback+`"`, c.Problem, nil, c.Scope)
		}
	}
	return all
}
