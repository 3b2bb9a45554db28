package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const coreDir = "../../testdata/core"

// coreTargets are the objects whose BTF serves as that of a kernel, with the
// object that is relocated against them.
var coreTargets = []struct{ local, target string }{
	{"local.o", "same.o"}, {"local.o", "moved.o"}, {"local.o", "broken.o"}, {"local.o", "many.o"},
	{"local_bpfeb.o", "same_bpfeb.o"}, {"local_bpfeb.o", "moved_bpfeb.o"}, {"local_bpfeb.o", "broken_bpfeb.o"},
}

func openCORE(t *testing.T, local, target string) (*bpfobj.Object, *kernel.Kernel) {
	t.Helper()
	obj, err := bpfobj.ReadFile(filepath.Join(coreDir, local))
	require.NoError(t, err)
	k, err := kernel.Open(kernel.Spec{Types: filepath.Join(coreDir, target), Modules: "none"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return obj, k
}

// coreOutcome is a binding in one line.
func coreOutcome(b *plan.COREBinding) string {
	switch b.Status {
	case plan.COREPatched:
		s := fmt.Sprintf("%d->%d", int64(b.Original), int64(b.Value))
		if b.Size != b.OriginalSize {
			s += fmt.Sprintf(" (%d->%d bytes)", b.OriginalSize, b.Size)
		}
		return s
	default:
		return b.Status.String()
	}
}

// TestCOREOutcomes compares what both loaders make of every record with the
// reviewed list. The column of libbpf was compared with the log of libbpf 1.8,
// that of cilium/ebpf is by [TestCOREDifferential].
func TestCOREOutcomes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("program, record: libbpf | cilium: why; where to\n")
	seen := make(map[string]bool)
	for _, pair := range coreTargets {
		obj, k := openCORE(t, pair.local, pair.target)
		little := strings.Replace(pair.target, "_bpfeb", "", 1)
		fmt.Fprintf(&b, "\n# %s on %s\n", pair.local, pair.target)
		libbpf, cilium := plan.Make(obj, k, plan.Libbpf, plan.Options{}), plan.Make(obj, k, plan.Cilium, plan.Options{})
		for i := range libbpf.CORE {
			text := outcomeText(libbpf, cilium, i)
			if little == pair.target || !seen[little+text] { // big endian: what differs
				b.WriteString(text)
			}
			seen[pair.target+text] = true
		}
	}
	golden := filepath.Join(coreDir, "outcomes.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String())
}

// outcomeText is a record with its outcomes, and a line for those that it has
// in other loads.
func outcomeText(libbpf, cilium *plan.Plan, i int) string {
	var b strings.Builder
	l, c := &libbpf.CORE[i], &cilium.CORE[i]
	fmt.Fprintf(&b, "%s, %s %s: %s | %s", l.Record.Func.Name, l.Kind, l.Path(), coreOutcome(l), coreOutcome(c))
	reason := l.Reason()
	if other := c.Reason(); other != reason {
		reason += " | " + other
	}
	if reason != "" {
		fmt.Fprintf(&b, ": %s", reason)
	}
	for _, s := range libbpf.Nearest(l) {
		fmt.Fprintf(&b, "; %s: %s", s.How, s.Name)
		if s.Type != "" {
			fmt.Fprintf(&b, " (%s)", s.Type)
		}
	}
	b.WriteByte('\n')
	for _, p := range []*plan.Plan{libbpf, cilium} {
		programs := make(map[string][]string)
		var order []string
		for _, o := range p.CORE[i].Others {
			text := strings.TrimSuffix(coreOutcome(&o.COREBinding)+": "+o.Reason(), ": ")
			if programs[text] == nil {
				order = append(order, text)
			}
			programs[text] = append(programs[text], p.Programs[o.Program].Program.Name)
		}
		for _, text := range order {
			names := strings.Join(programs[text], ", ")
			if n := len(programs[text]); n > 3 {
				names = fmt.Sprint(n, " programs")
			}
			fmt.Fprintf(&b, "\t%s, %s: %s\n", p.Loader.Name, names, text)
		}
	}
	return b.String()
}

// TestCOREDifferential compares every program with btf.CORERelocate.
func TestCOREDifferential(t *testing.T) {
	t.Parallel()
	for _, pair := range coreTargets {
		t.Run(pair.target, func(t *testing.T) {
			t.Parallel()
			obj, k := openCORE(t, pair.local, pair.target)
			p := plan.Make(obj, k, plan.Cilium, plan.Options{})
			spec, err := ebpf.LoadCollectionSpec(filepath.Join(coreDir, pair.local))
			require.NoError(t, err)
			target, err := btf.LoadSpec(filepath.Join(coreDir, pair.target))
			require.NoError(t, err)
			compared := 0
			for i, prog := range obj.Programs {
				compared += compareProgram(t, p, i, spec.Programs[prog.Name].Instructions.Iterate(), target)
			}
			assert.Greater(t, compared, 100)
		})
	}
}

// TestCOREFromSpec: types that cilium/ebpf has loaded give the same outcomes
// as the bytes that they come from.
func TestCOREFromSpec(t *testing.T) {
	t.Parallel()
	for _, pair := range coreTargets {
		obj, k := openCORE(t, pair.local, pair.target)
		spec, err := btf.LoadSpec(filepath.Join(coreDir, pair.target))
		require.NoError(t, err)
		types, err := btfgraph.FromSpec(spec)
		require.NoError(t, err)
		raw := plan.Make(obj, k, plan.Cilium, plan.Options{})
		inflated := plan.Make(obj, &kernel.Kernel{Types: types, Modules: map[string]btfgraph.Graph{}}, plan.Cilium, plan.Options{})
		for i := range raw.CORE {
			r, s := &raw.CORE[i], &inflated.CORE[i]
			assert.Equal(t, coreOutcome(r)+r.Reason(), coreOutcome(s)+s.Reason(), "%s: %s", pair.target, r.Path())
		}
	}
}

// compareProgram returns how many relocations of a program are the same.
func compareProgram(t *testing.T, p *plan.Plan, prog int, insns *asm.InstructionIterator, target *btf.Spec) int {
	t.Helper()
	name := p.Object.Programs[prog].Name
	at := make(map[string]int)
	for i := range p.Object.CORE {
		at[fmt.Sprint(p.Object.CORE[i].Func.Name, p.Object.CORE[i].Insn)] = i
	}
	var relos []*btf.CORERelocation
	var records []int
	var held []*asm.Instruction
	fn, start := "", 0
	for insns.Next() {
		if s := insns.Ins.Symbol(); s != "" {
			fn, start = s, int(insns.Offset)
		}
		if relo := btf.CORERelocationMetadata(insns.Ins); relo != nil {
			i, ok := at[fmt.Sprint(fn, int(insns.Offset)-start)]
			require.True(t, ok, name)
			relos, records, held = append(relos, relo), append(records, i), append(held, insns.Ins)
		}
	}
	fixups, err := btf.CORERelocate(relos, []*btf.Spec{target}, p.Object.ByteOrder, func(btf.Type) (btf.TypeID, error) { return 0, nil })
	for i := range fixups {
		if err == nil {
			err = fixups[i].Apply(held[i])
		}
	}
	refused := false
	for _, i := range records {
		refused = refused || p.COREIn(i, prog, false).Status == plan.CORERefused
	}
	assert.Equal(t, err != nil, refused, "%s: %v", name, err)
	if err != nil {
		return 0
	}
	for k, i := range records {
		b := p.COREIn(i, prog, false)
		want := fixups[k].String()
		got, original := b.Kind.String()+"=poison", b.Original
		switch {
		case b.Kind == plan.CORELocalTypeID:
			continue // numbered anew
		case b.Kind == plan.CORELShift || b.Kind == plan.CORERShift:
			original = 0 // which cilium/ebpf does not compute
		}
		if b.Status == plan.COREPatched {
			got = fmt.Sprintf("%s=%d->%d", b.Kind, original, b.Value)
		}
		assert.Equal(t, want, got, "%s: %s", name, b.Path())
	}
	return len(records)
}
