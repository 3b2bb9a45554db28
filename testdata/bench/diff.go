package main

import (
	"fmt"
	"os/exec"
)

// diffs measures the difference of two kernels against text differences of two
// dumps, which is what people do without btflint. Dumps go to the directory.
func diffs(o *options, btflint, dir string) error {
	if o.old == "" || o.new == "" {
		return nil
	}
	commands := []command{{"btflint diff", []string{btflint, "diff", o.old, o.new}}}
	for _, peer := range []struct{ tool, name, script string }{
		{"pahole", "pahole --sort twice, diff", `pahole --sort "$1" >"$3/old"; pahole --sort "$2" >"$3/new"; diff "$3/old" "$3/new"`},
		{"bpftool", "bpftool dump C twice, diff", `bpftool btf dump file "$1" format c >"$3/old"; bpftool btf dump file "$2" format c >"$3/new"; diff "$3/old" "$3/new"`},
	} {
		if _, err := exec.LookPath(peer.tool); err != nil {
			fmt.Printf("\n%s is not installed: no comparison with it\n", peer.tool)
			continue
		}
		commands = append(commands, command{peer.name, []string{"sh", "-c", peer.script, "sh", o.old, o.new, dir}})
	}
	fmt.Printf("\ndifference of %s and %s, %d interleaved rounds\n\n", o.old, o.new, o.rounds)
	if err := processes(commands, o.rounds); err != nil {
		return err
	}
	return instructions(commands[:1])
}
