package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxArgs bounds a file of arguments, in bytes.
const maxArgs = 16 << 20

// expandArgs replaces every argument @FILE by the lines of the file, @- by
// those of standard input. Blank lines and lines that start with # are left
// out, and a line is taken as it is: neither quotes nor @ mean anything in it.
// "--" ends this as it ends flags.
func expandArgs(args []string, stdin io.Reader) ([]string, error) {
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...), nil
		}
		name, ok := strings.CutPrefix(arg, "@")
		if !ok || name == "" {
			out = append(out, arg)
			continue
		}
		text, err := readArgs(name, stdin)
		if err != nil {
			return nil, fmt.Errorf("%s: %s; write ./%s for a file of that name", arg, reason(name, err), arg)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				out = append(out, line)
			}
		}
	}
	return out, nil
}

func readArgs(name string, stdin io.Reader) (string, error) {
	in := stdin
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxArgs+1))
	if err == nil && len(data) > maxArgs {
		err = fmt.Errorf("larger than %d bytes", maxArgs)
	}
	return string(data), err
}
