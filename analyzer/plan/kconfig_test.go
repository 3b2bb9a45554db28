package plan_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// kconfigTypes are types that externs of .kconfig may have, by name.
func kconfigTypes(b *btftest.Builder) map[string]btftest.ID {
	m := map[string]btftest.ID{}
	m["bool"] = b.Int("bool", 1, btfgraph.IntBool)
	m["wide bool"] = b.Int("bool", 4, btfgraph.IntBool)
	m["char"] = b.Int("char", 1, btfgraph.IntSigned)
	m["uchar"] = b.Int("unsigned char", 1, 0)
	m["short"] = b.Int("short", 2, btfgraph.IntSigned)
	m["int"] = b.Int("int", 4, btfgraph.IntSigned)
	m["uint"] = b.Int("unsigned int", 4, 0)
	m["u32"] = b.Typedef("__u32", m["uint"])
	m["const int"] = b.Const(m["int"])
	m["ulong"] = b.Int("unsigned long", 8, 0)
	m["int128"] = b.Int("__int128", 16, btfgraph.IntSigned)
	m["tristate"] = b.Enum("libbpf_tristate", btftest.Value{Name: "TRI_NO"})
	m["tristate64"] = b.Enum64("libbpf_tristate", btftest.Value{Name: "TRI_NO"})
	m["enum"] = b.Enum("other", btftest.Value{Name: "O"})
	m["char[4]"] = b.Array(m["char"], m["int"], 4)
	m["char[0]"] = b.Array(m["char"], m["int"], 0)
	m["int[4]"] = b.Array(m["int"], m["int"], 4)
	m["struct"] = b.Struct("s", 4)
	m["fwd"] = b.Fwd("f", false)
	return m
}

func TestKconfigType(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	types := kconfigTypes(b)
	g := b.Graph(t)
	libbpf := []string{"bool", "char", "uchar", "short", "int", "uint", "u32", "const int", "ulong", "tristate", "tristate64", "char[4]"}
	for name, id := range types {
		assert.Equal(t, slices.Contains(libbpf, name), plan.Libbpf.Externs.KconfigType(g, id) == "", "libbpf: %s", name)
		assert.Equal(t, name != "fwd", plan.Cilium.Externs.KconfigType(g, id) == "", "cilium: %s", name)
	}
}

// TestKconfigValue follows libbpf's prog_tests/core_extern.c and the sources
// of both loaders.
func TestKconfigValue(t *testing.T) {
	t.Parallel()
	b := &btftest.Builder{}
	types := kconfigTypes(b)
	g := b.Graph(t)
	const fits, cut, no = "fits", "cut", "no"
	tests := []struct{ name, typ, value, libbpf, cilium string }{
		{"yes", "bool", "y", fits, fits},
		{"no", "bool", "n", fits, fits},
		{"module as bool", "bool", "m", no, no},
		{"module", "tristate", "m", fits, fits},
		{"module as enum64", "tristate64", "m", fits, no},
		{"letter", "char", "m", fits, no},
		{"yes as number", "int", "y", no, no},
		{"yes as string", "char[4]", "y", no, no},
		{"number", "int", "1000", fits, fits},
		{"number of a typedef", "u32", "0xffffffff", fits, fits},
		{"number as bool", "bool", "1", no, fits},
		{"large number as bool", "bool", "2", no, no},
		{"number as tristate", "tristate", "1", no, no},
		{"number as string", "char[4]", "1", no, no},
		{"large number", "int", "2147483648", no, no},
		{"smallest number", "int", "-2147483648", fits, fits},
		{"too small a number", "int", "-2147483649", no, no},
		{"negative number as unsigned", "uint", "-1", no, no},
		{"negative number of 64 bits", "ulong", "-1", fits, no},
		{"byte", "uchar", "255", fits, fits},
		{"no byte", "uchar", "256", no, no},
		{"signed byte", "char", "128", no, no},
		{"octal", "int", "0755", fits, fits},
		{"no octal", "int", "08", no, no},
		{"underscores", "int", "1_0", no, fits},
		{"text without quotes", "int", "abc", no, no},
		{"nothing", "int", "", no, no},
		{"string", "char[4]", `"abc"`, fits, fits},
		{"empty string", "char[4]", `""`, fits, fits},
		{"long string", "char[4]", `"abcd"`, cut, cut},
		{"open string", "char[4]", `"abc`, no, no},
		{"string as integers", "int[4]", `"abc"`, no, no},
		{"string as number", "int", `"abc"`, no, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for loader, want := range map[*plan.Loader]string{plan.Libbpf: tt.libbpf, plan.Cilium: tt.cilium} {
				problem, isCut := loader.Externs.KconfigValue(g, types[tt.typ], tt.value)
				got := fits
				switch {
				case problem != "":
					got = no
				case isCut:
					got = cut
				}
				assert.Equal(t, want, got, "%s: %s", loader.Name, problem)
			}
		})
	}
}

