package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// command is a process to measure.
type command struct {
	name string
	args []string
}

// sample is one run of a process.
type sample struct {
	wall, cpu time.Duration
	rss       int64 // KB
}

// measure runs the process once. An exit code of 1 is a verdict, no failure.
func (c *command) measure() (sample, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	start := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(start)}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return s, fmt.Errorf("%s: %w", strings.Join(c.args, " "), err)
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.rss = usage.Maxrss
	}
	return s, nil
}

// processes runs the commands in turn, round after round, and prints their
// times and those of the first relative to the others.
func processes(commands []command, rounds int) error {
	samples := make([][]sample, len(commands))
	for range rounds {
		for i := range commands {
			s, err := commands[i].measure()
			if err != nil {
				return err
			}
			samples[i] = append(samples[i], s)
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "process\twall min\twall median\tCPU mean\tRSS MB\tratio min\tratio median\tratio CPU\t")
	first := summarise(samples[0])
	for i, c := range commands {
		s := summarise(samples[i])
		fmt.Fprintf(w, "%s\t%.2f ms\t%.2f ms\t%.2f ms\t%.1f\t%.2f\t%.2f\t%.2f\t\n", c.name,
			ms(s.min), ms(s.median), ms(s.cpu), float64(s.rss)/1024,
			ratio(first.min, s.min), ratio(first.median, s.median), ratio(first.cpu, s.cpu))
	}
	return w.Flush()
}

// summary is what the runs of a process come down to.
type summary struct {
	min, median, cpu time.Duration
	rss              int64
}

func summarise(samples []sample) summary {
	slices.SortFunc(samples, func(a, b sample) int { return int(a.wall - b.wall) })
	s := summary{min: samples[0].wall, median: samples[len(samples)/2].wall}
	for _, x := range samples {
		s.cpu += x.cpu / time.Duration(len(samples))
		s.rss = max(s.rss, x.rss)
	}
	return s
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

var collected = regexp.MustCompile(`Collected : (\d+)`)

// instructions counts the user instructions of processes with callgrind.
func instructions(commands []command) error {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		fmt.Println("\nvalgrind is not installed: no instruction counts")
		return nil
	}
	fmt.Println()
	for _, c := range commands {
		cmd := exec.Command(valgrind, append([]string{"--tool=callgrind", "--callgrind-out-file=/dev/null"}, c.args...)...)
		// valgrind cannot cope with the signals of asynchronous preemption.
		cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		err := cmd.Run()
		m := collected.FindStringSubmatch(stderr.String())
		if m == nil {
			return fmt.Errorf("callgrind of %s: %w\n%s", c.name, err, stderr.String())
		}
		fmt.Printf("%s: %s user instructions\n", c.name, m[1])
	}
	return nil
}
