// Command manual writes the manual pages of btflint and the completions of its
// command line for the shells that have any. It is a program of its own: what it
// needs for the pages would weigh on every start of btflint.
//
// Usage: manual DIR
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// write writes the pages to DIR/man and the completions to DIR/completions.
func write(dir string) error {
	root := cli.Root(cli.Streams{In: &bytes.Buffer{}, Out: os.Stdout, Err: os.Stderr})
	root.DisableAutoGenTag = true // a date would differ from build to build
	root.InitDefaultCompletionCmd()
	date, err := sourceDate()
	if err != nil {
		return err
	}
	pages := filepath.Join(dir, "man")
	if err := os.MkdirAll(pages, 0o755); err != nil {
		return err
	}
	header := &doc.GenManHeader{Section: "1", Manual: "btflint", Source: "btflint", Date: &date}
	if err := doc.GenManTree(root, header, pages); err != nil {
		return fmt.Errorf("manual pages: %w", err)
	}
	return completions(root, filepath.Join(dir, "completions"))
}

// sourceDate is the date of the sources, so that building them twice gives the
// same pages (https://reproducible-builds.org/specs/source-date-epoch); without it
// the epoch.
func sourceDate() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// completions writes a file for each shell, named as the shell wants it.
func completions(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, shell := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"btflint.bash", func(b *bytes.Buffer) error { return cli.BashCompletion(b, root, true) }},
		{"_btflint", func(b *bytes.Buffer) error { return root.GenZshCompletion(b) }},
		{"btflint.fish", func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) }},
		{"btflint.ps1", func(b *bytes.Buffer) error { return root.GenPowerShellCompletionWithDesc(b) }},
	} {
		var b bytes.Buffer
		if err := shell.write(&b); err != nil {
			return fmt.Errorf("completion %s: %w", shell.name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, shell.name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
