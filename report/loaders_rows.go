package report

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/plan"
)

// groups are the rows for the loaders of the table.
func (t *loaderTable) groups() []loaderGroup {
	return []loaderGroup{
		{"program sections", slices.Concat(sectionFeatures(), t.sectionRows())},
		{"struct_ops", slices.Concat(t.structOpsSectionRows(), structOpsFeatures())},
		{"externs", slices.Concat(externFeatures(), t.virtualRows())},
		{"CO-RE relocations", coreFeatures()},
		{"maps and data", mapFeatures()},
		{"functions, attach targets and license", functionFeatures()},
	}
}

func sectionFeatures() []loaderRow {
	return []loaderRow{
		{name: "a name that is in no row", value: func(l *plan.Loader) string {
			switch {
			case l.RefuseUnknownSections:
				return "object refused"
			case l.SkipUnknownSections:
				return "program left out"
			}
			return "program refused"
		}},
		{name: "a leading \"?\"", value: func(l *plan.Loader) string {
			switch {
			case l.PlainMark:
				return "part of the name"
			case l.OptionalOff:
				return "off by default"
			}
			return "ignored"
		}},
		either("text after a name without \"/...\"", "accepted", "another name", func(l *plan.Loader) bool { return l.PrefixSections }),
		either("functions that programs call", ".text and .text*", ".text", func(l *plan.Loader) bool { return l.TextPrefix }),
	}
}

// sectionRows are the program sections of all loaders, in the order in which
// they are met first.
func (t *loaderTable) sectionRows() []loaderRow {
	var names []string
	for _, versions := range t.columns {
		for _, l := range slices.Backward(versions) {
			for _, def := range l.Sections {
				if !slices.Contains(names, def.Name) {
					names = append(names, def.Name)
				}
			}
		}
	}
	rows := make([]loaderRow, len(names))
	for i, name := range names {
		rows[i] = loaderRow{name: name, value: func(l *plan.Loader) string {
			k := slices.IndexFunc(l.Sections, func(def plan.SectionDef) bool { return def.Name == name })
			if k < 0 {
				return no
			}
			if l.Sections[k].Slash {
				return yes + ", /..."
			}
			return yes
		}}
	}
	return rows
}

// structOpsSectionRows are the sections of struct_ops maps.
func (t *loaderTable) structOpsSectionRows() []loaderRow {
	var rows []loaderRow
	for _, name := range plan.Libbpf.StructOps.Sections {
		rows = append(rows, loaderRow{name: "section " + name, value: func(l *plan.Loader) string {
			switch {
			case slices.Contains(l.StructOps.Refused, name):
				return "object refused"
			case l.Skeleton:
				return "generator crashes"
			}
			return yesNo(slices.Contains(l.StructOps.Sections, name))
		}})
	}
	return rows
}

// ops is a row that says nothing of loaders without struct_ops.
func ops(name, with, without string, has func(*plan.StructOpsPolicy) bool) loaderRow {
	r := either(name, with, without, func(l *plan.Loader) bool { return has(&l.StructOps) })
	value := r.value
	r.value = func(l *plan.Loader) string {
		if len(l.StructOps.Sections) == 0 {
			return nothing
		}
		return value(l)
	}
	return r
}

func structOpsFeatures() []loaderRow {
	return []loaderRow{
		ops("maps of a \"?\" section that are created by default", "all but the first", "none", func(p *plan.StructOpsPolicy) bool { return p.OptionalFirstOnly }),
		{name: "suffix of a type's name, ___v2", value: func(l *plan.Loader) string {
			if len(l.StructOps.Sections) == 0 {
				return nothing
			}
			return map[bool]string{true: "stripped", false: "part of the name"}[l.FlavoredStructOps]
		}},
		ops("types of modules", no, yes, func(p *plan.StructOpsPolicy) bool { return p.VmlinuxOnly }),
		ops("member that the kernel lacks and that is zero", "refused", "skipped", func(p *plan.StructOpsPolicy) bool { return p.MissingRefused }),
		ops("pointer member that holds no program", "ignored", "refused", func(p *plan.StructOpsPolicy) bool { return !p.PointerSlots || p.PointersIgnored }),
		ops("struct within the struct that is not zero", "refused", "copied", func(p *plan.StructOpsPolicy) bool { return p.NestedZero }),
		ops("programs of several maps of a type", "mixed", "apart", func(p *plan.StructOpsPolicy) bool { return p.ByName }),
		ops("programs switched on and off with their maps", yes, no, func(p *plan.StructOpsPolicy) bool { return p.Autoload }),
		ops("the subsystem sees the value", "at load", "at attach", func(p *plan.StructOpsPolicy) bool { return p.UpdateAtLoad }),
	}
}

