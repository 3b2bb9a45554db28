package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btflint/btflint/cmd/btflint/internal/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checks accept everything that does not start with "bad".
func checks() config.Checks {
	check := func(value string) error {
		if strings.HasPrefix(value, "bad") {
			return errors.New("it is bad")
		}
		return nil
	}
	return config.Checks{
		Kernel: check, Loader: check, Rule: check, FailOn: check, Glob: check, Number: check,
		Nearest: func(given string, names []string) string {
			for _, n := range names {
				if n[0] == given[0] {
					return ", " + n + "?"
				}
			}
			return ""
		},
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "all.yaml"))
	require.NoError(t, err)
	f, err := config.Parse("all.yaml", data, checks())
	require.NoError(t, err)
	values := func(texts []config.Text) []string {
		var list []string
		for _, text := range texts {
			assert.Contains(t, f.Line(text.Line), strings.Split(text.Value, "=")[0], text)
			list = append(list, text.Value)
		}
		return list
	}
	pairs := func(list []config.Pair) []string {
		var texts []string
		for _, p := range list {
			texts = append(texts, p.Key.Value+"="+p.Value.Value)
		}
		return texts
	}
	assert.Equal(t, []string{"build/**/*.o", "x.bpf.o"}, values(f.Objects))
	assert.Equal(t, "make -C bpf", f.Build.Value)
	assert.Equal(t, "5.10=k/5.10.btf,symbols=k/5.10.map,config=k/5.10.config,modules=none", f.Kernels[0].Value)
	assert.Equal(t, "6.12=k/6.12.btf,modules=none", f.Kernels[1].Value)
	assert.Equal(t, "running", f.Kernels[2].Value)
	assert.Equal(t, []string{"cilium"}, values(f.Loaders), "one value is a list of one")
	assert.Equal(t, []string{"map-refused=off", "kfunc-missing=warning"}, pairs(f.Rules))
	assert.Equal(t, "warning", f.FailOn.Value)
	assert.Equal(t, "src", f.SourceRoot.Value)
	assert.Equal(t, []string{".=bpf", "/build=bpf"}, pairs(f.PathMap))
	assert.Equal(t, []string{"enabled=true", "size=0x10", "settings.table[2]=-5"}, pairs(f.Rodata), "as they are written")
	assert.Equal(t, "true", f.RodataFile.Value)
	assert.Equal(t, "baseline.json", f.Baseline.Value)
	assert.Equal(t, "false", f.Notes.Value)
	require.Len(t, f.Ignores, 2)
	assert.Equal(t, []string{"kfunc-missing", "ksym-missing"}, values(f.Ignores[0].Rules))
	assert.Equal(t, "known", f.Ignores[0].Reason.Value)
	i := f.Ignores[1]
	assert.Equal(t, []string{"map-refused", "*.o", "5.*", "lib*", "on_*", "map *", "bpf/**", "two\nlines", "2027-01-31"}, []string{
		i.Rules[0].Value, i.Object.Value, i.Kernel.Value, i.Loader.Value, i.Program.Value, i.Symbol.Value, i.Source.Value,
		i.Reason.Value, i.Expires.Value,
	})
}

func TestParseEmpty(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "---\n# nothing\n"} {
		f, err := config.Parse("x.yaml", []byte(text), checks())
		require.NoError(t, err, text)
		assert.Empty(t, f.Objects)
		assert.False(t, f.FailOn.Given())
	}
}

func TestParseRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"unknown key", "kernles: [a]", "x.yaml:1:1: unknown key \"kernles\", kernels?\n    1 | kernles: [a]\n      | ^"},
		{"unknown key of a kernel", "kernels:\n\n  - btf: a\n    sybmols: b\n", "x.yaml:4:5: unknown key \"sybmols\", symbols?\n    4 |     sybmols: b\n      |     ^"},
		{"key twice", "fail-on: note\nfail-on: error\n", "x.yaml:2:1: "},
		{"no value", "fail-on:\n", "x.yaml:1:10: fail-on: no value"},
		{"empty value", "fail-on: \"\"", "x.yaml:1:10: fail-on: empty"},
		{"value of another form", "fail-on: [note]", "x.yaml:1:10: fail-on: want a single value"},
		{"bad value", "loaders:\n  - good\n  - bad one\n", "x.yaml:3:5: loaders: it is bad\n    3 |   - bad one\n      |     ^"},
		{"bad kernel", "kernels:\n  - bad=x\n", "x.yaml:2:5: kernels: it is bad"},
		{"kernel without types", "kernels:\n  - name: \"6.12\"\n", "x.yaml:2:5: kernels: no \"btf\", the file with the kernel's types, or running"},
		{"bad rule", "rules:\n  bad-rule: off\n", "x.yaml:2:3: rules: it is bad"},
		{"setting of a rule", "rules:\n  good: maybe\n", "x.yaml:2:9: rules: \"maybe\": want off, on, note, warning or error"},
		{"truth", "notes: yes\n", "x.yaml:1:8: notes: \"yes\": want true or false"},
		{"ignore without a rule", "ignore:\n  - reason: a\n", "x.yaml:2:5: ignore: no \"rule\""},
		{"ignore without a reason", "ignore:\n  - rule: a\n    object: b\n", "x.yaml:2:5: ignore: no \"reason\""},
		{"date", "ignore:\n  - rule: a\n    reason: b\n    expires: 2027-02-31\n", "x.yaml:4:14: expires: \"2027-02-31\": want a date like 2027-01-31"},
		{"rodata", "rodata:\n  size: bad\n", "x.yaml:2:9: rodata: it is bad"},
		{"list for a mapping", "rules:\n  - a\n", "x.yaml:2:5: rules: want a mapping, \"key: value\""},
		{"scalar for all", "kernels", "x.yaml:1:1: the configuration: want a mapping"},
		{"anchor", "build: &a b\nbaseline: *a\n", "x.yaml:1:"},
		{"merge key", "a: &a {build: b}\n<<: *a\n", "x.yaml:1:1: unknown key"},
		{"tag", "build: !!binary aaaa\n", "x.yaml:1:8: build: want a single value"},
		{"two documents", "build: a\n---\nbuild: b\n", "x.yaml:3:1: a second document"},
		{"syntax", "loaders: [a\nbuild: b\n", "x.yaml:"},
		{"tabs", "rules:\n\tgood: off\n", "x.yaml:2:"},
		{"control character", "build: a\n# \x1b[2J\n", "x.yaml:2:3: control character\n    2 | # ?[2J\n      |   ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := config.Parse("x.yaml", []byte(tt.text), checks())
			assert.Nil(t, f)
			var at *config.Error
			require.ErrorAs(t, err, &at)
			assert.True(t, strings.HasPrefix(err.Error(), tt.want), "%s", err)
		})
	}
}

// TestParseDeep refuses what would take the parser very long.
func TestParseDeep(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("[\n", 1<<19):      "x.yaml:101:1: more than 100 open brackets",
		strings.Repeat("{a: \n", 1<<17):   "x.yaml:101:1: more than 100 open brackets",
		strings.Repeat("- ", 1<<19):       "x.yaml:1:1: line longer than 1024 bytes",
		"a: " + strings.Repeat("b", 2000): "x.yaml:1:1: line longer than 1024 bytes",
	} {
		_, err := config.Parse("x.yaml", []byte(text), checks())
		require.Error(t, err)
		assert.True(t, strings.HasPrefix(err.Error(), want), "%s", err)
	}
}

func TestParseLarge(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("x.yaml", []byte(strings.Repeat("# \n", 1<<20)), checks())
	assert.ErrorContains(t, err, "larger than 1048576 bytes")
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	write(".btflint.yaml") // above every repository
	write("repo/.git/HEAD")
	write("repo/a/b/c/file")
	write("repo/a/.btflint.yaml")
	write("bare/.git") // of a worktree it is a file
	write("bare/a/file")
	write("both/.btflint.yaml")
	write("both/.btflint.yml")
	tests := []struct{ name, dir, path, root string }{
		{"below", "repo/a/b/c", "repo/a/.btflint.yaml", "repo"},
		{"beside", "repo/a", "repo/a/.btflint.yaml", "repo"},
		{"above", "repo", "", "repo"},
		{"none in the repository", "bare/a", "", "bare"},
		{"no repository", "", ".btflint.yaml", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path, root, err := config.Find(filepath.Join(dir, tt.dir))
			require.NoError(t, err)
			want := tt.path
			if want != "" {
				want = filepath.Join(dir, want)
			}
			assert.Equal(t, want, path)
			assert.Equal(t, filepath.Join(dir, tt.root), root)
		})
	}
	_, _, err := config.Find(filepath.Join(dir, "both"))
	assert.ErrorContains(t, err, "which one is meant?")
}

func FuzzParse(f *testing.F) {
	all, err := os.ReadFile(filepath.Join("testdata", "all.yaml"))
	require.NoError(f, err)
	f.Add(all)
	f.Add([]byte("a: &a [*a]\n? b\n: !!x c\n--- |\n d\n"))
	f.Add([]byte("ignore: {rule: [a, b], reason: >\n  c}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := config.Parse("x.yaml", data, checks())
		assert.Equal(t, err == nil, file != nil)
		if err != nil {
			var at *config.Error
			require.ErrorAs(t, err, &at)
		}
	})
}
