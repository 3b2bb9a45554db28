package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

func colorFlag(flags *pflag.FlagSet, when *string) {
	flags.StringVar(when, "color", "auto", "`WHEN` to colour text: auto, always or never")
}

// colorWords are the words of --color.
func colorWords() []string { return []string{"auto", "always", "never"} }

// useColor decides whether the text on out is coloured. NO_COLOR
// (no-color.org) and TERM=dumb count only where the terminal decides.
func useColor(when string, out io.Writer) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		_, terminal := terminalFD(out)
		return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", nil
	}
	return false, fmt.Errorf("--color: unknown word %s", quoteWithHint(when, colorWords()))
}

// width is the number of columns of the terminal that out is, 0 if it is none.
func width(out io.Writer) int {
	fd, terminal := terminalFD(out)
	if !terminal {
		return 0
	}
	columns, _, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return columns
}

func terminalFD(out io.Writer) (fd int, terminal bool) {
	f, ok := out.(interface{ Fd() uintptr })
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}