// extern is a row that says "no" of loaders without externs.
func extern(name, with, without string, has func(*plan.Loader) bool) loaderRow {
	r := either(name, with, without, has)
	value := r.value
	r.value = func(l *plan.Loader) string {
		if l.Externs.None {
			return no
		}
		return value(l)
	}
	return r
}

func externFeatures() []loaderRow {
	return []loaderRow{
		extern("kfuncs, vmlinux and modules", yes, yes, func(*plan.Loader) bool { return true }),
		extern("suffix of a kfunc's name, ___v2", "stripped", "part of the name", func(l *plan.Loader) bool { return l.FlavoredKfuncs }),
		{name: "weak kfunc with another prototype", value: func(l *plan.Loader) string {
			switch {
			case l.Externs.None:
				return no
			case l.Skeleton:
				return "called as it is"
			case l.WeakIncompatibleKfuncAbsent:
				return "absent"
			}
			return "refused"
		}},
		extern("address of a kfunc", "its BTF id", "its address", func(l *plan.Loader) bool { return l.Externs.AddressIsID }),
		extern("entries for kfuncs of modules", "one a call", "one a module", func(l *plan.Loader) bool { return l.Externs.FDPerCall }),
		extern("typed ksyms", "object refused", yes, func(l *plan.Loader) bool { return l.Externs.VoidOnly }),
		extern("typeless ksyms, from kallsyms", yes, yes, func(*plan.Loader) bool { return true }),
		extern("kallsyms name.llvm.HASH stands for name", yes, no, func(l *plan.Loader) bool { return l.Externs.LLVMSuffix }),
		extern("symbols without an address, kptr_restrict", "refused", "0", func(l *plan.Loader) bool { return l.Externs.HiddenRefused }),
		extern("strong options of .kconfig", "of the build host", yes, func(l *plan.Loader) bool { return l.Externs.BuildHost }),
		{name: "weak options of .kconfig", value: func(l *plan.Loader) string {
			switch {
			case l.Externs.None:
				return no
			case l.Externs.NoWeakKconfig:
				return "object refused"
			case l.Externs.BuildHost:
				return "of the build host"
			}
			return yes
		}},
		extern("what does not resolve takes down", "the object", "the program", func(l *plan.Loader) bool { return l.ObjectWideExterns }),
		extern("undefined symbol without BTF that nothing uses", "refused", "ignored", func(l *plan.Loader) bool { return l.Externs.Strict }),
		extern("name that vmlinux has twice", "refused", "first one", func(l *plan.Loader) bool { return l.DuplicateIsError }),
	}
}

