package loadlog

// ayaSymptoms are errors of aya (0.14.0, aya/src and aya-obj/src, the error
// attributes of the enums).
var ayaSymptoms = []Symptom{
	{
		Name: "core-target-missing", Source: Aya, Weight: Decisive,
		Lines: []string{"applying relocation `{kind}` missing target BTF info for type `{id}` at instruction #{insn}"},
		Means: "aya has no BTF of the kernel for a CO-RE relocation ({kind})",
		Fix:   "use a kernel with BTF, or give one with EbpfLoader::btf",
		Rules: []string{"core-type-missing"},
	},
	{
		Name: "core-ambiguous", Source: Aya, Weight: Decisive,
		Lines: []string{"error relocating {type}, multiple candidate target types found with different memory layouts: {candidates...}"},
		Means: "the kernel has several types {type}, and they disagree",
		Fix:   "narrow the local type down with members that only one of them has",
		Rules: []string{"core-ambiguous"},
	},
	{
		Name: "core-record", Source: Aya, Weight: Decisive,
		Lines: []string{
			"invalid relocation access string {spec...}", "invalid access string `{spec...}` for type `{type}`: {why...}",
			"relocation #{n} of kind `{kind}` not valid for type `{type}`: {why...}", "instruction #{insn} referenced by relocation #{n} is invalid: {why...}",
			"invalid instruction index #{insn} referenced by relocation #{n}, {why...}",
		},
		Means: "a CO-RE relocation is wrong in itself, or its instruction cannot hold the value",
		Fix:   "a check with `--loader aya` names the relocation and its line",
		Rules: []string{"core-record-malformed", "core-access-unsupported"},
	},
	{
		Name: "function-unresolved", Source: Aya, Weight: Decisive,
		Lines: []string{
			"function {address} not found while relocating `{prog}`", "program at section {n} and address {address} was not found while relocating",
			"unknown symbol, index `{n}`", "unknown symbol in section `{n}` at address {address}", "unsupported relocation target",
			"error relocating `{prog}`", "error relocating function",
		},
		Means: "a program calls or refers to something that aya does not link: kfuncs, ksym variables and kconfig externs are not supported",
		Fix:   "define it in the same object; a check with `--loader aya` names the symbol and its line",
		Rules: []string{"reference-unsupported", "kfunc-unsupported", "extern-undeclared"},
	},
	{
		Name: "section-unknown", Source: Aya, Weight: Decisive,
		Lines: []string{"invalid program section `{section...}`"},
		Means: "aya knows no program section {section}",
		Fix:   "use the section of one of aya's macros; `btflint loaders` lists them",
		Rules: []string{"section-unknown"},
	},
	{
		Name: "map-unsupported", Source: Aya, Weight: Decisive,
		Lines: []string{"type of {map} ({type...}) is unsupported; see `EbpfLoader::allow_unsupported_maps`"},
		Means: "aya has no type for map {map}",
		Fix:   "call EbpfLoader::allow_unsupported_maps if the program alone uses it",
		Rules: []string{"map-type-unsupported"},
	},
	{
		Name: "map-definition", Source: Aya, Weight: Decisive,
		Lines: []string{"error parsing map `{map}`", "BTF map `{map}`: {why...}", "invalid map type {type}", "the map number {n} in the `maps` section doesn't have a symbol name"},
		Means: "aya cannot read the definition of a map",
		Fix:   "define it with aya's map types or as libbpf does in .maps",
		Rules: []string{"map-definition"},
	},
	{
		Name: "map-refused", Source: Aya, Weight: Decisive,
		Lines: []string{"failed to create map `{map}`"},
		Means: "the kernel did not create map {map}: it does not know its type or a flag, or a size does not suit it",
		Fix:   "the kernel may be too old for the map's type or flags",
		Rules: []string{"map-type-unsupported", "map-attributes"},
	},
	{
		Name: "btf-refused", Source: Aya, Weight: Decisive,
		Lines: []string{"the BPF_BTF_LOAD syscall returned {errno...}. Verifier output: {why...}"},
		Means: "the kernel refuses the object's BTF: {why}",
		Fix:   "a check with `--loader aya` names the type and the way out",
		Rules: []string{"btf-refused"},
	},
	{
		Name: "type-unknown", Source: Aya, Weight: Decisive,
		Lines: []string{"unknown BTF type `{type}`", "unknown BTF type id `{type}`"},
		Means: "the kernel's BTF has no {type}: what a tracepoint, LSM hook, fentry or fexit program attaches to",
		Fix:   "check the name for this kernel",
		Rules: []string{"attach-target-missing", "btf-unreadable"},
	},
	{
		Name: "elf-unreadable", Source: Aya, Weight: Decisive,
		Lines: []string{
			"error parsing BPF object: {why...}", "error parsing ELF data", "error parsing section with index {n}", "invalid license `{license...}`",
			"invalid kernel version `{version...}`", "no BTF parsed for object", "invalid BTF {what...}",
		},
		Means: "aya cannot read the object",
		Fix:   "a check with `--loader aya` names the section",
		Rules: []string{"elf-unsupported", "btf-unreadable", "version-section-size"},
	},
	{
		Name: "program-refused", Source: Aya, Weight: Vague,
		Lines: []string{"the BPF_PROG_LOAD syscall returned {errno...}. Verifier output: {why...}", "the BPF_PROG_LOAD syscall failed"},
		Means: "the kernel refused a program",
		Fix:   "the reason is the last line of the verifier's log above \"processed N insns\"",
		Rules: []string{"prog-type-unsupported", "attach-type-unsupported", "program-flags"},
	},
}
