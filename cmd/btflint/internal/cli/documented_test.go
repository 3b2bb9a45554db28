package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/cmd/btflint/internal/cli"
)

// unrun are the blocks of pages that no test runs, by page and first line, each
// with the reason.
var unrun = map[string]string{
	"README.md: $ make build && bin/btflint check testdata/example/unlink.bpf.o":                                               "builds, and asks the running kernel; CI does it",
	"README.md: $ go mod edit -require github.com/btflint/btflint@v0.0.0 -replace github.com/btflint/btflint=/path/to/btflint": "the place of the checkout is the reader's",
	"docs/adding-a-rule.md: var mapHuge = &analyzer.Rule{":                                                                     "built by TestDocumentedRule",
	"docs/adding-a-rule.md: // kernels: old modern":                                                                            "read by TestDocumentedRule; its wants are for show",
	"docs/architecture.md:  object bytes ──► bpfobj.Object ─┐":                                                                 "a picture",
	"docs/faq.md: bpftool -d prog loadall prog.bpf.o /sys/fs/bpf/x 2>&1 | btflint explain --log -":                             "loads; the logs of such loads are in testdata/loadlog",
	"docs/gitlab.md: btflint:": "a job of GitLab; the command below it in the page is run",
	"docs/load-time-gate.md: -\tif err := loadProgObjects(&objs, nil); err != nil {":                                 "a change to a program of the reader; the programs beside it are built",
	"docs/quick-start.md: go install github.com/btflint/btflint/cmd/btflint@latest":                                  "asks the network",
	"docs/quick-start.md: btflint doctor":                                                                            "tells of the machine that it runs on, see TestDoctor",
	"docs/quick-start.md: extern __u64 scx_bpf_now(void) __ksym __weak;":                                             "from testdata/example/guarded.bpf.c, see TestDocumentedSource",
	"docs/quick-start.md: source <(btflint completion bash)   # needs the package bash-completion":                   "for the reader's own shell, see TestComplete",
	"docs/releases.md: git clone https://github.com/btflint/btflint && cd btflint && git checkout vX.Y.Z":            "a release takes minutes; the workflow release does it",
	"docs/shadow-types.md: size_t size;":                                                                             "a part of a program with libbpf",
	"docs/shadow-types.md: // Command example sets values of a struct_ops map and loads it.":                         "run by TestShadowExample",
	"docs/suppressing.md: \tlast = scx_bpf_now(); /* btflint: ignore=kfunc-missing loaded on 6.14 and newer only */": "a comment like those in testdata/suppress",
}

// generated are pages that are made from tables, see TestPages: their blocks are
// no examples to be typed.
var generated = []string{"docs/loader-errors.md", "docs/loaders.md", "docs/agreement.md"}

// documented are the pages with examples.
func documented(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	pages = append(pages, "README.md")
	for i := range pages {
		pages[i] = filepath.ToSlash(pages[i])
	}
	return slices.DeleteFunc(pages, func(page string) bool { return slices.Contains(generated, page) })
}

// block is a fenced block of a page.
type block struct{ page, info, text string }

// firstLine names the block in [unrun].
func (b *block) firstLine() string {
	line, _, _ := strings.Cut(b.text, "\n")
	return b.page + ": " + strings.TrimSuffix(line, "\\")
}

// blocks are the fenced blocks of a page.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	var list []block
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		list = append(list, block{page, m[1], m[2]})
	}
	require.Equal(t, 2*len(list), strings.Count("\n"+string(text), "\n```"), "%s: fences that are no pairs", page)
	return list
}

// example is a command of a console block with what it prints.
type example struct{ command, output string }

func (b *block) examples() []example {
	var list []example
	for _, text := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		command, output, _ := strings.Cut(strings.ReplaceAll(text, "\\\n", ""), "\n")
		list = append(list, example{command, strings.TrimSuffix(output, "\n")})
	}
	return list
}

