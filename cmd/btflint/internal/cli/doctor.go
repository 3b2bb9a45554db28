package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/spf13/cobra"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/report"
)

// findingOf is what doctor found out about one thing.
type findingOf struct {
	Name string `json:"name"`
	// State is "ok", "partly" or "missing".
	State string `json:"state"`
	// Found is what is there, or why nothing is.
	Found string `json:"found"`
	// Without says what btflint cannot tell then, and how to mend it; "" if
	// nothing is missing.
	Without string `json:"without"`
}

// States of a findingOf.
const (
	stateOK      = "ok"
	statePartly  = "partly"
	stateMissing = "missing"
)

func newDoctor(s Streams) *cobra.Command {
	format, color, asJSON := doctorFormats()[0], "", false
	formats := doctorFormats()
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell what can be checked on this machine",
		Long: "Tell what this machine has for a check against its own kernel: types, modules, symbols,\n" +
			"configuration; and whether this process may load programs. Nothing else needs them: objects\n" +
			"are checked against the files of any kernel, anywhere.\n\n" +
			"Exit codes: 0 a check with --kernel running is complete, 1 a part is missing, 2 usage.",
		Example: "  btflint doctor",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				format = "json"
			}
			if !slices.Contains(formats, format) {
				return fmt.Errorf("--format: unknown format %s", quoteWithHint(format, formats))
			}
			useColor, err := useColor(color, s.Out)
			if err != nil {
				return err
			}
			found := examine()
			if format == "json" {
				err = writeDoctorJSON(s.Out, found)
			} else {
				err = writeDoctor(s.Out, found, useColor)
			}
			if err != nil {
				return failed{fmt.Errorf("standard output: %w", err)}
			}
			for _, f := range found {
				if f.State == stateMissing && f.Name != loadCheck {
					return exit(analyzer.ExitFindings)
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&format, "format", "f", format, "`NAME` of the output's format: "+strings.Join(formats, " or "))
	flags.BoolVar(&asJSON, "json", false, "the same as --format json")
	colorFlag(flags, &color)
	return cmd
}

// doctorFormats are the formats of doctor, the default first.
func doctorFormats() []string { return []string{"text", "json"} }

// loadCheck is what no check needs, only `btflint load` and the gate.
const loadCheck = "loading"

// examine looks at this machine.
func examine() []findingOf {
	k, err := kernel.Running()
	if err != nil {
		return append([]findingOf{missingTypes(err)}, examineLoading())
	}
	defer k.Close()
	return []findingOf{examineTypes(k), examineModules(k), examineSymbols(k), examineConfig(k), examineLoading()}
}

func missingTypes(err error) findingOf {
	f := findingOf{Name: "types", State: stateMissing, Found: err.Error()}
	f.Without = "no check against this kernel; give another one: --kernel NAME=FILE"
	if runtime.GOOS == "linux" {
		f.Without += "; kernels from 5.4 on have types if built with CONFIG_DEBUG_INFO_BTF=y"
	}
	return f
}

func examineTypes(k *kernel.Kernel) findingOf {
	count := k.Types.Len() - 1 // reads all of them
	for _, err := range k.Errors() {
		if err.Part == kernel.PartTypes {
			return missingTypes(err)
		}
	}
	return findingOf{Name: "types", State: stateOK, Found: fmt.Sprintf("kernel %s (%s), %d types", k.Release, k.Arch, count)}
}

func examineModules(k *kernel.Kernel) findingOf {
	f := findingOf{Name: "modules", State: stateOK, Found: fmt.Sprintf("%d loaded modules with types", len(k.ModuleNames()))}
	if k.Modules == nil {
		f.State, f.Found = stateMissing, "the directory of modules' types cannot be read"
		f.Without = "what only a module has is a warning; kernels from 5.11 on have types of modules"
	}
	return f
}

func examineSymbols(k *kernel.Kernel) findingOf {
	f := findingOf{Name: "symbols", State: stateOK, Found: "/proc/kallsyms"}
	switch {
	case k.Symbols == nil || k.Symbols.Err() != nil:
		f.State, f.Found = stateMissing, "/proc/kallsyms cannot be read"
		f.Without = "typeless ksyms, kprobes and inlined functions are not checked; root may read it"
	case !k.Symbols.HasAddresses():
		f.State, f.Found = statePartly, "/proc/kallsyms without addresses"
		f.Without = "ambiguous symbols are not told; root sees addresses (kernel.kptr_restrict)"
	}
	return f
}

func examineConfig(k *kernel.Kernel) findingOf {
	if k.Config == nil || k.Config.Err() != nil {
		return findingOf{
			Name: "config", State: stateMissing, Found: "neither /boot/config-" + k.Release + " nor /proc/config.gz can be read",
			Without: "__kconfig externs are not checked, and libbpf and cilium/ebpf fail on them here too",
		}
	}
	f := findingOf{Name: "config", State: stateOK, Found: "the configuration of the kernel"}
	if bad := k.Config.Malformed(); len(bad) > 0 {
		f.State, f.Found = statePartly, fmt.Sprintf("%d malformed lines", len(bad))
		f.Without = "libbpf stops at the first of them"
	}
	return f
}

// examineLoading loads the smallest program.
func examineLoading() findingOf {
	f := findingOf{Name: loadCheck, State: stateOK, Found: "this process may load programs"}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.SocketFilter, Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "GPL",
	})
	if err == nil {
		prog.Close()
		if jit, err := os.ReadFile("/proc/sys/net/core/bpf_jit_enable"); err == nil && strings.TrimSpace(string(jit)) == "0" {
			f.State, f.Found = statePartly, "this process may load programs; the JIT is off"
			f.Without = "programs that call kfuncs do not load: sysctl net.core.bpf_jit_enable=1"
		}
		return f
	}
	f.State, f.Found = stateMissing, "this process may not load programs: "+firstLine(err)
	f.Without = "only btflint load and the gate load anything; no check does"
	if lockdown, err := os.ReadFile("/sys/kernel/security/lockdown"); err == nil && strings.Contains(string(lockdown), "[confidentiality]") {
		f.Without += "; the kernel is locked down"
	} else if !errors.Is(err, fs.ErrNotExist) && err != nil {
		f.Without += "; whether the kernel is locked down cannot be read"
	}
	return f
}

// firstLine is the first line of an error.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func writeDoctor(w io.Writer, found []findingOf, color bool) error {
	rows := make([]report.Row, len(found))
	for i, f := range found {
		rows[i] = report.Row{Name: f.Name, State: f.State, Good: f.State == stateOK, Bad: f.State == stateMissing, Text: f.Found, Note: f.Without}
	}
	return report.Rows(w, rows, report.Options{Color: color, Width: width(w)})
}

func writeDoctorJSON(w io.Writer, found []findingOf) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Version int         `json:"version"`
		Checks  []findingOf `json:"checks"`
	}{1, found})
}
