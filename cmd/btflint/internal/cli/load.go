package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
	"github.com/spf13/cobra"

	"github.com/btflint/btflint"
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
)

// loadOptions are the flags of load.
type loadOptions struct {
	pin      string
	programs []string
	color    string
	notes    bool
}

func newLoad(s Streams) *cobra.Command {
	o := &loadOptions{}
	cmd := &cobra.Command{
		Use:   "load OBJECT",
		Short: "Check an object against the running kernel, then load it",
		Long: "Check an object against the running kernel and load it with cilium/ebpf if nothing\n" +
			"says that it will be refused. A refusal makes no bpf() call. Without --pin, what\n" +
			"was loaded is released again: the load is a trial. No configuration is read: neither its\n" +
			"kernels nor its suppressions change what this kernel does.\n\n" +
			"Exit codes: 0 loaded, 1 refused, 2 usage, 3 could not be checked or tried.",
		Example: "  btflint load prog.bpf.o --pin /sys/fs/bpf/prog",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("load what? name one object file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.pin, "pin", "", "pin programs and maps in `DIR` of a BPF file system")
	flags.StringSliceVar(&o.programs, "program", nil, "load only these `PROGRAMS`")
	colorFlag(flags, &o.color)
	flags.BoolVar(&o.notes, "notes", false, "show notes too")
	return cmd
}

func (o *loadOptions) run(ctx context.Context, s Streams, path string) error {
	color, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	k, err := kernel.Running()
	if err != nil {
		return failed{err}
	}
	defer k.Close()
	write := func(r *analyzer.Report) error {
		return report.Write(s.Out, "text", r, report.Options{
			Color: color, ShowNotes: o.notes, Width: width(s.Out), Version: version(),
		})
	}
	refuse := func(r *analyzer.Report) error { return errors.Join(write(r), refused(s.Out)) }
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return o.unreadable(ctx, path, k, err, refuse)
	}
	if err := o.keep(spec); err != nil {
		return err
	}
	rep, err := (&btflint.Validator{Kernel: k}).Report(ctx, path, spec)
	if err != nil {
		return failed{fmt.Errorf("%s: %w", path, err)}
	}
	if code := rep.ExitCode(analyzer.Error); code != analyzer.ExitClean {
		return errors.Join(exit(code), refuse(rep))
	}
	if rep.Count().Warnings > 0 {
		if err := write(rep); err != nil {
			return err
		}
	}
	if err := o.load(s.Out, spec); err != nil {
		obj, specErr := bpfobj.FromSpec(path, spec)
		if specErr != nil {
			return failed{errors.Join(err, specErr)}
		}
		return explainRefusal(s.Err, obj, k, err)
	}
	return nil
}

// unreadable reports an object that cilium/ebpf itself does not read: with the
// findings for the file if there are any, else with its own words.
func (o *loadOptions) unreadable(ctx context.Context, path string, k *kernel.Kernel, cause error, refuse func(*analyzer.Report) error) error {
	obj, err := bpfobj.ReadFile(path)
	if err != nil {
		return failed{fmt.Errorf("%s: %s", path, reason(path, err))}
	}
	rep, err := analyzer.Run(ctx, analyzer.Input{
		Objects: []*bpfobj.Object{obj}, Kernels: []*kernel.Kernel{k},
		Loaders: []*plan.Loader{plan.Cilium}, Rules: rules.All(),
	})
	if err != nil {
		return failed{err}
	}
	if code := rep.ExitCode(analyzer.Error); code != analyzer.ExitClean {
		return errors.Join(exit(code), refuse(rep))
	}
	return failed{fmt.Errorf("%s: cilium/ebpf cannot read it: %w", path, cause)}
}

// refused says that the kernel was asked for nothing.
func refused(out io.Writer) error {
	_, err := fmt.Fprintln(out, "not loaded: refused by the check")
	return err
}

// keep deletes the programs that are not to be loaded, and the struct_ops maps
// that are left without any.
func (o *loadOptions) keep(spec *ebpf.CollectionSpec) error {
	names := slices.Sorted(maps.Keys(spec.Programs))
	for _, want := range o.programs {
		if !slices.Contains(names, want) {
			return fmt.Errorf("--program: no program %s", quoteWithHint(want, names))
		}
	}
	if len(o.programs) == 0 {
		return nil
	}
	for _, name := range names {
		if !slices.Contains(o.programs, name) {
			delete(spec.Programs, name)
		}
	}
	for name, m := range spec.Maps {
		if m.Type == ebpf.StructOpsMap && !attached(spec, m) {
			delete(spec.Maps, name)
		}
	}
	return nil
}

// attached reports whether a program of the spec belongs to a struct_ops map:
// it attaches to "TYPE:MEMBER".
func attached(spec *ebpf.CollectionSpec, m *ebpf.MapSpec) bool {
	if m.Value == nil {
		return true
	}
	for _, prog := range spec.Programs {
		if prog.Type == ebpf.StructOps && strings.HasPrefix(prog.AttachTo, m.Value.TypeName()+":") {
			return true
		}
	}
	return false
}

// load loads the spec and pins it if asked to.
func (o *loadOptions) load(out io.Writer, spec *ebpf.CollectionSpec) error {
	if err := rlimit.RemoveMemlock(); err != nil {
		return failed{fmt.Errorf("loading needs root, or CAP_BPF and CAP_SYS_RESOURCE: %w", err)}
	}
	opts := ebpf.CollectionOptions{Maps: ebpf.MapOptions{PinPath: o.pin}}
	if o.pin != "" {
		if err := onBPFFS(o.pin); err != nil {
			return failed{err}
		}
		if err := os.MkdirAll(o.pin, 0o700); err != nil {
			return failed{err}
		}
	}
	coll, err := ebpf.NewCollectionWithOptions(spec, opts)
	if err != nil {
		return err
	}
	defer coll.Close()
	if o.pin == "" {
		fmt.Fprintf(out, "loaded %s and released them (--pin keeps them)\n", contents(coll))
		return nil
	}
	if err := pinAll(coll, o.pin); err != nil {
		return failed{err}
	}
	fmt.Fprintf(out, "loaded and pinned %s in %s\n", contents(coll), o.pin)
	return nil
}

// contents counts what was loaded: "1 program and 2 maps".
func contents(coll *ebpf.Collection) string {
	count := func(n int, noun string) string {
		if n == 1 {
			return "1 " + noun
		}
		return fmt.Sprintf("%d %ss", n, noun)
	}
	return count(len(coll.Programs), "program") + " and " + count(len(coll.Maps), "map")
}

// pinAll pins every program and map by its name, or nothing.
func pinAll(coll *ebpf.Collection, dir string) (err error) {
	var undo []func() error
	defer func() {
		if err == nil {
			return
		}
		for _, unpin := range undo {
			err = errors.Join(err, unpin())
		}
	}()
	for _, name := range slices.Sorted(maps.Keys(coll.Maps)) {
		m := coll.Maps[name]
		if m.IsPinned() {
			continue // by its own definition
		}
		if err := m.Pin(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("pin map %q: %w", name, err)
		}
		undo = append(undo, m.Unpin)
	}
	for _, name := range slices.Sorted(maps.Keys(coll.Programs)) {
		p := coll.Programs[name]
		if err := p.Pin(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("pin program %q: %w", name, err)
		}
		undo = append(undo, p.Unpin)
	}
	return nil
}

// explainRefusal shows why a load failed that the check let through: the
// verifier's words, and beside them what the check knows of the program or map.
// What it had left open was printed before the load.
func explainRefusal(out io.Writer, obj *bpfobj.Object, k *kernel.Kernel, err error) error {
	var fail failed
	if errors.As(err, &fail) {
		return fail
	}
	var verifier *ebpf.VerifierError
	if errors.Is(err, os.ErrPermission) && !errors.As(err, &verifier) && os.Geteuid() != 0 {
		return failed{fmt.Errorf("loading needs root or CAP_BPF: %w", err)}
	}
	fmt.Fprintf(out, "btflint: the check found no certain refusal, but the kernel refused: %v\n", err)
	if errors.As(err, &verifier) {
		fmt.Fprintf(out, "the verifier says:\n\t%s\n", strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("%+v", verifier)), "\n", "\n\t"))
	}
	p := plan.Make(obj, k, plan.Cilium, plan.Options{})
	for i := range p.Programs {
		if named(err, "program", p.Programs[i].Program.Name) {
			writeProgramFacts(out, p, &p.Programs[i])
		}
	}
	for i := range p.Maps {
		if m := &p.Maps[i]; named(err, "map", m.Map.Name) {
			fmt.Fprintf(out, "what the check knows of map %q:\n\t%s\n", m.Map.Name, mapFacts(m))
		}
	}
	return exit(analyzer.ExitFindings)
}

// named reports whether the loader's error is about the program or map of that
// name: cilium/ebpf puts "program NAME: " or "map NAME: " in front of the cause.
func named(err error, kind, name string) bool {
	return strings.Contains(err.Error(), kind+" "+name+": ")
}