// kconfigPlan is the plan of an object with one extern of .kconfig.
func kconfigPlan(t *testing.T, l *plan.Loader, k *kernel.Kernel, name, typ string) plan.ExternBinding {
	t.Helper()
	b := &btftest.Builder{}
	id := kconfigTypes(b)[typ]
	v := b.Var(name, id, btfgraph.LinkageExtern)
	b.Datasec(".kconfig", 0, btftest.Secinfo{Type: v})
	obj := &bpfobj.Object{Types: b.Graph(t), Symbols: make([]bpfobj.Symbol, 2), Externs: []*bpfobj.Extern{{
		Name: name, Kind: bpfobj.ExternKconfig, Symbol: 1, Datasec: ".kconfig", ID: v, Type: id, Linkage: btfgraph.LinkageExtern,
	}}}
	return plan.Make(obj, k, l, plan.Options{}).Externs[0]
}

func TestKernelVersion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, release, version string
		status                 plan.ExternStatus
		unknown                string
	}{
		{"three numbers", "6.12.107+deb13-amd64", "", plan.ExternFound, ""},
		{"unknown release", "", "", plan.ExternFound, ""},
		{"two numbers on Debian", "7.3-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.3~rc7-1~exp1 (2026-11-01)", plan.ExternIncompatible, ""},
		{"version in uname -v", "4.19-amd64", "#1 SMP Debian 4.19.260-1 (2022-09-29)", plan.ExternFound, ""},
		{"unknown version", "7.3-amd64", "", plan.ExternUndecided, "version"},
		{"text", "next", "#1", plan.ExternIncompatible, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := &kernel.Kernel{Release: tt.release, Version: tt.version}
			b := kconfigPlan(t, plan.Libbpf, k, "LINUX_KERNEL_VERSION", "int")
			assert.Equal(t, tt.status, b.Status)
			assert.Equal(t, tt.unknown, b.Unknown)
			assert.Equal(t, plan.ExternFound, kconfigPlan(t, plan.Cilium, k, "LINUX_KERNEL_VERSION", "int").Status)
		})
	}
}

func TestConfigSource(t *testing.T) {
	t.Parallel()
	config, err := kernel.NewConfig([]byte("CONFIG_BPF=y\nCONFIG_HZ=250\n"))
	require.NoError(t, err)
	for _, l := range []*plan.Loader{plan.Libbpf, plan.Cilium} {
		b := kconfigPlan(t, l, &kernel.Kernel{}, "CONFIG_HZ", "int")
		assert.Equal(t, plan.ExternUndecided, b.Status, l.Name)
		assert.Equal(t, "config", b.Unknown, l.Name)

		b = kconfigPlan(t, l, &kernel.Kernel{Config: config}, "CONFIG_HZ", "int")
		assert.Equal(t, plan.ExternFound, b.Status, l.Name)
		assert.Equal(t, "250", b.Value, l.Name)

		b = kconfigPlan(t, l, &kernel.Kernel{Config: config}, "CONFIG_MISSING", "int")
		assert.Equal(t, plan.ExternMissing, b.Status, l.Name)

		b = kconfigPlan(t, l, &kernel.Kernel{Config: config}, "CONFIG_BPF", "int")
		assert.Equal(t, plan.ExternIncompatible, b.Status, l.Name)
		assert.Equal(t, `value y does not fit type "int"`, b.Problem, l.Name)
	}
}
