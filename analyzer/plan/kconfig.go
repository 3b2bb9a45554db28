package plan

import (
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// VirtualExtern is an extern of .kconfig whose value the loader provides.
type VirtualExtern struct {
	Name string
	// Fit says why a type cannot hold the value, "" if it can.
	Fit func(g btfgraph.Graph, id btfgraph.ID) string
	// Version tells that the value is the kernel's version.
	Version bool
}

// resolveKconfig gives an extern of .kconfig its value (libbpf.c,
// bpf_object__resolve_externs; cilium/ebpf collection.go, resolveKconfig).
func (p *Plan) resolveKconfig(b *ExternBinding) {
	if !p.Loader.ObjectWideExterns {
		b.Scope = p.scopeOfKconfig()
	}
	if p.Loader.Externs.Strict && b.Extern.Symbol == 0 && !p.Object.FromSpec {
		// A variable that is defined in .kconfig: libbpf takes undefined symbols
		// for externs, nothing else (libbpf.c, bpf_object__collect_externs).
		b.Scope = Scope{}
		return
	}
	g, typ := p.Object.Types, p.Object.Types.Ref(b.Extern.ID)
	if v, ok := p.virtual(b.Extern); ok {
		b.Status, b.Virtual, b.Problem = ExternFound, true, v.Fit(g, typ)
		switch {
		case b.Problem != "":
			b.Status = ExternIncompatible
		case v.Version && p.Loader.Externs.UnameVersion:
			p.checkVersion(b)
		}
		return
	}
	if !strings.HasPrefix(b.Name, "CONFIG_") {
		b.Status, b.Virtual = ExternMissing, true
		return
	}
	if p.Kernel.Config == nil {
		b.Unknown = "config"
		return
	}
	value, ok := p.Kernel.Config.Lookup(b.Name)
	if !ok {
		b.Status = ExternMissing
		return
	}
	b.Status, b.Value = ExternFound, value
	b.Problem, b.Cut = p.Loader.Externs.KconfigValue(g, typ, value)
	if b.Problem != "" {
		b.Status = ExternIncompatible
	}
}

// virtual is the loader's own definition of an extern.
func (p *Plan) virtual(e *bpfobj.Extern) (VirtualExtern, bool) {
	for _, v := range p.Loader.Externs.Virtual {
		if v.Name == e.Name {
			return v, true
		}
	}
	if p.Loader.Externs.WeakVirtual && e.Weak && strings.HasPrefix(e.Name, "LINUX_") {
		return VirtualExtern{Name: e.Name, Fit: libbpfFlagFit}, true
	}
	return VirtualExtern{}, false
}

// scopeOfKconfig is the scope of an extern of .kconfig for a loader that fills
// the map in for each program that refers to it, with all its externs
// (cilium/ebpf linker.go, resolveKconfigReferences).
func (p *Plan) scopeOfKconfig() Scope {
	var funcs []*bpfobj.Function
	for _, e := range p.Object.Externs {
		if e.Kind != bpfobj.ExternKconfig {
			continue
		}
		for _, r := range e.Refs {
			funcs = append(funcs, r.Func)
		}
	}
	return p.ScopeOfFunctions(funcs...)
}

// checkVersion tells whether libbpf finds the kernel's version in uname
// (libbpf_probes.c, get_kernel_version): Debian has it in uname -v, which no
// file tells, the others in the release.
func (p *Plan) checkVersion(b *ExternBinding) {
	k := p.Kernel
	if k.Release == "" || hasThreeNumbers(k.Release) {
		return
	}
	_, debian, ok := strings.Cut(k.Version, "Debian ")
	if ok && hasThreeNumbers(debian) {
		return
	}
	b.Status, b.Problem = ExternIncompatible, "release "+quote(k.Release)+" does not start with three numbers"
	if k.Version == "" {
		b.Status, b.Unknown = ExternUndecided, "version"
	}
}

// hasThreeNumbers tells that text starts with what sscanf reads as "%u.%u.%u".
func hasThreeNumbers(text string) bool {
	for i := range 3 {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		if n == 0 {
			return false
		}
		text = text[n:]
		if i < 2 {
			if text == "" || text[0] != '.' {
				return false
			}
			text = text[1:]
		}
	}
	return true
}

// maxValue bounds the value of an option in a message, in bytes.
const maxValue = 24

// doesNotFit is the complaint about a value of the wrong class or size.
func doesNotFit(g btfgraph.Graph, id btfgraph.ID, value string) string {
	if len(value) > maxValue {
		value = value[:maxValue-3] + "..."
	}
	return "value " + value + " does not fit type " + quote(spell(g, id))
}

// quote puts double quotes around C text, which needs no escapes.
func quote(text string) string { return `"` + text + `"` }
