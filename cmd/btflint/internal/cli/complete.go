package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
	"github.com/btflint/btflint/report"
)

// completing reports whether the arguments are those by which a shell asks what
// may come next.
func completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// Names of files by what they hold, as shells filter them. What does not filter,
// such as fish, offers all files.
var (
	objectExtensions = []cobra.Completion{"o", strings.TrimPrefix(skeletonSuffix, ".")}
	configExtensions = []cobra.Completion{"yaml", "yml"}
)

// files offers any file.
func files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// directories offers directories.
func directories(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// filesOf offers directories, and the files of these extensions.
func filesOf(extensions []cobra.Completion) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

// orFiles offers a word, and files to who types something else.
func orFiles(word string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if typed != "" && strings.HasPrefix(word, typed) {
			return []cobra.Completion{word}, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// oneOf offers words, and no files.
func oneOf(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return startingWith(words, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// anyOf offers those of words that are not in the list that is typed, after its
// last comma.
func anyOf(words ...cobra.Completion) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		list := ""
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			list = typed[:i+1]
		}
		var offered []cobra.Completion
		for _, w := range remaining(words, strings.Split(list, ",")) {
			if list != "" { // cobra's script for bash does not find words with a comma that have a description
				w, _, _ = strings.Cut(w, "\t")
			}
			offered = append(offered, list+w)
		}
		return startingWith(offered, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// startingWith are the words that start as what is typed.
func startingWith(words []cobra.Completion, typed string) []cobra.Completion {
	var list []cobra.Completion
	for _, w := range words {
		if strings.HasPrefix(w, typed) {
			list = append(list, w)
		}
	}
	return list
}

// remaining are the words, which may have descriptions, without those given.
func remaining(words []cobra.Completion, given []string) []cobra.Completion {
	return slices.DeleteFunc(slices.Clone(words), func(w cobra.Completion) bool {
		name, _, _ := strings.Cut(w, "\t")
		return slices.Contains(given, name)
	})
}

// formatFlag offers the formats of an output, and files after NAME=.
func formatFlag(formats []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if strings.Contains(typed, "=") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return startingWith(formats, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// versionMark separates the name of a loader from its version.
const versionMark = "@"

// loaderCompletions offers the loaders, each with its versions once its name is
// typed: there are dozens in all.
func loaderCompletions(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []cobra.Completion
	for _, l := range plan.Loaders {
		words = append(words, l.Name)
		if strings.HasPrefix(typed, l.Name) {
			for _, v := range l.Versions() {
				words = append(words, l.Name+versionMark+v)
			}
		}
	}
	return startingWith(words, typed), cobra.ShellCompDirectiveNoFileComp
}

// ruleCompletions are the rules with what they are about.
func ruleCompletions() []cobra.Completion {
	var words []cobra.Completion
	for _, r := range catalogue() {
		words = append(words, cobra.CompletionWithDesc(r.Name, r.Doc.Title))
	}
	return words
}

// explained offers the rules that are not named yet, and nothing beside --log.
func explained(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if cmd.Flags().Changed("log") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return startingWith(remaining(ruleCompletions(), args), typed), cobra.ShellCompDirectiveNoFileComp
}

// programs offers the programs of the object that the arguments name.
func programs(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 || args[0] == stdinName {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	obj, err := readObject(args[0], nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // a shell wants no messages
	}
	return anyOf(programNames(obj)...)(nil, nil, typed)
}

func programNames(obj *bpfobj.Object) []string {
	var names []string
	for _, p := range obj.Programs {
		names = append(names, p.Name)
	}
	return names
}

// first offers what the first argument may be, and nothing for others.
func first(offer cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(cmd, args, typed)
	}
}

// argumentCompletions offer the arguments of commands; those that are not here
// have none.
func argumentCompletions() map[string]cobra.CompletionFunc {
	objects := filesOf(objectExtensions)
	return map[string]cobra.CompletionFunc{
		"check": objects, "deps": objects, "load": first(objects), "plan": first(objects), "shadow": first(objects),
		"diff": orFiles(runningKernel), "explain": explained, "loaders": loaderCompletions, "config check": filesOf(configExtensions),
	}
}

// flagCompletions offer the values of flags: those of a flag of one command,
// "check --format", else those of the flag.
func flagCompletions() map[string]cobra.CompletionFunc {
	styles := make([]string, len(shadow.Styles))
	for i := range styles {
		styles[i] = shadow.Styles[i].Name
	}
	objects, text := filesOf(objectExtensions), oneOf()
	rules := anyOf(ruleCompletions()...)
	return map[string]cobra.CompletionFunc{
		"--kernel": orFiles(runningKernel), "--loader": loaderCompletions, "--symbols": files, "--kernel-config": files, "--modules": directories,
		"--enable": rules, "--disable": rules, "--rodata": oneOf(rodataFile),
		"check --fail-on": oneOf(failOnWords()...), "config show --fail-on": oneOf(failOnWords()...), "diff --fail-on": oneOf(append(gradeNames(), noneWord)...),
		"--kind": anyOf(kindNames()...), "--grade": anyOf(gradeNames()...), "--used-by": objects,
		"check --format": formatFlag(report.Formats()), "config show --format": formatFlag(report.Formats()), "diff --format": formatFlag(report.DiffFormats()),
		"deps --format": oneOf(report.DepFormats()...), "doctor --format": oneOf(doctorFormats()...), "explain --format": oneOf(report.DiagnosisFormats()...),
		"loaders --format": oneOf(report.LoaderFormats()...), "plan --format": oneOf(report.PlanFormats()...), "shadow --format": oneOf(report.Formats()...),
		"--color": oneOf(colorWords()...), "--lang": oneOf(languageNames()...), "--style": oneOf(styles...),
		"--baseline": files, "--config": filesOf(configExtensions), "--log": files, "--output": files, "--verify": files,
		"--source-root": directories, "--pin": directories, "--program": programs,
		// What a person makes up.
		"--category": text, "diff --name": text, "shadow --name": text, "--package": text, "--path-map": text,
	}
}

// registerCompletions tells cobra what may come where. It is for the process
// that a shell asks: the others are not to pay for it.
func registerCompletions(root *cobra.Command) {
	arguments, values := argumentCompletions(), flagCompletions()
	for _, cmd := range allCommands(root) {
		name := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		cmd.ValidArgsFunction = cobra.NoFileCompletions
		if offer := arguments[name]; offer != nil {
			cmd.ValidArgsFunction = offer
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) }) // backquotes are for the help
		for flag, offer := range values {
			of, flagName, _ := strings.Cut(flag, "--")
			if of = strings.TrimSuffix(of, " "); of != "" && of != name || cmd.Flags().Lookup(flagName) == nil {
				continue
			}
			if err := cmd.RegisterFlagCompletionFunc(flagName, offer); err != nil {
				panic(err) // the flag exists, and no other row is for it
			}
		}
	}
}

// allCommands are a command and those below it.
func allCommands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		list = append(list, allCommands(c)...)
	}
	return list
}
