package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/cmd/btflint/internal/config"
	"github.com/spf13/pflag"
)

// A value comes from the command line, else from the environment, else from
// .btflint.yaml, else it is the default. The settings that may come from
// elsewhere are given to their flags before a command looks at these, and so
// there is one reader of every value.

// envPrefix starts the names of variables: BTFLINT_FAIL_ON is --fail-on.
const envPrefix = "BTFLINT_"

// setting is a flag whose value may come from elsewhere.
type setting struct {
	flag string
	list bool // the flag is repeatable; in the environment, values stand on lines of their own
	// key is where the file has it, "" nowhere.
	key string
	// read are the values in the file, in the form of the flag, with their places.
	read func(*settings) []config.Text
	// check is what is wrong with a value.
	check func(string) error
}

// outputFlag is the flag whose values are those of one command: other commands
// have formats of their own.
const outputFlag = "format"

// settingsTable are the settings, in the order in which people see them.
func settingsTable() []setting {
	return []setting{
		{flag: "kernel", list: true, key: "kernels", read: (*settings).kernels, check: checkKernel},
		{flag: "loader", list: true, key: "loaders", read: func(s *settings) []config.Text { return s.file.Loaders }, check: checkLoader},
		{flag: "fail-on", key: "fail-on", read: func(s *settings) []config.Text { return given(s.file.FailOn) }, check: checkFailOn},
		{flag: "enable", list: true},
		{flag: "disable", list: true},
		{flag: "rodata", list: true, key: "rodata", read: (*settings).rodata},
		{flag: "baseline", key: "baseline", read: func(s *settings) []config.Text { return s.path(s.file.Baseline) }},
		{flag: "source-root", key: "source-root", read: func(s *settings) []config.Text { return s.path(s.file.SourceRoot) }},
		{flag: "path-map", list: true, key: "path-map", read: func(s *settings) []config.Text { return joined(s.file.PathMap) }, check: checkPathMap},
		{flag: "notes", key: "notes", read: func(s *settings) []config.Text { return given(s.file.Notes) }, check: checkTruth},
		{flag: outputFlag, list: true},
		{flag: "color", check: checkColor},
	}
}

// configFlags are the flags that say which configuration is read.
type configFlags struct {
	file string
	none bool
}

func (c *configFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.file, "config", "", "configuration, `FILE`; the default is .btflint.yaml in the working directory or above it, up to\n"+
		"the root of the repository")
	flags.BoolVar(&c.none, "no-config", false, "read no configuration")
}

// settings are where the values of a command come from.
type settings struct {
	file    *config.File      // an empty one without a configuration
	dir     string            // of the configuration
	root    string            // of the repository, the working directory without one
	origins map[string]string // by flag, of what is not the default
}

// load reads the configuration that the flags and the environment name.
func (c *configFlags) load() (*settings, error) {
	s := &settings{file: &config.File{}, dir: ".", root: ".", origins: map[string]string{}}
	if c.none && c.file != "" {
		return nil, errors.New("--config and --no-config: which one is meant?")
	}
	path, root, err := config.Find(".")
	if err != nil && c.file == "" && !c.none {
		return nil, err
	}
	if root != "" {
		s.root = root
	}
	if c.file == "" {
		c.file = os.Getenv(envPrefix + "CONFIG")
	}
	switch {
	case c.none:
		return s, nil
	case c.file != "":
		path = c.file
	case path == "":
		return s, nil
	}
	s.dir = filepath.Dir(path)
	s.file, err = readConfig(path)
	return s, err
}

// readConfig reads a configuration.
func readConfig(path string) (*config.File, error) {
	f, err := config.ReadFile(path, configChecks())
	if err == nil {
		return f, nil
	}
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		return nil, fmt.Errorf("configuration %s: %w", path, of.Err)
	}
	if isKernelConfig(path) {
		return nil, fmt.Errorf("%s is the build configuration of a kernel: give it with --kernel-config, or with config= to --kernel", path)
	}
	return nil, err
}

// isKernelConfig tells the build configuration of a kernel, which --config named
// in other programs.
func isKernelConfig(path string) bool {
	data, err := os.ReadFile(path)
	return err == nil && (strings.Contains(string(data), "\nCONFIG_") || strings.HasPrefix(string(data), "\x1f\x8b"))
}

// applyTargets is [settings.apply] for commands that share what is checked with
// check, and not what is printed.
func (s *settings) applyTargets(flags *pflag.FlagSet) error {
	return s.applyRows(flags, slices.DeleteFunc(settingsTable(), func(row setting) bool { return row.flag == outputFlag }))
}

// apply gives the flags that the command line leaves alone the values of the
// environment and of the file.
func (s *settings) apply(flags *pflag.FlagSet) error {
	return s.applyRows(flags, settingsTable())
}

func (s *settings) applyRows(flags *pflag.FlagSet, rows []setting) error {
	for _, row := range rows {
		f := flags.Lookup(row.flag)
		if f == nil {
			continue
		}
		if f.Changed || row.flag == "kernel" && changed(flags, "symbols", "kernel-config", "modules") {
			s.origins[row.flag] = "--" + row.flag
			continue
		}
		if err := s.applyRow(f, &row); err != nil {
			return err
		}
	}
	return nil
}

func changed(flags *pflag.FlagSet, names ...string) bool {
	return slices.ContainsFunc(names, flags.Changed)
}

