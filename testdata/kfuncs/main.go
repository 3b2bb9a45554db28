// Command kfuncs makes the table of the kernel's kfuncs from its sources: which
// types of programs may call each, and whether it sleeps. Neither is in BTF: the
// sets are in .BTF_ids of the image, and what they are registered for in code.
//
// Run it from the module root with the source trees, the oldest first:
//
//	go run ./testdata/kfuncs 6.1=DIR 6.12=DIR 7.2=DIR 7.3=DIR > analyzer/plan/kfunc_sets_gen.go
//
// It reads the sets (BTF_KFUNCS_START, before 6.9 BTF_SET8_START), the calls of
// register_btf_kfunc_id_set, and kernel/bpf/btf.c, bpf_prog_type_to_kfunc_hook.
// Of the filters it knows those that limit a set to a type of programs; of the
// others it lists the sets that they look at, see analyzer/plan/kfunc_filter.go.
package main

import (
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// kfunc is what one kernel says of a kfunc.
type kfunc struct {
	types     map[string]bool // program types, "*" for all
	sleepable bool
	sets      []string // "kernel/bpf/helpers.c generic_btf_ids"
}

// tree is a kernel's sources.
type tree struct {
	version, dir string
	hooks        map[string]string // program type to hook
	kfuncs       map[string]*kfunc
	sets         map[string][]string // members of every set
	filters      map[string][]string // sets that a filter looks at
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("no source trees: want VERSION=DIR for each")
	}
	var trees []*tree
	for _, arg := range args {
		version, dir, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q: want VERSION=DIR", arg)
		}
		t := &tree{
			version: version, dir: dir, kfuncs: make(map[string]*kfunc),
			sets: make(map[string][]string), filters: make(map[string][]string),
		}
		if err := t.read(); err != nil {
			return fmt.Errorf("kernel %s: %w", version, err)
		}
		trees = append(trees, t)
	}
	source, err := format.Source([]byte(render(append([]*tree{hid()}, trees...))))
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(source)
	return err
}

// hid is what no tree at hand has any more: from 6.3 to 6.10 HID programs were
// of type TRACING (Linux 6.6, drivers/hid/bpf/hid_bpf_dispatch.c, hid_bpf_init).
func hid() *tree {
	return &tree{version: "6.3", kfuncs: map[string]*kfunc{
		"hid_bpf_get_data": {types: map[string]bool{"TRACING": true, "LSM": true}},
	}}
}

