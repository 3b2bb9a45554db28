package cli

import (
	"errors"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
	"github.com/spf13/cobra"
)

func newExplain(s Streams) *cobra.Command {
	color := "auto"
	cmd := &cobra.Command{
		Use:     "explain RULE...",
		Short:   "Explain rules: why, how to fix, sources",
		Example: "  btflint explain kfunc-missing",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("explain what? \"btflint rules\" lists the rules")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			useColor, err := useColor(color, s.Out)
			if err != nil {
				return err
			}
			var found []*analyzer.Rule
			for _, name := range args {
				list, err := analyzer.Lookup(rules.All(), name)
				if err != nil {
					return err
				}
				found = append(found, list...)
			}
			for i, r := range found {
				if i > 0 {
					if _, err := s.Out.Write([]byte("\n")); err != nil {
						return failed{err}
					}
				}
				if err := report.Explain(s.Out, r, report.Options{Color: useColor, Width: width(s.Out)}); err != nil {
					return failed{err}
				}
			}
			return nil
		},
	}
	colorFlag(cmd.Flags(), &color)
	return cmd
}

func ruleNames() []string {
	var names []string
	for _, r := range rules.All() {
		names = append(names, r.Name)
	}
	return names
}
