package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
	"github.com/btflint/btflint/report"
	"github.com/btflint/btflint/rules"
	"github.com/spf13/cobra"
)

// shadowOptions are the flags of shadow.
type shadowOptions struct {
	lang, style, ident, pkg string
	output                  string
	verify                  string
	format, color           string
}

// shadowLanguage is a language that shadow types are written in.
type shadowLanguage struct {
	name  string
	write func(w io.Writer, object string, types []shadow.Type, opts shadow.Options) error
}

// shadowLanguages are the languages, the default first.
func shadowLanguages() []shadowLanguage {
	return []shadowLanguage{{"c", shadow.WriteC}, {"go", shadow.WriteGo}, {"rust", shadow.WriteRust}, {"json", shadow.WriteJSON}}
}

func newShadow(s Streams) *cobra.Command {
	o := &shadowOptions{}
	cmd := &cobra.Command{
		Use:   "shadow OBJECT",
		Short: "Write the shadow types of an object's struct_ops maps, or verify a file with them",
		Long: "Write the shadow types of an object's struct_ops maps: structs by which user space sets\n" +
			"the values of the maps before the load. They are those of bpftool's skeletons, with what\n" +
			"does not compile there put right. With --verify, compare a file that was generated\n" +
			"before, by bpftool gen skeleton or by this command, with the object.\n\n" +
			"Exit codes: 0 written, or no difference; 1 differences; 2 usage; 3 something could not be read or written.",
		Example: "  btflint shadow prog.bpf.o --lang go --package main -o prog_shadow.go\n" +
			"  btflint shadow --verify prog.skel.h prog.bpf.o",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("shadow types of what? name one object file, or -")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), s, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.lang, "lang", "c", "`LANGUAGE` to write: "+strings.Join(languageNames(), ", "))
	flags.StringVar(&o.style, "style", shadow.Styles[0].Name, "`NAME` of the rules for names and padding in C: current, bpftool since Linux 6.9; or 2024, the series before")
	flags.StringVar(&o.ident, "name", "", "`NAME` of the object in names of types (default: the file's name without .o)")
	flags.StringVar(&o.pkg, "package", "main", "`NAME` of the Go package")
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	flags.StringVar(&o.verify, "verify", "", "compare the shadow types in `FILE` with the object")
	flags.StringVarP(&o.format, "format", "f", report.Formats()[0], "`NAME` of the format of what --verify finds: "+strings.Join(report.Formats(), ", "))
	colorFlag(flags, &o.color)
	return cmd
}

func languageNames() []string {
	var names []string
	for _, l := range shadowLanguages() {
		names = append(names, l.name)
	}
	return names
}

// run writes the shadow types of one object, or verifies a file.
func (o *shadowOptions) run(ctx context.Context, s Streams, path string) error {
	lang := slices.IndexFunc(shadowLanguages(), func(l shadowLanguage) bool { return l.name == o.lang })
	style := slices.IndexFunc(shadow.Styles, func(st shadow.Style) bool { return st.Name == o.style })
	switch {
	case lang < 0:
		return fmt.Errorf("--lang: unknown language %s", quoteWithHint(o.lang, languageNames()))
	case style < 0:
		return fmt.Errorf("--style: unknown style %q: want current or 2024", o.style)
	case o.lang == "go" && style > 0:
		return fmt.Errorf("--style %s: styles are those of C, Go has one", o.style)
	case !slices.Contains(report.Formats(), o.format):
		return fmt.Errorf("--format: unknown format %s", quoteWithHint(o.format, report.Formats()))
	}
	opts := shadow.Options{Ident: o.ident, Package: o.pkg, Style: shadow.Styles[style]}
	if err := opts.Check(); err != nil {
		return err
	}
	obj, err := readObject(path, s.In)
	if err != nil {
		return failed{fmt.Errorf("%s: %s", path, reason(path, err))}
	}
	if o.verify != "" {
		return o.compare(ctx, s, obj)
	}
	types, err := shadow.Of(obj, opts.Style)
	if err != nil {
		return failed{fmt.Errorf("%s: %w", path, err)}
	}
	if len(types) == 0 {
		return failed{fmt.Errorf("%s: no struct_ops maps", path)}
	}
	var b bytes.Buffer
	if err := shadowLanguages()[lang].write(&b, filepath.ToSlash(path), types, opts); err != nil {
		return failed{fmt.Errorf("%s: %w", path, err)}
	}
	return o.save(s.Out, b.Bytes())
}

// save writes the file.
func (o *shadowOptions) save(out io.Writer, text []byte) error {
	if o.output == "" || o.output == stdoutName {
		if _, err := out.Write(text); err != nil {
			return failed{fmt.Errorf("standard output: %w", err)}
		}
		return nil
	}
	if err := os.WriteFile(o.output, text, 0o666); err != nil {
		return failed{fmt.Errorf("%s: %s", o.output, reason(o.output, err))}
	}
	return nil
}

// compare reports where a generated file and the object differ.
func (o *shadowOptions) compare(ctx context.Context, s Streams, obj *bpfobj.Object) error {
	color, err := useColor(o.color, s.Out)
	if err != nil {
		return err
	}
	file, err := readShadow(o.verify)
	if err != nil {
		return failed{err}
	}
	drift, err := analyzer.Select(rules.All(), []string{"shadow-layout-drift"}, nil)
	if err != nil {
		return err
	}
	loader := plan.Libbpf
	if file.Go {
		loader = plan.Cilium
	}
	rep, err := analyzer.Run(ctx, analyzer.Input{
		Objects: []*bpfobj.Object{obj}, Loaders: []*plan.Loader{loader}, Rules: drift,
		Options: analyzer.Options{Shadows: []*shadow.File{file}},
	})
	if err != nil {
		return failed{err}
	}
	rep.Verdicts = nil // whether the object loads was not asked
	for _, e := range rep.Errors {
		fmt.Fprintf(s.Err, "btflint: %s\n", e.Error())
	}
	if err := report.Write(s.Out, o.format, rep, report.Options{Color: color, Width: width(s.Out), Version: version()}); err != nil {
		return failed{fmt.Errorf("standard output: %w", err)}
	}
	if code := rep.ExitCode(analyzer.Warning); code != analyzer.ExitClean {
		return exit(code)
	}
	return nil
}

// readShadow reads a file with shadow types.
func readShadow(path string) (*shadow.File, error) {
	file, err := shadow.ReadFile(path)
	var failure *fs.PathError
	switch {
	case errors.As(err, &failure):
		return nil, fmt.Errorf("%s: %s", path, reason(path, err))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}
