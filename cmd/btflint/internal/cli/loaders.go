package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
)

func newLoaders(s Streams) *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:   "loaders [NAME[@VERSION]...]",
		Short: "List what the loaders support",
		Long: "List what the loaders and their versions support: program sections, struct_ops, externs,\n" +
			"CO-RE relocations, maps. Without a VERSION all that are known are summed up.\n\n" +
			"Exit codes: 0 listed, 2 usage.",
		Example: "  btflint loaders\n" +
			"  btflint loaders libbpf@1.3 libbpf@1.5 libbpf",
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(report.LoaderFormats(), format) {
				return fmt.Errorf("--format: unknown format %s", quoteWithHint(format, report.LoaderFormats()))
			}
			loaders := plan.Loaders
			if len(args) > 0 {
				var err error
				if loaders, err = (&target{loaders: args}).loaderValues(); err != nil {
					return err
				}
			}
			if err := report.Loaders(s.Out, format, loaders); err != nil {
				return failed{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", report.LoaderFormats()[0], "`NAME` of the output's format: "+strings.Join(report.LoaderFormats(), " or "))
	return cmd
}
