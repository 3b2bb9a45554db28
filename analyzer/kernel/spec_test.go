package kernel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/kernel"
)

func TestParseSpec(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     kernel.Spec
	}{
		{"path", "vmlinux", kernel.Spec{Types: "vmlinux"}},
		{"running kernel", "running", kernel.Spec{Types: "running"}},
		{"running kernel with a part", "running,config=c", kernel.Spec{Types: "running", Config: "c"}},
		{"name", "6.12=/boot/vmlinux", kernel.Spec{Name: "6.12", Types: "/boot/vmlinux"}},
		{
			"all parts", "new=k/vmlinux.btf,symbols=k/kallsyms,config=k/config,modules=none",
			kernel.Spec{Name: "new", Types: "k/vmlinux.btf", Symbols: "k/kallsyms", Config: "k/config", Modules: "none"},
		},
		{"parts in another order", "k,modules=m,symbols=s", kernel.Spec{Types: "k", Symbols: "s", Modules: "m"}},
		{"equals sign in the path", "./a=b", kernel.Spec{Types: "./a=b"}},
		{"equals sign after a name", "n=a=b", kernel.Spec{Name: "n", Types: "a=b"}},
		{"equals sign in a part", "k,config=a=b", kernel.Spec{Types: "k", Config: "a=b"}},
		{"comma in the path", "/a,b/vmlinux,config=c", kernel.Spec{Types: "/a,b/vmlinux", Config: "c"}},
		{"comma in a part", "k,config=a,b,modules=m", kernel.Spec{Types: "k", Config: "a,b", Modules: "m"}},
		{"comma before upper case", "k,X=1", kernel.Spec{Name: "k,X", Types: "1"}},
		{"blank", "old kernel=/a b", kernel.Spec{Name: "old kernel", Types: "/a b"}},
		{"path of Windows", `C:\k\a=b`, kernel.Spec{Types: `C:\k\a=b`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := kernel.ParseSpec(tt.in)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestParseSpecErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"nothing", "", "empty path"},
		{"name alone", "new=", "empty path"},
		{"no name", "=path", "empty name"},
		{"parts alone", ",config=c", "empty path"},
		{"unknown part", "k,symbol=s", `unknown part "symbol"`},
		{"empty part", "k,config=", "config: empty path"},
		{"part twice", "k,config=a,config=b", "config: given twice"},
		{"line break", "a\nb", "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := kernel.ParseSpec(tt.in)
			require.ErrorContains(t, err, tt.want)
			assert.Contains(t, err.Error(), fmt.Sprintf("%q", tt.in))
			assert.Zero(t, got)
		})
	}
}

func ExampleParseSpec() {
	spec, err := kernel.ParseSpec("6.12=/kernels/6.12/vmlinux.btf,config=/kernels/6.12/config,modules=none")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("name:   ", spec.Name)
	fmt.Println("types:  ", spec.Types)
	fmt.Println("config: ", spec.Config)
	fmt.Println("modules:", spec.Modules)
	// Output:
	// name:    6.12
	// types:   /kernels/6.12/vmlinux.btf
	// config:  /kernels/6.12/config
	// modules: none
}

func FuzzParseSpec(f *testing.F) {
	for _, arg := range []string{
		"running", "a=/b,symbols=c,config=d,modules=none", "./a=b,c", ",config=", "=", "k,x=y", "\x00",
	} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		spec, err := kernel.ParseSpec(arg)
		again, errAgain := kernel.ParseSpec(arg)
		require.Equal(t, spec, again)
		if err != nil {
			require.Zero(t, spec)
			require.EqualError(t, errAgain, err.Error())
			return
		}
		require.NotEmpty(t, spec.Types)
		// Nothing is lost: every byte but separators and keys is in a field.
		size := len(spec.Name) + len(spec.Types) + len(spec.Symbols) + len(spec.Config) + len(spec.Modules)
		for _, part := range [...]struct {
			value string
			extra int
		}{
			{spec.Name, len("=")}, {spec.Symbols, len(",symbols=")},
			{spec.Config, len(",config=")}, {spec.Modules, len(",modules=")},
		} {
			if part.value != "" {
				size += part.extra
			}
		}
		require.Equal(t, len(arg), size)
	})
}
