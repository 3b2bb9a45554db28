package rules

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// reportRefusals reports the plan's refusals of those codes as errors, and its
// oddities as warnings.
func reportRefusals(p *analyzer.Pass, codes ...plan.Code) error {
	for _, r := range p.Plan.Refusals {
		if !slices.Contains(codes, r.Code) {
			continue
		}
		f := refusalFinding(p, &r, analyzer.Error)
		if r.Possible.Empty() || !r.Scope.Empty() {
			p.Report(f)
		}
		if !r.Possible.Empty() {
			f.Severity, f.DependsOn, f.Scope = analyzer.Warning, "reachability", r.Possible
			p.Report(f)
		}
	}
	for _, r := range p.Plan.Oddities {
		if slices.Contains(codes, r.Code) {
			p.Report(refusalFinding(p, &r, analyzer.Warning))
		}
	}
	return nil
}

// loaderOnly are the codes for what is sound, and beyond one loader.
var loaderOnly = [...]plan.Code{plan.RefuseBinding, plan.RefuseWeak, plan.RefuseStatic, plan.RefuseTypedKsym, plan.RefuseMapSection,
	plan.RefuseExterns, plan.RefuseEmptyData}

// refusalFinding is the finding for a refusal; an oddity takes nothing down.
func refusalFinding(p *analyzer.Pass, r *plan.Refusal, severity analyzer.Severity) analyzer.Finding {
	f := analyzer.Finding{
		Severity: severity,
		Stage:    r.Stage,
		Message:  r.Subject + " " + r.Detail,
		Hint:     refusalHint(p, r),
		Location: bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1, Offset: r.Offset},
	}
	const suffix = ": {loader} does not open such an object"
	if slices.Contains(loaderOnly[:], r.Code) && !strings.Contains(f.Message, analyzer.LoaderPlaceholder) && len(f.Message)+len(suffix) <= maxMessage {
		f.Message += suffix
	}
	switch {
	case r.Func != nil && r.Insn >= 0:
		f.Location = p.Plan.Object.Locate(r.Func, r.Insn)
	case r.Func != nil:
		f.Location = p.Plan.Object.LocateFunction(r.Func)
	case r.Section > 0:
		f.Location = p.Plan.Object.LocateSection(r.Section, r.Offset)
	}
	f.Location.Symbol = r.Symbol
	if severity == analyzer.Error {
		f.Scope = r.Scope
	}
	return f
}

// refusalHint is the way out for a refusal.
func refusalHint(p *analyzer.Pass, r *plan.Refusal) string {
	noun, name, _ := strings.Cut(r.Symbol, " ")
	switch r.Code {
	case plan.RefuseReference:
		return referenceHint(r.Target)
	case plan.RefuseStructOpsSection:
		return structOpsSectionHint(p)
	case plan.RefuseTypedKsym:
		return "declare it extern void " + name + " __ksym, not const void either; its address then comes from kallsyms"
	case plan.RefuseWeak:
		if noun == "kconfig" {
			return "drop __weak, or have user space set a const volatile variable"
		}
		return "drop __weak"
	case plan.RefuseStatic:
		if noun == "map" {
			return "drop static"
		}
		return "build it with clang, which refers to static functions by their section"
	}
	for _, h := range refusalHints {
		if h.code == r.Code {
			return h.hint
		}
	}
	return ""
}

// referenceHint is the way out for a reference to a section that is not loaded.
func referenceHint(section string) string {
	switch {
	case section == "":
		return "define it in this object, with -fno-common"
	case section == ".addr_space.1":
		return "keep arena globals for libbpf, and define an arena; else allocate with bpf_arena_alloc_pages"
	case section == ".jumptables":
		return "build with -fno-jump-tables"
	case strings.HasPrefix(section, ".bss"):
		return "put the variable into .bss or SEC(\".data.NAME\")"
	case strings.HasPrefix(section, ".struct_ops"), strings.HasPrefix(section, "?.struct_ops"):
		return "refer to struct_ops variables from user space only"
	}
	return "put variables into SEC(\".data.NAME\") or SEC(\".rodata.NAME\"), code into functions without SEC()"
}

// refusalHints are the ways out that do not depend on more than the code.
var refusalHints = [...]struct {
	code plan.Code
	hint string
}{
	{plan.RefuseStaticProgram, "drop static, or SEC() if the function is only called"},
	{plan.RefuseVersion, "drop the section: kernels since 5.0 ignore the version"},
	{plan.RefuseRelocTable, "build the object again; a tool that renumbers symbols has to rewrite relocations too"},
	{plan.RefuseDatasecMissing, "build with -g, and strip with llvm-strip -g, which keeps .BTF"},
	{plan.RefuseDatasecName, "name the section in printable ASCII"},
	{plan.RefuseVariable, "give every variable of the section a type with a size, and let the tool that links it rewrite .BTF too"},
	{plan.RefuseExternVariable, "link the object that defines it (bpftool gen object), or mark it __ksym if the kernel has it"},
	{plan.RefuseStructOpsContents, "load the spec afresh, and write the values into the bytes that Contents has"},
	{plan.RefuseStructOpsVariable, "declare one variable of the kernel's struct type per map"},
	{plan.RefuseStructOpsReloc, "set function pointers of the struct itself only, and to programs of SEC(\"struct_ops\")"},
	{plan.RefuseMapSlot, "in the member values, name maps of .maps or functions with SEC()"},
	{plan.RefuseProgram, "build the object again: the symbol table does not describe its functions"},
	{plan.RefuseCall, "move code that programs share into a function without SEC()"},
	{plan.RefuseInsn, "take the address in C, not in assembler"},
	{plan.RefuseJumpTable, "build with -fno-jump-tables"},
	{plan.RefuseBinding, "let the compiler define the symbol: a variable, map or function of C"},
	{plan.RefuseMapSection, "build with -g, and keep everything but BTF-defined maps out of .maps"},
	{plan.RefuseDuplicate, "give the functions different names"},
	{plan.RefuseBTF, "build with -g, and strip with llvm-strip -g, which keeps .BTF and .BTF.ext"},
	{plan.RefuseLicense, "keep one text in the section: char LICENSE[] SEC(\"license\") = \"GPL\";"},
	{plan.OddDataReloc, "use arrays in place of pointers: char names[][16]"},
	{plan.RefuseExterns, "use libbpf or cilium/ebpf, or find another way to what the kernel has: a helper, CO-RE, a global that the application sets"},
	{plan.RefuseEmptyData, "drop the section: llvm-objcopy --remove-section"},
	{plan.OddStaticMap, "drop static"},
	{plan.OddPlace, "put functions that programs call into one section: build without -ffunction-sections"},
	{plan.RefuseLink, "call a function, not an instruction in the middle of one"},
	{plan.RefuseHidden, "keep LLVM from merging equal functions (rustc -Z merge-functions=disabled), or let them differ"},
	{plan.RefuseName, "make it __always_inline, or test inside the function, so that the test comes first"},
}