// assertShown checks what a page says that a command prints. A line "..." stands
// for lines that the page leaves out.
func assertShown(t *testing.T, e example, printed string) {
	t.Helper()
	printed = strings.TrimRight(printed, "\n")
	if !strings.Contains("\n"+e.output+"\n", "\n...\n") {
		assert.Equal(t, strings.TrimRight(e.output, "\n"), printed, "%s", e.command)
		return
	}
	var expr []string
	for _, part := range strings.Split("\n"+e.output+"\n", "\n...\n") {
		expr = append(expr, regexp.QuoteMeta(part))
	}
	assert.Regexp(t, `^(?s:`+strings.Join(expr, "\n(.*\n)?")+`)$`, "\n"+printed+"\n", "%s", e.command)
}

// shell runs a command line with pipes in a directory, false if what it needs is
// not installed.
func shell(t *testing.T, dir, command string) (string, bool) {
	t.Helper()
	for _, program := range []string{"sh", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Logf("not run without %s: %s", program, command)
			return "", false
		}
	}
	cmd := exec.Command("sh", "-c", `btflint() { program "$@"; }; `+command) // see TestMain
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", command)
	return string(out), true
}

// TestDocumentedCommands runs the examples of the pages that are no [guides]:
// console blocks with commands of btflint. Files that an example writes with
// --format NAME=FILE go to a directory of the test.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, page := range documented(t) {
		if slices.Contains(guides, page) {
			continue
		}
		for _, b := range blocks(t, page) {
			if b.info != "console" || unrun[b.firstLine()] != "" {
				continue
			}
			for _, e := range b.examples() {
				ran++
				if strings.Contains(e.command, "|") {
					if out, ok := shell(t, ".", e.command); ok {
						assertShown(t, e, out)
					}
					continue
				}
				runHere(t, e)
			}
		}
	}
	assert.Greater(t, ran, 15)
}

// runHere runs an example in this process and the module's root.
func runHere(t *testing.T, e example) {
	t.Helper()
	args, written := strings.Fields(e.command), []string{}
	require.Equal(t, "btflint", args[0], e.command)
	for i, arg := range args {
		if format, name, ok := strings.Cut(arg, "="); ok && args[i-1] == "--format" {
			written = append(written, filepath.Join(t.TempDir(), name))
			args[i] = format + "=" + written[len(written)-1]
		}
	}
	var stdout, stderr bytes.Buffer
	cli.Main(t.Context(), args[1:], cli.Streams{In: &bytes.Buffer{}, Out: &stdout, Err: &stderr})
	assert.Empty(t, stderr.String(), e.command)
	assertShown(t, e, stdout.String())
	for _, name := range written {
		assert.FileExists(t, name, e.command)
	}
}

// TestDocumentedBlocks checks that every block of the pages is run, built or
// checked by a test, or says in [unrun] why not.
func TestDocumentedBlocks(t *testing.T) {
	t.Parallel()
	excused := map[string]bool{}
	for _, page := range documented(t) {
		for _, b := range blocks(t, page) {
			line := b.firstLine()
			switch {
			case unrun[line] != "":
				excused[line] = true
			case b.info == "console": // TestDocumentedCommands, TestGuides
				assert.NotEmpty(t, b.examples(), line)
			case b.info == "go" && strings.HasPrefix(b.text, "package main"): // TestDocumentedPrograms
			case b.info == "yaml" && strings.HasPrefix(b.text, "name: "): // workflows: testdata/external/action.test.mjs
			case b.info == "yaml" && slices.Contains(guides, page): // TestGuides
			default:
				t.Errorf("no test runs %q", line)
			}
		}
	}
	for line := range unrun {
		assert.True(t, excused[line], "no such block: %q", line)
	}
}

// TestDocumentedSource checks that the source that the quick start mends is the
// one whose object it checks.
func TestDocumentedSource(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/example/guarded.bpf.c")
	require.NoError(t, err)
	found := 0
	for _, b := range blocks(t, "docs/quick-start.md") {
		if b.info != "c" {
			continue
		}
		for _, part := range strings.Split(b.text, "/* ... */\n") {
			assert.Contains(t, string(source), part)
			found++
		}
	}
	assert.Equal(t, 2, found)
}
