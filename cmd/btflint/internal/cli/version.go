package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			return writeVersion(s.Out)
		},
	}
}

func writeVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "btflint %s %s/%s\n", version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the module's version that the Go tool recorded, with the commit
// of a build from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := strings.Trim(info.Main.Version, "()")
	for _, setting := range info.Settings {
		// Versions of the Go tool's own making hold the commit already.
		if setting.Key == "vcs.revision" && v == "devel" {
			v += "-" + setting.Value
		}
	}
	return v
}

// noArgs is cobra.NoArgs in one line.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}
