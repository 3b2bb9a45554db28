package analyzer

// The engine's own rules are not about BPF but about what a run is given: the
// comments, ignores and baseline that suppress findings, and objects that are
// not what their sources say. They have no Run, and what they report follows
// the findings of all objects and decides no verdict.

// OwnRules are the rules of the engine itself, sorted by name. A run that has
// them among its rules reports by them.
func OwnRules() []*Rule { return []*Rule{ruleStale, ruleInvalid, ruleUnused} }

var ruleStale = &Rule{
	Name: "object-stale", Severity: Warning, Since: "0.1.0",
	Doc: Doc{
		Title: "object was built from other sources than those that lie here",
		Why: "What is checked is the object, and a finding about an object that nobody loads helps nobody. The line\n" +
			"records of an object hold the text of their source lines, and they are compared with the source file of that name:\n" +
			"a line that differs proves that the object was built from another version of the file. That the lines agree proves\n" +
			"less: a change of a header, of a macro or of the compiler's flags may leave every recorded line as it was.\n\n" +
			"Where the configuration has a `build` command, the files' times are compared too, as make does, and a source that\n" +
			"is newer than the object is a note. Without one they are not: version control gives files the time of the checkout.\n\n" +
			"A file that shares less than half of its recorded lines with the object is taken for another file of the same name.",
		Fix: "Build the object again, or check out the sources that it was built from. `--source-root` and `--path-map` say\n" +
			"where the sources lie.",
		References: []string{"LLVM lib/Target/BPF/BTFDebug.cpp, BTFDebug::populateFileContent: line records hold source text"},
	},
}

var ruleInvalid = &Rule{
	Name: "suppression-invalid", Severity: Error, Since: "0.1.0",
	Doc: Doc{
		Title: "suppression that suppresses nothing as it is written",
		Why: "A suppression without a reason, or of a rule that does not exist, is not applied: the next reader could not\n" +
			"tell whether it may go, and a misspelt rule would hide nothing or, one day, the wrong thing. It is an error of\n" +
			"its own, whatever becomes of the finding that it was meant for. An ignore of the configuration whose date has\n" +
			"passed is a warning, and what it suppressed is shown again.",
		Fix:   "Write the rule's name as the report has it in brackets, and after it why the finding is not to be mended.",
		Wrong: "\tts = scx_bpf_now(); /* btflint: ignore=kfunc-missing */",
		Right: "\tts = scx_bpf_now(); /* btflint: ignore=kfunc-missing loaded on 6.14 and newer only */",
	},
}

var ruleUnused = &Rule{
	Name: "suppression-unused", Severity: Warning, Since: "0.1.0",
	Doc: Doc{
		Title: "suppression that no finding needs",
		Why: "What it suppressed is gone, or moved to another line, and it would hide the next finding of that rule there.\n" +
			"It is reported only where the run can tell: the rule was run wherever it had something to look at, and the kernels\n" +
			"and loaders are those of the configuration, or, if it names none, kernels that were named and not the running one.\n" +
			"An ignore of the configuration is judged if the objects are those of the configuration too, an entry of a\n" +
			"baseline if its object, kernels and loaders are in the run. A comment in a header is a note, since an object that is not in the run may need it.",
		Fix: "Remove it. `--write-baseline` writes a baseline without the entries that are no longer needed.",
	},
}