// applyRow gives one flag its value: the first of several if it takes only one.
func (s *settings) applyRow(f *pflag.Flag, row *setting) error {
	name := envPrefix + strings.ToUpper(strings.ReplaceAll(row.flag, "-", "_"))
	if value := os.Getenv(name); value != "" {
		values := []string{value}
		if row.list {
			values = strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' })
		}
		for _, v := range taken(f, values) {
			var err error
			if row.check != nil {
				err = row.check(v)
			}
			if err == nil {
				err = f.Value.Set(v)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		s.origins[row.flag] = name
		return nil
	}
	if row.read == nil {
		return nil
	}
	for _, v := range taken(f, row.read(s)) {
		if err := f.Value.Set(v.Value); err != nil {
			return s.file.ErrorAt(v, "%s: %v", row.key, err)
		}
		if s.origins[row.flag] == "" {
			s.origins[row.flag] = fmt.Sprintf("%s:%d", s.file.Path, v.Line)
		}
	}
	return nil
}

// taken are the values that a flag takes.
func taken[T any](f *pflag.Flag, values []T) []T {
	if _, list := f.Value.(pflag.SliceValue); list {
		return values
	}
	return values[:min(len(values), 1)]
}

// fromFile reports whether a flag has its value from the configuration.
func (s *settings) fromFile(flag string) bool {
	return s.file.Path != "" && strings.HasPrefix(s.origins[flag], s.file.Path+":")
}

// given are the values of one that the file may have.
func given(t config.Text) []config.Text {
	if !t.Given() {
		return nil
	}
	return []config.Text{t}
}

// path is a path of the file, seen from the working directory.
func (s *settings) path(t config.Text) []config.Text {
	t.Value = s.below(t.Value)
	return given(t)
}

// below is a path that is relative to the file, seen from the working directory.
func (s *settings) below(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.dir, path)
}

// joined are the pairs of a mapping as KEY=VALUE.
func joined(pairs []config.Pair) []config.Text {
	var list []config.Text
	for _, p := range pairs {
		list = append(list, config.Text{Value: p.Key.Value + "=" + p.Value.Value, Line: p.Key.Line, Column: p.Key.Column})
	}
	return list
}

func (s *settings) rodata() []config.Text {
	list := joined(s.file.Rodata)
	if s.file.RodataFile.Value == "true" {
		list = append(list, config.Text{Value: rodataFile, Line: s.file.RodataFile.Line, Column: s.file.RodataFile.Column})
	}
	return list
}

// kernels are the kernels of the file with paths seen from the working directory.
func (s *settings) kernels() []config.Text {
	var list []config.Text
	for _, t := range s.file.Kernels {
		spec, err := kernel.ParseSpec(t.Value)
		if err == nil && s.dir != "." {
			t.Value = s.kernelBelow(spec)
		}
		list = append(list, t)
	}
	return list
}

// kernelBelow is the argument of --kernel for a spec of the file.
func (s *settings) kernelBelow(spec kernel.Spec) string {
	path := spec.Types
	if path != runningKernel {
		path = s.below(path)
		if !strings.ContainsAny(path, `/\`) {
			path = "./" + path // what stands before a "=" is no name
		}
	}
	arg := path
	if spec.Name != "" {
		arg = spec.Name + "=" + path
	}
	if spec.Symbols != "" {
		arg += ",symbols=" + s.below(spec.Symbols)
	}
	if spec.Config != "" {
		arg += ",config=" + s.below(spec.Config)
	}
	switch spec.Modules {
	case "":
	case noModules:
		arg += ",modules=" + noModules
	default:
		arg += ",modules=" + s.below(spec.Modules)
	}
	return arg
}

// noModules is the value of modules= that says that there are none.
const noModules = "none"

// configChecks tell what is wrong with values of a configuration.
func configChecks() config.Checks {
	return config.Checks{
		Kernel: checkKernel, Loader: checkLoader, Rule: checkRule, FailOn: checkFailOn, Glob: checkGlob, Number: checkNumber,
		Nearest: didYouMean,
	}
}

func checkKernel(arg string) error {
	_, err := kernel.ParseSpec(arg)
	return err
}

func checkLoader(name string) error {
	if plan.LoaderByName(name) == nil {
		return unknownLoader(name, loaderNames())
	}
	return nil
}

func checkRule(name string) error {
	_, err := analyzer.Lookup(catalogue(), name)
	return err
}

func checkFailOn(word string) error {
	_, err := parseFailOn(word)
	return err
}

func checkPathMap(arg string) error {
	_, err := parsePathMap(arg)
	return err
}

func checkColor(word string) error {
	if !slices.Contains(colorWords(), word) {
		return fmt.Errorf("unknown word %s", quoteWithHint(word, colorWords()))
	}
	return nil
}

func checkTruth(word string) error {
	if _, err := strconv.ParseBool(word); err != nil {
		return fmt.Errorf("%q: want true or false", word)
	}
	return nil
}

func checkGlob(pattern string) error {
	if !doublestar.ValidatePattern(pattern) {
		return fmt.Errorf("%q is no glob", pattern)
	}
	return nil
}

func checkNumber(text string) error {
	if _, err := parseNumber(text); err != nil {
		return fmt.Errorf("%q is no number of at most 64 bits, true or false", text)
	}
	return nil
}