// virtualRows are the externs of .kconfig that loaders fill in.
func (t *loaderTable) virtualRows() []loaderRow {
	var names []string
	for _, l := range t.loaders {
		for _, v := range l.Externs.Virtual {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	rows := make([]loaderRow, len(names))
	for i, name := range names {
		rows[i] = when(name, func(l *plan.Loader) bool {
			return slices.ContainsFunc(l.Externs.Virtual, func(v plan.VirtualExtern) bool { return v.Name == name })
		})
	}
	return rows
}

// coreRows are the kinds of relocations and the policies for them.
func coreFeatures() []loaderRow {
	var rows []loaderRow
	for kind := plan.COREByteOff; kind <= plan.CORETypeMatches; kind++ {
		rows = append(rows, either(kind.String(), yes, "object refused", func(l *plan.Loader) bool { return l.CORE.Kinds == 0 || kind < l.CORE.Kinds }))
	}
	rows = append(rows, []loaderRow{
		{name: "types of modules", value: func(l *plan.Loader) string {
			switch {
			case l.CORE.NoModules:
				return "never"
			case l.CORE.AllModules:
				return "always"
			}
			return "if vmlinux has none"
		}},
		either("candidates", "one for all of a type", "for each relocation", func(l *plan.Loader) bool { return l.CORE.Vote }),
		{name: "ENUM and ENUM64", value: func(l *plan.Loader) string {
			return map[bool]string{true: "differ", false: "match"}[l.CORE.StrictKind]
		}},
		{name: "size or id of a missing type", value: func(l *plan.Loader) string {
			switch {
			case l.CORE.TypeRefused:
				return "object refused"
			case l.CORE.TypeZero:
				return "0"
			}
			return "poison"
		}},
		{name: "a____b (four underscores) is a flavor of", value: func(l *plan.Loader) string { return l.EssentialName("a____b") }},
		{name: "a___b___c is a flavor of", value: func(l *plan.Loader) string { return l.EssentialName("a___b___c") }},
		either("functions that no program calls", "relocated", "left alone", func(l *plan.Loader) bool { return l.CORE.Unlinked }),
		either("what is refused takes down", "the object", "the program", func(l *plan.Loader) bool { return l.CORE.WholeObject }),
	}...)
	return rows
}

func mapFeatures() []loaderRow {
	return []loaderRow{
		when("arenas", func(l *plan.Loader) bool { return l.Maps.Arena }),
		when("jump tables", func(l *plan.Loader) bool { return l.Maps.JumpTables }),
		either("section .bss.NAME", no, yes, func(l *plan.Loader) bool { return l.Object.PlainBss }),
		{name: "map types that have to be allowed", value: func(l *plan.Loader) string {
			var names []string
			for _, number := range l.Maps.Unsupported {
				names = append(names, strings.TrimPrefix(plan.MapTypeName(number), "BPF_MAP_TYPE_"))
			}
			return orNone(names)
		}},
		{name: "fields of definitions that are not read", value: func(l *plan.Loader) string { return orNone(l.Maps.UnknownFields) }},
		when("size of a ring buffer rounded up", func(l *plan.Loader) bool { return l.Maps.RoundRingbuf || l.Maps.Fix != nil }),
		when("sizes that a type does not have cleared", func(l *plan.Loader) bool { return l.Maps.FixSizes }),
		either("types of key and value that the kernel refuses", "refused", "left out", func(l *plan.Loader) bool { return l.Maps.KeepTypes }),
		{name: "initial entries of definitions", value: func(l *plan.Loader) string {
			switch {
			case !l.Maps.FillsEntries:
				return "not filled in"
			case l.Maps.PinnedFilled:
				return "filled in, but for pinned maps of maps"
			}
			return "filled in"
		}},
		when("pinning needs a path of the application", func(l *plan.Loader) bool { return l.Maps.PinPath }),
		either("a map that cannot be created takes down", "the object", "its programs", func(l *plan.Loader) bool { return l.ObjectWideMaps }),
	}
}

// orNone lists names.
func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func functionFeatures() []loaderRow {
	return []loaderRow{
		when("module:function as an attach target", func(l *plan.Loader) bool { return l.Attach.Modules }),
		either("attach target", "named by the application", "looked up", func(l *plan.Loader) bool { return l.Attach.Application }),
		{name: "no target for", value: func(l *plan.Loader) string { return orNone(l.Attach.NoLookup) }},
		when("calls of weak functions", func(l *plan.Loader) bool { return !l.Object.OldReader }),
		either("hidden functions of .text", "static", "as they are", func(l *plan.Loader) bool { return l.Functions.HiddenStatic }),
		when("arg:ctx tags on kernels without them", func(l *plan.Loader) bool { return l.Functions.ContextTags }),
		when("exception callbacks", func(l *plan.Loader) bool { return l.Functions.ExceptionCallbacks }),
		either("BTF that the kernel refuses", "left out", "refused", func(l *plan.Loader) bool { return l.Functions.OptionalBTF }),
		{name: "license of an object without one", value: func(l *plan.Loader) string {
			if l.Object.NoLicense == "" {
				return "none"
			}
			return l.Object.NoLicense
		}},
	}
}
