package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newRules(s Streams) *cobra.Command {
	markdown := ""
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if markdown != "" {
				if err := writePages(cmd.Context(), markdown, catalogue()); err != nil {
					return failed{err}
				}
				return nil
			}
			w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
			for _, r := range catalogue() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.Name, r.Severity, r.Doc.Title)
			}
			if err := w.Flush(); err != nil {
				return failed{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&markdown, "markdown", "", "write a page for every rule to `DIR`; run in a checkout of btflint")
	if err := cmd.Flags().MarkHidden("markdown"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}
