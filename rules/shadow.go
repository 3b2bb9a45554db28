package rules

import (
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
)

var shadowRules = []*analyzer.Rule{
	shadowLayoutDrift,
	shadowSkeleton,
}

var shadowLayoutDrift = &analyzer.Rule{
	Name:     "shadow-layout-drift",
	Severity: analyzer.Warning,
	Since:    "0.1.0",
	Aliases:  []string{"H04"},
	Doc: analyzer.Doc{
		Title: "A generated shadow type is not that of the object",
		Why: "User space sets the values of a struct_ops map through a shadow type, a struct that mirrors the object's byte by " +
			"byte. A skeleton or Go file that was generated from another build of the object still compiles and loads; values " +
			"land in the wrong members then, and beyond the map's end. The rule runs in `btflint shadow --verify FILE OBJECT`.",
		Fix: "Generate the file again whenever the object is built: `btflint shadow OBJECT`, or `bpftool gen skeleton`.",
		Wrong: "struct x__ops__hook_ops { struct bpf_program *run; unsigned int count; };\n" +
			"/* the object: struct hook_ops { int (*run)(int cpu); int (*stop)(void); unsigned int count; }; */",
		Right: "struct x__ops__hook_ops { struct bpf_program *run; struct bpf_program *stop; unsigned int count; };",
		References: []string{
			"Linux 7.3, tools/bpf/bpftool/gen.c, walk_st_ops_shadow_vars",
			"libbpf 1.8, libbpf.c, bpf_map__initial_value and bpf_map__init_kern_struct_ops",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, file := range p.Shadows {
			drifts, err := file.Compare(p.Plan.Object)
			if err != nil {
				return fmt.Errorf("%s: %w", file.Name, err)
			}
			for i := range drifts {
				p.Report(driftFinding(p, file, &drifts[i]))
			}
		}
		return nil
	},
}

// driftFinding is the finding for a difference: in the generated file, with the
// place in the object beside it.
func driftFinding(p *analyzer.Pass, file *shadow.File, d *shadow.Drift) analyzer.Finding {
	f := analyzer.Finding{
		Severity: analyzer.Warning, Stage: plan.StageOpen, Message: driftMessage(d),
		Hint: "generate the file again from this object",
		Location: bpfobj.Location{
			Object: p.Plan.Object.Name, Insn: -1, Symbol: "struct_ops map " + d.Map,
			Source: bpfobj.Source{
				File: file.Name, Line: d.Position.Line, Column: d.Position.Column, Text: d.Position.Text, Origin: bpfobj.OriginOwn,
			},
		},
	}
	for i, m := range p.Plan.Object.StructOps {
		if d.Type == nil || m.Name != d.Map {
			continue
		}
		at, what := locateMap(p, i), fmt.Sprintf("struct %q, size %d bytes", m.TypeName, d.Type.SizeBytes)
		if d.Own != nil {
			at.Offset += d.Own.OffsetBytes
			what = fmt.Sprintf("%s member %q of struct %q, offset %d bytes, size %d bytes",
				d.Own.Kind, memberName(d.Own), m.TypeName, d.Own.OffsetBytes, d.Own.SizeBytes)
		}
		f.Related = []analyzer.Related{{Message: what, Location: at}}
	}
	return f
}

// memberName is the name that people know a member by.
func memberName(m *shadow.Member) string {
	if m.Of != "" {
		return m.Of
	}
	return m.Name
}

// driftMessage says what differs.
func driftMessage(d *shadow.Drift) string {
	switch d.Kind {
	case shadow.MapMissing:
		return fmt.Sprintf("shadow type of %q: no such struct_ops map in the object", clip(d.Map))
	case shadow.TypeMissing:
		return fmt.Sprintf("struct_ops map %q has no shadow type in the file", clip(d.Map))
	case shadow.MemberMissing:
		return fmt.Sprintf("member %q of %q not found in the object", clip(d.Member), clip(d.Map))
	case shadow.MemberNew:
		return fmt.Sprintf("member %q of %q is in the object only", clip(d.Member), clip(d.Map))
	case shadow.KindDiffers:
		return fmt.Sprintf("member %q of %q is of kind %s, %s in the object", clip(d.Member), clip(d.Map), d.FileMember.Kind, d.Own.Kind)
	case shadow.StructDiffers:
		return fmt.Sprintf("shadow type of %q is of struct %q, %q in the object", clip(d.Map), clip(d.FileType.TypeName), clip(d.Type.TypeName))
	case shadow.NumberDiffers:
		return fmt.Sprintf("member %q of %q is of type %q, %q in the object", clip(d.Member), clip(d.Map), clip(d.FileMember.Num.C), clip(d.Own.Num.C))
	case shadow.OffsetDiffers:
		return fmt.Sprintf("member %q of %q is at offset %d bytes, %d in the object",
			clip(d.Member), clip(d.Map), d.FileMember.OffsetBytes, d.Own.OffsetBytes)
	}
	if d.FileMember == nil {
		return fmt.Sprintf("shadow type of %q has %d bytes, %d in the object", clip(d.Map), d.FileType.SizeBytes, d.Type.SizeBytes)
	}
	return fmt.Sprintf("member %q of %q has %d bytes, %d in the object", clip(d.Member), clip(d.Map), d.FileMember.SizeBytes, d.Own.SizeBytes)
}

var shadowSkeleton = &analyzer.Rule{
	Name:     "shadow-skeleton",
	Severity: analyzer.Note,
	Since:    "0.1.0",
	Aliases:  []string{"H01", "H02", "H05"},
	Doc: analyzer.Doc{
		Title: "The shadow type that bpftool generates for a struct_ops map does not serve",
		Why: "`bpftool gen skeleton` mirrors the struct of every struct_ops map. It names enums that it does not define, so that " +
			"the skeleton does not compile; it takes the width of a bitfield for a part of its offset, so that the mirror is " +
			"megabytes too large; and it knows no keywords of C++, no packed structs and no types that C does not have.",
		Fix: "Generate the type with `btflint shadow OBJECT --lang c`, which puts that right, or declare the member with an integer " +
			"type of the same size and kind.",
		Wrong: "enum mode { OFF, ON };\nstruct hook_ops { int (*run)(int cpu); enum mode mode; };",
		Right: "enum mode { OFF, ON };\nstruct hook_ops { int (*run)(int cpu); __u32 mode; };",
		References: []string{
			"Linux 7.3, tools/bpf/bpftool/gen.c, walk_st_ops_shadow_vars",
			"libbpf 1.8, btf_dump.c, btf_dump__emit_type_decl",
		},
	},
	Run: func(p *analyzer.Pass) error {
		// Only where the content of a pointer says which program is meant are
		// there shadow types.
		if ops := &p.Plan.Loader.StructOps; !ops.PointerSlots || ops.PointersIgnored {
			return nil
		}
		// An error is about what loaders refuse, which other rules have.
		types, _ := shadow.Of(p.Plan.Object, shadow.Styles[0])
		for i := range types {
			for _, fix := range types[i].Fixes {
				p.Report(fixFinding(p, &types[i], fix))
			}
		}
		return nil
	},
}

// fixFinding is the note for a place where bpftool's type does not serve.
func fixFinding(p *analyzer.Pass, t *shadow.Type, fix shadow.Fix) analyzer.Finding {
	f := analyzer.Finding{
		Severity: analyzer.Note, Stage: plan.StageOpen, Hint: "btflint shadow generates a type that serves",
		Message: fmt.Sprintf("member %q of %q: %s", clip(fix.Member), clip(t.Map), fixWords[fix.Reason]),
	}
	if fix.Member == "" {
		f.Message = fmt.Sprintf("shadow type of %q: %s", clip(t.Map), fixWords[fix.Reason])
	}
	for i, m := range p.Plan.Object.StructOps {
		if m.Name == t.Map {
			f.Location = locateMap(p, i)
		}
	}
	return f
}

// fixWords say what is wrong with bpftool's type.
var fixWords = [...]string{
	shadow.NamedEnum:     "bpftool's skeleton names its enum and does not define it",
	shadow.RepeatedEnum:  "bpftool's skeleton defines the enumerators a second time",
	shadow.EnumSize:      "bpftool's skeleton gives the enum another size",
	shadow.ForeignNumber: "bpftool's skeleton names a type that C does not have",
	shadow.Bitfield:      "bpftool's skeleton misplaces what follows a bitfield",
	shadow.Misaligned:    "bpftool's skeleton aligns it otherwise than the object",
	shadow.Name:          "bpftool's skeleton has no name for it, or one twice",
	shadow.Keyword:       "bpftool's skeleton uses a keyword of C++ as a name",
}
