package cli

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
)

// build runs the configuration's build command in the configuration's
// directory. What it prints goes to standard error.
func (s *settings) build(ctx context.Context, streams Streams) error {
	command := s.file.Build.Value
	if command == "" {
		return nil
	}
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/c", command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = streams.Err, streams.Err
	if err := cmd.Run(); err != nil {
		return failed{fmt.Errorf("build command %q of %s: %w", command, s.file.Path, err)}
	}
	return nil
}
