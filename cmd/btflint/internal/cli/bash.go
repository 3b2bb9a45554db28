package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// BashCompletion writes the completions for bash. cobra's script takes a comma for
// a character that bash would obey and completes a list to "a\,b"; the names of a
// list are to stand there as people type them.
func BashCompletion(w io.Writer, root *cobra.Command, descriptions bool) error {
	if err := root.GenBashCompletionV2(w, descriptions); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
__%[1]s_with_commas()
{
    __start_%[1]s "$@"
    COMPREPLY=("${COMPREPLY[@]//\\,/,}")
}

if [[ $(type -t compopt) = "builtin" ]]; then
    complete -o default -F __%[1]s_with_commas %[1]s
else
    complete -o default -o nospace -F __%[1]s_with_commas %[1]s
fi
`, root.Name())
	return err
}

// setBashCompletion has cobra's command "completion bash" write ours.
func setBashCompletion(root *cobra.Command, out io.Writer) {
	root.InitDefaultCompletionCmd()
	i := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == "completion" })
	for _, shell := range root.Commands()[i].Commands() {
		if shell.Name() == "bash" {
			shell.RunE = func(cmd *cobra.Command, _ []string) error {
				return BashCompletion(out, root, !cmd.Flags().Changed("no-descriptions"))
			}
		}
	}
}