// read collects the kfuncs of a tree.
func (t *tree) read() error {
	if err := t.readHooks(); err != nil {
		return err
	}
	for _, sub := range [...]string{"kernel", "net", "fs", "mm", "drivers/hid", "io_uring", "crypto"} {
		err := filepath.WalkDir(filepath.Join(t.dir, sub), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".c") {
				return err
			}
			return t.readFile(path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	hookCase   = regexp.MustCompile(`case BPF_PROG_TYPE_(\w+):|return BTF_KFUNC_HOOK_(\w+);`)
	setBlock   = regexp.MustCompile(`(?s)BTF_(?:KFUNCS|SET8)_START\((\w+)\)(.*?)BTF_(?:KFUNCS|SET8)_END`)
	setMember  = regexp.MustCompile(`BTF_ID_FLAGS\(func, (\w+)((?:,[^)]*)?)\)`)
	metadata   = regexp.MustCompile(`XDP_METADATA_KFUNC\(XDP_METADATA_KFUNC_\w+, \\\s+\w+, \\\s+(\w+), \\`)
	idSet      = regexp.MustCompile(`(?s)struct btf_kfunc_id_set (\w+) = \{(.*?)\};`)
	idSetField = regexp.MustCompile(`\.(set|filter)\s*=\s*&?(\w+)`)
	plainBlock = regexp.MustCompile(`(?s)BTF_SET_START\((\w+)\)(.*?)BTF_SET_END`)
	plainEntry = regexp.MustCompile(`BTF_ID\(func, (\w+)\)`)
	filterFunc = regexp.MustCompile(`(?ms)^(?:static )?int (\w+_filter)\(const struct bpf_prog \*prog, u32 kfunc_id\)\n\{(.*?)^\}`)
	contains   = regexp.MustCompile(`btf_id_set8?_contains\(&(\w+), kfunc_id\)`)
	register   = regexp.MustCompile(`register_btf_kfunc_id_set\(\s*BPF_PROG_TYPE_(\w+),\s*&(\w+)\)`)
)

// readHooks reads which hook a type of programs has its kfuncs from.
func (t *tree) readHooks() error {
	text, err := os.ReadFile(filepath.Join(t.dir, "kernel/bpf/btf.c"))
	if err != nil {
		return err
	}
	_, body, ok := strings.Cut(string(text), "static int bpf_prog_type_to_kfunc_hook(")
	if body, _, ok2 := strings.Cut(body, "\n}\n"); ok && ok2 {
		t.hooks = make(map[string]string)
		var types []string
		for _, m := range hookCase.FindAllStringSubmatch(body, -1) {
			if m[1] != "" {
				types = append(types, m[1])
				continue
			}
			for _, typ := range types {
				t.hooks[typ] = m[2]
			}
			types = nil
		}
		return nil
	}
	return errors.New("kernel/bpf/btf.c: bpf_prog_type_to_kfunc_hook not found")
}

// filters are the filters that limit a set to one type of programs, whatever
// else uses its hook.
var filters = map[string]string{"bpf_fs_kfuncs_filter": "LSM", "bpf_get_fsverity_digest_filter": "LSM"}

// readFile adds the kfuncs that a file registers.
func (t *tree) readFile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	type id struct{ set, filter string }
	ids := make(map[string]id)
	for _, m := range idSet.FindAllStringSubmatch(text, -1) {
		var v id
		for _, f := range idSetField.FindAllStringSubmatch(m[2], -1) {
			if f[1] == "set" {
				v.set = f[2]
			} else {
				v.filter = f[2]
			}
		}
		ids[m[1]] = v
	}
	sets := make(map[string][][]string)
	for _, m := range setBlock.FindAllStringSubmatch(text, -1) {
		sets[m[1]] = setMember.FindAllStringSubmatch(m[2], -1)
		if strings.Contains(m[2], "XDP_METADATA_KFUNC_xxx") {
			if sets[m[1]], err = t.metadataSet(); err != nil {
				return err
			}
		}
	}
	t.readFilters(text, sets)
	rel, err := filepath.Rel(t.dir, path)
	if err != nil {
		return err
	}
	for _, m := range register.FindAllStringSubmatch(text, -1) {
		v := ids[m[2]]
		if len(sets[v.set]) == 0 {
			return fmt.Errorf("%s: set %q of %q not found", rel, v.set, m[2])
		}
		for _, member := range sets[v.set] {
			t.add(member[1], strings.Contains(member[2], "KF_SLEEPABLE"), m[1], filters[v.filter], rel+" "+v.set)
		}
	}
	return nil
}

// readFilters notes the sets of a file and those that its filters look at.
func (t *tree) readFilters(text string, sets map[string][][]string) {
	for name, members := range sets {
		for _, m := range members {
			t.sets[name] = append(t.sets[name], m[1])
		}
	}
	for _, m := range plainBlock.FindAllStringSubmatch(text, -1) {
		for _, entry := range plainEntry.FindAllStringSubmatch(m[2], -1) {
			t.sets[m[1]] = append(t.sets[m[1]], entry[1])
		}
	}
	for _, m := range filterFunc.FindAllStringSubmatch(text, -1) {
		if filters[m[1]] != "" {
			continue
		}
		for _, set := range contains.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(t.filters[m[1]], set[1]) {
				t.filters[m[1]] = append(t.filters[m[1]], set[1])
			}
		}
	}
}

// metadataSet are the kfuncs of include/net/xdp.h, XDP_METADATA_KFUNC_xxx.
func (t *tree) metadataSet() ([][]string, error) {
	text, err := os.ReadFile(filepath.Join(t.dir, "include/net/xdp.h"))
	if err != nil {
		return nil, err
	}
	list := metadata.FindAllStringSubmatch(string(text), -1)
	for i := range list {
		list[i] = append(list[i], "")
	}
	if len(list) == 0 {
		return nil, errors.New("include/net/xdp.h: XDP_METADATA_KFUNC_xxx not found")
	}
	return list, nil
}

// add notes that programs of the hook of typ may call a kfunc.
func (t *tree) add(name string, sleepable bool, typ, only, set string) {
	k := t.kfuncs[name]
	if k == nil {
		k = &kfunc{types: make(map[string]bool), sleepable: true}
		t.kfuncs[name] = k
	}
	k.sleepable = k.sleepable && sleepable
	if !slices.Contains(k.sets, set) {
		k.sets = append(k.sets, set)
	}
	switch {
	case only != "":
		k.types[only] = true
	case typ == "UNSPEC":
		k.types["*"] = true
	default:
		for other, hook := range t.hooks {
			if hook == t.hooks[typ] {
				k.types[other] = true
			}
		}
	}
}
